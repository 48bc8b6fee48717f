/**
 * Goal: a sweep finds what the catalogue does not know and nothing else, moves it only when told to, and never much by mistake.
 * Method: docroots in memory and on the disk, with things in them that nobody of ours put there.
 */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MirrorSettings } from '../../src/mirror/deps.ts';
import { type Found, sweep } from '../../src/mirror/sweep.ts';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { provenancePath } from '../../src/pypi/paths.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import { readManifest } from '../support/check-manifest.ts';
import { afterDeath, localEngine } from '../support/engine.ts';
import { contents, LONG_MS, pathOf, runTo, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { seeded } from '../support/prng.ts';
import { startSim } from '../support/sim/sim.ts';
import { stride } from '../support/stride.ts';
import { auditOf, codeOf, prune, storyOf, swept, trashNames } from '../support/takedown-kit.ts';
import { verify } from '../support/verify-kit.ts';

const V1 = 'snark-1.0-py3-none-any.whl';
const ALL: Partial<MirrorSettings> = { jsonApi: true, precompress: true };
const ORPHANS = [
  'packages/aa/bb/cc/stray-1.0.tar.gz',
  'packages/aa/bb/cc/stray-1.0.tar.gz.metadata',
  'packages/note.txt',
  'pypi/jabberwock/json',
  'simple/Snark/index.html',
  'simple/index.v1_html',
  'simple/jabberwock/index.html',
  'simple/snark/index.v1_html',
  'manifest/xyz.sha256',
];
const FOREIGN = ['robots.txt', '.well-known/security.txt'];

async function mirrored(
  t: Parameters<typeof startWorld>[0],
  settings: Partial<MirrorSettings> = ALL,
): Promise<World> {
  const world = await startWorld(t, { cdn: false }, { settings });
  for (const version of ['1.0', '2.0', '3.0', '4.0', '5.0']) upload(world, 'snark', version);
  upload(world, 'vorpal');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  return world;
}

function litter({ engine }: World, paths: readonly string[]): void {
  for (const path of paths) engine.store.tamper(path as DocrootPath, Buffer.from(`left at ${path}`));
}

const told = (found: readonly Found[]) => found.map(({ kind, path }) => `${kind} ${path}`).sort();
const expected = () => [
  ...FOREIGN.map((path) => `foreign ${path}`).sort(),
  ...ORPHANS.map((path) => `orphan ${path}`).sort(),
];

test('a mirror with all that it may have holds nothing unknown, and neither does one that withdrew something', async (t) => {
  const world = await mirrored(t);
  assert.deepEqual((await swept(world)).found, []);
  world.sim.state.removeFile(V1);
  world.sim.state.removeProject('vorpal');
  await runTo(world, 0);
  assert.deepEqual((await swept(world)).found, []);
});

test('orphans and foreign files are told apart, and only looked at', async (t) => {
  const world = await mirrored(t);
  litter(world, [...ORPHANS, ...FOREIGN]);
  const before = contents(world);
  const { result, found } = await swept(world);
  assert.deepEqual(told(found), expected());
  assert.equal(result.found.files, ORPHANS.length + FOREIGN.length);
  assert.deepEqual([contents(world), trashNames(world), auditOf(world)], [before, [], []]);
});

test('--apply moves them to a folder of its time, audited; the trash gives them up after delete-after, and not before', async (t) => {
  const world = await mirrored(t);
  const before = contents(world);
  litter(world, [...ORPHANS, ...FOREIGN]);
  const { result } = await swept(world, { apply: true });
  assert.equal(result.moved.files, ORPHANS.length + FOREIGN.length);
  assert.deepEqual(contents(world), before, 'what is ours is as it was');
  const places = [...world.engine.store.trash().keys()];
  const folder = /^swept\/\d{8}T\d{6}Z\//;
  assert.ok(
    places.every((place) => folder.test(place)),
    places[0],
  );
  assert.deepEqual(places.map((place) => place.replace(folder, '')).sort(), [...ORPHANS, ...FOREIGN].sort());
  const lines = auditOf(world).filter(({ action }) => action === 'hide');
  assert.deepEqual(lines.map(({ path }) => path).sort(), [...ORPHANS, ...FOREIGN].sort());
  assert.ok(lines.every(({ project, why }) => project === null && why.startsWith('swept')));
  world.sim.advance(14 * 24 * 3_600_000 - 1);
  assert.equal((await prune(world)).deleted.files, 0);
  world.sim.advance(1);
  assert.equal((await prune(world)).deleted.files, places.length);
  assert.deepEqual([...world.engine.store.trash()], []);
});

test('twins, documents and sidecars that the settings or the pages want no more are orphans; those wanted are not', async (t) => {
  const world = await mirrored(t);
  world.engine.options.settings = {};
  const stale = provenancePath(pathOf(world, V1) as DocrootPath);
  litter(world, [stale]);
  const found = told((await swept(world)).found);
  assert.ok(found.includes('orphan pypi/snark/json') && found.includes('orphan simple/snark/index.html.gz'));
  assert.ok(found.includes(`orphan ${stale}`), 'no attestations are known of it');
  assert.ok(!found.some((line) => line.endsWith('.metadata')));
});

test('what a killed run left of a project that is due is not touched', async (t) => {
  const world = await mirrored(t, {});
  const { engine } = world;
  upload(world, 'jabberwock');
  await engine.run({}, undefined, (event) => {
    if (event.type === 'phase' && event.phase === 'commit') engine.lifeline.dieAfter(0);
  });
  assert.ok(engine.lifeline.isDead);
  engine.reopen();
  const paths = [...engine.store.tree().keys()];
  assert.ok(
    paths.some((path) => path.startsWith('simple/jabberwock/')),
    'its page is there already',
  );
  assert.deepEqual((await swept(world)).found, []);
});

test("P1: what the proof of a killed run promises is nobody else's, for a sweep and for a repair", async (t) => {
  const world = await mirrored(t, {});
  const { engine } = world;
  upload(world, 'jabberwock');
  engine.lifeline.onStep = (step) => {
    if (step === 'catalogue commits') engine.lifeline.dieAfter(0);
  };
  await engine.run();
  assert.ok(engine.lifeline.isDead);
  engine.lifeline.onStep = () => {};
  engine.reopen();
  const lacking = () => {
    const tree = engine.store.tree();
    return Object.keys(readManifest(tree).buckets).filter((id) => !tree.has(`manifest/${id}.sha256`));
  };
  const bucket = `manifest/${bucketOf(normalizeName('jabberwock'))}.sha256`;
  assert.ok(engine.store.tree().has(bucket), 'its document is there already');
  assert.deepEqual((await swept(world, { apply: true })).found, []);
  assert.deepEqual(lacking(), []);
  const { found } = await verify(world);
  assert.ok(!found.some((one) => one.includes(bucket)), found.join());
});

test('a catalogue that knows nothing yet sweeps nothing', async (t) => {
  const world = await startWorld(t, { cdn: false });
  litter(world, FOREIGN);
  assert.equal(await codeOf(swept(world, { apply: true })), 'USAGE_INVALID');
  upload(world, 'snark');
  await runTo(world, 0);
  // An upstream that was accepted in place of another: what it lists is not known yet.
  world.engine.catalogue.startOver(world.sim.url);
  assert.equal(await codeOf(swept(world, { apply: true })), 'USAGE_INVALID');
  assert.deepEqual(trashNames(world), []);
});

test('more than half of the docroot is refused with nothing moved, until so many are allowed', async (t) => {
  const world = await mirrored(t);
  const many = Array.from({ length: 100 }, (_, at) => `packages/stray-${at}.whl`);
  litter(world, many);
  assert.equal(await codeOf(swept(world, { apply: true })), 'LIMIT_SWEEP');
  assert.equal(await codeOf(swept(world, { apply: true, allowed: 99 })), 'LIMIT_SWEEP');
  assert.deepEqual(trashNames(world), []);
  assert.equal((await swept(world, { apply: true, allowed: 100 })).result.moved.files, 100);
});

test('the same file swept twice in one second: nothing in the trash is written over', async (t) => {
  const world = await mirrored(t);
  for (const text of ['first', 'second']) {
    world.engine.store.tamper('robots.txt' as DocrootPath, Buffer.from(text));
    await swept(world, { apply: true });
  }
  const kept = [...world.engine.store.trash().values()].map((bytes) => Buffer.from(bytes).toString());
  assert.deepEqual(kept.sort(), ['first', 'second']);
});

test('one file that cannot be moved is told, keeps no other from going, and what went is in the audit', async (t) => {
  const world = await mirrored(t);
  litter(world, [...ORPHANS, ...FOREIGN]);
  const { store } = world.engine;
  store.nailDown('packages/note.txt' as DocrootPath);
  const { result } = await swept(world, { apply: true });
  assert.equal(result.stuck, 1);
  assert.equal(result.moved.files, ORPHANS.length + FOREIGN.length - 1);
  assert.ok(store.tree().has('packages/note.txt' as DocrootPath));
  const warnings = world.engine.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  assert.match(warnings.join(), /^packages\/note\.txt could not be moved into the trash/);
  const told = auditOf(world).flatMap(({ why, path }) => (why.startsWith('swept') ? [path] : []));
  assert.deepEqual(told.sort(), [...ORPHANS, ...FOREIGN].sort());
  assert.deepEqual(storyOf(world, 'note.txt'), ['hide', 'restore'], 'taken back');
  assert.equal(world.engine.catalogue.counts().trashedFiles, told.length - 1);
});

test('a trash that takes nothing ends the sweep with why', async (t) => {
  const world = await mirrored(t);
  litter(world, FOREIGN);
  world.engine.store.failTrash('STORE_NOT_WRITABLE');
  assert.equal(await codeOf(swept(world, { apply: true })), 'STORE_NOT_WRITABLE');
});

test('on the disk: links and names that no path can have are left to the operator, and files are moved', async (t) => {
  const sim = await startSim({ cdn: false });
  t.after(() => sim.close());
  upload({ sim }, 'snark');
  const { engine, web } = await localEngine(t, sim);
  assert.equal((await engine.run()).exitStatus, 0);
  mkdirSync(join(web, 'packages', 'old'), { recursive: true });
  writeFileSync(join(web, 'packages', 'old', 'stray.whl'), 'stray');
  writeFileSync(join(web, 'packages', 'old', 'back\\slash.whl'), 'odd');
  symlinkSync('/nowhere', join(web, 'data'));
  const found: Found[] = [];
  const signal = new AbortController().signal;
  const result = await engine.act(false, (deps) =>
    sweep(deps, { apply: true, allowed: null }, (one) => void found.push(one), signal),
  );
  assert.deepEqual([result.moved.files, result.byHand, result.unreadable], [1, 2, 0]);
  assert.deepEqual(found.map(({ kind, what }) => `${kind} ${what}`).sort(), [
    'by-hand link',
    'by-hand name',
    'orphan file',
  ]);
});

test('a sweep that dies before any of its steps is finished by the next: each file moved, known and told once', async (t) => {
  for (let steps = 0; ; steps += stride(3)) {
    const world = await mirrored(t, {});
    const { engine } = world;
    const paths = ['robots.txt', 'notes/one.txt', 'notes/two.txt'];
    litter(world, paths);
    engine.lifeline.dieAfter(steps);
    await swept(world, { apply: true }).catch((error: unknown) =>
      assert.ok(engine.lifeline.isDead, String(error)),
    );
    const { isDead } = engine.lifeline;
    if (isDead) afterDeath(engine, steps % 2 === 0 ? null : seeded(steps));
    engine.lifeline.revive();
    // What is begun is not deleted for having been begun long ago.
    world.sim.advance(20 * 24 * 3_600_000);
    await prune(world);
    await swept(world, { apply: true });
    const rows = engine.catalogue.deletable(Number.MAX_SAFE_INTEGER, 100);
    const gone = auditOf(world).flatMap(({ action, path }) => (action === 'delete' ? [path] : []));
    const known = [...rows.map(({ docrootPath }) => docrootPath), ...gone].sort();
    assert.deepEqual(known, [...paths].sort(), `after ${steps} steps`);
    assert.equal(engine.store.trash().size, rows.length, `after ${steps} steps`);
    for (const path of paths) {
      assert.equal(engine.store.tree().has(path), false);
      const hides = auditOf(world).filter((line) => line.action === 'hide' && line.path === path);
      assert.equal(hides.length, 1, `${path} after ${steps} steps`);
    }
    if (!isDead) return;
  }
});

test('sidecars that a killed run brought for pages with other settings are not touched', async (t) => {
  const world = await mirrored(t, { mirrorMetadata: false });
  const { engine } = world;
  engine.options.settings = { mirrorMetadata: true };
  await engine.run({}, undefined, (event) => {
    if (event.type === 'phase' && event.phase === 'commit') engine.lifeline.dieAfter(0);
  });
  assert.ok(engine.lifeline.isDead);
  engine.store.killed();
  engine.reopen();
  engine.lifeline.revive();
  const sidecars = [...engine.store.tree().keys()].filter((path) => path.endsWith('.metadata'));
  assert.ok(sidecars.length > 0, 'the run had placed them');
  assert.deepEqual(told((await swept(world)).found), []);
});
