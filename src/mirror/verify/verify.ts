/**
 * One verify. Read this first.
 *
 * The steps, in this order:
 *  - catalogue   the database is sound (contract: `integrity`)
 *  - pages       each project's pages, twins and JSON API document are what the catalogue says (pages.ts)
 *  - files       every linked file and sidecar is there, with its size and digest (rows.ts, files.ts); one pass with pages
 *  - upstream    when asked for: each page compared with upstream's, conditionally (upstream.ts)
 *  - leftovers   nothing half-written or strange lies where only jubjub writes (leftovers.ts)
 *  - root        the root index and the completeness proof (root.ts)
 *
 * Without a repair nothing is changed but the cursor, no lock is taken, and a sync may run beside it (beside.ts). A repair
 * (repair.ts) mends what was found as it goes and looks at it again. One thing that cannot be read is a finding and never
 * the end; nothing is ever deleted or withdrawn because of one.
 */
import { asJubjubError, isJubjubError, JubjubError } from '../../errors.ts';
import type { ProjectName } from '../../pypi/types.ts';
import { isShapeCurrent } from '../shape.ts';
import { STEPS, unreadableRow, type VerifyStep } from './damage.ts';
import { CursorKeeping } from './keeping.ts';
import { Ledger } from './ledger.ts';
import { mendRecords } from './mend-records.ts';
import type { VerifyDeps, VerifyOptions } from './options.ts';
import { paceOf } from './pace.ts';
import { Repair } from './repair.ts';
import type { VerifySummary } from './report.ts';
import { RUN_STEP, type Verification } from './steps.ts';
import { partText } from './subset.ts';

/**
 * Verifies and says how it ended; the summary's `exitStatus` is the run's.
 *
 * @throws USAGE_INVALID when it cannot begin: then nothing was looked at. Every other failure is in the summary.
 */
export async function verifyMirror(
  deps: VerifyDeps,
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<VerifySummary> {
  if (options.repair) mendRecords(deps);
  refuseOtherShape(deps);
  const startedMs = deps.clock.now();
  const ledger = new Ledger(deps.tell);
  const keeping = new CursorKeeping(deps, options, ledger, startedMs);
  const resumed = await keeping.begin();
  const steps = stepsOf(options);
  deps.tell({ type: 'started', steps, resumedAt: keeping.resumedAt });
  if (resumed !== null) ledger.resume(resumed);
  tellIfCutShort(deps);
  const repair = options.repair ? new Repair(deps, ledger, resumed?.owed ?? []) : null;
  const look = { quick: options.quick, signal, pace: paceOf(options.bytesPerS, deps.clock, signal) };
  const verification: Verification = { deps, options, ledger, keeping, repair, look };
  let stopped: JubjubError | null = null;
  try {
    for (const step of steps.slice(resumed === null ? 0 : steps.indexOf(resumed.step))) {
      await keeping.startStep(step);
      await runStep(verification, step, step === resumed?.step ? resumed.after : null);
    }
  } catch (error) {
    stopped = asJubjubError(error);
  }
  const repairStopped = repair?.stoppedBy ?? null;
  let exitStatus = exitStatusOf(ledger, stopped, repairStopped);
  try {
    await repair?.end(exitStatus);
    await keeping.end(stopped, repair?.owed ?? []);
  } catch (error) {
    stopped ??= asJubjubError(error);
    exitStatus = exitStatusOf(ledger, stopped, repairStopped);
  }
  const trouble = stopped ?? repairStopped;
  if (trouble !== null) deps.tell({ type: 'stopped', error: trouble });
  const summary = summaryOf(options, ledger, keeping, exitStatus, trouble);
  deps.tell({ type: 'summary', ...summary });
  return summary;
}

/** A row of the catalogue that cannot be read ends its step at most: it is a finding, and the next step is taken. */
async function runStep(
  verification: Verification,
  step: VerifyStep,
  after: ProjectName | null,
): Promise<void> {
  try {
    await RUN_STEP[step]?.(verification, after);
  } catch (error) {
    if (!isJubjubError(error, 'CATALOGUE_UNREADABLE')) throw error;
    verification.ledger.found([unreadableRow(step, error)]);
  }
}

function stepsOf({ upstream }: VerifyOptions): readonly VerifyStep[] {
  return STEPS.filter((step) => upstream || step !== 'upstream');
}

/** Pages follow the settings of the last run; held against others, all of them would be wrong, and a repair would refetch them. */
function refuseOtherShape(deps: VerifyDeps): void {
  if (isShapeCurrent(deps)) return;
  throw new JubjubError('USAGE_INVALID', 'the configuration has changed since the last run', {
    expected: 'settings that the pages were made with',
    received: 'others, or another version of jubjub',
    effect: 'nothing was checked: every page would be told as damaged',
    hint: 'run `jubjub sync` first: it makes the pages anew',
  });
}

/** What a killed run has left half done looks like damage; the next sync settles it. */
function tellIfCutShort({ catalogue, isSyncing, tell }: VerifyDeps): void {
  if (catalogue.lastRun() === null || catalogue.endedCleanly() || isSyncing()) return;
  const message =
    'the last run was cut short; what it has left half done is told as damage, and `jubjub sync` mends it';
  tell({ type: 'warning', code: 'CUT_SHORT', message });
}

/** 5 counts more than why a repair could not mend it; whatever ended the verify itself counts most. */
function exitStatusOf(
  ledger: Ledger,
  stopped: JubjubError | null,
  repairStopped: JubjubError | null,
): number {
  if (stopped !== null && !isUpstreams(stopped)) return stopped.exitStatus;
  if (ledger.unrepaired > 0) return 5;
  const trouble = stopped ?? repairStopped;
  if (trouble !== null) return trouble.exitStatus;
  // P8: what could not be asked was not verified.
  if (ledger.checked.unanswered > 0) return 4;
  return ledger.pending > 0 ? 3 : 0;
}

function isUpstreams(error: JubjubError): boolean {
  return error.code.startsWith('UPSTREAM_') && !isJubjubError(error, 'INTERRUPTED');
}

function summaryOf(
  options: VerifyOptions,
  ledger: Ledger,
  keeping: CursorKeeping,
  exitStatus: number,
  stopped: JubjubError | null,
): VerifySummary {
  return {
    exitStatus,
    quick: options.quick,
    subset: options.subset === null ? null : partText(options.subset),
    repair: options.repair,
    resumedAt: keeping.resumedAt,
    checked: { ...ledger.checked },
    damage: { ...ledger.damage },
    repaired: { ...ledger.repaired },
    damaged: ledger.damaged,
    unrepaired: ledger.unrepaired,
    pending: ledger.pending,
    durationMs: keeping.durationMs,
    stoppedBy: stopped === null ? null : { code: stopped.code, message: stopped.message },
  };
}
