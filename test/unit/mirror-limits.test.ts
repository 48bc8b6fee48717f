/**
 * Goal: a run that would take too much away takes nothing away, and one that owes too much stops (P7, P10).
 * Method: the engine on the simulated upstream with more removals, and more failures, than the limits allow.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DocrootPath } from '../../src/pypi/types.ts';
import { afterDeath } from '../support/engine.ts';
import { having } from '../support/having.ts';
import { LONG_MS, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';

const NAMES = ['snark', 'vorpal', 'boojum', 'borogove'];

async function synced(t: Parameters<typeof startWorld>[0], settings = {}): Promise<World> {
  const world = await startWorld(t, { cdn: false }, { settings });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  return world;
}

test('more removals than the limit: none is applied, the rest of the run is, and status 3 says which', async (t) => {
  const world = await synced(t, { removalLimit: { projects: 2, share: 0 } });
  for (const name of ['snark', 'vorpal', 'boojum']) world.sim.state.removeProject(name);
  upload(world, 'borogove', '2.0');
  const summary = await runTo(world, 3);
  assert.equal(summary.stoppedBy?.code, 'LIMIT_REMOVALS');
  assert.match(summary.stoppedBy.message, /boojum, snark, vorpal/);
  assert.equal(summary.withdrawn, 0);
  for (const name of ['snark', 'vorpal', 'boojum']) {
    assert.equal(shown(world, name)?.length, 1, name);
    assert.equal(world.engine.pending()[name], 'LIMIT_REMOVALS');
  }
  assert.equal(shown(world, 'borogove')?.length, 2);
  assert.equal(summary.serial, world.sim.state.lastSerial);
  // Held again, and let go when the operator says so.
  await runTo(world, 3);
  const allowed = await runTo(world, 0, { allowRemovals: 3 });
  assert.equal(allowed.withdrawn, 3);
  for (const name of ['snark', 'vorpal', 'boojum']) assert.equal(shown(world, name), null);
});

test('as many removals as the limit are applied; the limit is the larger of number and share', async (t) => {
  for (const removalLimit of [
    { projects: 2, share: 0 },
    { projects: 0, share: 0.5 },
    { projects: 2, share: null },
    { projects: null, share: 0.5 },
  ]) {
    const world = await synced(t, { removalLimit });
    world.sim.state.removeProject('snark');
    world.sim.state.removeProject('vorpal');
    assert.equal((await runTo(world, 0)).withdrawn, 2);
  }
});

test('removals that a killed run had begun are finished, and not held', async (t) => {
  const world = await synced(t, { removalLimit: { projects: 1, share: 0 } });
  const { engine } = world;
  for (const name of ['snark', 'vorpal', 'boojum']) world.sim.state.removeProject(name);
  // The run before was allowed them, and died at the commit.
  engine.options.wrap = (deps) => {
    engine.options.wrap = (same) => same;
    const remove = async (paths: readonly DocrootPath[]) => {
      await deps.store.remove(paths);
      if (paths.some((path) => path.startsWith('simple/'))) engine.lifeline.dieAfter(0);
    };
    const store = having(deps.store, { remove });
    return { ...deps, store };
  };
  await engine.run({ allowRemovals: 3 });
  assert.ok(engine.lifeline.isDead);
  afterDeath(engine, null);
  await runTo(world, 0);
  for (const name of ['snark', 'vorpal', 'boojum']) assert.equal(shown(world, name), null);
});

test('more pending projects than the limit stop the run with 3; what was done is kept', async (t) => {
  const world = await synced(t, { pendingLimit: 2 });
  for (const name of NAMES) upload(world, name, '2.0');
  world.sim.faults.add({
    match: /^GET \/simple\/(snark|vorpal|boojum)\/$/,
    fault: { kind: 'status', status: 404 },
  });
  const summary = await runTo(world, 3);
  assert.equal(summary.stoppedBy?.code, 'LIMIT_PENDING');
  assert.equal(summary.pending.length, 3);
  assert.equal(shown(world, 'borogove')?.length, 2);
  world.sim.faults.clear();
  await runTo(world, 0);
});

test('an upstream that goes away in the middle stops the run with 4 and makes nobody pending', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (let at = 0; at < 30; at++) upload(world, `project-${at}`);
  await runTo(world, 0);
  for (let at = 0; at < 30; at++) upload(world, `project-${at}`, '2.0');
  const { serial } = world.engine.catalogue.progress();
  let down = false;
  world.sim.faults.add({
    match: (request) => {
      down ||= request.path.startsWith('/simple/');
      return down;
    },
    fault: { kind: 'disconnect' },
  });
  const summary = await runTo(world, 4);
  assert.deepEqual(summary.pending, []);
  assert.equal(summary.serial, serial);
  world.sim.faults.clear();
  await runTo(world, 0);
});

test('a run that lost its lock publishes nothing more and ends with 7', async (t) => {
  const world = await synced(t, {});
  upload(world, 'snark', '2.0');
  const before = shown(world, 'snark');
  world.engine.options.wrap = (deps) => {
    world.engine.options.wrap = (same) => same;
    return { ...deps, holdsLock: () => false };
  };
  const summary = await runTo(world, 7);
  assert.equal(summary.stoppedBy?.code, 'LOCK_HELD');
  assert.deepEqual(shown(world, 'snark'), before);
  await runTo(world, 0);
});

test('a lock that is lost while files are put into place: no page follows, nothing is committed', async (t) => {
  for (const [lostAt, isShown] of [
    ['packages/', false],
    ['simple/', true],
  ] as const) {
    const world = await synced(t, {});
    upload(world, 'snark', '2.0');
    const { serial } = world.engine.catalogue.progress();
    world.engine.options.wrap = (deps) => {
      let isHeld = true;
      const place = (paths: readonly DocrootPath[]) => {
        if (paths.some((path) => path.startsWith(lostAt))) isHeld = false;
        return deps.store.place(paths);
      };
      return { ...deps, store: having(deps.store, { place }), holdsLock: () => isHeld };
    };
    assert.equal((await runTo(world, 7)).stoppedBy?.code, 'LOCK_HELD');
    assert.equal(shown(world, 'snark')?.length, isShown ? 2 : 1, lostAt);
    assert.equal(world.engine.catalogue.progress().serial, serial, lostAt);
    world.engine.options.wrap = (deps) => deps;
    await runTo(world, 0);
    assert.equal(shown(world, 'snark')?.length, 2, lostAt);
  }
});
