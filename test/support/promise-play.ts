/**
 * One seed played to its end: an index that lives, a CDN that lags, a network that breaks, and a mirror that is killed and
 * loses its power in the middle of it; then fair weather. The promise is checked after every run and every crash.
 */
import assert from 'node:assert/strict';
import type { SyncSummary } from '../../src/events.ts';
import { tryNormalizeName } from '../../src/pypi/names.ts';
import { checkAlways, checkPages, checkSameTree, linkedPaths, normalizedPage } from './check-promise.ts';
import { checkAudit, checkTrash, Keeper } from './check-trash.ts';
import { pageDetail } from './docroot-pages.ts';
import { afterDeath, type Engine, type EngineOptions, memoryEngine, type Tree } from './engine.ts';
import { OriginHistory } from './origin-history.ts';
import { type Prng, seeded } from './prng.ts';
import { randomHistory } from './sim/history.ts';
import { QUIET_WEIGHTS, type QuietWeights } from './sim/quiet-history.ts';
import { randomFaults } from './sim/random-faults.ts';
import { type Sim, startSim } from './sim/sim.ts';

/** What may be made worse than the real thing, for the tests of the tests. */
export interface PlayOptions {
  readonly wrap?: EngineOptions['wrap'];
  /** @default 6 */
  readonly runs?: number;
  /** The share of runs that are killed. @default 0.5 */
  readonly killShare?: number;
}

interface Cleanup {
  after(undo: () => void | Promise<void>): void;
}

interface Play {
  readonly sim: Sim;
  readonly engine: Engine;
  readonly origin: OriginHistory;
  readonly prng: Prng;
  readonly told: string[];
  readonly keeper: Keeper;
  /** Things happen upstream that no row tells of. */
  readonly quiet: QuietWeights;
}

const NOTHING_QUIET: QuietWeights = {};
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Plays a seed. @throws what broke, with the story of the seed so far. */
export async function playPromise(seed: number, options: PlayOptions = {}): Promise<void> {
  const undo: (() => void | Promise<void>)[] = [];
  const told: string[] = [];
  try {
    const play = await begin({ after: (action) => undo.push(action) }, seed, told, options);
    for (let run = 1; run <= (options.runs ?? 6); run++) await stormyRun(play, seed, run, options);
    await fairWeather(play);
    await compareWithUndisturbed({ after: (action) => undo.push(action) }, play);
  } catch (error) {
    const story = told.slice(-40).join('\n  ');
    throw new Error(`seed ${seed} breaks the promise (replay: JUBJUB_SEED=${seed}):\n  ${story}\n${error}`, {
      cause: error,
    });
  } finally {
    for (const action of undo.reverse()) await action();
  }
}

async function begin(cleanup: Cleanup, seed: number, told: string[], options: PlayOptions): Promise<Play> {
  const prng = seeded(seed).fork('play');
  const sim = await startSim({
    seed,
    changelogRowsMax: prng.pick([3, 20, 50_000]),
    separateFileHost: prng.chance(0.5),
    cdn: {
      purgeDelayMs: prng.pick([0, 0, 2_000, 90_000]),
      lostPurgeShare: prng.pick([0, 0, 0.1]),
      refreshDelayMs: prng.pick([0, 700]),
      pops: prng.pick([1, 1, 3]),
    },
  });
  cleanup.after(() => sim.close());
  const origin = new OriginHistory(sim.state, { site: sim.url, files: sim.filesUrl });
  const graces = seeded(seed).fork('graces');
  const quiet = graces.chance(0.5) ? QUIET_WEIGHTS : NOTHING_QUIET;
  told.push(...randomHistory(seed, sim.state, 5 + prng.int(30), { quiet }));
  const hideAfterMs = graces.pick([0, 0, 15 * MINUTE_MS, 6 * HOUR_MS]);
  const deleteAfterMs = graces.pick([0, 10 * MINUTE_MS, 20 * HOUR_MS, 14 * 24 * HOUR_MS]);
  const engine = memoryEngine(cleanup, sim, {
    settings: { removalLimit: { projects: 2, share: 0.3 }, hideAfterMs, deleteAfterMs },
    ...(options.wrap === undefined ? {} : { wrap: options.wrap }),
  });
  told.push(`hide-after ${hideAfterMs} ms, delete-after ${deleteAfterMs} ms`);
  return { sim, engine, origin, prng, told, keeper: new Keeper(engine.store, deleteAfterMs), quiet };
}

/** Time passes, things happen, and the mirror runs under faults; perhaps it is killed, perhaps the power goes. */
async function stormyRun(play: Play, seed: number, run: number, options: PlayOptions): Promise<void> {
  const { sim, engine, prng, told, quiet } = play;
  sim.advance(prng.pick([20_000, 5 * MINUTE_MS, 40 * MINUTE_MS, 26 * 60 * MINUTE_MS]));
  told.push(...randomHistory(seed * 1000 + run, sim.state, prng.int(12), { quiet }));
  sim.advance(prng.pick([0, 1_000, 30_000]));
  sim.faults.clear();
  for (const rule of randomFaults(seed * 1000 + run, prng.pick([0, 0.1, 0.3]))) sim.faults.add(rule);
  const isKilled = prng.chance(options.killShare ?? 0.5);
  const steps = prng.int(prng.pick([8, 60, 200]));
  if (isKilled) engine.lifeline.dieAfter(steps);
  const serialBefore = engine.catalogue.progress().serial;
  const summary = await endOf(engine);
  const isDead = engine.lifeline.isDead;
  told.push(`run ${run}: ${isDead ? `killed after ${steps} steps` : describe(summary)}`);
  if (isDead) {
    const powerCut = prng.chance(0.6);
    if (powerCut) told.push('and the power goes');
    afterDeath(engine, powerCut ? prng : null);
  } else engine.lifeline.revive();
  check(play, isDead ? null : summary);
  const serial = engine.catalogue.progress().serial;
  assert.ok(serialBefore === null || (serial ?? -1) >= serialBefore, 'P2: the serial never goes back');
}

/** The first thing that a run does may be what kills it: then there is no summary. */
async function endOf(engine: Engine): Promise<SyncSummary | null> {
  try {
    return await engine.run();
  } catch (error) {
    if (engine.lifeline.isDead) return null;
    throw error;
  }
}

function describe(summary: SyncSummary | null): string {
  if (summary === null) return 'no summary';
  const pending = summary.pending.map(({ name, code }) => `${name} ${code}`).join(', ');
  const { exitStatus, stoppedBy, serial, hidden, deleted, recalled } = summary;
  const moved = `hidden ${hidden.files}, deleted ${deleted.files}, recalled ${recalled.files}`;
  return `status ${exitStatus} ${stoppedBy?.message ?? ''}, serial ${serial}, ${moved}, pending: ${pending}`;
}

function check(play: Play, summary: SyncSummary | null): void {
  const { engine, origin, sim, keeper } = play;
  const tree = engine.store.tree();
  checkAlways(tree, engine.catalogue, origin);
  checkTrash(engine.store.trash(), engine.catalogue, origin.names);
  checkAudit(engine.store, engine.catalogue);
  keeper.check(engine.catalogue, sim.clock.now());
  if (summary === null) return;
  assert.notEqual(summary.exitStatus, 1, `a bug: ${summary.stoppedBy?.message}`);
  assert.equal(summary.exitStatus === 0, summary.stoppedBy === null && summary.pending.length === 0, 'P8');
  if (summary.stoppedBy === null || summary.stoppedBy.code === 'LIMIT_REMOVALS')
    checkPages(tree, engine.catalogue);
}

/** Phase 2: faults off, the CDN caught up. One run must end with nothing owed. */
async function fairWeather(play: Play): Promise<void> {
  const { sim, engine, told } = play;
  sim.faults.clear();
  sim.cdn.clear();
  sim.advance(10 * MINUTE_MS);
  const summary = await engine.run({ allowRemovals: 1000 });
  told.push(`fair weather: ${describe(summary)}`);
  check(play, summary);
  // A row about a project that does not exist, and never left by a row, is owed until somebody looks at the list.
  const owed = summary.pending.filter(
    ({ name, code }) => code !== 'UPSTREAM_ABSENT' || sim.state.project(name),
  );
  assert.deepEqual(owed, [], 'P4: one run in fair weather owes nothing');
  assert.equal(summary.stoppedBy, null);
  assert.equal(summary.exitStatus, summary.pending.length === 0 ? 0 : 3);
  assert.equal(summary.serial, sim.state.lastSerial);
}

/** Does the tree's own page say that its project is quarantined? */
function isQuarantinedIn(tree: Tree, path: string): boolean {
  const name = tryNormalizeName(/^simple\/([^/]+)\/index/.exec(path)?.[1] ?? '');
  return name !== null && pageDetail(tree, name)?.status === 'quarantined';
}

/** P4: the tree is the one that an undisturbed run makes. */
async function compareWithUndisturbed(cleanup: Cleanup, play: Play): Promise<void> {
  const { sim, engine, origin, told, quiet } = play;
  const undisturbed = memoryEngine(cleanup, sim);
  await undisturbed.run();
  // Quarantined projects are on no list: which of them a mirror has hangs on when it began, and none misses one that vanished.
  const listed = (tree: Tree) =>
    new Map([...tree].filter(([path]) => !origin.isQuarantinedPage(path) && !isQuarantinedIn(tree, path)));
  const treeNow = () => listed(engine.store.tree());
  const expected = listed(undisturbed.store.tree());
  if (quiet === NOTHING_QUIET) {
    checkSameTree(treeNow(), expected, normalizedPage);
    assert.deepEqual(linkedPaths(treeNow()), linkedPaths(expected));
  }
  // Changes without a row, and serials that roles moved, are found by looking at every page.
  const full = await engine.run({ full: true });
  told.push(`full: ${describe(full)}`);
  check(play, full);
  checkSameTree(treeNow(), expected);
  const files = [...origin.names].flatMap((name) => engine.files(name));
  assert.equal(files.filter(({ state }) => state === 'intended').length, 0, 'nothing is only intended');
}
