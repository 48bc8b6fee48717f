/**
 * One run of `sync`. Read this first.
 *
 * The order is the safety:
 *  1. lock           the caller holds it (cli/open-mirror.ts); one writer at a time (P9)
 *  2. discover       the changes since the committed serial, less the replay window (discover.ts, listing.ts)
 *  3. fetch details  conditionally; a page older than its change is stale and never published (ask.ts)
 *  4. plan           pure: files to get, pages to write, files to withdraw (plan.ts)
 *  5. intend         the plan's files are written down, so that no crash leaves an orphan (wave.ts)
 *  6. transfer       aside, verified, flushed, renamed, flushed (transfer.ts, publish.ts)
 *  7. publish        pages, in the order of their changes, flushed (publish.ts)
 *  8. root index     from the catalogue, only if it changed (root-index.ts)
 *  9. commit         details, pending and the new serial in one transaction: the last write of a wave (wave.ts)
 * 10. report         status.json and last-modified (report.ts)
 *
 * Everything is idempotent, so recovery is: run again.
 */

import { asJubjubError, JubjubError } from '../errors.ts';
import type { SyncSummary } from '../events.ts';
import type { ProjectName } from '../pypi/types.ts';
import { demandWithoutChange } from './demands.ts';
import type { MirrorDeps, SyncOptions } from './deps.ts';
import { discoverChanges } from './discover.ts';
import { compareWithList, listFirst } from './listing.ts';
import { namedProjects } from './named-projects.ts';
import { finishRun, type Run, refuseOtherUpstream, startRun } from './run.ts';
import { applyShape, recordFirstShape } from './shape.ts';
import { Work } from './work.ts';

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
  const names = namedProjects(deps.selection, options.projects);
  refuseOtherUpstream(deps.catalogue, deps.upstream);
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

async function syncAll(deps: MirrorDeps, options: SyncOptions, run: Run, signal: AbortSignal): Promise<void> {
  deps.emit({ type: 'phase', phase: 'discover', wave: 0 });
  await applyShape(deps, signal);
  const work = new Work(deps, options, run, signal);
  if (deps.catalogue.progress().discovered === null) {
    await listFirst(deps, signal);
    await work.off();
  }
  await discoverChanges(deps, signal);
  if (options.full) await compareWithList(deps, true, signal);
  if (deps.settings.settleMs > 0 && deps.catalogue.untriedCount() > 0) {
    await deps.clock.sleep(deps.settings.settleMs, signal);
  }
  await work.off();
  work.refuseHeld();
  run.changelogRead = true;
}

/** `--project`: these, now, whatever the changelog says; their pages are as good as any, but the serial stays. */
async function syncSome(
  deps: MirrorDeps,
  options: SyncOptions,
  run: Run,
  names: readonly ProjectName[],
  signal: AbortSignal,
): Promise<void> {
  recordFirstShape(deps);
  deps.catalogue.addDue(names.map((name) => demandWithoutChange(name, null, 'operator')));
  await new Work(deps, options, run, signal).offNamed(names);
  const unknown = options.dryRun ? [] : names.filter((name) => !isKnown(deps, name));
  if (unknown.length === 0) return;
  throw new JubjubError('USAGE_INVALID', `upstream has no such project: ${unknown.join(', ')}`, {
    effect: 'nothing is recorded of it; other projects of the command line were done',
    hint: 'check the spelling',
  });
}

/** Published or owed: then the name is right, whatever came of it. */
function isKnown(deps: MirrorDeps, name: ProjectName): boolean {
  return deps.catalogue.project(name)?.published === true || deps.catalogue.due(name) !== null;
}
