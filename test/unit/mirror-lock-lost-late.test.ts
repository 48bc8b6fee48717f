/**
 * Goal: no page leaves once the lock is lost, however late that is (P9), and the next run takes it away.
 * Method: the lock is lost when the list and the proof are in their places, and the page of a removed project is about to go.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTo, shown, startWorld, upload } from '../support/mirror-kit.ts';

test('a page stays that was to leave when the lock was lost', async (t) => {
  let isHeld = true;
  const world = await startWorld(
    t,
    { cdn: false },
    { wrap: (deps) => ({ ...deps, holdsLock: () => isHeld }) },
  );
  const { engine, sim } = world;
  for (const name of ['snark', 'vorpal']) upload(world, name);
  await runTo(world, 0);
  sim.state.removeProject('vorpal');
  engine.lifeline.onStep = (step) => {
    if (step === 'place manifest.json') isHeld = false;
  };
  await runTo(world, 7);
  assert.ok(shown(world, 'vorpal') !== null);
  engine.lifeline.onStep = () => {};
  isHeld = true;
  await runTo(world, 0);
  assert.ok(shown(world, 'vorpal') === null);
});
