/**
 * Goal: nor is there such a step where an index has no serials and no digests (P1, P3, P4).
 * Method: as in every-step.test.ts, over a plain HTML directory whose links carry no digest: the run is killed after every
 * ninth step (stride.ts); every other kill is a power cut, followed by a run that can have no page.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { checkKnown, checkLinks, checkPages, checkSameTree } from '../support/check-promise.ts';
import { type PlainIndex, startPlainIndex } from '../support/dialects/plain-index.ts';
import { afterDeath, type Engine, memoryEngine, type Tree } from '../support/engine.ts';
import { seeded } from '../support/prng.ts';
import { type Sim, startSim } from '../support/sim/sim.ts';
import { stride } from '../support/stride.ts';
import { makeWheel } from '../support/wheels.ts';

const SEED = Number(process.env['JUBJUB_SEED'] ?? 1);
const STEPS_MAX = 500;
const EXPIRY_MS = 30 * 60_000;

const wheel = (name: string, version = '1.0', text = '') =>
  makeWheel({ name, version, modules: { 'm.py': `${name} ${version} ${text}` } });

function beginning({ shelf }: PlainIndex): void {
  for (const name of ['snark', 'vorpal', 'boojum', 'tove']) shelf.put(wheel(name));
  shelf.put(wheel('snark', '2.0'));
}

/** An upload, a takedown, a removal, a newcomer, and a file that is replaced where it lies. */
function changes({ shelf }: PlainIndex): void {
  shelf.put(wheel('snark', '3.0'));
  shelf.removeFile(wheel('snark').filename);
  shelf.removeProject('vorpal');
  shelf.put(wheel('jabberwock'));
  shelf.replaceBytes(wheel('tove').filename, wheel('tove', '1.0', 'other').bytes);
}

interface World {
  readonly sim: Sim;
  readonly index: PlainIndex;
  readonly engine: Engine;
}

async function startWorld(t: TestContext, sim: Sim): Promise<World> {
  const index = await startPlainIndex({ fragments: 'none' });
  t.after(() => index.close());
  const engine = memoryEngine(t, sim, {
    upstream: { url: index.url, changes: 'poll' },
    settings: { expiryMs: EXPIRY_MS },
  });
  return { sim, index, engine };
}

function check({ engine }: World): void {
  checkLinks(engine.store.tree());
  checkKnown(engine.store.tree(), engine.catalogue);
}

async function runWell(world: World): Promise<void> {
  const summary = await world.engine.run();
  assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
  check(world);
  checkPages(world.engine.store.tree(), world.engine.catalogue);
}

/** A run in which no page can be had. */
async function stormyRun(world: World): Promise<void> {
  world.index.faults.add({ match: /^GET \/simple\/[^/]+\/$/, fault: { kind: 'html-503' } });
  const { exitStatus } = await world.engine.run();
  world.index.faults.clear();
  assert.ok(exitStatus === 3 || exitStatus === 0);
  check(world);
  checkPages(world.engine.store.tree(), world.engine.catalogue);
}

/** What later changes and a time that passes make of it. */
function goOn({ sim, index }: World): void {
  changes(index);
  sim.advance(EXPIRY_MS);
}

/** Resolves with false when the run has no more steps than that. */
async function playKilled(world: World, killed: 'first' | 'second', steps: number): Promise<boolean> {
  const { engine } = world;
  const powerCut = steps % 2 === 0;
  beginning(world.index);
  if (killed === 'second') {
    await runWell(world);
    goOn(world);
  }
  engine.lifeline.dieAfter(steps);
  await engine.run().catch((error: unknown) => assert.ok(engine.lifeline.isDead, String(error)));
  const { isDead } = engine.lifeline;
  if (isDead) afterDeath(engine, powerCut ? seeded(SEED * 1000 + steps) : null);
  engine.lifeline.revive();
  check(world);
  if (killed === 'first') goOn(world);
  if (powerCut) await stormyRun(world);
  await runWell(world);
  return isDead;
}

/** The addresses of two indexes differ in their ports, and pages may tell them. */
function withoutAddress({ engine, index }: World): Tree {
  const { host } = new URL(index.url);
  const texts = [...engine.store.tree()].filter(([path]) => path.startsWith('simple/'));
  return new Map(
    texts.map(([path, bytes]) => [path, Buffer.from(`${Buffer.from(bytes)}`.replaceAll(host, 'host'))]),
  );
}

for (const killed of ['first', 'second'] as const)
  test(`a poll upstream: the ${killed} sync killed after any step, and the tree comes out the same`, async (t) => {
    const sim = await startSim({ cdn: false });
    t.after(() => sim.close());
    const undisturbed = await startWorld(t, sim);
    beginning(undisturbed.index);
    await runWell(undisturbed);
    goOn(undisturbed);
    await runWell(undisturbed);
    for (let steps = 0; steps < STEPS_MAX; steps += stride(9)) {
      const world = await startWorld(t, sim);
      try {
        const isDead = await playKilled(world, killed, steps);
        checkSameTree(withoutAddress(world), withoutAddress(undisturbed));
        if (isDead) continue;
      } catch (error) {
        throw new Error(`killed after ${steps} steps (JUBJUB_SEED=${SEED}): ${error}`, { cause: error });
      }
      t.diagnostic(`${steps} steps`);
      return;
    }
    assert.fail('the run has more steps than it may have');
  });
