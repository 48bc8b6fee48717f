/**
 * One seed of an index that lives and an operator who changes the rules: runs in between, some of them killed, or under faults, or of
 * another kind than plain; then fair weather, and the docroot must be the one of a mirror that began with the last rules just now.
 */
import assert from 'node:assert/strict';
import type { SyncSummary } from '../../src/events.ts';
import type { SyncOptions } from '../../src/mirror/deps.ts';
import { checkManifest } from './check-manifest.ts';
import { pageNames } from './docroot-pages.ts';
import { type EngineOptions, memoryEngine } from './engine.ts';
import { type Prng, seeded } from './prng.ts';
import { checkAsFresh, checkExplained, checkNoOrphans, withoutLeftBuckets } from './selection-play-check.ts';
import { clearQuarantines, NAMES, selectionHistory } from './selection-play-history.ts';
import { randomSelection, randomSettings } from './selection-play-rules.ts';
import { changeRules, check, describe, describeRules, type Play, someRun } from './selection-play-run.ts';
import { startSim } from './sim/sim.ts';
import { verify } from './verify-kit.ts';
import { makeWheel } from './wheels.ts';

/** What may be made worse than the real thing, for tests of the play. */
export interface SelectionPlayOptions {
  readonly wrap?: EngineOptions['wrap'];
  /** @default 5 */
  readonly runs?: number;
}

interface Cleanup {
  after(undo: () => void | Promise<void>): void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Plays a seed. @throws what broke, with the story of the seed so far. */
export async function playSelection(seed: number, options: SelectionPlayOptions = {}): Promise<void> {
  const undo: (() => void | Promise<void>)[] = [];
  const cleanup: Cleanup = { after: (action) => undo.push(action) };
  const told: string[] = [];
  try {
    const play = await begin(cleanup, seed, told, options);
    for (let run = 1; run <= (options.runs ?? 5); run++) await someRun(play, run);
    await fairWeather(play);
    await compareWithNew(cleanup, play);
  } catch (error) {
    const story = told.slice(-60).join('\n  ');
    const replay = `JUBJUB_SEED=${seed} node --test test/sim/selection-play.test.ts`;
    throw new Error(`seed ${seed} (replay: ${replay}):\n  ${story}\n${error}`, { cause: error });
  } finally {
    for (const action of undo.reverse()) await action();
  }
}

async function begin(
  cleanup: Cleanup,
  seed: number,
  told: string[],
  { wrap }: SelectionPlayOptions,
): Promise<Play> {
  const prng = seeded(seed).fork('selection play');
  const isStormy = prng.chance(0.4);
  const cdn =
    isStormy && prng.chance(0.6)
      ? { purgeDelayMs: prng.pick([0, 2_000, 90_000]), pops: prng.pick([1, 2]) }
      : false;
  const sim = await startSim({ seed, cdn, changelogRowsMax: prng.pick([5, 50_000]) });
  cleanup.after(() => sim.close());
  const quiet = prng.chance(0.2);
  const changes = prng.pick(['changelog', 'changelog', 'changelog', 'list', 'list', 'poll'] as const);
  const engine = memoryEngine(cleanup, sim, {
    upstream: { changes },
    settings: {
      ...commonSettings(prng),
      ...randomSettings(prng.fork('settings')),
    },
    selection: randomSelection(prng.fork('selection')),
    ...(wrap === undefined ? {} : { wrap }),
  });
  told.push(...selectionHistory(prng, sim.state, 5 + prng.int(25), quiet));
  told.push(
    `an upstream of kind ${changes}${quiet ? ', quiet' : ''}${cdn === false ? '' : ', behind a CDN'}`,
    describeRules(engine),
  );
  return { seed, prng, sim, engine, told, quiet, isStormy };
}

function commonSettings(prng: Prng): EngineOptions['settings'] {
  return {
    removalLimit: prng.pick([
      { projects: 1000, share: null },
      { projects: 1000, share: null },
      { projects: 1, share: null },
    ]),
    reconcileShare: prng.pick([null, null, 0.3]),
    hideAfterMs: prng.pick([0, 15 * MINUTE_MS]),
    deleteAfterMs: prng.pick([0, DAY_MS]),
  };
}

/** Faults off, the CDN caught up: at most one run more than one owes something, and only to tell it. */
async function fairWeather(play: Play): Promise<void> {
  const { sim, engine, told, prng, quiet } = play;
  sim.faults.clear();
  sim.cdn.clear();
  sim.cdn.enabled = false;
  if (prng.chance(0.6)) clearQuarantines(sim.state);
  sim.advance(HOUR_MS);
  // Whatever vanished without a row is in no replay window any more.
  if (quiet) told.push(...selectionHistory(prng, sim.state, 1, false));
  await calm(play, { allowRemovals: 1000 });
  // Nothing tells of such changes but a look at every page; and of none where there are no serials.
  if (quiet || engine.options.upstream.changes === 'poll')
    await calm(play, { allowRemovals: 1000, full: true });
  // What was withdrawn is hidden by then, and time may have shown more.
  sim.advance(HOUR_MS);
  const summary = await calm(play, {});
  assert.equal(summary.exitStatus, 0, 'the second run in fair weather has nothing to tell');
  const before = engine.store.tree();
  engine.lifeline.steps.length = 0;
  await calm(play, {});
  const placed = engine.lifeline.steps.filter((step) => /^place (?!status\.json|last-modified)/.test(step));
  assert.deepEqual(placed, [], 'P5: one more run writes nothing');
  assert.deepEqual(
    [...engine.store.tree().keys()].sort(),
    [...before.keys()].sort(),
    'P5: one more run changes nothing',
  );
  told.push('fair weather is over');
  await lastChange(play);
}

/** One change of the rules more, while nothing happens upstream: no page is asked for that is known. */
async function lastChange(play: Play): Promise<void> {
  const { sim, engine, prng, told } = play;
  const { catalogue } = engine;
  if (engine.options.upstream.changes === 'poll') return;
  engine.options.settings = { ...engine.options.settings, reconcileShare: null };
  // The replay window has only this.
  sim.state.uploadFile(makeWheel({ name: 'bystander', version: '1.0', modules: {} }));
  await calm(play, {});
  changeRules(play, prng.fork('last change'), 0);
  // What only the JSON API tells of a published project is known late: then its page is asked for once more.
  const asksInfo = Object.keys(engine.options.selection.projects?.metadata ?? {}).length > 0;
  const known = asksInfo ? [] : NAMES.filter((name) => catalogue.knownDetail(name) !== null);
  sim.requests.length = 0;
  await calm(play, { allowRemovals: 1000 });
  const asked = known.filter((name) => sim.requests.some(({ path }) => path === `/simple/${name}/`));
  assert.deepEqual(asked, [], 'a change of the rules asks for no page that is known');
  told.push('the last change is over');
  sim.advance(HOUR_MS);
  await calm(play, {});
}

async function calm(play: Play, options: Partial<SyncOptions>): Promise<SyncSummary> {
  const { engine, told, sim } = play;
  const startedMs = sim.clock.now();
  const summary = await engine.run(options);
  told.push(`fair weather ${JSON.stringify(options)}: ${describe(summary)}`);
  assert.equal(summary.stoppedBy, null);
  // A project that is on no list, for it was quarantined, and that is gone: the run after this one looks at the list.
  const owed = summary.pending.filter(
    ({ name, code }) => code !== 'UPSTREAM_ABSENT' || sim.state.project(name),
  );
  assert.deepEqual(owed, [], 'P4: a run in fair weather owes nothing');
  const hasToTell = summary.pending.length > 0 || summary.reserved.length > 0;
  assert.equal(summary.exitStatus, hasToTell ? 3 : 0);
  check(play, summary, options, startedMs);
  return summary;
}

async function compareWithNew(cleanup: Cleanup, { sim, engine }: Play): Promise<void> {
  const atMs = sim.clock.now();
  const fresh = memoryEngine(cleanup, sim, { ...engine.options, wrap: (deps) => deps });
  await fresh.run();
  assert.equal(sim.clock.now(), atMs, 'no time has passed');
  const [tree, newTree] = [engine.store.tree(), fresh.store.tree()];
  const names = [...pageNames(tree).whole, ...pageNames(newTree).whole];
  const hidden = new Set(names.filter((name) => sim.state.project(name)?.status === 'quarantined'));
  checkAsFresh(tree, newTree, hidden);
  checkNoOrphans(engine);
  checkManifest(
    withoutLeftBuckets(tree),
    engine.options.upstream.changes === 'poll' ? null : engine.catalogue.progress().serial,
  );
  await checkExplained(engine);
  const { found } = await verify({ engine });
  // What a killed first sync has left of its proof is told, and swept by `prune --sweep`.
  assert.deepEqual(
    found.filter((finding) => !finding.startsWith('orphan manifest/')),
    [],
  );
}
