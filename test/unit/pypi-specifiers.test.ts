/**
 * Goal: version specifiers let through what PEP 440 says, and what tools agree on, of any version that PyPI has.
 * Method: tables of cases; those of PEP 440 were made with packaging 26.2, prereleases allowed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  admitsPython,
  isPrerelease,
  normalizeSpecifier,
  SPECIFIERS_CHARS_MAX,
  specifierTest,
  tidySpecifier,
} from '../../src/pypi/specifiers.ts';

/** Of these, which does a specifier let through? */
const VERSIONS =
  '0.9 1.dev1 1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10 2.0a1 2.0 1!2.0'.split(' ');

const LET_THROUGH: readonly (readonly [string, string])[] = [
  ['', '0.9 1.dev1 1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10 2.0a1 2.0 1!2.0'],
  ['==1', '1 1.0.0 1.0+local'],
  ['== v1.0 ', '1 1.0.0 1.0+local'],
  ['==1.0+local', '1.0+local'],
  ['==1.*', '1.dev1 1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10'],
  ['==1.0.*', '1.dev1 1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1'],
  ['==1.0.0.*', '1.dev1 1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1'],
  ['==1!0.*', ''],
  ['!=1.0', '0.9 1.dev1 1.0rc1 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10 2.0a1 2.0 1!2.0'],
  ['!=1.0+local', '0.9 1.dev1 1.0rc1 1 1.0.0 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10 2.0a1 2.0 1!2.0'],
  ['!=1.*', '0.9 2.0a1 2.0 1!2.0'],
  ['!=1.0.*,!=2.*', '0.9 1.1 1.10 1!2.0'],
  ['>=1.0a1', '1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10 2.0a1 2.0 1!2.0'],
  ['>=1.1', '1.1 1.10 2.0a1 2.0 1!2.0'],
  ['<=1.0', '0.9 1.dev1 1.0rc1 1 1.0.0 1.0+local'],
  ['<=1.0rc1', '0.9 1.dev1 1.0rc1'],
  ['<1.0', '0.9'],
  ['<1.0rc1', '0.9 1.dev1'],
  ['<1.0.post1', '0.9 1.dev1 1.0rc1 1 1.0.0 1.0+local'],
  ['<2', '0.9 1.dev1 1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10'],
  ['<2.0.dev0', '0.9 1.dev1 1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10'],
  ['<2.0a1', '0.9 1.dev1 1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10'],
  ['<1.dev1', '0.9'],
  ['>1.0', '1.0.1 1.1 1.10 2.0a1 2.0 1!2.0'],
  ['>1.0a1', '1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10 2.0a1 2.0 1!2.0'],
  ['>1.0.post1', '1.0.1 1.1 1.10 2.0a1 2.0 1!2.0'],
  ['>1.9', '1.10 2.0a1 2.0 1!2.0'],
  ['>1.0.post1.dev2', '1.0.post1 1.0.1 1.1 1.10 2.0a1 2.0 1!2.0'],
  ['~=1.0', '1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10'],
  ['~=1.0.0', '1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1'],
  ['~=1.0rc1', '1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10'],
  ['~=1.1.0', '1.1'],
  ['~=1.0.post1', '1.0.post1 1.0.1 1.1 1.10'],
  ['~=1!0.1', ''],
  ['>=1,<2', '1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.1 1.10'],
  ['>=1,<2,!=1.1,', '1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1 1.10'],
  ['>0.9,<=1.0.1', '1.dev1 1.0rc1 1 1.0.0 1.0+local 1.0.post1.dev2 1.0.post1 1.0.1'],
  ['===1.0.0', '1.0.0'],
  ['===1.0+LOCAL', '1.0+local'],
  ['===2.0a1', '2.0a1'],
  ['<1,>2', ''],
];

test('each specifier lets through the versions that it lets through for packaging', () => {
  for (const [specifier, expected] of LET_THROUGH) {
    const matches = specifierTest(specifier);
    assert.ok(matches, specifier);
    assert.equal(VERSIONS.filter((version) => matches(version)).join(' '), expected, specifier);
  }
});

test('numbers longer than JavaScript has them exactly are told apart', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['==20240101123456789012', '20240101123456789012', true],
    ['==20240101123456789012', '20240101123456789013', false],
    ['>20240101123456789012', '20240101123456789013', true],
    ['==1.20240101123456789012.*', '1.20240101123456789013.1', false],
    ['~=20240101123456789012.0', '20240101123456789012.5', true],
    ['~=20240101123456789012.0', '20240101123456789013.5', false],
    ['>1a20240101123456789012', '1a20240101123456789013', true],
    ['==1+20240101123456789012', '1+20240101123456789013', false],
  ];
  for (const [specifier, version, expected] of cases)
    assert.equal(specifierTest(specifier)?.(version), expected, `${specifier} ${version}`);
});

test('a version that is not PEP 440 is compared by === only, and otherwise nobody knows', () => {
  const cases: readonly (readonly [string, boolean | null])[] = [
    ['', true],
    ['===2004-Final', true],
    ['===2004', false],
    ['>=1', null],
    ['!=1.*', null],
    ['>=1,===2004-final', null],
    ['>=1,===other', false],
  ];
  for (const [specifier, expected] of cases)
    assert.equal(specifierTest(specifier)?.('2004-final'), expected, specifier);
});

test('what was let pass before 2022 is read as it was meant, and more is let through where tools disagree', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['>=1.*', '0.9 1 1.5 2.0', '1 1.5 2.0'],
    ['<1.*', '0.9 1 1.5 2.0', '0.9'],
    ['<=1.*', '0.9 1 1.5 2.0a1 2.0', '0.9 1 1.5'],
    ['<=1!1.9.*', '5 1!1.9.3 1!1.10', '5 1!1.9.3'],
    ['>1.*', '0.9 1 1.5 2.0', '1 1.5 2.0'],
    [' >= 3.6.* , < 4 ,', '3.5 3.6 3.9 4', '3.6 3.9'],
  ];
  for (const [specifier, versions, expected] of cases) {
    const matches = specifierTest(specifier);
    const kept = versions.split(' ').filter((version) => matches?.(version));
    assert.equal(kept.join(' '), expected, specifier);
  }
});

test('what are no specifiers is told, and so is what is too long to be any', () => {
  const none = [
    '1.0',
    '=1.0',
    '=>1.0',
    '>=1.0 <2',
    '>=',
    '===',
    '~=1',
    '~=1.0.*',
    '>=1.0+local',
    '~=1.0+local',
    '<1.0+local',
    '>=1.0a1.*',
    '==1.0a1.*',
    '==1.0+local.*',
    '==*',
    '>=1.x',
    '>=2004-final',
    'python>=3',
    '>=1;<2',
    `>=${'1'.repeat(1_001)}`,
    '!=1,'.repeat(SPECIFIERS_CHARS_MAX / 4 + 1),
  ];
  for (const text of none) {
    assert.equal(specifierTest(text), null, text);
    assert.equal(normalizeSpecifier(text), null, text);
    assert.equal(admitsPython(text, '3.12'), null, text);
  }
});

test('two spellings of the same specifiers become one, and another spelling stays as it was written', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['', '', ''],
    [' < 2 , >=v1.0-Alpha ,', '<2,>=1.0a0', '<2,>=v1.0-Alpha'],
    ['>=1.0a, <2', '<2,>=1.0a0', '>=1.0a,<2'],
    ['==01.2.*,==1.2.*', '==1.2.*', '==01.2.*,==1.2.*'],
    ['==1.0+Local_01', '==1.0+local.1', '==1.0+Local_01'],
    ['===Any-Text', '===any-text', '===Any-Text'],
    ['>=0!1-1', '>=1.post1', '>=0!1-1'],
    ['>=3.6.*', '>=3.6', '>=3.6'],
  ];
  for (const [written, normal, tidy] of cases) {
    assert.equal(normalizeSpecifier(written), normal, written);
    assert.equal(tidySpecifier(written), tidy, written);
  }
});

test('Requires-Python lets a minor version in when it lets any of its patch releases in', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['', '3.12', true],
    ['>=3.12', '3.12', true],
    ['>=3.12.5', '3.12', true],
    ['>=3.12.5', '3.12.4', false],
    ['>3.12', '3.12', true],
    ['>3.12', '3.12.0', false],
    ['<3.12', '3.12', false],
    ['<3.12.1', '3.12', true],
    ['<=3.12', '3.12', true],
    ['<=3.12', '3.12.1', false],
    ['==3.12', '3.12', true],
    ['==3.12.7', '3.12', true],
    ['!=3.12.0,<3.12.1', '3.12', false],
    ['!=3.12.*', '3.12', false],
    ['~=3.11', '3.12', true],
    ['~=3.11.2', '3.12', false],
    ['>3.12.3,<3.12.5', '3.12', true],
    ['>3.12.3,<3.12.4', '3.12', false],
    ['>=2.7,!=3.0.*,!=3.1.*,<4', '3.1', false],
    ['>=2.7,!=3.0.*,!=3.1.*,<4', '2.7', true],
    ['>=3.6.*', '3.6', true],
    ['>=3.13.0rc1', '3.12', false],
    ['>=3.13.0rc1', '3.13', true],
    ['===3.12.4', '3.12', true],
    ['>=3', '3.13.0rc1', true],
  ];
  for (const [requires, python, expected] of cases)
    assert.equal(admitsPython(requires, python), expected, `${requires} on ${python}`);
  assert.equal(admitsPython('>=3', 'python3'), null);
});

test('alphas, betas, candidates and development releases are prereleases', () => {
  const cases: readonly (readonly [string, boolean | null])[] = [
    ['1.0', false],
    ['1.0.post1', false],
    ['1.0+dev', false],
    ['1.0a1', true],
    ['1.0-beta.2', true],
    ['1.0c1', true],
    ['1.0.dev', true],
    ['1.0.post1.dev0', true],
    ['2004-final', null],
    ['', null],
  ];
  for (const [version, expected] of cases) assert.equal(isPrerelease(version), expected, version);
});
