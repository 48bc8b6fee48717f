/**
 * Goal: the operator's patterns keep and leave out the projects that they say, and mistakes in them are told.
 * Method: tables of patterns and names.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Ask } from '../../src/selection/asks.ts';
import { buildSelection, checkPattern } from '../../src/selection/selection.ts';
import type { ProjectRules } from '../../src/selection/settings.ts';
import { selectionSettings } from '../support/some-selection.ts';

const selectionOf = (projects: Partial<ProjectRules>) => buildSelection(selectionSettings({ projects }));

const keeps = (allow: readonly string[], block: readonly string[], name: string) =>
  selectionOf({ allow, block }).judgeName(normalizeName(name), []) === null;

const fingerprintOf = (allow: readonly string[], block: readonly string[] = []) =>
  selectionOf({ allow, block }).fingerprint;

const ask = (name: string, specifier = ''): Ask => ({
  name: normalizeName(name),
  specifier,
  extras: [],
  sha256s: [],
  by: 'requirements.txt:1',
});

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
        () => selectionOf(rules),
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

test('a mirror with only allow and block has the fingerprint that it had before there were other rules', () => {
  assert.equal(selectionOf({}).fingerprint, '');
  assert.equal(selectionOf({ allow: ['B', 'a_*'], block: ['c'] }).fingerprint, 'allow: a-* b; block: c');
});

test('a regular expression is looked for anywhere in the normalized name', () => {
  const cases: readonly (readonly [pattern: string, matched: readonly string[], not: readonly string[]])[] = [
    ['/foo/', ['foo', 'a-foo-b', 'xfoox'], ['fo-o']],
    ['/^foo-[0-9]+$/', ['foo-1', 'foo-22'], ['foo-x', 'a-foo-1']],
    ['/^(?:a|b)$/', ['a', 'b'], ['ab']],
    ['/FOO/i', ['foo'], ['bar']],
    ['/^a\\-b$/', ['a-b'], ['ab']],
    ['/^a[\\-x]b$/', ['a-b', 'axb'], ['ab']],
    ['/a/b/', [], ['a', 'a-b']],
  ];
  for (const [pattern, matched, not] of cases) {
    assert.equal(checkPattern(pattern), null, pattern);
    for (const name of matched) assert.equal(keeps([pattern], [], name), true, `${pattern} matches ${name}`);
    for (const name of not) assert.equal(keeps([pattern], [], name), false, `${pattern} not ${name}`);
  }
});

test('what is no regular expression is told as such', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['/foo', /begins and ends with/],
    ['/', /begins and ends with/],
    ['//', /empty/],
    ['/foo/g', /begins and ends with/],
    ['/(/', /no regular expression of JavaScript/],
    ['/\\A/', /no regular expression of JavaScript/],
    ['/(?P<x>a)/', /no regular expression of JavaScript/],
  ];
  for (const [pattern, message] of cases) assert.match(checkPattern(pattern) ?? 'accepted', message, pattern);
});

test('a name is left out by the rule that says so, with its value', () => {
  const selection = selectionOf({
    allow: ['acme-*', 'numpy'],
    block: ['/-nightly$/', 'acme-x'],
    reserved: ['acme-internal*'],
  });
  const dropOf = (name: string) => selection.judgeName(normalizeName(name), []);
  assert.equal(dropOf('acme-y'), null);
  assert.deepEqual(dropOf('acme-y-nightly'), {
    rule: '[projects] block',
    value: '/-nightly$/',
    why: 'the name acme-y-nightly',
  });
  assert.deepEqual(dropOf('acme-x')?.value, 'acme-x');
  assert.deepEqual(dropOf('scipy'), {
    rule: '[projects] allow',
    value: 'acme-*, numpy',
    why: 'nothing asks for scipy',
  });
  assert.deepEqual(dropOf('acme-internal-db'), {
    rule: '[projects] reserved',
    value: 'acme-internal*',
    why: 'the name acme-internal-db',
  });
  assert.deepEqual(
    ['acme-internal', 'acme-y'].map((name) => selection.isReserved(normalizeName(name))),
    [true, false],
  );
});

test('requirements and needs keep a project that nothing else asks for, unless it is blocked or reserved', () => {
  const selection = selectionOf({ requirements: [ask('flask')], block: ['jinja2'], reserved: ['ours'] });
  const keepsName = (name: string, needs: readonly Ask[] = []) =>
    selection.judgeName(normalizeName(name), needs) === null;
  assert.equal(keepsName('flask'), true);
  assert.equal(keepsName('click'), false);
  assert.equal(keepsName('click', [ask('click')]), true);
  assert.equal(keepsName('jinja2', [ask('jinja2')]), false);
  assert.equal(keepsName('ours', [ask('ours')]), false);
  const nothing = selectionOf({ requirements: [] });
  assert.deepEqual(nothing.judgeName(normalizeName('flask'), []), {
    rule: '[projects] requirements',
    value: '',
    why: 'nothing asks for flask',
  });
});

test('a selection says what it has to know', () => {
  const needs = (projects: Partial<ProjectRules>) => {
    const { judgesDetails, wantsInfo, followsDependencies } = selectionOf(projects);
    return [judgesDetails, wantsInfo, followsDependencies].map(Number).join('');
  };
  assert.equal(needs({ allow: ['a'], block: ['b'], reserved: ['c'] }), '000');
  assert.equal(needs({ requirements: [] }), '100');
  assert.equal(needs({ dependencies: true }), '000');
  assert.equal(needs({ allow: ['a'], dependencies: true }), '101');
  assert.equal(needs({ requirements: [], dependencies: true }), '101');
  assert.equal(needs({ status: ['active'] }), '100');
  assert.equal(needs({ metadata: { license: [] } }), '000');
  assert.equal(needs({ metadata: { license: ['MIT'] } }), '110');
});
