/**
 * Goal: an HTML list gives the projects that it links to, in bounded memory, and a list that is not whole is never taken for one.
 * Method: pages as different servers write them, cut into chunks at random, cut short, and without an end.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINK_CHARS_MAX } from '../../src/upstream/html-links.ts';
import { createHtmlListParser } from '../../src/upstream/html-list.ts';
import fc from '../support/properties.ts';

const URL_OF_LIST = 'https://index.example/root/simple/';
const encoder = new TextEncoder();

function open() {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return createHtmlListParser(URL_OF_LIST, (chunk) =>
    chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }),
  );
}

function read(text: string, cuts: readonly number[] = []) {
  const parser = open();
  const bytes = encoder.encode(text);
  const ends = [...cuts, bytes.length].map((end) => Math.min(end, bytes.length)).sort((a, b) => a - b);
  const entries = ends.flatMap((end, index) => parser.push(bytes.subarray(ends[index - 1] ?? 0, end)));
  entries.push(...parser.end());
  return { serial: parser.serial, entries, skipped: parser.skipped };
}

const names = (text: string) => read(text).entries.map(({ name }) => name);
const page = (body: string, head = '<title>Simple index</title>') =>
  `<!DOCTYPE html>\n<html lang="en">\n<head>${head}</head>\n<body>\n${body}\n</body>\n</html>`;

const PAGE = page(`<!-- <a href="not/">not</a> > -->
  <a href="/root/simple/foo-bar/" title="1 > 0 &amp; so">Foo_Bar</a><br/>
  <A CLASS=x HREF='b.c/' >b.&#99;</A>
  <script>document.write('<a href="evil/">evil</a>')</script>
  <a href=d>\n d\n</a> é`);

test('links are read however the page is cut', () => {
  const expected = [
    { name: 'foo-bar', displayName: 'Foo_Bar', serial: null },
    { name: 'b-c', displayName: 'b.c', serial: null },
    { name: 'd', displayName: 'd', serial: null },
  ];
  fc.assert(
    fc.property(fc.array(fc.nat(PAGE.length + 1), { maxLength: 12 }), (cuts) => {
      const { serial, entries, skipped } = read(PAGE, cuts);
      assert.equal(serial, null);
      assert.deepEqual(entries, expected);
      assert.equal(skipped.count, 0);
    }),
  );
  assert.deepEqual(
    read(
      PAGE,
      Array.from({ length: PAGE.length }, (_, at) => at),
    ).entries,
    expected,
    'byte by byte',
  );
});

test('the name is the text of the link, else the end of its address', () => {
  const cases: [link: string, names: string[]][] = [
    ['<a href="foo/">Foo</a>', ['foo']],
    ['<a href="/elsewhere/simple/foo">Foo</a>', ['foo']],
    ['<a href="https://other.example/simple/foo/">Foo</a>', ['foo']],
    ['<a href="foo/"><b>F</b>oo</a>', ['foo']],
    ['<a href="foo/"></a>', ['foo']],
    ['<a href="foo/">The foo project</a>', ['foo']],
    // Directory listings: a slash behind each name, long ones cut.
    ['<a href="foo/">foo/</a>', ['foo']],
    ['<a href="a-very-long-name/">a-very-lo..&gt;</a>', ['a-very-long-name']],
    ['<a href="%66oo/">?</a>', ['foo']],
    ['<a href="one/">one<a href="two/">two', ['one', 'two']],
    ['<a href="foo/#x">foo</a>', ['foo']],
  ];
  for (const [link, expected] of cases) assert.deepEqual(names(page(link)), expected, link);
});

test('links to the list itself, above it and to no web page are no projects, and nothing is missed', () => {
  const aside =
    '<a name="top">top</a><a href="">here</a><a href="?C=N;O=D">Name</a><a href="#end">end</a><a href="../">../</a>' +
    '<a href="/">Home</a><a href="/root">root</a><a href="mailto:a@b.example">mail</a><a href="http://[">bad</a>';
  const { entries, skipped } = read(page(`${aside}<a href="foo/">foo</a>`));
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['foo'],
  );
  assert.equal(skipped.count, 0);
});

test('links without a valid name are counted and left out', () => {
  const { entries, skipped } = read(
    page('<a href="-x-/">-x-</a><a href="%ff/">\u00e9</a><a href="foo/">foo</a>'),
  );
  assert.equal(entries.length, 1);
  assert.deepEqual(skipped, { count: 2, example: '-x-/' });
});

test('a page that is cut short anywhere is malformed and worth asking again', () => {
  const begun = PAGE.indexOf('<html') + '<html'.length;
  for (let length = begun; length < PAGE.length; length++)
    assert.throws(
      () => read(PAGE.slice(0, length)),
      ({ code, facts }) => code === 'UPSTREAM_MALFORMED' && facts.retryable === true,
      PAGE.slice(0, length),
    );
  // HTML that never began to be a whole page has no end either.
  assert.deepEqual(names('<a href="foo/">foo</a>\n<a href="bar/">bar'), ['foo', 'bar']);
  assert.throws(() => read('<a href="foo/">foo</a><a hre'), { code: 'UPSTREAM_MALFORMED' });
});

test('P7: a page without any project must be HTML, and not one for logging in', () => {
  assert.deepEqual(names(page('')), []);
  assert.deepEqual(names(page('', '<meta name="pypi:repository-version" content="1.4">')), []);
  for (const other of [
    '',
    'all is well',
    '{"meta":{}}',
    page('<form method="post"><input name="password"></form>'),
    page('<script src="challenge.js"></script>'),
  ])
    assert.throws(() => read(other), { code: 'UPSTREAM_MALFORMED' }, other);
});

test('PEP 629: another major version is refused, another minor one is not', () => {
  const withVersion = (version: string) =>
    page('<a href="foo/">foo</a>', `<meta name="pypi:repository-version" content="${version}">`);
  assert.deepEqual(names(withVersion('1.99')), ['foo']);
  assert.throws(() => read(withVersion('2.0')), { code: 'UPSTREAM_API_VERSION' });
  assert.throws(() => read(withVersion('new')), { code: 'UPSTREAM_MALFORMED' });
});

test('a text, a tag, a comment or a page of nothing but tags without an end is too large', () => {
  for (const [begin, more] of [
    ['<html><a href="foo/">', 'x'],
    ['<html><a href="', 'x'],
    ['<html><a ', ' x'],
    ['<html><!--', ' > '],
    ['<html>', '<b>'],
    ['<html><title>', '&amp;'],
  ] as const) {
    const parser = open();
    parser.push(encoder.encode(begin));
    const piece = encoder.encode(more.repeat(16 * 1024));
    assert.throws(
      () => {
        for (let sent = 0; sent < 4 * LINK_CHARS_MAX; sent += piece.length) parser.push(piece);
      },
      { code: 'UPSTREAM_TOO_LARGE' },
      begin + more,
    );
  }
});

test('a list as large as PyPI’s would be is read in one pass', () => {
  const parser = open();
  let count = parser.push(encoder.encode('<html><body>')).length;
  for (let from = 0; from < 50_000; from += 500) {
    const links = Array.from(
      { length: 500 },
      (_, index) => `<a href="/root/simple/project-${from + index}/">Project.${from + index}</a>\n`,
    );
    count += parser.push(encoder.encode(links.join(''))).length;
  }
  parser.push(encoder.encode('</body></html>'));
  count += parser.end().length;
  assert.equal(count, 50_000);
});
