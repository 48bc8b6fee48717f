/**
 * Goal: the completeness proof says what the docroot shows after every run, touches nothing that did not change (P5), and
 * comes out right after a kill at any step (P4).
 * Method: the engine on the simulated upstream; after each run the proof is held against the tree by a check of its own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRoot, type RootTrouble } from '../../src/mirror/check-root.ts';
import type { MirrorDeps } from '../../src/mirror/deps.ts';
import { type RootDeps, rewriteRoot } from '../../src/mirror/root-index.ts';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { bucketPath, MANIFEST_PATH, ROOT_PATHS } from '../../src/pypi/paths.ts';
import { checkManifest, readManifest } from '../support/check-manifest.ts';
import { afterDeath } from '../support/engine.ts';
import { having } from '../support/having.ts';
import { docrootChanges, LONG_MS, runTo, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { seeded } from '../support/prng.ts';
import { stride } from '../support/stride.ts';

const SEED = Number(process.env['JUBJUB_SEED'] ?? 1);
const STEPS_MAX = 400;

const bucketOfName = (name: string) => bucketPath(bucketOf(normalizeName(name)));

function check({ engine, sim }: World): void {
  checkManifest(engine.store.tree(), sim.state.lastSerial);
}

async function synced(t: Parameters<typeof startWorld>[0], options = {}): Promise<World> {
  const world = await startWorld(t, { cdn: false }, options);
  for (const name of ['snark', 'vorpal', 'boojum']) upload(world, name);
  await runTo(world, 0);
  check(world);
  docrootChanges(world);
  return world;
}

/** What a repair works with. */
function depsOf({ engine }: World): RootDeps {
  const settings = { precompress: engine.options.settings.precompress ?? false };
  return {
    catalogue: engine.catalogue,
    store: engine.store,
    settings: settings as RootDeps['settings'],
  };
}

/** One project a wave. */
function inSmallWaves(deps: MirrorDeps): MirrorDeps {
  const { catalogue } = deps;
  return { ...deps, catalogue: having(catalogue, { nextDue: () => catalogue.nextDue(1) }) };
}

async function troubles(world: World): Promise<RootTrouble[]> {
  const found: RootTrouble[] = [];
  for await (const trouble of checkRoot(depsOf(world), new AbortController().signal)) found.push(trouble);
  return found;
}

test('the proof follows every kind of change, and is about exactly what the docroot shows', async (t) => {
  const world = await synced(t);
  const { state } = world.sim;
  upload(world, 'snark', '2.0');
  upload(world, 'jabberwock');
  await runTo(world, 0);
  check(world);
  state.removeProject('vorpal');
  state.quarantineProject('boojum');
  await runTo(world, 0);
  check(world);
  assert.equal(readManifest(world.engine.store.tree()).projects, 3, 'a quarantined project has its page');
  assert.equal(
    world.engine.store.tree().has(bucketOfName('vorpal')),
    false,
    'an empty bucket has no document',
  );
  upload(world, 'vorpal', '3.0');
  await runTo(world, 0);
  check(world);
});

test('counts are those of status.json', async (t) => {
  const world = await synced(t);
  const tree = world.engine.store.tree();
  const status = JSON.parse(Buffer.from(tree.get('status.json') ?? []).toString());
  const { projects, files, bytes, serial } = readManifest(tree);
  assert.deepEqual(
    { projects, files, bytes, serial },
    {
      projects: status.projects,
      files: status.files,
      bytes: status.bytes,
      serial: status.serial,
    },
  );
});

test('a change touches one bucket, then the manifest, both after the pages and before what leaves', async (t) => {
  const world = await synced(t);
  upload(world, 'snark', '2.0');
  world.sim.state.removeProject('vorpal');
  await runTo(world, 0);
  const steps = docrootChanges(world).filter((step) => !step.includes('packages/'));
  assert.deepEqual(steps, [
    'place simple/snark/index.html',
    'place simple/snark/index.v1_json',
    'place simple/index.html',
    'place simple/index.v1_json',
    `place ${bucketOfName('snark')}`,
    'place manifest.json',
    `remove ${bucketOfName('vorpal')}`,
    'remove simple/vorpal/index.html',
    'remove simple/vorpal/index.v1_json',
    'remove simple/vorpal/index.html.gz',
    'remove simple/vorpal/index.v1_json.gz',
    'remove pypi/vorpal/json',
  ]);
});

test('nothing is written when nothing changed, and a serial alone moves only the manifest', async (t) => {
  const world = await synced(t, { block: ['bandersnatch'] });
  await runTo(world, 0);
  await runTo(world, 0, { full: true });
  assert.deepEqual(docrootChanges(world), []);
  upload(world, 'bandersnatch');
  assert.equal((await world.engine.run()).exitStatus, 0);
  check(world);
  assert.deepEqual(
    docrootChanges(world).filter((step) => !step.includes('simple/index')),
    ['place manifest.json'],
  );
});

test('a dry run writes no proof', async (t) => {
  const world = await synced(t);
  upload(world, 'snark', '2.0');
  await runTo(world, 0, { dryRun: true });
  assert.deepEqual(docrootChanges(world), []);
});

test('a first sync of many waves writes the proof at its end', async (t) => {
  const world = await startWorld(t, { cdn: false }, { wrap: inSmallWaves });
  for (const name of ['snark', 'vorpal', 'boojum', 'tove']) upload(world, name);
  await runTo(world, 0);
  check(world);
  const steps = docrootChanges(world).filter((step) => !step.includes('simple/index'));
  const pages = steps.filter((step) => step.startsWith('place simple/'));
  assert.deepEqual(steps.filter((step) => /simple\/|manifest/.test(step)).slice(0, pages.length), pages);
});

test('a project that could not be had is in no proof', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault: { kind: 'status', status: 503 } });
  await runTo(world, 3);
  check(world);
  assert.equal(readManifest(world.engine.store.tree()).projects, 1);
});

test('an upstream without serials has a proof without one', async (t) => {
  const world = await startWorld(t, { cdn: false }, { upstream: { changes: 'poll' } });
  upload(world, 'snark');
  await runTo(world, 0);
  checkManifest(world.engine.store.tree(), null);
});

test('a manifest that is gone is written anew, and a bucket with the next look at its project', async (t) => {
  const world = await synced(t);
  await world.engine.store.remove([MANIFEST_PATH, bucketOfName('boojum')]);
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  check(world);
});

test('a manifest that is gone is written anew, also by a run with nothing new', async (t) => {
  const world = await synced(t);
  await world.engine.store.remove([MANIFEST_PATH]);
  await runTo(world, 0);
  check(world);
});

test('a lost catalogue leaves no bucket of its own behind', async (t) => {
  const world = await synced(t);
  const old = world.engine.store.tree();
  const other = await startWorld(t, { cdn: false });
  upload(other, 'jabberwock');
  for (const [path, bytes] of old)
    if (path.startsWith('manifest')) other.engine.store.tamper(path as typeof MANIFEST_PATH, bytes);
  await runTo(other, 0);
  check(other);
});

test('checkRoot tells what is wrong and rewriteRoot mends it, and nothing else', async (t) => {
  const world = await synced(t, { settings: { precompress: true } });
  assert.deepEqual(await troubles(world), []);
  const { store } = world.engine;
  const damage = Buffer.from('damage');
  const damaged = [ROOT_PATHS.json, MANIFEST_PATH, bucketOfName('snark')];
  for (const path of damaged) store.tamper(path, damage);
  await store.remove([ROOT_PATHS.html, bucketOfName('vorpal')]);
  store.tamper('simple/index.html.gz' as typeof MANIFEST_PATH, damage);
  const found = (await troubles(world)).map(({ path }) => path);
  const all = [...damaged, ROOT_PATHS.html, bucketOfName('vorpal'), 'simple/index.html.gz'];
  assert.deepEqual([...found].sort(), [...all].sort());
  docrootChanges(world);
  await rewriteRoot({ ...depsOf(world), holdsLock: () => true });
  assert.deepEqual(docrootChanges(world).sort(), all.map((path) => `place ${path}`).sort());
  assert.deepEqual(await troubles(world), []);
  check(world);
});

/** An upload, a takedown, a newcomer: three buckets, one of which goes. */
function changes(world: World): void {
  upload(world, 'snark', '2.0');
  world.sim.state.removeProject('vorpal');
  upload(world, 'jabberwock');
}

/** Before its first page a run leaves nothing that a proof could be wrong about. */
async function stepsBeforePages(t: Parameters<typeof startWorld>[0]): Promise<number> {
  const world = await synced(t);
  changes(world);
  await world.engine.run();
  return world.engine.lifeline.steps.findIndex((step) => step.startsWith('place simple/'));
}

test('killed at any step: a run that can do nothing tells no lies, and the next one converges', async (t) => {
  for (let steps = await stepsBeforePages(t); steps < STEPS_MAX; steps += stride(3)) {
    const world = await synced(t);
    const { engine, sim } = world;
    changes(world);
    engine.lifeline.dieAfter(steps);
    await engine.run().catch((error: unknown) => assert.ok(engine.lifeline.isDead, String(error)));
    const { isDead } = engine.lifeline;
    // With every other step the power goes, too.
    if (isDead) afterDeath(engine, steps % 2 === 0 ? null : seeded(SEED * 1000 + steps));
    engine.lifeline.revive();
    try {
      // A storm: what the killed run had published goes back to what is committed.
      sim.faults.add({ match: /^GET \/simple\/[^/]+\/$/, fault: { kind: 'html-503' } });
      await engine.run();
      checkManifest(engine.store.tree(), engine.catalogue.progress().serial);
      sim.faults.clear();
      assert.equal((await engine.run()).exitStatus, 0);
      check(world);
    } catch (error) {
      throw new Error(`killed after ${steps} steps (JUBJUB_SEED=${SEED}): ${error}`, { cause: error });
    }
    if (isDead) continue;
    t.diagnostic(`${steps} steps`);
    return;
  }
  assert.fail('the run has more steps than it may have');
});
