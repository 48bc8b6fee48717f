/**
 * Goal: what an earlier try left is used when it is right, and put right when it is not, without an operator.
 * Method: the engine on the simulated upstream; runs killed at a known event, downloads cut off, upstreams without ranges.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunEvent } from '../../src/events.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import { textOf } from '../support/docroot-pages.ts';
import { afterDeath } from '../support/engine.ts';
import { having } from '../support/having.ts';
import { asked, pathOf, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { makeWheel } from '../support/wheels.ts';

/** A run whose process dies when it says a thing. */
async function runKilledAt(world: World, isMoment: (event: RunEvent) => boolean): Promise<void> {
  await world.engine.run({}, undefined, (event) => {
    if (isMoment(event)) world.engine.lifeline.dieAfter(0);
  });
  assert.ok(world.engine.lifeline.isDead, 'the moment came');
  afterDeath(world.engine, null);
}

const atCommit = (event: RunEvent) => event.type === 'phase' && event.phase === 'commit';

test('a page that a killed run published is put right although upstream says that ours is unchanged', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark');
  await runTo(world, 0);
  const page = () => textOf(world.engine.store.tree(), 'simple/snark/index.html');
  // No row tells of an archive: only the replay window asks for the page.
  world.sim.state.archiveProject('snark');
  await runKilledAt(world, atCommit);
  assert.match(page(), /content="archived"/);
  world.sim.state.unarchiveProject('snark');
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.deepEqual(
    asked(world, /simple\/snark/).map(({ status }) => status),
    [304],
  );
  assert.match(page(), /content="active"/);
});

test('files that a killed run placed are hashed and taken over, not fetched again', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  await runKilledAt(world, atCommit);
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.deepEqual(asked(world, /packages/), []);
});

test('staged files that a killed run completed are hashed and placed, not fetched again', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark');
  await runKilledAt(world, (event) => event.type === 'phase' && event.phase === 'publish');
  assert.equal(shown(world, 'snark'), null);
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.deepEqual(asked(world, /packages/), []);
  assert.equal(shown(world, 'snark')?.length, 1);
  assert.deepEqual(world.engine.store.staged(), [], 'staging is empty after a complete run');
});

test('a connection that breaks is gone on with, in the same run, from the byte where it broke', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const wheel = upload(world, 'snark');
  const path = `/${pathOf(world, wheel.filename)}`;
  const isFile = (request: { readonly path: string }) => request.path === path;
  world.sim.faults.add({ match: isFile, times: 1, fault: { kind: 'truncate', afterBytes: 300 } });
  await runTo(world, 0);
  const ranges = world.sim.requests.filter(isFile).map(({ headers }) => headers['range']);
  assert.deepEqual(ranges, [undefined, 'bytes=300-']);
});

test('an upstream that answers a range with everything is not joined to what is there', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const wheel = upload(world, 'snark');
  const path = `/${pathOf(world, wheel.filename)}`;
  const isFile = (request: { readonly path: string }) => request.path === path;
  world.sim.faults.add({ match: isFile, times: 1, fault: { kind: 'truncate', afterBytes: 300 } });
  world.sim.faults.add({
    match: isFile,
    fault: { kind: 'replace', body: wheel.bytes, contentType: 'binary/octet-stream' },
  });
  await runTo(world, 0);
  assert.equal(world.sim.requests.filter(isFile).length, 2, 'nothing had to be asked for a third time');
});

test('wrong bytes in staging are found by their hash and fetched anew', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const wheel = upload(world, 'snark');
  const [path] = [pathOf(world, wheel.filename)];
  const writer = await world.engine.store.stage(path as Parameters<typeof world.engine.store.stage>[0]);
  await writer.write(Buffer.alloc(wheel.bytes.length));
  await writer.suspend();
  await runTo(world, 0);
  assert.deepEqual(world.engine.store.tree().get(path), wheel.bytes);
});

test('what a killed run has begun to remove is not listed again by a wave that is about another project', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const { engine, sim } = world;
  for (const name of ['snark', 'boojum']) upload(world, name);
  await runTo(world, 0);
  const list = () => textOf(engine.store.tree(), 'simple/index.html');
  sim.state.removeProject('snark');
  engine.options.wrap = (deps) => {
    engine.options.wrap = (same) => same;
    const remove = async (paths: readonly DocrootPath[]) => {
      await deps.store.remove(paths);
      if (paths.some((path) => path.startsWith('simple/'))) engine.lifeline.dieAfter(0);
    };
    return { ...deps, store: having(deps.store, { remove }) };
  };
  await engine.run({ allowRemovals: 1 });
  assert.ok(engine.lifeline.isDead, 'it died between the pages and the commit');
  afterDeath(engine, null);
  // Twice: the first commit is not the end of the doubt.
  for (let run = 1; run <= 2; run++) {
    await engine.run({ projects: ['boojum'] });
    assert.doesNotMatch(list(), /snark/);
  }
  sim.state.uploadFile(makeWheel({ name: 'snark', version: '2.0', modules: {} }));
  await runTo(world, 0);
  assert.match(list(), /snark/);
  assert.equal(shown(world, 'snark')?.length, 1);
});
