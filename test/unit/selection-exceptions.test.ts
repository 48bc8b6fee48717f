/**
 * Goal: exceptions replace keys for the projects that they name, the fingerprint tells rules apart that say different things and no
 *   others, and entries that mean nothing are refused.
 * Method: tables of settings.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Ask } from '../../src/selection/asks.ts';
import {
  buildSelection,
  checkAbiEntry,
  checkMetadataPattern,
  checkNamePattern,
  checkPlatformEntry,
  checkPythonEntry,
  checkReleaseEntry,
  checkRequiresPythonEntry,
  checkTypeEntry,
  checkVersionPattern,
  RULE_KEYS,
} from '../../src/selection/selection.ts';
import type { ExceptionRules } from '../../src/selection/settings.ts';
import { projectOf } from '../support/selection-kit.ts';
import { type SomeSelection, selectionSettings } from '../support/some-selection.ts';

const NAMES = ['-1.0.tar.gz', '-2.0.tar.gz', '-3.0a1.tar.gz', '-3.0a1-py3-none-any.whl'];

function dropsOf(some: SomeSelection, name: string): readonly (readonly [string, string])[] {
  const detail = projectOf(
    name,
    NAMES.map((rest) => ({ filename: name + rest })),
  );
  const { files } = buildSelection(selectionSettings(some)).judge({ detail, info: null, needs: [] }, 0);
  return [...files].map(([filename, { rule }]) => [filename.slice(name.length), rule]);
}

const exception = (
  projects: readonly string[],
  releases: ExceptionRules['releases'] = {},
  files: ExceptionRules['files'] = {},
): ExceptionRules => ({ projects, releases, files });

test('an exception replaces the keys that it states, for the projects that it names; later ones win key by key', () => {
  const some: SomeSelection = {
    releases: { prereleases: false, latest: 1 },
    exceptions: [
      exception(['a*'], { prereleases: true, latest: 2 }, { types: ['sdist'] }),
      exception(['ab', '/^c/'], { latest: null }, { types: [] }),
      exception(['c'], { block: ['c==1.0'] }),
    ],
  };
  const [one, , pre, preWheel] = NAMES as [string, string, string, string];
  assert.deepEqual(dropsOf(some, 'x'), [
    [one, '[releases] latest'],
    [pre, '[releases] prereleases'],
    [preWheel, '[releases] prereleases'],
  ]);
  assert.deepEqual(dropsOf(some, 'aa'), [[preWheel, '[[exception]] 1: types']]);
  assert.deepEqual(dropsOf(some, 'ab'), []);
  assert.deepEqual(dropsOf(some, 'cc'), [
    [pre, '[releases] prereleases'],
    [preWheel, '[releases] prereleases'],
  ]);
  assert.deepEqual(dropsOf(some, 'c'), [
    [one, '[[exception]] 3: block'],
    [pre, '[releases] prereleases'],
    [preWheel, '[releases] prereleases'],
  ]);
  assert.equal(buildSelection(selectionSettings({ exceptions: [exception(['x'])] })).judgesDetails, false);
});

const fingerprintOf = (some: SomeSelection) => buildSelection(selectionSettings(some)).fingerprint;
const ask = (name: string, specifier: string, by = 'a:1', extras: string[] = []): Ask => ({
  name: normalizeName(name),
  specifier,
  extras,
  sha256s: [],
  by,
});

test('rules that say the same have one fingerprint', () => {
  const same: readonly (readonly [string, readonly SomeSelection[]])[] = [
    [
      'nothing',
      [
        {},
        { releases: { latestOf: 'all', minAgeExempt: ['x'] } },
        {
          projects: {
            maxExempt: ['x'],
            minVersionsExempt: ['x'],
            metadata: { license: [] },
            dependencies: true,
          },
        },
        { exceptions: [exception(['x'], { prereleases: true, latestOf: 'uploaded' })] },
        { environments: [{ python: '3.12', platform: 'linux_x86_64' }] },
      ],
    ],
    [
      'files',
      [
        { files: { types: ['wheel', '!egg'], python: ['3.12', '3.11'], requiresPython: ['!', '3.12.4'] } },
        {
          files: {
            requiresPython: ['3.12.4', ' ! '],
            python: ['3.11', '3.12', '3.11'],
            types: ['! EGG', 'Wheel'],
          },
        },
      ],
    ],
    [
      'releases',
      [
        { releases: { allow: ['Django>=4,<6', 'b'], versions: ['1.*', '!*RC*'] } },
        { releases: { allow: ['b', 'django (<6, >=4)', 'B'], versions: ['!*rc*', '1.*', '1.*'] } },
      ],
    ],
    [
      'requirements',
      [
        { projects: { requirements: [ask('a', '>=1,<2'), ask('b', '')] } },
        { projects: { requirements: [ask('b', '', 'x:9'), ask('a', '<2, >=1', 'x:1'), ask('a', '<2,>=1')] } },
      ],
    ],
    [
      'metadata',
      [
        { projects: { metadata: { license: ['MIT', 'bsd'], author: ['/x/'] } } },
        { projects: { metadata: { author: ['/x/'], license: ['BSD', 'mit'], keywords: [] } } },
      ],
    ],
    [
      'exceptions',
      [
        { exceptions: [exception(['a', 'b'], { latest: 1 }), exception(['c'], {}, { types: ['wheel'] })] },
        {
          exceptions: [
            exception(['C'], {}, { types: ['wheel'] }),
            exception(['a'], { latest: 1, yanked: true }),
            exception(['b'], { latest: 1 }),
          ],
        },
      ],
    ],
  ];
  for (const [what, settings] of same)
    assert.equal(
      new Set(settings.map(fingerprintOf)).size,
      1,
      `${what}: ${settings.map(fingerprintOf).join('\n')}`,
    );
});

test('rules that say different things have different fingerprints', () => {
  const different: readonly SomeSelection[] = [
    {},
    { projects: { allow: ['a'] } },
    { projects: { reserved: ['a'] } },
    { projects: { allow: ['/a/'] } },
    { projects: { allow: ['/a/ /b/'] } },
    { projects: { allow: ['/a/', '/b/'] } },
    { projects: { requirements: [] } },
    { projects: { requirements: [ask('a', '')] } },
    { projects: { requirements: [ask('a', '', 'a:1', ['x'])] } },
    { projects: { requirements: [ask('a', '>1')] } },
    { projects: { allow: ['a'], dependencies: true } },
    {
      projects: { allow: ['a'], dependencies: true },
      environments: [{ python: '3.12', platform: 'linux_x86_64' }],
    },
    { projects: { maxBytes: 5 } },
    { projects: { maxVersions: 5 } },
    { projects: { maxBytes: 5, maxExempt: ['x'] } },
    { projects: { minVersions: 5 } },
    { projects: { minVersions: 5, minVersionsExempt: ['x'] } },
    { projects: { metadata: { license: ['a'] } } },
    { projects: { metadata: { license: ['!a'] } } },
    { projects: { metadata: { license: ['/A/'] } } },
    { projects: { metadata: { license: ['/a/'] } } },
    { releases: { allow: ['a'] } },
    { releases: { block: ['a'] } },
    { releases: { versions: ['a'] } },
    { releases: { versions: ['!a'] } },
    { releases: { latest: 3 } },
    { releases: { latest: 3, latestOf: 'all' } },
    { releases: { minAgeMs: 3 } },
    { releases: { minAgeMs: 3, minAgeExempt: ['a'] } },
    { releases: { notBeforeMs: 3 } },
    { releases: { notAfterMs: 3 } },
    { releases: { prereleases: false } },
    { releases: { prereleases: 'if-needed' } },
    { files: { maxBytes: 5 } },
    { files: { types: ['wheel'] } },
    { files: { types: ['!wheel'] } },
    { files: { python: ['3.12'] } },
    { files: { requiresPython: ['3.12'] } },
    { files: { requiresPython: ['3.12.0'] } },
    { files: { requiresPython: ['!'] } },
    { files: { abi: ['none'] } },
    { files: { platforms: ['any'] } },
    { files: { names: ['any'] } },
    { exceptions: [exception(['a'], { latest: 3 })] },
    { exceptions: [exception(['b'], { latest: 3 })] },
    { exceptions: [exception(['a'], { latest: 3 }), exception(['a'], { latest: 4 })] },
    { exceptions: [exception(['a'], { latest: 4 }), exception(['a'], { latest: 3 })] },
    { exceptions: [exception(['a'], { latest: 3, latestOf: 'all' })] },
    { releases: { latest: 3 }, exceptions: [exception(['a'], { latest: null })] },
  ];
  const prints = different.map(fingerprintOf);
  assert.equal(new Set(prints).size, prints.length, prints.join('\n'));
  for (const print of prints) assert.doesNotMatch(print, /\n/);
});

test('a long list enters the fingerprint by its digest', () => {
  const requirements = Array.from({ length: 500 }, (_, at) => ask(`project-${at}`, '>=1'));
  const print = fingerprintOf({ projects: { requirements } });
  assert.match(print, /^requirements: sha256 [0-9a-f]{64}$/);
  assert.notEqual(print, fingerprintOf({ projects: { requirements: requirements.slice(1) } }));
});

test('entries that mean nothing are told, and refused', () => {
  const cases: readonly (readonly [
    (entry: string) => string | null,
    readonly string[],
    readonly string[],
  ])[] = [
    [
      checkReleaseEntry,
      ['django', 'django>=4,<6', 'a*==1.*', '/^a/ <2', 'x (>=1)', 'a[0-9]b>1', 'x === old_1'],
      [
        '',
        '>=1',
        'django[argon2]>=1',
        'a; python_version>"3"',
        'a @ https://x.example/',
        'a >= one',
        'a ~= 1',
        '/(/ >1',
        'ö>1',
      ],
    ],
    [checkTypeEntry, ['wheel', '!egg', 'SDIST'], ['', 'wheels', '!', 'unknown', '*']],
    [checkPythonEntry, ['3.12', '3', '!2.7', '2'], ['', '3.12.1', '>=3', 'cp312', '4', '!']],
    [
      checkRequiresPythonEntry,
      ['3.12', '3', '!2.7', '3.12.4', '3.13.0rc1', '4.0.0', '!', ' ! '],
      ['', '>=3', 'cp312', '4', '4.1', '3.x', '!3.12.4', '3.12.4.x', '! >=3'],
    ],
    [checkVersionPattern, ['1.*', '!*rc*', '/^2/', 'odd_one', '! 1.0'], ['', '!', '/(/', '1.[0']],
    [
      checkPlatformEntry,
      ['any', 'linux_x86_64', '!windows', 'manylinux*_aarch64'],
      ['', 'linux_x87', '!', 'lunix'],
    ],
    [checkAbiEntry, ['none', 'abi3', '!cp3*', 'pypy'], ['', 'foo', '!']],
    [checkNamePattern, ['*.whl', '!/x/', 'a[bc]'], ['', '!', '/(/', 'a[b', '[]']],
    [checkMetadataPattern, ['', '!', 'MIT*', '/x/i', '[[]x]'], ['/(/', '/x', 'a[b']],
  ];
  for (const [check, good, bad] of cases) {
    for (const entry of good) assert.equal(check(entry), null, `${check.name} ${entry}`);
    for (const entry of bad) assert.equal(typeof check(entry), 'string', `${check.name} ${entry}`);
  }
  const refused: readonly SomeSelection[] = [
    { releases: { allow: ['odd>>one'] } },
    { files: { types: ['odd>>one'] } },
    { files: { python: ['!odd>>one'] } },
    { files: { requiresPython: ['!odd>>one'] } },
    { releases: { versions: ['/(odd>>one/'] } },
    { exceptions: [exception(['a'], {}, { platforms: ['odd>>one'] })] },
    { exceptions: [exception(['a'], { block: ['odd>>one'] })] },
    { exceptions: [exception(['odd>>one'], { latest: 1 })] },
    { projects: { metadata: { license: ['/(odd>>one/'] } } },
  ];
  for (const some of refused)
    assert.throws(
      () => buildSelection(selectionSettings(some)),
      (error) => isJubjubError(error, 'CONFIG_INVALID') && error.message.includes('odd>>one'),
      JSON.stringify(some),
    );
});

test('every rule has a name of its own', () => {
  assert.equal(new Set(RULE_KEYS).size, RULE_KEYS.length);
  for (const rule of [
    '[projects] reserved',
    '[projects] metadata',
    '[releases] min-age',
    '[files] platforms',
  ])
    assert.ok(RULE_KEYS.includes(rule), rule);
});
