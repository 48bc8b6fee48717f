/**
 * Goal: what a file needs is read from its requirements as pip reads them, for the declared environments and extras.
 * Method: tables of requirements, environments and extras; documents of the JSON API as PyPI writes them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileNeeds } from '../../src/catalogue/contract.ts';
import { Gathered } from '../../src/mirror/needs/gathered.ts';
import { ProjectReading } from '../../src/mirror/needs/project-reading.ts';
import { needsInDocument } from '../../src/mirror/needs/release-document.ts';
import { Requirements, type Wanted } from '../../src/mirror/needs/requirements.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Sha256 } from '../../src/pypi/types.ts';
import { versionKey } from '../../src/pypi/version-key.ts';
import type { Environment } from '../../src/selection/settings.ts';

const NAME = normalizeName('foo');
const LINUX_312 = { python: '3.12', platform: 'linux_x86_64' };
const LINUX_38 = { python: '3.8', platform: 'linux_x86_64' };

function fileNeeds(requiresDist: readonly string[], requiresPython: string | null = null): FileNeeds {
  const sha256 = '0'.repeat(64) as Sha256;
  return { sha256, source: 'metadata', requiresDist, requiresPython, trouble: null };
}

function wanted(
  environments: readonly Environment[],
  extras: readonly string[],
  ...files: readonly FileNeeds[]
): string[] {
  const found: Wanted[] = [];
  const reading = readingOf(new Requirements(environments), extras, found);
  for (const needs of files) reading.follow(needs, null);
  return found.map(
    ({ name, extras, specifier }) => `${name}${extras.length > 0 ? `[${extras}]` : ''}${specifier}`,
  );
}

function readingOf(
  requirements: Requirements,
  extras: readonly string[],
  found: Wanted[],
): ProjectReading<null> {
  return new ProjectReading<null>(requirements, NAME, extras, (wanted) => found.push(wanted));
}

test('a requirement counts when some environment, with some of the extras, has it', () => {
  const all = ['a; python_version >= "3.9"', 'b; python_version < "3.9"', 'c; extra == "x"', 'D[Z_z] (>=1)'];
  assert.deepEqual(wanted([LINUX_312], [], fileNeeds(all)), ['a', 'd[z-z]>=1']);
  assert.deepEqual(wanted([LINUX_312, LINUX_38], [], fileNeeds(all)), ['a', 'b', 'd[z-z]>=1']);
  assert.deepEqual(wanted([LINUX_38], ['x'], fileNeeds(all)), ['b', 'c', 'd[z-z]>=1']);
  assert.deepEqual(wanted([], ['y'], fileNeeds(all)), ['a', 'b', 'd[z-z]>=1']);
});

test('an extra counts only where the rest of its marker may hold', () => {
  const text = 'a; extra == "x" and python_version < "3.9"';
  assert.deepEqual(wanted([LINUX_312], ['x'], fileNeeds([text])), []);
  assert.deepEqual(wanted([LINUX_312, LINUX_38], ['x'], fileNeeds([text])), ['a']);
  assert.deepEqual(wanted([LINUX_312, LINUX_38], ['x'], fileNeeds([text], '>=3.9')), []);
});

test('environments whose Python may not install the file do not count, and what cannot be read excludes none', () => {
  for (const [requiresPython, expected] of [
    ['>=3.9', ['a']],
    ['<3.9', ['b']],
    ['<3', []],
    ['a python', ['a', 'b']],
    [null, ['a', 'b']],
  ] as const) {
    const needs = fileNeeds(['a; python_version >= "3.9"', 'b; python_version < "3.9"'], requiresPython);
    assert.deepEqual(wanted([LINUX_312, LINUX_38], [], needs), expected, String(requiresPython));
  }
});

test('what several files of a project need in the same words is told once, unless fewer may use the first', () => {
  const [one, other] = [fileNeeds(['a', 'b']), fileNeeds(['b', 'c'])];
  assert.deepEqual(wanted([], [], one, other), ['a', 'b', 'c']);
  const old = fileNeeds(['a; python_version >= "3.9"'], '<3.9');
  const young = fileNeeds(['a; python_version >= "3.9"'], '>=3.9');
  assert.deepEqual(wanted([LINUX_312, LINUX_38], [], old, young), ['a']);
});

test('what cannot be followed is said, and the rest is followed', () => {
  const requirements = new Requirements([LINUX_312]);
  for (const [text, trouble] of [
    ['a >=', /not a requirement/],
    ['', /not a requirement/],
    ['a @ https://example.invalid/a.whl', /direct reference/],
    ['a @ https://example.invalid/a.whl ; extra == "x"', null],
    ['a @ https://example.invalid/a.whl ; python_version < "3"', null],
    ['a', null],
  ] as const) {
    const why = readingOf(requirements, [], []).follow(fileNeeds(['b', text]), null);
    if (trouble === null) assert.equal(why, null, text);
    else assert.match(why ?? '', trouble);
    const found: Wanted[] = [];
    readingOf(requirements, [], found).follow(fileNeeds([text, 'b']), null);
    assert.equal(found.at(-1)?.name, 'b');
  }
});

test('what no declared Python may install is no trouble', () => {
  const found: Wanted[] = [];
  const reading = readingOf(new Requirements([LINUX_312]), [], found);
  assert.equal(reading.follow(fileNeeds(['a >='], '<3'), null), null);
  assert.deepEqual(found, []);
});

test('of releases that ask for the same the newest is remembered, whichever comes first', () => {
  for (const order of [
    [1, 2, 10],
    [10, 1, 2],
  ]) {
    const gathered = new Gathered();
    const hole = { name: normalizeName('hole'), specifier: '>=1', extras: ['x'] };
    for (const minor of order) {
      const asker = { project: NAME, by: `foo 1.${minor}`, rank: versionKey(`1.${minor}`) };
      gathered.add(asker, hole);
      gathered.add(asker, { ...hole, extras: [] });
    }
    assert.deepEqual([...gathered.names()], ['hole']);
    assert.deepEqual(
      gathered.needsOf(hole.name).map(({ by, extras }) => `${by} ${extras}`),
      ['foo 1.10 x', 'foo 1.10 '],
    );
  }
});

test('thousands of different requirements are read, and forgotten again', () => {
  const requirements = new Requirements([]);
  for (let round = 0; round < 3; round++) {
    const texts = Array.from({ length: 15_000 }, (_, index) => `p${round}-${index}`);
    const found: Wanted[] = [];
    readingOf(requirements, [], found).follow(fileNeeds(texts), null);
    assert.equal(found.length, texts.length);
  }
});

const documentOf = (info: unknown) => Buffer.from(JSON.stringify({ info }));

test('a release’s document tells its needs, in any spelling of its name and version', () => {
  for (const [info, expected] of [
    [
      { requires_dist: ['a'], requires_python: '>=3' },
      { requiresDist: ['a'], requiresPython: '>=3' },
    ],
    [{ requires_dist: [] }, { requiresDist: [], requiresPython: null }],
    [{ requires_dist: null }, { requiresDist: null, requiresPython: null }],
    [{ requires_dist: ['a', 7, null] }, { requiresDist: ['a'], requiresPython: null }],
    [
      { requires_dist: 'a', requires_python: 3 },
      { requiresDist: null, requiresPython: null },
    ],
    [
      { requires_dist: ['a'], dynamic: ['Requires-Dist'] },
      { requiresDist: null, requiresPython: null },
    ],
    [
      { requires_dist: ['a'], dynamic: ['Version'] },
      { requiresDist: ['a'], requiresPython: null },
    ],
  ] as const)
    assert.deepEqual(
      needsInDocument(documentOf({ name: 'Foo', version: '1.0.0', ...info }), NAME, '1.0'),
      expected,
      JSON.stringify(info),
    );
});

test('a document of something else is malformed', () => {
  for (const [document, part] of [
    [{ name: 'bar', version: '1.0' }, 'info.name'],
    [{ name: 'foo', version: '1.1' }, 'info.version'],
    [{ name: 'foo' }, 'info.version'],
    [null, 'info'],
  ] as const)
    assert.throws(
      () => needsInDocument(documentOf(document), NAME, '1.0'),
      (error: Error) => error.message.endsWith(`malformed: ${part}`),
      part,
    );
  assert.throws(() => needsInDocument(Buffer.from('[]'), NAME, '1.0'), /malformed: info$/);
});
