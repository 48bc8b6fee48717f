/**
 * Goal: a page that a killed run left, and nobody has committed, never leaves before the root index that links to it (P1).
 * Method: a first sync is killed when the root index is in its place; then a run by name finds a 404 for one of its projects, while
 * the others are still untried.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageNames, rootNames } from '../support/docroot-pages.ts';
import { startWorld, upload } from '../support/mirror-kit.ts';

test('what a killed first sync has put on the root index leaves it before its page does', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const { engine, sim } = world;
  for (const name of ['snark', 'vorpal']) upload(world, name);
  engine.lifeline.onStep = (step) => {
    if (step.startsWith('place manifest')) engine.lifeline.dieAfter(0);
  };
  await engine.run().catch((error: unknown) => assert.ok(engine.lifeline.isDead, String(error)));
  assert.ok(engine.lifeline.isDead);
  assert.deepEqual(rootNames(engine.store.tree()).html, ['snark', 'vorpal']);
  engine.lifeline.onStep = () => {};
  engine.store.killed();
  engine.reopen();
  engine.lifeline.revive();
  sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault: { kind: 'missing' } });
  await engine.run({ projects: ['snark'] });
  const whole: ReadonlySet<string> = pageNames(engine.store.tree()).whole;
  assert.deepEqual(
    rootNames(engine.store.tree()).html.filter((name) => !whole.has(name)),
    [],
  );
});
