/**
 * Goal: what `--project` brings in or takes away is as a whole run would have made it, and its exit status says so.
 * Method: small worlds whose projects the operator names before, or instead of, a run that finds them by itself.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPlainIndex } from '../support/dialects/plain-index.ts';
import { memoryEngine } from '../support/engine.ts';
import {
  docrootChanges,
  failureOf,
  LONG_MS,
  runTo,
  shown,
  startWorld,
  upload,
  type World,
} from '../support/mirror-kit.ts';
import { startSim } from '../support/sim/sim.ts';
import { makeWheel } from '../support/wheels.ts';

/** The names that the root index shows to people. */
function shownNames({ engine }: Pick<World, 'engine'>): string[] {
  const bytes = engine.store.tree().get('simple/index.html');
  const html = Buffer.from(bytes ?? []).toString('utf8');
  return [...html.matchAll(/<a [^>]*>([^<]*)<\/a>/g)].map(([, text = '']) => text);
}

test('at an index without serials a project that was named gets the spelling of the next list', async (t) => {
  const index = await startPlainIndex();
  t.after(() => index.close());
  const sim = await startSim();
  t.after(() => sim.close());
  const engine = memoryEngine(t, sim, { upstream: { url: index.url, changes: 'poll' } });
  assert.equal((await engine.run()).exitStatus, 0, 'it has nothing yet');
  index.shelf.put(makeWheel({ name: 'Tulgey_Wood', version: '1.0', modules: {} }));
  assert.equal((await engine.run({ projects: ['tulgey-wood'] })).exitStatus, 0);
  assert.deepEqual(shownNames({ engine }), ['tulgey-wood'], 'nobody has said how it is spelled');
  assert.equal((await engine.run()).exitStatus, 0);
  assert.deepEqual(shownNames({ engine }), ['Tulgey_Wood']);
});

test('so it does where the list has serials, though its page is as new as the list', async (t) => {
  const world = await startWorld(t, { cdn: false }, { upstream: { changes: 'list' } });
  upload(world, 'snark');
  await runTo(world, 0);
  upload(world, 'Tulgey_Wood');
  await runTo(world, 0, { projects: ['tulgey-wood'] });
  assert.deepEqual(shownNames(world), ['snark', 'tulgey-wood']);
  await runTo(world, 0);
  assert.deepEqual(shownNames(world), ['snark', 'Tulgey_Wood']);
  docrootChanges(world);
  await runTo(world, 0, { full: true });
  assert.deepEqual(docrootChanges(world), [], 'what is spelled so is not written again');
});

test('a removed project that is named is withdrawn, and that is what was asked for', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'boojum']) upload(world, name);
  await runTo(world, 0);
  world.sim.state.removeProject('snark');
  // The run that learns of it cannot work it off: its removal is due, and held back.
  await runTo(world, 3, { allowRemovals: 0 });
  const summary = await runTo(world, 0, { projects: ['snark'] });
  assert.equal(summary.withdrawn, 1);
  assert.equal(shown(world, 'snark'), null);
  // A second time there is nothing of that name.
  await runTo(world, 2, { projects: ['snark'] });
});

test('where only lists tell of removals, a page from before one brings no project back', async (t) => {
  const world = await startWorld(t, { cdn: false }, { upstream: { changes: 'list' } });
  for (const name of ['snark', 'boojum']) upload(world, name);
  await runTo(world, 0);
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  assert.equal(shown(world, 'snark'), null);
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, times: 1, fault: { kind: 'earlier' } });
  assert.equal((await world.engine.run({ projects: ['snark'] })).exitStatus, 3);
  assert.equal(failureOf(world, 'snark').code, 'UPSTREAM_STALE_PAGE');
  assert.equal(shown(world, 'snark'), null);
  // The cache over, there is no such project; made again, it is newer than its removal.
  await runTo(world, 2, { projects: ['snark'] });
  assert.deepEqual(world.engine.pending(), {});
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '2.0');
  await runTo(world, 0, { projects: ['snark'] });
  assert.deepEqual(shown(world, 'snark'), ['snark-2.0-py3-none-any.whl']);
});

test('an unknown name leaves nothing in staging', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark');
  await runTo(world, 0);
  upload(world, 'snark', '2.0');
  await runTo(world, 2, { projects: ['snark', 'no-such-thing'] });
  assert.equal(await world.engine.store.stagedCount(), 0);
});
