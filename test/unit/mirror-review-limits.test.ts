/**
 * Goal: the limits hold back what they are for and nothing else, and no storm of 404s gets around them (P7, P8).
 * Method: small limits, and removals by rows, by the selection, by names that are made again, and by pages that are gone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MirrorSettings } from '../../src/mirror/deps.ts';
import {
  contents,
  LONG_MS,
  MINUTE_MS,
  runTo,
  shown,
  startWorld,
  upload,
  type World,
} from '../support/mirror-kit.ts';

const NAMES = ['snark', 'vorpal', 'boojum', 'borogove'];
const ONE: Partial<MirrorSettings> = { removalLimit: { projects: 1, share: 0 } };
const PAGES = /^GET \/simple\/[^/]+\/$/;

async function synced(
  t: Parameters<typeof startWorld>[0],
  settings: Partial<MirrorSettings> = {},
  names = NAMES,
): Promise<World> {
  const world = await startWorld(t, { cdn: false }, { settings });
  for (const name of names) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  return world;
}

test('a selection that the limit held back and the operator took back owes nothing any more', async (t) => {
  const world = await synced(t, ONE);
  const before = contents(world);
  world.engine.options.allow = ['snark'];
  const held = await runTo(world, 3);
  assert.equal(held.stoppedBy?.code, 'LIMIT_REMOVALS');
  world.engine.options.allow = [];
  const summary = await runTo(world, 0);
  assert.deepEqual([summary.withdrawn, summary.pending], [0, []]);
  assert.deepEqual(contents(world), before);
});

test('a selection taken back does not save a project that upstream removed meanwhile', async (t) => {
  const world = await synced(t, ONE);
  world.engine.options.allow = ['snark'];
  await runTo(world, 3);
  world.sim.state.removeProject('vorpal');
  world.engine.options.allow = [];
  await runTo(world, 0);
  assert.deepEqual([shown(world, 'vorpal'), shown(world, 'boojum')?.length], [null, 1]);
});

test('--full on a small mirror believes a list that lacks one removed and one quarantined project', async (t) => {
  const world = await synced(t, {}, ['snark', 'vorpal']);
  world.sim.state.removeProject('snark');
  world.sim.state.quarantineProject('vorpal');
  await runTo(world, 0, { full: true });
  assert.deepEqual([shown(world, 'snark'), shown(world, 'vorpal')], [null, []]);
  world.sim.advance(LONG_MS);
  await runTo(world, 0, { full: true });
});

test('removals held by their limit do not count for the pending limit: the rest of the run is done', async (t) => {
  const world = await synced(t, { ...ONE, pendingLimit: 2 });
  for (const name of ['snark', 'vorpal', 'boojum']) world.sim.state.removeProject(name);
  // More than one wave.
  const made = Array.from({ length: 510 }, (_, at) => `made-${at}`);
  for (const name of made) world.sim.state.createProject(name);
  const summary = await world.engine.run();
  assert.deepEqual([summary.exitStatus, summary.stoppedBy?.code], [3, 'LIMIT_REMOVALS']);
  assert.equal(summary.pending.length, 3);
  assert.equal(summary.serial, world.sim.state.lastSerial);
  assert.deepEqual(
    made.filter((name) => shown(world, name) === null),
    [],
  );
});

test('names that were removed and made again, with pages that are 404, do not get around the limit', async (t) => {
  const world = await synced(t, ONE);
  for (const name of ['snark', 'vorpal', 'boojum']) {
    world.sim.state.removeProject(name);
    world.sim.state.createProject(name);
  }
  world.sim.faults.add({ match: /simple\/(snark|vorpal|boojum)/, fault: { kind: 'missing' } });
  const summary = await runTo(world, 3);
  assert.deepEqual([summary.stoppedBy?.code, summary.withdrawn], ['LIMIT_REMOVALS', 0]);
  for (const name of NAMES) assert.equal(shown(world, name)?.length, 1, name);
  world.sim.faults.clear();
  await runTo(world, 0, { allowRemovals: 3 });
  for (const name of ['snark', 'vorpal', 'boojum']) assert.deepEqual(shown(world, name), [], name);
});

for (const [what, fault] of [
  ['404', { kind: 'missing' }],
  ['garbage', { kind: 'replace', body: '{', contentType: 'application/vnd.pypi.simple.v1+json' }],
] as const) {
  test(`${what} for every page of the replay window removes nothing and does not end with 0`, async (t) => {
    const world = await startWorld(t, { cdn: false });
    for (const name of NAMES) upload(world, name);
    await runTo(world, 0);
    const before = contents(world);
    world.sim.advance(MINUTE_MS);
    world.sim.faults.add({ match: PAGES, fault });
    const summary = await runTo(world, 3);
    assert.equal(summary.pending.length, NAMES.length);
    assert.deepEqual(contents(world), before);
    world.sim.faults.clear();
    await runTo(world, 0);
    assert.deepEqual(contents(world), before);
  });
}
