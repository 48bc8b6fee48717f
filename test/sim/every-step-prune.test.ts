/**
 * Goal: there is no step of prune after which a kill or a power cut loses a file, breaks a link, or needs an operator; and
 * the audit has each record exactly once.
 * Method: a story with every way in which files go and come back. The run that hides some, deletes others and brings others
 * back is killed before each of its steps that has to do with that (every-step.test.ts has the others); then the power goes
 * or it does not, and the next run comes: it must end in order, with the docroot, the trash and the audit of a mirror that
 * nobody disturbed.
 *
 * Of two steps one is tried with the power staying and the other with it going; JUBJUB_EVERY_STEP=1 tries all both ways.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAlways, checkPages, checkSameTree } from '../support/check-promise.ts';
import { allAudit, checkAudit, checkTrash, Keeper } from '../support/check-trash.ts';
import { afterDeath } from '../support/engine.ts';
import { LONG_MS, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { seeded } from '../support/prng.ts';
import { stride } from '../support/stride.ts';

const SEED = Number(process.env['JUBJUB_SEED'] ?? 1);
const DELETE_MS = 5 * LONG_MS;
const CONCERNED =
  /^(?:unhide|hide|delete|place simple|append) |^flush (?:\d+ (?:moved|deleted|removed)|the audit)|^catalogue (?!addDue|set)/;

type Hooks = Parameters<typeof startWorld>[0];

/** Before the run that is killed: files that are to be hidden, one that is to be deleted, one that is to come back. */
async function story(t: Hooks): Promise<World> {
  const world = await startWorld(t, { cdn: false }, { settings: { deleteAfterMs: DELETE_MS } });
  const { sim, engine } = world;
  for (const name of ['snark', 'vorpal', 'boojum']) upload(world, name);
  upload(world, 'snark', '2.0');
  upload(world, 'vorpal', '2.0');
  await engine.run();
  sim.state.removeFile('snark-1.0-py3-none-any.whl');
  await engine.run();
  sim.advance(LONG_MS);
  await engine.run();
  sim.advance(DELETE_MS - LONG_MS);
  sim.state.quarantineRelease('vorpal', '2.0');
  sim.state.removeProject('boojum');
  await engine.run();
  sim.advance(LONG_MS);
  sim.state.clearReleaseQuarantine('vorpal', '2.0');
  sim.state.quarantineRelease('vorpal', '1.0');
  upload(world, 'snark', '3.0');
  return world;
}

const pathsOf = (tree: ReadonlyMap<string, Uint8Array>) => [...tree.keys()];
const files = (world: World) => pathsOf(world.engine.store.tree()).filter((path) => /^packages\//.test(path));
const linesOf = ({ engine }: World) =>
  allAudit(engine.store, engine.catalogue).map(({ seq: _seq, at: _at, ...line }) => JSON.stringify(line));

function check({ engine, origin, sim }: World, keeper: Keeper): void {
  checkAlways(engine.store.tree(), engine.catalogue, origin);
  checkTrash(engine.store.trash(), engine.catalogue, origin.names);
  checkAudit(engine.store, engine.catalogue);
  keeper.check(engine.catalogue, sim.clock.now());
}

interface Undisturbed {
  /** The numbers of the steps that the run is to be killed before. */
  readonly kills: readonly number[];
  readonly tree: ReadonlyMap<string, Uint8Array>;
  readonly files: string[];
  readonly trash: string[];
  readonly audit: string[];
}

async function undisturbed(t: Hooks): Promise<Undisturbed> {
  const world = await story(t);
  const { steps } = world.engine.lifeline;
  steps.length = 0;
  const { hidden, deleted, recalled } = await world.engine.run();
  const moved = [hidden.files, deleted.files, recalled.files];
  assert.deepEqual(moved, [2, 1, 1], 'the run hides, deletes and brings back');
  const { store } = world.engine;
  const kills = steps.flatMap((step, at) => (CONCERNED.test(step) ? [at] : []));
  return {
    kills,
    tree: store.tree(),
    files: files(world),
    trash: pathsOf(store.trash()),
    audit: linesOf(world),
  };
}

async function playKilled(t: Hooks, steps: number, powerCut: boolean, expected: Undisturbed): Promise<void> {
  const world = await story(t);
  const { engine } = world;
  const keeper = new Keeper(engine.store, DELETE_MS);
  check(world, keeper);
  engine.lifeline.dieAfter(steps);
  // The first step of all is outside what a run answers for.
  await engine.run().catch((error: unknown) => assert.ok(engine.lifeline.isDead, String(error)));
  assert.ok(engine.lifeline.isDead);
  afterDeath(engine, powerCut ? seeded(SEED * 1000 + steps) : null);
  check(world, keeper);
  assert.equal((await engine.run()).exitStatus, 0);
  check(world, keeper);
  checkPages(engine.store.tree(), engine.catalogue);
  checkSameTree(engine.store.tree(), expected.tree);
  for (const cut of [false, true]) {
    if (cut) engine.store.crash(seeded(SEED * 2000 + steps));
    assert.deepEqual(files(world), expected.files);
    assert.deepEqual(pathsOf(engine.store.trash()), expected.trash);
    assert.deepEqual(engine.store.auditLines().length, expected.audit.length);
  }
  assert.deepEqual(linesOf(world).sort(), [...expected.audit].sort());
}

for (const powerCut of [false, true]) {
  test(`a run killed after any step of hiding, deleting and bringing back${powerCut ? ', and the power goes' : ''}: the next one puts all in order`, async (t) => {
    const expected = await undisturbed(t);
    const share = stride(4);
    const kills = expected.kills.filter((_, at) => at % share === Number(powerCut) % share);
    for (const steps of kills) {
      try {
        await playKilled(t, steps, powerCut, expected);
      } catch (error) {
        throw new Error(`killed after ${steps} steps (JUBJUB_SEED=${SEED}): ${error}`, { cause: error });
      }
    }
    t.diagnostic(`killed before ${kills.length} of ${expected.kills.length} steps`);
    assert.ok(expected.kills.length > 20);
  });
}
