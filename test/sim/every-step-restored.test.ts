/**
 * Goal: what a killed run has published and not lived to commit is put right though upstream has nothing to tell of it any more (P2, P4).
 * Method: upstream changes; the run that sees it is killed after one step in thirteen (stride.ts); then upstream is restored from a backup, with
 * the validators that the mirror knows, so that the list and most pages are 304. One run must make the tree of a mirror that never saw
 * the change. It may owe a newcomer that the list told of and that is not there: the next one asks for the whole list, and owes nothing.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { checkKnown, checkLinks, checkPages, checkSameTree } from '../support/check-promise.ts';
import { type PlainIndex, startPlainIndex } from '../support/dialects/plain-index.ts';
import { afterDeath, type Engine, memoryEngine } from '../support/engine.ts';
import { type Sim, startSim } from '../support/sim/sim.ts';
import { stride } from '../support/stride.ts';
import { makeWheel } from '../support/wheels.ts';

const STEPS_MAX = 500;
const EXPIRY_MS = 30 * 60_000;

const wheel = (name: string, version = '1.0') =>
  makeWheel({ name, version, modules: { 'm.py': `${name} ${version}` } });

interface World {
  readonly sim: Sim;
  readonly index: PlainIndex;
  readonly engine: Engine;
}

/** A mirror that has all there is, and whose pages are to be asked for again. */
async function synced(t: TestContext): Promise<World> {
  const sim = await startSim({ cdn: false });
  t.after(() => sim.close());
  const index = await startPlainIndex();
  t.after(() => index.close());
  const engine = memoryEngine(t, sim, {
    upstream: { url: index.url, changes: 'poll' },
    settings: { expiryMs: EXPIRY_MS },
  });
  for (const name of ['snark', 'vorpal', 'boojum', 'tove']) index.shelf.put(wheel(name));
  const world = { sim, index, engine };
  await runTo(world, [0]);
  sim.advance(EXPIRY_MS);
  return world;
}

/** Each by itself: what puts the one right may put the other right, too. */
const CHANGES: Readonly<Record<string, (index: PlainIndex) => void>> = {
  'an upload and a newcomer': ({ shelf }) => {
    shelf.put(wheel('snark', '2.0'));
    shelf.put(wheel('jabberwock'));
  },
  'a takedown and a removal': ({ shelf }) => {
    shelf.put(wheel('boojum', '2.0'));
    shelf.removeFile(wheel('boojum').filename);
    shelf.removeProject('vorpal');
  },
};

async function runTo({ engine }: World, statuses: readonly number[]): Promise<void> {
  const summary = await engine.run();
  assert.ok(statuses.includes(summary.exitStatus), JSON.stringify(summary));
  checkLinks(engine.store.tree());
  checkKnown(engine.store.tree(), engine.catalogue);
  checkPages(engine.store.tree(), engine.catalogue);
}

/** Resolves with false when the run has no more steps than that. */
async function playKilled(
  world: World,
  change: (index: PlainIndex) => void,
  steps: number,
): Promise<boolean> {
  const { sim, index, engine } = world;
  const before = engine.store.tree();
  const restore = index.shelf.backup();
  change(index);
  engine.lifeline.dieAfter(steps);
  await engine.run().catch((error: unknown) => assert.ok(engine.lifeline.isDead, String(error)));
  const { isDead } = engine.lifeline;
  if (isDead) afterDeath(engine, null);
  engine.lifeline.revive();
  restore();
  sim.advance(EXPIRY_MS);
  for (const statuses of [[0, 3], [0]]) {
    await runTo(world, statuses);
    checkSameTree(engine.store.tree(), before);
  }
  return isDead;
}

for (const [what, change] of Object.entries(CHANGES))
  test(`a run that sees ${what} killed after any step, and upstream restored from a backup: the tree is what it was`, async (t) => {
    for (let steps = 0; steps < STEPS_MAX; steps += stride(13)) {
      const world = await synced(t);
      try {
        if (await playKilled(world, change, steps)) continue;
      } catch (error) {
        throw new Error(`killed after ${steps} steps: ${error}`, { cause: error });
      }
      t.diagnostic(`${steps} steps`);
      return;
    }
    assert.fail('the run has more steps than it may have');
  });
