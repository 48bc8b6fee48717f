/**
 * Goal: what hostile metadata asks for costs little, is bounded, and what is left out for that is told.
 * Method: chains of extras and lists of specifiers as long as they may be, counted and not timed; limits made small.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileNeeds } from '../../src/catalogue/contract.ts';
import type { JubjubError } from '../../src/errors.ts';
import { REQUIREMENTS_PER_FILE_MAX } from '../../src/mirror/needs/core-metadata.ts';
import { ASKINGS_PER_PAIR_MAX, Gathered } from '../../src/mirror/needs/gathered.ts';
import { followNeeds } from '../../src/mirror/needs/needs.ts';
import { EXTRAS_PER_PROJECT_MAX, ProjectReading } from '../../src/mirror/needs/project-reading.ts';
import { Requirements } from '../../src/mirror/needs/requirements.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Sha256 } from '../../src/pypi/types.ts';
import { held, needsWarnings, release, sdist, startNeeding, sync } from '../support/needs-kit.ts';
import fc from '../support/properties.ts';

const ROOT = normalizeName('root');
const DIGEST = '0'.repeat(64) as Sha256;

function fileNeeds(requiresDist: readonly string[]): FileNeeds {
  return { sha256: DIGEST, source: 'metadata', requiresDist, requiresPython: null, trouble: null };
}

function read(requiresDist: readonly string[], extras: readonly string[]) {
  const found: string[] = [];
  const tooMany: string[] = [];
  const reading = new ProjectReading<string>(
    new Requirements([]),
    ROOT,
    extras,
    ({ name }) => found.push(name),
    (why, by) => tooMany.push(`${by}: ${why}`),
  );
  reading.follow(fileNeeds(requiresDist), 'a file');
  return { found, tooMany, tried: reading.tried };
}

/** `root[e0]` and so on: each extra asks for the next one, and for a project. */
function chain(length: number): string[] {
  return Array.from({ length }, (_, link) => [
    `root[e${link + 1}]; extra == "e${link}"`,
    `p${link}; extra == 'e${link}'`,
  ]).flat();
}

test('a chain of extras is followed in as many steps as it has, in whatever order it is written', () => {
  const length = EXTRAS_PER_PROJECT_MAX - 1;
  for (const requires of [chain(length), chain(length).reverse()]) {
    const { found, tooMany, tried } = read(['root[e0]', ...requires], []);
    assert.equal(found.length, length);
    assert.deepEqual(tooMany, []);
    assert.ok(tried <= 2 * length, `${tried} markers were held against extras`);
  }
});

test('more extras of one project than any has are not followed, and who asks for them is told', () => {
  const { found, tooMany } = read(['root[e0]', ...chain(REQUIREMENTS_PER_FILE_MAX / 2)], []);
  assert.equal(found.length, EXTRAS_PER_PROJECT_MAX);
  assert.deepEqual(tooMany, ['a file: of root only 1000 extras are followed']);
});

test('two projects that ask each other for one extra after the other are read once each', async (t) => {
  const length = 60;
  const world = await startNeeding(t, ['alice']);
  const links = (of: string, step: number) =>
    Array.from({ length }, (_, link) => `${of}[e${link + step}]; extra == "e${link}"`);
  release(world, 'alice 1.0', ['tick[e0]']);
  release(world, 'tick 1.0', links('tock', 0));
  release(world, 'tock 1.0', [...links('tick', 1), `bell; extra == "e${length - 1}"`]);
  release(world, 'bell 1.0');
  const read = t.mock.method(ProjectReading.prototype, 'follow');
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'bell 1.0', 'tick 1.0', 'tock 1.0']);
  assert.ok(read.mock.callCount() < length, `${read.mock.callCount()} files were read`);
});

test('markers that are too long for many extras are not followed for ever, and that is told', () => {
  const extras = Array.from({ length: EXTRAS_PER_PROJECT_MAX }, (_, index) => `e${index}`);
  const requires = Array.from({ length: 300 }, (_, index) => `p${index}; extra not in "${extras}"`);
  const { found, tooMany } = read(requires, extras);
  assert.deepEqual(found, []);
  assert.match(tooMany[0] ?? '', /^a file: its markers are too long/);
});

test('markers that do more with extras than name one are followed as well', () => {
  for (const [marker, extras, expected] of [
    ['extra == "A_b"', ['a-b'], true],
    ['"a.b" == extra', ['a-b'], true],
    ['extra not in "a, b"', ['b'], false],
    ['extra not in "a, b"', ['c'], true],
    ['"x" in extras and "y" in extras', ['x', 'y'], true],
    ['"x" in extras and "y" in extras', ['x'], false],
    ['extra != "x"', ['x'], true],
    ['extra == "x" and extra == "y"', ['x', 'y'], false],
  ] as const) {
    const own = extras.map((extra) => `root[${extra}]`);
    const text = `other; ${marker}`;
    for (const { found } of [read([text], extras), read([text, ...own], []), read([...own, text], [])])
      assert.deepEqual(found, expected ? ['other'] : [], `${marker} with ${extras}`);
  }
});

test('extras that a project asks of itself count as those that are asked of it do, in any order', () => {
  const extra = fc.constantFrom('a', 'b', 'c', 'd');
  const link = fc.tuple(extra, extra).map(([of, to]) => [`root[${to}]; extra == "${of}"`, of, to] as const);
  fc.assert(
    fc.property(fc.array(link, { maxLength: 8 }), extra, (links, first) => {
      const reached = new Set([first]);
      for (const one of reached) for (const [, of, to] of links) if (of === one) reached.add(to);
      const ends = ['a', 'b', 'c', 'd'].map((name) => `p${name}; extra == "${name}"`);
      const texts = [...ends.slice(0, 2), ...links.map(([text]) => text), ...ends.slice(2)];
      assert.deepEqual(read(texts, [first]).found.sort(), [...reached].map((name) => `p${name}`).sort());
    }),
    { numRuns: 100 },
  );
});

test('who asks a project for more releases than anybody has, one by one, asks for any', () => {
  const gathered = new Gathered();
  const asker = { project: ROOT, by: 'root 1.0', rank: '' };
  const name = normalizeName('other');
  const ask = (patch: number) => gathered.add(asker, { name, specifier: `!=1.${patch}`, extras: [] });
  for (let patch = 0; patch < ASKINGS_PER_PAIR_MAX; patch++) assert.equal(ask(patch), `!=1.${patch}`);
  for (const patch of [-1, -2]) assert.equal(ask(patch), '');
  assert.equal(ask(0), '!=1.0');
  const needs = gathered.needsOf(name);
  assert.equal(needs.length, ASKINGS_PER_PAIR_MAX + 1);
  assert.equal(needs.at(-1)?.specifier, '');
  const other = { project: normalizeName('another'), by: 'another 1.0', rank: '' };
  assert.equal(gathered.add(other, { name, specifier: '>1', extras: [] }), '>1');
});

test('there is an end to all needs together', () => {
  const gathered = new Gathered(2);
  const asker = { project: ROOT, by: 'root 1.0', rank: '' };
  const ask = (name: string) => gathered.add(asker, { name: normalizeName(name), specifier: '', extras: [] });
  for (const name of ['a', 'b', 'a']) ask(name);
  assert.throws(
    () => ask('c'),
    (error: JubjubError) => error.code === 'LIMIT_NEEDS' && error.exitStatus === 3,
  );
});

test('more projects than one run may bring in are not brought in, and nothing is written', async (t) => {
  const world = await startNeeding(t, ['alice'], { engine: { selection: { projects: {} } } });
  release(world, 'alice 1.0', ['a', 'b']);
  release(world, 'a 1.0', ['c']);
  for (const name of ['b', 'c']) release(world, name);
  await sync(world);
  world.engine.options.selection = { projects: { dependencies: true } };
  const follow = (max: number) =>
    world.engine.act(false, (deps) => followNeeds(deps, max, new AbortController().signal));
  await assert.rejects(
    follow(1),
    (error: JubjubError) => error.code === 'LIMIT_NEEDS' && error.facts.received === '2',
  );
  assert.deepEqual([...world.engine.catalogue.neededNames()], []);
  assert.equal(world.engine.catalogue.due(normalizeName('a')), null);
  assert.deepEqual(await follow(2), { due: 2, newcomers: 2 });
  await sync(world);
  assert.deepEqual(held(world), ['a 1.0', 'alice 1.0', 'b 1.0', 'c 1.0']);
});

test('a document of the JSON API with more requirements than anybody has tells nothing', async (t) => {
  const world = await startNeeding(t, ['alice']);
  sdist(world, 'alice 1.0');
  release(world, 'rabbit 1.0');
  const requires_dist = Array<string>(REQUIREMENTS_PER_FILE_MAX + 1).fill('rabbit');
  const body = JSON.stringify({ info: { name: 'alice', version: '1.0', requires_dist } });
  const fault = { kind: 'replace', body, contentType: 'application/json' } as const;
  world.sim.faults.add({ match: /GET \/pypi/, fault });
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0']);
  assert.match(needsWarnings(world).join(), /alice-1\.0\.tar\.gz \(10001 requirements/);
});
