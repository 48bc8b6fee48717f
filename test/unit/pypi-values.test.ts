/**
 * Goal: names, serials, digests and versions are accepted, refused and ordered as their specifications say.
 * Method: tables of cases.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { parseSha256 } from '../../src/pypi/digests.ts';
import { normalizeName, PROJECT_NAME_CHARS_MAX, tryNormalizeName } from '../../src/pypi/names.ts';
import { quote } from '../../src/pypi/quote.ts';
import { parseSerial, SERIAL_MAX } from '../../src/pypi/serials.ts';
import { compareVersions, sameVersion } from '../../src/pypi/versions.ts';
import { SHA256 } from '../support/details.ts';

test('names get the spelling of PEP 503', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['numpy', 'numpy'],
    ['NumPy', 'numpy'],
    ['zope.interface', 'zope-interface'],
    ['a_-.b', 'a-b'],
    ['Friendly--Bard', 'friendly-bard'],
    ['0', '0'],
    ['a'.repeat(PROJECT_NAME_CHARS_MAX), 'a'.repeat(PROJECT_NAME_CHARS_MAX)],
  ];
  for (const [raw, name] of cases) assert.equal(normalizeName(raw), name);
});

test('what PEP 508 does not allow is no name, and the error says which it was', () => {
  const bad = [
    '',
    '-a',
    'a-',
    '.',
    '..',
    '_',
    'a b',
    'a/b',
    '../a',
    'a\n',
    'ä',
    '\u212a',
    'ı',
    'a\0',
    'a%2e',
    'a'.repeat(PROJECT_NAME_CHARS_MAX + 1),
  ];
  for (const raw of bad) {
    assert.equal(tryNormalizeName(raw), null, JSON.stringify(raw));
    assert.throws(
      () => normalizeName(raw),
      (error) => isJubjubError(error, 'UPSTREAM_MALFORMED') && error.message.includes(quote(raw)),
    );
  }
  for (const raw of [null, undefined, 1, {}, ['a']]) assert.equal(tryNormalizeName(raw), null);
});

test('a serial is an integer that PyPI can have, or the digits of one', () => {
  const cases: readonly (readonly [unknown, number | null])[] = [
    [0, 0],
    [-0, 0],
    [38_000_000, 38_000_000],
    [2 ** 31 - 1, SERIAL_MAX],
    [2 ** 31, null],
    [Number.MAX_SAFE_INTEGER, null],
    [-1, null],
    [1.5, null],
    [Number.NaN, null],
    ['42', 42],
    ['007', 7],
    ['2147483647', SERIAL_MAX],
    ['2147483648', null],
    ['9007199254740992', null],
    ['', null],
    [' 1', null],
    ['-1', null],
    ['+1', null],
    ['1e3', null],
    ['0x10', null],
    ['١', null],
    [null, null],
    [undefined, null],
    [true, null],
    [[1], null],
  ];
  for (const [value, serial] of cases)
    assert.equal(Object.is(parseSerial(value), serial), true, String(value));
});

test('a sha256 is 64 hex digits, in lower case whatever it came in', () => {
  assert.equal(parseSha256(SHA256.toUpperCase()), SHA256);
  for (const value of [
    '',
    SHA256.slice(1),
    `${SHA256}0`,
    `${SHA256}\n`,
    `g${SHA256.slice(1)}`,
    ` ${SHA256}`,
    null,
    1,
  ])
    assert.equal(parseSha256(value), null, String(value));
});

test('versions stand in PyPI’s order: not PEP 440 first, then PEP 440', () => {
  // As packaging 21.3 sorts them, which is the last one that takes them all.
  const ordered = [
    'dev',
    '0.0-dev-r7',
    'dev-r1234',
    '',
    'unknown',
    '0.1dev-r1716',
    '0.1-bulbasaur',
    '1.0 final',
    '1.0-beta-x',
    '1.0rc-x',
    '1.0.preview.x',
    '1..0',
    '1.0-final',
    '1.0.0-rev-x',
    '1.0-snapshot',
    '1.x',
    '1.2.0-SNAPSHOT',
    '3.4.1-final-2',
    '2004d?',
    '20041024T1200',
    '0.0.dev1',
    '0',
    '0.1alpha-r10',
    '0.9',
    '1.0_dev',
    '1.0.dev2',
    '1.0a1',
    '1.0b1.dev1',
    '1.0b1',
    '1.0rc1',
    '1.0',
    '1.0+1e5',
    '1.0+abc.1',
    '1.0+ubuntu1',
    '1.0+5',
    '1.0+5.1',
    '1.0.post1.dev1',
    '1.0-1',
    '1.0.1',
    '1.9',
    '1.10',
    '2.0c1',
    ' 2.0',
    '20240101123456789012',
    '20240101123456789013',
    '1!0.1',
  ];
  for (const [index, version] of ordered.entries())
    for (const [otherIndex, other] of ordered.entries())
      assert.equal(
        Math.sign(compareVersions(version, other)),
        Math.sign(index - otherIndex),
        `${version} against ${other}`,
      );
});

test('versions that the legacy order takes as equal are still different releases', () => {
  for (const [a, b] of [
    ['1.x', '1.X'],
    ['1.0-snapshot', '1-snapshot'],
    ['٣x', '٣.x'],
  ] as const) {
    assert.equal(compareVersions(a, b), 0, `${a} and ${b}`);
    assert.equal(sameVersion(a, b), false, `${a} and ${b}`);
  }
});

test('a version longer than any that people write is no PEP 440 version, and costs nothing', () => {
  const long = `1${'.1'.repeat(200_000)}`;
  assert.ok(compareVersions(long, '0.0.dev0') < 0);
  assert.equal(sameVersion(long, `${long}.0`), false);
});

test('spellings of one version are the same version, and no two others are', () => {
  for (const [a, b] of [
    ['1.0', '1.0.0'],
    ['1.0', 'v1'],
    ['1.0-1', '1.0.post1'],
    ['1.0ALPHA1', '1.0a1'],
    ['1.0+Ubuntu-1', '1.0+ubuntu.1'],
    ['0!1', '1'],
    ['odd version', 'odd version'],
  ] as const)
    assert.equal(sameVersion(a, b), true, `${a} and ${b}`);
  for (const [a, b] of [
    ['1.0', '1.0.1'],
    ['1.0', '1.0+local'],
    ['1.0+1e5', '1.0+100000'],
    ['1.0+0x10', '1.0+16'],
    ['20240101123456789012', '20240101123456789013'],
    ['odd version', 'Odd version'],
    ['odd', '1.0'],
  ] as const)
    assert.equal(sameVersion(a, b), false, `${a} and ${b}`);
});

test('quoted text is cut and has nothing that a terminal would act on', () => {
  assert.equal(quote('a"b\u001b[2J\u202e\u009b\u2028'), '"a\\"b\\u001b[2J\\u{202e}\\u{9b}\\u{2028}"');
  assert.equal(quote('x'.repeat(1000)).length, 123);
});
