/**
 * Goal: there is no step of a run that applies changed rules after which a kill or a power cut leaves a broken link, a file that the
 * rules leave out, or one missing that they keep.
 * Method: a mirror whose rules change so that files leave, come back and come anew, a whole project leaves and another comes, and a
 * young file becomes old enough. The run is killed before some of its steps; then the power goes or it does not, and the next run
 * comes: it must end in order, with the docroot of a mirror that nobody disturbed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKnown, checkLinks, checkPages, checkSameTree } from '../support/check-promise.ts';
import { afterDeath } from '../support/engine.ts';
import { LONG_MS, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { seeded } from '../support/prng.ts';
import { stride } from '../support/stride.ts';
import { makeSdist } from '../support/wheels.ts';

const SEED = Number(process.env['JUBJUB_SEED'] ?? 1);
const CONCERNED = /^(?!catalogue (?:atomically|setDiscovered|replaceMarks)|announce)/;

type Hooks = Parameters<typeof startWorld>[0];

function uploadSdist({ sim }: World, name: string, version: string): void {
  sim.state.uploadFile(makeSdist({ name, version, modules: { 'm.py': `${name} ${version}` } }));
}

/** Before the run that is killed. */
async function story(t: Hooks): Promise<World> {
  const selection = {
    projects: { status: ['active'], block: ['boojum'] },
    releases: { block: ['snark<2'], minAgeMs: LONG_MS / 4 },
  };
  const world = await startWorld(t, { cdn: false }, { selection });
  for (const version of ['1.0', '2.0']) {
    upload(world, 'snark', version);
    uploadSdist(world, 'snark', version);
  }
  for (const name of ['boojum', 'vorpal', 'zebra']) upload(world, name);
  world.sim.state.archiveProject('zebra');
  world.sim.advance(LONG_MS);
  await world.engine.run();
  upload(world, 'vorpal', '2.0');
  await world.engine.run();
  world.sim.advance(LONG_MS / 2);
  world.engine.options.selection = {
    projects: { block: ['late'], maxVersions: 1, maxExempt: ['snark'] },
    files: { types: ['wheel'] },
  };
  return world;
}

test('a run that applies changed rules, killed after any step: the next one converges', async (t) => {
  const world = await story(t);
  const { engine } = world;
  engine.lifeline.steps.length = 0;
  assert.equal((await engine.run()).exitStatus, 0);
  const expected = engine.store.tree();
  const kills = engine.lifeline.steps.flatMap((step, at) => (CONCERNED.test(step) ? [at] : []));
  assert.ok(kills.length > 20, `${kills.length} steps`);
  for (let at = SEED % stride(5); at < kills.length; at += stride(5)) {
    const steps = kills[at] ?? 0;
    try {
      await playKilled(t, steps, at % 2 === 0, expected);
    } catch (error) {
      throw new Error(`killed after ${steps} steps (JUBJUB_SEED=${SEED}): ${error}`, { cause: error });
    }
  }
});

async function playKilled(
  t: Hooks,
  steps: number,
  powerCut: boolean,
  expected: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const { engine } = await story(t);
  engine.lifeline.dieAfter(steps);
  await engine.run().catch((error: unknown) => assert.ok(engine.lifeline.isDead, String(error)));
  assert.ok(engine.lifeline.isDead);
  afterDeath(engine, powerCut ? seeded(SEED * 1000 + steps) : null);
  checkLinks(engine.store.tree());
  checkKnown(engine.store.tree(), engine.catalogue);
  assert.equal((await engine.run()).exitStatus, 0);
  checkPages(engine.store.tree(), engine.catalogue);
  checkSameTree(engine.store.tree(), expected);
}
