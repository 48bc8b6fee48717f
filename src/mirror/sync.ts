/**
 * One run of `sync`. Read this first.
 *
 * The order is the safety:
 *  1. lock           the caller holds it (cli/open-mirror.ts); one writer at a time (P9)
 *  2. discover       the changes since the committed serial, less the replay window (discover.ts; without a changelog
 *                    discover-list.ts, discover-poll.ts), and a share of all projects that no change names (reconcile.ts)
 *  3. fetch details  conditionally; a page older than its change is stale and never published (ask.ts)
 *  4. plan           pure: files to get, pages to write, files to withdraw (plan.ts)
 *  5. intend         the plan's files are written down, so that no crash leaves an orphan (wave.ts)
 *  6. transfer       aside, verified, flushed, renamed, flushed (transfer.ts, documents.ts, publish.ts)
 *  7. publish        pages, in the order of their changes, flushed (publish.ts)
 *  8. root index     from the catalogue, only if it changed (root-index.ts)
 *  9. commit         details, pending and the new serial in one transaction: the last write of a wave (wave.ts)
 * 10. prune          what no page links to any more leaves the docroot after its grace, and the trash later (prune.ts)
 * 11. report         the audit, status.json and last-modified (audit.ts, report.ts)
 *
 * Everything is idempotent, so recovery is: run again.
 */

import { asJubjubError, JubjubError } from '../errors.ts';
import type { SyncSummary } from '../events.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { UpstreamKind } from '../upstream/contract.ts';
import { acceptUpstream } from './accept.ts';
import { isProjectsOwn } from './ask.ts';
import { nameDrop } from './chosen.ts';
import { demandWithoutChange } from './demands.ts';
import type { MirrorDeps, SyncOptions } from './deps.ts';
import { kindOf, settleDialect } from './dialect.ts';
import { discoverChanges } from './discover.ts';
import { discoverByList } from './discover-list.ts';
import { discoverByPolling } from './discover-poll.ts';
import { compareWithList, listFirst } from './listing.ts';
import { namedProjects } from './named-projects.ts';
import { followNeeds, NEEDED_PROJECTS_PER_RUN_MAX, requirementWarnings } from './needs/needs.ts';
import { prune } from './prune.ts';
import { reconcile } from './reconcile.ts';
import { finishRun, type Run, refuseOtherUpstream, startRun } from './run.ts';
import { applyShape, discoverAgain, recordFirstShape } from './shape.ts';
import { Work } from './work.ts';

/** Chains of needs are rarely longer than ten; each round brings one link of all of them. */
const NEEDS_ROUNDS_MAX = 50;

/**
 * Runs once and says how it ended; the summary's `exitStatus` is the run's.
 *
 * @throws DIRECTORY_OTHER_UPSTREAM, USAGE_INVALID before anything is touched; every other failure is in the summary.
 */
export async function runSync(
  deps: MirrorDeps,
  options: SyncOptions,
  signal: AbortSignal,
): Promise<SyncSummary> {
  const names = namedProjects((name) => nameDrop(deps, name), options.projects);
  if (!options.acceptUpstream || names.length > 0) refuseOtherUpstream(deps.catalogue, deps.upstream);
  const isSettled = options.dryRun || deps.catalogue.endedCleanly();
  const run = startRun(deps, options);
  let stopped: JubjubError | null = null;
  try {
    if (!isSettled) await recover(deps);
    if (names.length > 0) await syncSome(deps, options, run, names, signal);
    else await syncAll(deps, options, run, signal);
  } catch (error) {
    stopped = asJubjubError(error);
    deps.emit({ type: 'stopped', error: stopped });
  }
  if (!options.dryRun && leavesDiskInOrder(stopped))
    stopped = (await pruneAfter(deps, run, signal)) ?? stopped;
  const summary = await finishRun(deps, run, stopped);
  deps.emit({ type: 'summary', ...summary });
  return summary;
}

/**
 * After a run that was killed: what it moved and did not live to flush is found in its place, and must not be counted on
 * before it is flushed; and pages that it published and did not live to commit are held against the catalogue again.
 */
async function recover(deps: MirrorDeps): Promise<void> {
  await deps.store.flushDocroot();
  deps.catalogue.replanDue();
}

/** What ended the run does not speak against moving files: it was the upstream, a limit, or a name on the command line. */
function leavesDiskInOrder(stopped: JubjubError | null): boolean {
  return stopped === null || /^(?:UPSTREAM|INTEGRITY|LIMIT|USAGE)_/.test(stopped.code);
}

/** Step 10. What was withdrawn stays committed, whatever the trash does. Returns what ended it early, or null. */
async function pruneAfter(deps: MirrorDeps, run: Run, signal: AbortSignal): Promise<JubjubError | null> {
  try {
    deps.emit({ type: 'phase', phase: 'prune', wave: 0 });
    await prune(deps, run.tally.pruned, { dryRun: false }, signal);
    return null;
  } catch (error) {
    const failure = asJubjubError(error);
    deps.emit({ type: 'stopped', error: failure });
    return failure;
  }
}

async function syncAll(deps: MirrorDeps, options: SyncOptions, run: Run, signal: AbortSignal): Promise<void> {
  deps.emit({ type: 'phase', phase: 'discover', wave: 0 });
  if (options.acceptUpstream) await acceptUpstream(deps, options, signal);
  const kind = await settleDialect(deps, signal);
  const hasNewRules = await applyShape(deps, run.tally, signal);
  makeReviewed(deps);
  const work = new Work(deps, options, run, signal);
  const isFirst = deps.catalogue.progress().discovered === null;
  await DISCOVER[kind](deps, options, work, signal);
  // A first sync has just validated everything, and an upstream without serials is asked for every page in turn anyway.
  const sweeps = !isFirst && !options.full && kind !== 'poll';
  const unswept = sweeps ? await ownTrouble(reconcile(deps, options, signal)) : null;
  if (deps.settings.settleMs > 0 && deps.catalogue.untriedCount() > 0) {
    await deps.clock.sleep(deps.settings.settleMs, signal);
  }
  await work.off();
  await workOffNeeds(deps, work, signal);
  if (isFirst || hasNewRules) for (const warning of requirementWarnings(deps)) deps.emit(warning);
  work.refuseHeld();
  // P7: what the sweep met must not keep away what the changelog says, but no run that met it ends with 0.
  if (unswept !== null) throw unswept;
  run.changelogRead = true;
}

/** What only time has changed: files that were too young for the rules until now. */
function makeReviewed({ catalogue, clock }: MirrorDeps): void {
  const names = catalogue.reviewable(clock.now());
  catalogue.addDue(names.map((name) => demandWithoutChange(name, null, 'settings')));
}

/** What is kept may need what is not here yet, and that may need more: until nothing more is needed. */
async function workOffNeeds(deps: MirrorDeps, work: Work, signal: AbortSignal): Promise<void> {
  if (!deps.selection.followsDependencies) return;
  let isRead = true;
  let projectsLeft = NEEDED_PROJECTS_PER_RUN_MAX;
  for (let round = 1; round <= NEEDS_ROUNDS_MAX; round++) {
    const { due, newcomers } = await followNeeds(deps, projectsLeft, signal);
    projectsLeft -= newcomers;
    if (due === 0 && isRead) return;
    // P2: rows of what nobody needed until now have passed unheeded, and its page may be older than they are.
    if (due === 0 && kindOf(deps) === 'changelog') await discoverAgain(deps, null, signal);
    isRead = due === 0;
    await work.goOn();
  }
  throw new JubjubError('LIMIT_NEEDS', `after ${NEEDS_ROUNDS_MAX} rounds there still are new needs`, {
    expected: `chains of at most ${NEEDS_ROUNDS_MAX} needs`,
    received: 'a longer one',
    effect: 'what was brought in stays; the next run goes on from there',
    hint: 'run `jubjub sync` again',
  });
}

/** The upstream's failure, or null. Rejects with what ends the run. */
async function ownTrouble(work: Promise<void>): Promise<JubjubError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    const failure = asJubjubError(error);
    if (!isProjectsOwn(failure)) throw failure;
    return failure;
  }
}

type Discover = (deps: MirrorDeps, options: SyncOptions, work: Work, signal: AbortSignal) => Promise<void>;

/** Step 2 for each kind of upstream. */
const DISCOVER: Readonly<Record<UpstreamKind, Discover>> = {
  async changelog(deps, options, work, signal) {
    const isFirst = deps.catalogue.progress().discovered === null;
    if (isFirst) {
      await listFirst(deps, options, signal);
      await work.off();
    }
    await discoverChanges(deps, signal);
    if (options.full && !isFirst) await compareWithList(deps, options, signal);
  },
  list: (deps, options, _work, signal) => discoverByList(deps, options, signal),
  poll: (deps, options, _work, signal) => discoverByPolling(deps, options, signal),
};

/** `--project`: these, now, whatever the changelog says; their pages are as good as any, but the serial stays. */
async function syncSome(
  deps: MirrorDeps,
  options: SyncOptions,
  run: Run,
  names: readonly ProjectName[],
  signal: AbortSignal,
): Promise<void> {
  await settleDialect(deps, signal);
  recordFirstShape(deps);
  deps.catalogue.addDue(names.map((name) => demandWithoutChange(name, null, 'operator')));
  const before = new Set(names.filter((name) => deps.catalogue.isPublished(name)));
  await new Work(deps, options, run, signal).offNamed(names, 'leave');
  // What was here and is not any more has been withdrawn, and told: its name was right.
  const unknown = options.dryRun ? [] : names.filter((name) => !before.has(name) && !isKnown(deps, name));
  if (unknown.length === 0) return;
  throw new JubjubError('USAGE_INVALID', `upstream has no such project: ${unknown.join(', ')}`, {
    effect: 'nothing is recorded of it; other projects of the command line were done',
    hint: 'check the spelling',
  });
}

/** Published, left out or owed: then the name is right, whatever came of it. */
function isKnown(deps: MirrorDeps, name: ProjectName): boolean {
  const known = deps.catalogue.project(name);
  const isThere = known !== null && (known.published || known.leftOut !== null);
  return isThere || deps.catalogue.due(name) !== null;
}
