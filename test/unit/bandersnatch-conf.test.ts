/**
 * Goal: a bandersnatch.conf is read as Python reads it, and its expressions find what Python's find.
 * Method: tables whose right-hand sides were made with Python 3.11 (configparser, re) and humanfriendly's rules.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keysOfSection, parseConf, textOf } from '../../src/bandersnatch/conf.ts';
import { pythonRegex, written } from '../../src/bandersnatch/python-regex.ts';
import { bytesOf, isTrue, sizeText, wholeNumberOf } from '../../src/bandersnatch/values.ts';
import { checkTextPattern, textTest } from '../../src/selection/entries.ts';

const valuesOf = (text: string, section: string) =>
  Object.fromEntries(keysOfSection(parseConf(text), section).map((key) => [key.name, textOf(key)]));

test('values, continuations and comments are what configparser makes of them', () => {
  const cases: readonly (readonly [string, Record<string, string>])[] = [
    ['[s]\na=1\nb = 2 ; x\n', { a: '1', b: '2 ; x' }],
    ['[s]\na =\n  one\n  # not this\n  two\n\n  three\n\nb = x', { a: '\none\ntwo\n\nthree', b: 'x' }],
    ['[s]\n  a = 1\n  b = 2\n    c = 3\n', { a: '1', b: '2\nc = 3' }],
    ['[s]\na = x = y\nany:info.x =\n  p', { a: 'x = y', 'any:info.x': '\np' }],
    ['[s] trailing\nA = 1\na = 2\n', { A: '1', a: '2' }],
    ['[s]\na = 1\n  [t]\n b = 2', { a: '1\n[t]\nb = 2' }],
    ['[DEFAULT]\nd = 1\ne = 1\n[s]\ne = 2\n', { d: '1', e: '2' }],
    ['\ufeff[s]\r\na = 1\r\n\tb\r\n', { a: '1\nb' }],
    [
      '[s]\na = 50%%\nb = %(a)s of\nc = \x24{s:a}/\x24{b}\nd = .+$\ne = \x24{nothing}',
      { a: '50%', b: '50% of', c: '50%/50% of', d: '.+$', e: '\x24{nothing}' },
    ],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(valuesOf(text, 's'), expected, JSON.stringify(text));
    assert.deepEqual(parseConf(text).remarks, [], text);
  }
});

test('what Python refuses is told with its line, and the rest is read', () => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ['a = 1\n[s]\nb = 2', 1, /before any section/],
    ['[s]\nb = 2\nnothing\n', 3, /no name and "="/],
    ['[s]\n= 1\nb = 2\n', 2, /no name and "="/],
    ['[s]\nb = 1\nb = 2\n', 2, /again in line 3/],
    ['[s]\nb = 2\n[s]\nc = 3\n', 3, /twice/],
    ['[s]\nb = 2\nc = 5%\n', 3, /%%/],
    ['[s]\nb = 2\nc = %(x)s\n', 3, /names no key/],
    ['[s]\nb = 2\nc = %(d)s\nd = %(c)s', 3, /too deep/],
  ];
  for (const [text, line, why] of cases) {
    const [remark] = parseConf(text).remarks;
    assert.equal(remark?.line, line, text);
    assert.match(remark.why, why, text);
    assert.equal(valuesOf(text, 's')['b'], '2', text);
  }
});

test('references that multiply themselves come to an end', () => {
  const names = [...'abcdefghij'];
  const lines = names.map((name, index) => `${name} = ${`%(${names[index + 1] ?? 'z'})s`.repeat(50)}`);
  const { remarks } = parseConf(`[s]\n${lines.join('\n')}\nz = ${'z'.repeat(1000)}\n`);
  assert.ok(remarks.some(({ why }) => /too deep/.test(why)));
});

test('blanks, openings and references without end are read in one go', () => {
  const blanks = ' '.repeat(200_000);
  const read = parseConf(`[s]\na${blanks}b\nc${blanks}= d${blanks}e\n`);
  assert.match(read.remarks.map(({ line, why }) => `${line} ${why}`).join(), /^2 it has no name and "="/);
  const [key] = keysOfSection(read, 's');
  assert.deepEqual([key?.name, textOf(key as NonNullable<typeof key>).length], ['c', 200_002]);
  const openings = '%('.repeat(400_000);
  assert.deepEqual(valuesOf(`[s]\na = ${openings}`, 's'), { a: openings });
  const lines = '\n'.repeat(20_000);
  const { a } = valuesOf(`[s]\nb =${lines}\na = ${'%(b)s'.repeat(20_000)}x\n`, 's');
  assert.equal(a, 'x');
});

test('expressions become ours, and find what Python finds', () => {
  // An expression, ours for `match`, what it fits, what it does not.
  const cases: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
    ['.+-evil$', '/^.+-evil$/', ['a-evil'], ['a-evils', '-evil', 'x\n-evil']],
    ['a|b', '/^(?:a|b)/', ['ax', 'b'], ['xa']],
    ['^a|b', '/^(?:^a|b)/', ['a'], ['xb']],
    ['(?P<n>ab)+', '/^(?:ab)+/', ['abab'], ['ba']],
    ['\\Aa\\Z', '/^a$/', ['a'], ['a\n', 'aa']],
    ['(?i)GPL[a-c]', '/^GPL[a-c]/i', ['gplB'], ['gpl']],
    ['x(?i:y)z', '/^x(?:[yY])z/', ['xYz'], ['XYz']],
    ['a{,2}b{c', '/^a{0,2}b\\{c/', ['aab{c', 'b{c'], ['aaab{c']],
    ['[]x]+\\-\\_', '/^[\\]x]+-_/', [']x-_'], ['-_']],
    ['[^]x]', '/^[^\\]x]/', ['a'], [']']],
    ['[[:a-]', '/^[\\[:a\\-]/', ['[', '-'], ['b']],
    ['a(?#no)b', '/^ab/', ['ab'], ['a']],
    ['\\x41\\u0042\\060', '/^AB0/', ['AB0'], ['ab0']],
    ['(?s)a.b', '/^a[\\s\\S]b/', ['a\nb'], ['ab']],
    ['(?m)a$', '/^a(?=\\n|$)/', ['a\nb', 'a'], ['ab']],
    ['a/b', '/^a\\/b/', ['a/bc'], ['ab']],
  ];
  for (const [pattern, ours, fits, others] of cases) {
    const regex = pythonRegex(pattern, { lines: false, names: false });
    assert.ok(typeof regex !== 'string', `${pattern}: ${regex}`);
    assert.equal(written(regex), ours);
    assert.equal(checkTextPattern(ours), null, ours);
    for (const text of fits) assert.equal(textTest(ours)(text), true, `${ours} on ${JSON.stringify(text)}`);
    for (const text of others)
      assert.equal(textTest(ours)(text), false, `${ours} on ${JSON.stringify(text)}`);
  }
});

test('in texts of people a line ends at a line break, and letters are those of all languages', () => {
  const regex = pythonRegex('.*end$|\\w+\\d', { lines: true, names: false });
  assert.ok(typeof regex !== 'string');
  const fits = textTest(written(regex));
  for (const text of ['the end', 'the end\n', 'Zoë٣']) assert.ok(fits(text), text);
  for (const text of ['the\nend', 'the end\n\n', '٣']) assert.ok(!fits(text), text);
  assert.ok(textTest(written(regex, true))('the\nend'));
  const other = pythonRegex('\\W[\\w-]', { lines: true, names: false });
  assert.ok(typeof other !== 'string');
  assert.deepEqual(['-ë', '-', 'ëa', '!-'].map(textTest(written(other))), [true, false, false, true]);
});

test('expressions over displayed names are written for normalized ones', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['.+_Nightly', '/^.+-nightly/', true],
    ['foo\\.[A-Za-z_]+', '/^foo-[a-z\\-]+/', true],
    ['(?i)Foo', '/^foo/i', true],
    ['foo-[0-9]', '/^foo-[0-9]/', false],
    ['[^A-Z]', '/^[^A-Z]/', false],
  ];
  for (const [pattern, ours, adapted] of cases) {
    const regex = pythonRegex(pattern, { lines: false, names: true });
    assert.ok(typeof regex !== 'string', `${pattern}: ${regex}`);
    assert.deepEqual([written(regex), regex.adapted], [ours, adapted], pattern);
  }
  assert.match(String(pythonRegex('^[A-Z]+$', { lines: false, names: true })), /upper case/);
});

test('what JavaScript cannot say is told in words', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['a++', /possessive/],
    ['a*+', /possessive/],
    ['(?>a)', /kind of group/],
    ['(a)(?(1)b)', /kind of group/],
    ['(?P=n)', /kind of group/],
    ['(a)\\1', /refers to one of its groups/],
    ['(?x)a b', /flag "x"/],
    ['(?i:[!-~])', /ignores case/],
    ['\\N{DASH}', /escape \\N/],
    ['\\U0001f600', /beyond/],
    ['a(', /not closed/],
    ['a)', /closes nothing/],
    ['[a', /not closed/],
    ['[b-a]', /bad range/],
    ['*a', /no regular expression/],
    ['a\\', /backslash/],
    ['a'.repeat(3000), /characters/],
  ];
  for (const [pattern, why] of cases) {
    const regex = pythonRegex(pattern, { lines: false, names: false });
    assert.match(String(regex), why, pattern);
  }
});

test('sizes, numbers and booleans are read as bandersnatch reads them', () => {
  const sizes: readonly (readonly [string, number | null, string])[] = [
    ['1G', 2 ** 30, '1GiB'],
    ['1.5 GiB', 1.5 * 2 ** 30, '1536MiB'],
    ['200 megabytes', 200 * 2 ** 20, '200MiB'],
    ['5 kb', 5120, '5KiB'],
    ['1000', 1000, '1000B'],
    ['10 bytes', 10, '10B'],
    ['2t', 2 ** 41, '2TiB'],
    ['lots', null, ''],
    ['', null, ''],
    ['1 x', null, ''],
    ['9e9', null, ''],
    ['99999999 Y', null, ''],
  ];
  for (const [text, bytes, ours] of sizes) {
    assert.equal(bytesOf(text), bytes, text);
    if (bytes !== null) assert.equal(sizeText(bytes), ours, text);
  }
  assert.deepEqual(['1', 'YES', 'on', 'True', '0', 'nein', ''].map(isTrue), [
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  assert.deepEqual(['3', ' +3 ', '1_000', '-1', '3.0', 'x'].map(wholeNumberOf), [3, 3, 1000, -1, null, null]);
});
