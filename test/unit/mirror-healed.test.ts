/**
 * Goal: what guards against old caches keeps nothing away for longer than the cache does, and asks for no more than it needs.
 * Method: an upstream that lied about a project, or was late with it, tells the truth again; the next runs must show that.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../support/docroot-pages.ts';
import { asked, LONG_MS, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { freezePage } from '../support/tampering.ts';

const NAMES = ['snark', 'vorpal', 'boojum', 'borogove'];

/** Four projects, and a later one in the replay window. */
async function synced(t: Parameters<typeof startWorld>[0], reconcileShare: number | null): Promise<World> {
  const world = await startWorld(t, { cdn: false }, { settings: { reconcileShare } });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  upload(world, 'later');
  await runTo(world, 0);
  return world;
}

/** snark is neither on the list nor there when it is asked for, and yet nothing has happened to it. */
async function withdrawnByLies(world: World, full: boolean): Promise<void> {
  await freezePage(world, '/simple/', (page) => {
    const list = page as unknown as { projects: { name: string }[] };
    list.projects = list.projects.filter(({ name }) => name !== 'snark');
  });
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault: { kind: 'missing' } });
  await world.engine.run({ full });
  assert.equal(shown(world, 'snark'), null);
  world.sim.faults.clear();
}

test('the sweep brings back what was withdrawn because of lies', async (t) => {
  const world = await synced(t, 0.5);
  await withdrawnByLies(world, false);
  world.sim.advance(LONG_MS);
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('without the sweep --project brings it back, as soon as a list has been read', async (t) => {
  const world = await synced(t, null);
  await withdrawnByLies(world, true);
  await runTo(world, 3, { projects: ['snark'] });
  world.sim.advance(LONG_MS);
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('a list from between a removal and the next upload makes no remembered 404 a removal', async (t) => {
  const world = await synced(t, 0.5);
  world.sim.state.removeProject('snark');
  upload(world, 'between');
  await freezePage(world, '/simple/');
  upload(world, 'snark', '2.0');
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, times: 2, fault: { kind: 'missing' } });
  await runTo(world, 0);
  assert.deepEqual(
    shown(world, 'snark')?.map((name) => name.includes('2.0')),
    [true],
  );
});

test('a page that the rules had left empty gets no links to upstream', async (t) => {
  const world = await startWorld(t, { cdn: false }, { selection: { files: { types: ['sdist'] } } });
  for (const name of NAMES) upload(world, name);
  assert.equal((await world.engine.run()).exitStatus, 0);
  const page = 'simple/snark/index.html';
  const before = textOf(world.engine.store.tree(), page);
  world.engine.options.selection = {};
  world.sim.faults.add({ match: /^GET \/packages\//, fault: { kind: 'status', status: 500 } });
  assert.equal((await world.engine.run()).exitStatus, 3);
  assert.equal(textOf(world.engine.store.tree(), page), before);
});

test('what the removal limit holds of the first list’s suspects makes no run read the list', async (t) => {
  const settings = { reconcileShare: null, removalLimit: { projects: 0, share: null } };
  const world = await startWorld(t, { cdn: false }, { settings });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0, { projects: NAMES });
  world.sim.state.removeProject('snark');
  for (let run = 1; run <= 3; run++) {
    world.sim.advance(LONG_MS);
    upload(world, `later-${run}`);
    world.sim.requests.length = 0;
    await runTo(world, 3);
    assert.deepEqual(world.engine.pending(), { snark: 'LIMIT_REMOVALS' });
    assert.equal(asked(world, /^GET \/simple\/$/).length, run === 1 ? 1 : 0);
  }
});
