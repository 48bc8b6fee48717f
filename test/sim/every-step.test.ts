/**
 * Goal: there is no step after which a kill or a power cut breaks the promise or needs an operator (P1 to P4).
 * Method: one small story with every kind of change, in which the run is killed after its first step, its second, and so
 * on to its last. Either the next run is in fair weather, makes the tree of an undisturbed mirror, and a power cut then
 * takes nothing of it away; or the power goes with the process and the next run finds every page failing: then what is
 * shown must be what is committed, until the run after it makes the tree.
 *
 * Every ninth step, from another one on in each story, so that it takes seconds; JUBJUB_EVERY_STEP=1 tries all.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAlways, checkPages, checkSameTree } from '../support/check-promise.ts';
import { afterDeath, type Tree } from '../support/engine.ts';
import { startWorld, upload, type World } from '../support/mirror-kit.ts';
import { seeded } from '../support/prng.ts';
import { stride } from '../support/stride.ts';

const SEED = Number(process.env['JUBJUB_SEED'] ?? 1);
const STEPS_MAX = 500;
const STRIDE = stride(9);

function beginning(world: World): void {
  for (const name of ['snark', 'vorpal', 'boojum']) upload(world, name);
  upload(world, 'snark', '2.0');
}

/** An upload, a takedown, a removal, a newcomer and a return. */
function changes(world: World): void {
  upload(world, 'snark', '3.0');
  world.sim.state.removeFile('snark-1.0-py3-none-any.whl');
  world.sim.state.removeProject('vorpal');
  upload(world, 'jabberwock');
  world.sim.state.removeProject('boojum');
  upload(world, 'boojum', '4.0');
}

async function undisturbed(t: Parameters<typeof startWorld>[0]): Promise<Tree> {
  const world = await startWorld(t, { cdn: false });
  beginning(world);
  await world.engine.run();
  changes(world);
  await world.engine.run();
  return world.engine.store.tree();
}

function check({ engine, origin }: World): void {
  checkAlways(engine.store.tree(), engine.catalogue, origin);
}

/** A run in which no page can be had. */
async function stormyRun(world: World): Promise<void> {
  world.sim.faults.add({ match: /^GET \/simple\/[^/]+\/$/, fault: { kind: 'html-503' } });
  const { exitStatus } = await world.engine.run();
  world.sim.faults.clear();
  assert.ok(exitStatus === 3 || exitStatus === 0);
  check(world);
  checkPages(world.engine.store.tree(), world.engine.catalogue);
}

interface Story {
  readonly killed: 'first' | 'second';
  readonly then: 'fair weather' | 'storm';
}

/** Plays the story with a kill after so many steps. Resolves with false when the run has no more steps than that. */
async function playKilled(
  world: World,
  { killed, then }: Story,
  steps: number,
  expected: Tree,
): Promise<boolean> {
  const { engine } = world;
  beginning(world);
  if (killed === 'second') {
    await engine.run();
    changes(world);
  }
  engine.lifeline.dieAfter(steps);
  // The first step of all is outside what a run answers for.
  await engine.run().catch((error: unknown) => assert.ok(engine.lifeline.isDead, String(error)));
  const { isDead } = engine.lifeline;
  if (isDead) afterDeath(engine, then === 'fair weather' ? null : seeded(SEED * 1000 + steps));
  engine.lifeline.revive();
  check(world);
  if (killed === 'first') changes(world);
  if (then === 'storm') await stormyRun(world);
  assert.equal((await engine.run()).exitStatus, 0);
  check(world);
  checkPages(engine.store.tree(), engine.catalogue);
  checkSameTree(engine.store.tree(), expected);
  engine.store.crash(seeded(SEED * 2000 + steps));
  checkSameTree(engine.store.tree(), expected);
  return isDead;
}

const THEN = ['fair weather', 'storm'] as const;

for (const killed of ['first', 'second'] as const) {
  for (const [index, then] of THEN.entries()) {
    test(`the ${killed} sync killed after any step, then ${then}: the promise holds and the tree comes out the same`, async (t) => {
      const expected = await undisturbed(t);
      for (let steps = index % STRIDE; steps < STEPS_MAX; steps += STRIDE) {
        const world = await startWorld(t, { cdn: false });
        try {
          if (await playKilled(world, { killed, then }, steps, expected)) continue;
        } catch (error) {
          throw new Error(`killed after ${steps} steps (JUBJUB_SEED=${SEED}): ${error}`, { cause: error });
        }
        t.diagnostic(`${steps} steps`);
        return;
      }
      assert.fail('the run has more steps than it may have');
    });
  }
}
