/** The frame of a run: whose mirror it is, when it began, how it ended, and what it leaves for people to read. */
import { asJubjubError, isJubjubError, JubjubError } from '../errors.ts';
import type { PendingReport, SyncSummary } from '../events.ts';
import type { ProjectName, Serial } from '../pypi/types.ts';
import { writeAudit } from './audit.ts';
import type { MirrorDeps, SyncOptions } from './deps.ts';
import { toldSerial } from './dialect.ts';
import { pendingReports, publishReports } from './report.ts';
import { Tally } from './tally.ts';
import { wantedInStaging } from './wanted-staging.ts';

export interface Run {
  readonly id: number | null;
  readonly startedMs: number;
  readonly from: Serial | null;
  readonly tally: Tally;
  readonly dryRun: boolean;
  /** The run has read the changelog and worked it off: with 0 it is complete. */
  changelogRead: boolean;
  /** What was pending when it began: a dry run leaves it so. */
  readonly pending: readonly PendingReport[];
}

/** The catalogue belongs to one upstream: serials of two must never be mixed (trap 32). Binds a new one. */
export function refuseOtherUpstream(
  catalogue: Pick<MirrorDeps['catalogue'], 'identity' | 'bind'>,
  { identity }: Pick<MirrorDeps['upstream'], 'identity'>,
): void {
  const ours = catalogue.identity();
  if (ours === null) catalogue.bind(identity);
  if (ours === null || ours === identity) return;
  throw new JubjubError('DIRECTORY_OTHER_UPSTREAM', 'this mirror directory belongs to another upstream', {
    expected: ours,
    received: identity,
    effect: 'nothing was touched',
    hint: 'use another `directory` for another upstream, or set [upstream] url back; if this upstream has moved there, `jubjub sync --accept-upstream` goes on with it',
  });
}

export function startRun(deps: MirrorDeps, options: SyncOptions): Run {
  const startedMs = deps.clock.now();
  const from = deps.catalogue.progress().serial;
  const serial = toldSerial(deps, from);
  deps.emit({ type: 'started', upstream: deps.upstream.identity, serial, dryRun: options.dryRun });
  const id = options.dryRun ? null : deps.catalogue.startRun(startedMs);
  const pending = pendingReports(deps.catalogue);
  return { id, startedMs, from, tally: new Tally(), dryRun: options.dryRun, changelogRead: false, pending };
}

/** P8: 0 only with nothing pending and nothing to tell; a run that something stopped never ends with 0. */
function exitStatusOf(stoppedBy: JubjubError | null, owed: number): number {
  if (stoppedBy !== null) return stoppedBy.exitStatus;
  return owed > 0 ? 3 : 0;
}

/** Reserved names that upstream has, and that no run has ended with 3 for. */
function untold({ catalogue }: MirrorDeps): ProjectName[] {
  return attempt(() => catalogue.reserved(), []).flatMap(({ name, told }) => (told ? [] : [name]));
}

/** Writes down how the run ended and tells it. Never throws: a store that failed is what the run ended with already. */
export async function finishRun(
  deps: MirrorDeps,
  run: Run,
  stopped: JubjubError | null,
): Promise<SyncSummary> {
  let stoppedBy = run.dryRun ? stopped : await auditTrouble(deps, stopped);
  const pending = run.dryRun ? run.pending : attempt(() => pendingReports(deps.catalogue), run.pending);
  const finishedMs = deps.clock.now();
  const serial = attempt(() => deps.catalogue.progress().serial, run.from);
  const alerts = untold(deps);
  const owed = pending.length + alerts.length + (deps.isInDoubt === true ? 1 : 0);
  let exitStatus = exitStatusOf(stoppedBy, owed);
  if (!run.dryRun) {
    const { startedMs, from } = run;
    const { checked, drifted } = run.tally;
    const recordEnd = (complete: boolean) => {
      const record = { startedMs, finishedMs, exitStatus, complete, from, to: serial, checked, drifted };
      if (run.id !== null) deps.catalogue.endRun(run.id, record);
    };
    try {
      const complete = exitStatus === 0 && run.changelogRead;
      recordEnd(complete);
      // Its exit status has told of them: once.
      if (stoppedBy === null && alerts.length > 0) deps.catalogue.setReservedTold();
      await publishReports(deps, complete ? run : null);
      // A name that upstream does not know kept nothing else of the run from its end.
      if (stoppedBy === null || stoppedBy.code === 'USAGE_INVALID')
        await deps.store.clearStaging(wantedInStaging(deps));
    } catch (error) {
      stoppedBy = tellTrouble(deps, error, stoppedBy);
      exitStatus = exitStatusOf(stoppedBy, owed);
      // P8: what stands in the catalogue is no better than how the run ended.
      attempt(() => recordEnd(false), undefined);
    }
  } else if (stoppedBy === null) exitStatus = 0;
  const { projects, unchanged, files, bytes, withdrawn, filesWithdrawn, checked, drifted } = run.tally;
  const { recalled, pruned, added, bytesWithdrawn, dropped, doubts } = run.tally;
  return {
    exitStatus,
    dryRun: run.dryRun,
    from: attempt(() => toldSerial(deps, run.from), run.from),
    serial: attempt(() => toldSerial(deps, run.dryRun ? run.from : serial), serial),
    projects,
    added,
    unchanged,
    files,
    bytes,
    withdrawn,
    filesWithdrawn,
    bytesWithdrawn,
    selection: { dropped: dropped.counts, doubts },
    reserved: alerts,
    recalled,
    hidden: pruned.hidden,
    deleted: pruned.deleted,
    drift: { checked, found: drifted },
    requests: deps.upstream.requestsMade,
    durationMs: finishedMs - run.startedMs,
    pending,
    stoppedBy: stoppedBy === null ? null : { code: stoppedBy.code, message: stoppedBy.message },
  };
}

/** Writes the audit first: a run that could not do that has failed. What ended it before counts more. */
async function auditTrouble(deps: MirrorDeps, stopped: JubjubError | null): Promise<JubjubError | null> {
  try {
    await writeAudit(deps);
    return stopped;
  } catch (error) {
    return tellTrouble(deps, error, stopped);
  }
}

/** Says what failed at the very end, with its path and reason; returns what ended the run: the first trouble. */
function tellTrouble(deps: MirrorDeps, error: unknown, stopped: JubjubError | null): JubjubError {
  const failure = asJubjubError(error);
  // A full disk fails again and again: once is enough to know.
  if (stopped?.code !== failure.code) deps.emit({ type: 'stopped', error: failure });
  return stopped ?? failure;
}

function attempt<T>(action: () => T, otherwise: T): T {
  try {
    return action();
  } catch (error) {
    if (isJubjubError(error)) return otherwise;
    throw error;
  }
}
