/**
 * Goal: beside a running sync nothing is told as damage that is only on its way; real damage still is. Against upstream, what
 * the next sync brings anyway is no damage, and a 404 is told and never acted on.
 * Method: a verify runs while a sync of the same mirror stands at each of its steps; and upstream changes in silence.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { LONG_MS, runTo, upload, type World } from '../support/mirror-kit.ts';
import {
  assertClean,
  contents,
  damage,
  fileOf,
  mirrored,
  type Verified,
  verify,
} from '../support/verify-kit.ts';

/** As another process does it: with a reader of its own, which sees what is committed and nothing else. */
async function verifyBeside(world: World, isSyncing: () => boolean): Promise<Verified> {
  const catalogue = new SqliteCatalogue(world.engine.catalogueFile, { readOnly: true });
  try {
    // The reader's own way: the sync dies and counts by its lifeline, and a look takes no step.
    return await verify(world, {}, () => ({ catalogue, isSyncing, holdsLock: () => false }));
  } finally {
    catalogue.close();
  }
}

test('at every step of a sync a verify beside it finds nothing', async (t) => {
  const world = await mirrored(t);
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '3.0');
  upload(world, 'boojum');
  world.sim.state.removeProject('zebra');
  const { lifeline } = world.engine;
  const { step } = lifeline;
  const looks: Promise<Verified>[] = [];
  let running = true;
  let steps = 0;
  lifeline.step = (what) => {
    step.call(lifeline, what);
    if (running && steps++ % 5 === 0) looks.push(verifyBeside(world, () => running));
  };
  const summary = await world.engine.run();
  running = false;
  assert.equal(summary.exitStatus, 0);
  assert.ok(looks.length > 5, String(looks.length));
  for (const look of looks) {
    const { found, summary: looked } = await look;
    assert.deepEqual(found, []);
    assert.equal(looked.exitStatus, 0);
  }
  lifeline.step = step;
  assertClean(await verify(world));
});

test('damage is told although somebody holds the lock, but not of projects that are due', async (t) => {
  const world = await mirrored(t);
  await damage(world, fileOf(world, 'zebra'), () => null);
  await damage(world, fileOf(world, 'hatter'), () => null);
  world.engine.catalogue.addDue([
    {
      name: 'hatter' as never,
      displayName: null,
      first: 1,
      required: 0,
      removed: null,
      takedowns: [],
      replan: true,
      source: 'operator',
    },
  ]);
  const { found, summary } = await verifyBeside(world, () => true);
  assert.equal(found.length, 1);
  assert.match(found[0] ?? '', /^file-missing zebra/);
  assert.equal(summary.checked.beingSynced, 1);
  assert.equal(summary.exitStatus, 5);
});

test('a finding is looked at again when the rows changed meanwhile', async (t) => {
  const world = await mirrored(t);
  const { store } = world.engine;
  const good = contents(world)['simple/snark/index.html'];
  await damage(world, 'simple/snark/index.html', () => 'a page of the wave that is about to commit');
  const { read } = store;
  let isLooking = true;
  store.read = async (path) => {
    const bytes = await read.call(store, path);
    if (path !== 'simple/snark/index.html' || !isLooking) return bytes;
    isLooking = false;
    // The wave commits right after we have read the page.
    store.tamper(path, Buffer.from(good ?? '', 'base64'));
    return bytes;
  };
  const { found } = await verifyBeside(world, () => true);
  assert.deepEqual(found, []);
});

test('a root index that is a moment ahead of its commit, and a file that a prune has just moved, are no damage', async (t) => {
  const world = await mirrored(t);
  const { store } = world.engine;
  const root = 'simple/index.html';
  const good = contents(world)[root] ?? '';
  await damage(world, root, () => 'the list of the wave that is about to commit');
  const { digest, walk } = store;
  store.digest = async (path, ...more) => {
    const found = await digest.call(store, path, ...more);
    if (path === root) store.tamper(path, Buffer.from(good, 'base64'));
    return found;
  };
  store.walk = async function* (signal) {
    yield* walk.call(store, signal);
    yield { path: 'packages/aa/moved-1.0.whl', kind: 'file', sizeBytes: 3 };
  };
  assertClean(await verifyBeside(world, () => true));
});

test('--upstream finds what changed in silence, and repairs it; what the next sync brings anyway is no damage', async (t) => {
  const world = await mirrored(t);
  world.sim.advance(LONG_MS);
  world.sim.state.archiveProject('zebra');
  upload(world, 'snark', '3.0');
  const looked = await verify(world, { upstream: true });
  assert.deepEqual(looked.found, ['behind zebra']);
  assert.equal(looked.summary.exitStatus, 5);
  assert.equal(looked.summary.checked.asked, 3);
  assert.equal(looked.summary.checked.newer, 1);
  const conditional = world.sim.requests.filter(({ headers }) => headers['if-none-match'] !== undefined);
  assert.ok(conditional.length >= 3, 'asked with the stored validators');
  const repaired = await verify(world, { upstream: true, repair: true });
  assert.equal(repaired.summary.exitStatus, 0, JSON.stringify(repaired.summary));
  assert.match(
    Buffer.from(contents(world)['simple/zebra/index.v1_json'] ?? '', 'base64').toString(),
    /archived/,
  );
  const before = world.engine.catalogue.progress().serial;
  assert.deepEqual((await verify(world, { upstream: true })).found, []);
  assert.equal(world.engine.catalogue.progress().serial, before, 'the serial is not moved');
});

test('--upstream tells a 404 and does nothing about it; an upstream that is down ends with 4', async (t) => {
  const world = await mirrored(t);
  const before = contents(world);
  world.sim.faults.add({
    match: /^GET \/simple\/zebra/,
    fault: { kind: 'status', status: 404 },
    times: 9,
  } as never);
  const absent = await verify(world, { upstream: true, repair: true });
  assert.deepEqual(absent.found, []);
  assert.equal(absent.summary.checked.absent, 1);
  assert.ok(absent.events.some((event) => event.type === 'warning' && event.code === 'UPSTREAM_ABSENT'));
  world.sim.faults.clear();
  world.sim.faults.add({ match: /./, fault: { kind: 'status', status: 503 }, times: 999 } as never);
  const down = await verify(world, { upstream: true });
  assert.equal(down.summary.exitStatus, 4);
  assert.deepEqual(contents(world), before);
});

test('a killed sync: what it left half done is told with how it is settled, and the sync settles it', async (t) => {
  const world = await mirrored(t);
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '3.0');
  const { lifeline } = world.engine;
  lifeline.steps.length = 0;
  await world.engine.run();
  const committing = lifeline.steps.indexOf('catalogue commits');
  const other = await mirrored(t);
  other.sim.advance(LONG_MS);
  upload(other, 'snark', '3.0');
  other.engine.lifeline.dieAfter(committing);
  await other.engine.run();
  other.engine.store.killed();
  other.engine.reopen();
  const { events, kinds } = await verify(other);
  assert.ok(kinds.includes('page-wrong'), String(kinds));
  assert.ok(events.some((event) => event.type === 'warning' && event.code === 'CUT_SHORT'));
  await runTo(other, 0);
  assertClean(await verify(other));
});
