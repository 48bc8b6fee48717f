/**
 * Goal: the operator's patterns keep and leave out the projects that they say, and mistakes in them are told.
 * Method: tables of patterns and names.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { buildSelection, checkPattern } from '../../src/selection/selection.ts';

const keeps = (allow: readonly string[], block: readonly string[], name: string) =>
  buildSelection({ allow, block }).keepsProject(normalizeName(name));

const fingerprintOf = (allow: readonly string[], block: readonly string[] = []) =>
  buildSelection({ allow, block }).fingerprint;

test('nothing listed keeps everything', () => {
  assert.equal(keeps([], [], 'anything'), true);
});

test('with an allow list, only what matches is kept; block wins over allow', () => {
  assert.equal(keeps(['numpy', 'zope.*'], [], 'NumPy'), true);
  assert.equal(keeps(['numpy', 'zope.*'], [], 'zope-interface'), true);
  assert.equal(keeps(['numpy', 'zope.*'], [], 'numpy-stubs'), false);
  assert.equal(keeps([], ['*-nightly'], 'tf-nightly'), false);
  assert.equal(keeps([], ['*-nightly'], 'tf'), true);
  assert.equal(keeps(['tf*'], ['tf-nightly'], 'tf-nightly'), false);
  assert.equal(keeps(['*'], ['*'], 'tf'), false);
});

test('patterns are spelled as freely as names', () => {
  const cases: readonly (readonly [pattern: string, matched: readonly string[], not: readonly string[]])[] = [
    ['Zope.Interface', ['zope-interface'], ['zopeinterface', 'zope-interface-x']],
    ['foo__bar', ['foo-bar'], ['foo-x-bar']],
    ['foo_*', ['foo-bar', 'foo-bar-baz'], ['foo', 'foobar']],
    ['*foo*', ['foo', 'a-foo', 'foob', 'a-foo-b'], ['fo-o']],
    ['a?c', ['abc', 'a-c', 'a1c'], ['ac', 'abbc']],
    ['???', ['abc', 'a-c'], ['ab', 'abcd']],
    ['[A-C]x', ['ax', 'bx', 'cx'], ['dx', '0x']],
    ['a[._]b', ['a-b'], ['ab', 'axb']],
    ['a[-x]b', ['a-b', 'axb'], ['ayb']],
    ['a[!0-9]*', ['ab', 'a-1'], ['a1', 'a']],
    ['a[^-]b', ['axb'], ['a-b']],
    ['**', ['anything', 'a-b'], []],
    ['py[0-9]-*[a-z]', ['py3-a', 'py2-x1b'], ['py3-1', 'pyx-a']],
  ];
  for (const [pattern, matched, not] of cases) {
    assert.equal(checkPattern(pattern), null, pattern);
    for (const name of matched) assert.equal(keeps([pattern], [], name), true, `${pattern} matches ${name}`);
    for (const name of not)
      assert.equal(keeps([pattern], [], name), false, `${pattern} does not match ${name}`);
  }
});

test('a pattern that can never match is told as such, and refused', () => {
  const cases: readonly (readonly [pattern: string, message: RegExp])[] = [
    ['', /empty/],
    ['foo bar', /" " is in no project name/],
    ['foo{a,b}', /"\{" is in no/],
    ['!foo', /"!" is in no/],
    ['foo/*', /"\/" is in no/],
    ['föö', /"ö" is in no/],
    ['@(a|b)', /"@" is in no/],
    ['a\\*', /is in no project name/],
    ['foo]', /"\]" is in no/],
    ['[ab', /not closed/],
    ['[]x', /empty class/],
    ['[!]x', /empty class/],
    ['[z-a]x', /empty range/],
    ['[a+]x', /"\+" in \[a\+\] is in no/],
    ['[!a-z0-9-]x', /empty class/],
    ['-foo', /no normalized name/],
    ['foo.', /no normalized name/],
    ['*-', /no normalized name/],
    ['[-_]foo', /no normalized name/],
    ['foo-[-.]bar', /no normalized name/],
    ['?'.repeat(245), /longer than 244/],
  ];
  for (const [pattern, message] of cases) {
    assert.match(checkPattern(pattern) ?? 'accepted', message, pattern);
    for (const rules of [
      { allow: [pattern], block: [] },
      { allow: [], block: [pattern] },
    ])
      assert.throws(
        () => buildSelection(rules),
        (error) => isJubjubError(error, 'CONFIG_INVALID') && error.message.includes(JSON.stringify(pattern)),
      );
  }
});

test('the fingerprint changes when the rules do, and not with their order or spelling', () => {
  assert.equal(fingerprintOf(['b', 'A_c', 'b']), fingerprintOf(['a.c', 'B']));
  assert.equal(fingerprintOf(['[a-c]x']), fingerprintOf(['[cba]X']));
  const different = [
    fingerprintOf([]),
    fingerprintOf(['a']),
    fingerprintOf(['b']),
    fingerprintOf(['a', 'b']),
    fingerprintOf([], ['a']),
    fingerprintOf(['a'], ['a']),
    fingerprintOf(['a*']),
    fingerprintOf(['ab']),
  ];
  assert.equal(new Set(different).size, different.length);
});
