/** One run of the selection's play: what happens before it, how it may be disturbed, and what must hold after it. */
import assert from 'node:assert/strict';
import { isJubjubError } from '../../src/errors.ts';
import type { SyncSummary } from '../../src/events.ts';
import type { SyncOptions } from '../../src/mirror/deps.ts';
import type { ProjectName } from '../../src/pypi/types.ts';
import { pageNames } from './docroot-pages.ts';
import { afterDeath, type Engine } from './engine.ts';
import { type Prng, seeded } from './prng.ts';
import { checkAllLinks, checkRules } from './selection-play-check.ts';
import { selectionHistory } from './selection-play-history.ts';
import { named, randomSelection, randomSettings } from './selection-play-rules.ts';
import { randomFaults } from './sim/random-faults.ts';
import type { Sim } from './sim/sim.ts';
import type { SomeSelection } from './some-selection.ts';

export interface Play {
  readonly seed: number;
  readonly prng: Prng;
  readonly sim: Sim;
  readonly engine: Engine;
  readonly told: string[];
  /** Things happen upstream that no row tells of. */
  readonly quiet: boolean;
  readonly isStormy: boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Time passes, things happen, the operator thinks of something, and the mirror runs. */
export async function someRun(play: Play, run: number): Promise<void> {
  const { seed, sim, engine, told, quiet, isStormy } = play;
  const prng = seeded(seed * 1000 + run).fork('run');
  sim.advance(prng.pick([20_000, 5 * MINUTE_MS, 40 * MINUTE_MS, 4 * HOUR_MS, 26 * HOUR_MS]));
  told.push(...selectionHistory(prng, sim.state, prng.int(10), quiet));
  sim.advance(prng.pick([0, 1_000, 30_000]));
  changeRules(play, prng);
  sim.faults.clear();
  if (isStormy) addFaults(sim, seed * 1000 + run, prng.pick([0, 0.1, 0.3]));
  const options = someOptions(prng, engine.catalogue.progress().discovered !== null);
  if (options.dryRun) {
    await dryRun(play);
    return;
  }
  const steps = prng.int(prng.pick([8, 60, 150]));
  if (prng.chance(0.4)) engine.lifeline.dieAfter(steps);
  const startedMs = sim.clock.now();
  const committed = [...engine.catalogue.publishedNames()];
  const summary = await endOf(engine, options);
  const { isDead } = engine.lifeline;
  told.push(
    `run ${run} ${JSON.stringify(options)}: ${isDead ? `killed after ${steps} steps` : describe(summary)}`,
  );
  if (isDead) {
    const powerCut = prng.chance(0.5);
    if (powerCut) told.push('and the power goes');
    afterDeath(engine, powerCut ? prng : null);
  } else engine.lifeline.revive();
  check(play, isDead ? null : summary, options, startedMs);
  if (options.allowRemovals === undefined && options.projects === undefined) checkLimit(play, committed);
}

/** P7: whatever the rules say and upstream does, no run takes away more than the operator allows. */
function checkLimit({ engine }: Play, before: readonly ProjectName[]): void {
  const after = pageNames(engine.store.tree()).whole;
  const gone = before.filter((name) => !after.has(name));
  const { projects } = engine.options.settings.removalLimit ?? { projects: null };
  assert.ok(
    gone.length <= (projects ?? 0),
    `P7: a run took away ${gone.join(', ')}, and may take ${projects}`,
  );
}

/** One table of rules, or all of them, or settings; or nothing. */
export function changeRules({ engine, told }: Play, prng: Prng, settingsShare = 0.15): void {
  const before = engine.options.selection;
  const next = randomSelection(prng.fork('selection'));
  const table = prng.pick(['projects', 'releases', 'files', 'exceptions', 'all', 'all', null, null] as const);
  if (table === 'all') engine.options.selection = next;
  else if (table !== null) engine.options.selection = { ...before, [table]: next[table] } as SomeSelection;
  if (prng.chance(settingsShare))
    engine.options.settings = { ...engine.options.settings, ...randomSettings(prng.fork('settings')) };
  told.push(describeRules(engine));
}

export function describeRules({ options }: Engine): string {
  const { mirrorFiles, mirrorMetadata, jsonApi, precompress, removalLimit } = options.settings;
  return `rules ${JSON.stringify(options.selection)} ${JSON.stringify({ mirrorFiles, mirrorMetadata, jsonApi, precompress, removalLimit })}`;
}

/**
 * Everyday faults, but for a 404 or other bytes where one answer settles what is advertised until somebody looks again: a mirror that
 * begins later may have more.
 */
function addFaults(sim: Sim, seed: number, share: number): void {
  for (const { match, fault } of randomFaults(seed, share)) {
    const isFinal = fault.kind === 'missing' || fault.kind === 'corrupt' || fault.kind === 'short';
    sim.faults.add({
      fault,
      match: (request) =>
        !(isFinal && /\.metadata$|^\/(?:pypi|integrity)\//.test(request.path)) &&
        (match instanceof RegExp ? match.test(request.line) : match(request)),
    });
  }
}

/** Names are for mirrors that know the list: of what is published before, and withheld since, no list tells when it is gone. */
function someOptions(prng: Prng, hasListed: boolean): Partial<SyncOptions> {
  const kind = prng.pick(['plain', 'plain', 'plain', 'plain', 'full', 'named', 'dry', 'dry full'] as const);
  if (kind === 'plain') return prng.chance(0.5) ? { allowRemovals: 1000 } : {};
  if (kind === 'full') return { full: true };
  if (kind === 'named') return hasListed ? { projects: named(prng) } : {};
  return { dryRun: true, full: kind === 'dry full' };
}

/** It changes nothing that anybody could see. */
async function dryRun({ engine, told }: Play): Promise<void> {
  const before = engine.store.tree();
  const known = JSON.stringify([
    engine.catalogue.counts(),
    engine.catalogue.progress(),
    engine.catalogue.pending(100),
  ]);
  const summary = await engine.run({ dryRun: true });
  told.push(`dry run: ${describe(summary)}`);
  const after = engine.store.tree();
  assert.deepEqual([...after.keys()], [...before.keys()], 'a dry run leaves the docroot alone');
  for (const [path, bytes] of before)
    assert.ok(Buffer.from(bytes).equals(after.get(path) ?? Buffer.of()), path);
  const now = JSON.stringify([
    engine.catalogue.counts(),
    engine.catalogue.progress(),
    engine.catalogue.pending(100),
  ]);
  assert.equal(now, known, 'a dry run leaves the catalogue alone');
}

/** Null: it was killed by its first step, or refused the names on its command line. */
async function endOf(engine: Engine, options: Partial<SyncOptions>): Promise<SyncSummary | null> {
  try {
    return await engine.run(options);
  } catch (error) {
    if (engine.lifeline.isDead || isJubjubError(error, 'USAGE_INVALID')) return null;
    throw error;
  }
}

export function describe(summary: SyncSummary | null): string {
  if (summary === null) return 'no summary';
  const pending = summary.pending.map(({ name, code }) => `${name} ${code}`).join(', ');
  const { exitStatus, stoppedBy, serial, projects, withdrawn } = summary;
  return `status ${exitStatus} ${stoppedBy?.message ?? ''}, serial ${serial}, ${projects} written, ${withdrawn} withdrawn, pending: ${pending}`;
}

export function check(
  { engine }: Play,
  summary: SyncSummary | null,
  options: Partial<SyncOptions>,
  startedMs: number,
): void {
  checkAllLinks(engine);
  if (summary === null) return;
  assert.notEqual(summary.exitStatus, 1, `a bug: ${summary.stoppedBy?.message}`);
  // What the command line names is all that such a run looks at; and what ended a run early may have come before the rules.
  const isWhole = (options.projects ?? []).length === 0;
  if (isWhole && (summary.stoppedBy === null || summary.stoppedBy.code === 'LIMIT_REMOVALS'))
    checkRules(engine, startedMs);
}
