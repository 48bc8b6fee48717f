/** What a verify says while it works and at its end, as data: `jubjub verify --json` prints it, and cli/display words it. */
import type { ErrorCode, JubjubError } from '../../errors.ts';
import type { Counts, Finding, VerifyStep } from './damage.ts';

/** What was looked at. */
export interface Checked {
  readonly projects: number;
  readonly pages: number;
  readonly files: number;
  readonly bytes: number;
  /** Projects that were left out because a run is working on them. */
  readonly beingSynced: number;
  /** Projects that upstream was asked for, and those of them that it could not be asked for, or answered 404. */
  readonly asked: number;
  readonly unanswered: number;
  readonly absent: number;
  /** Changed upstream since our last sync: the next one brings it. */
  readonly newer: number;
}

/** How a verify ended; `verify --json` prints it last. */
export interface VerifySummary {
  /** 0 clean, or repaired. */
  readonly exitStatus: number;
  readonly quick: boolean;
  /** `1/4`; null: everything. */
  readonly subset: string | null;
  readonly repair: boolean;
  /** Where it went on; null when it began anew. */
  readonly resumedAt: string | null;
  readonly checked: Checked;
  /** What was found, by kind. */
  readonly damage: Counts;
  /** What of that was mended, and looked at again. */
  readonly repaired: Counts;
  readonly damaged: number;
  readonly unrepaired: number;
  /** Projects that the repair leaves pending. */
  readonly pending: number;
  readonly durationMs: number;
  /** What ended it, or its repairing, early. */
  readonly stoppedBy: { readonly code: ErrorCode; readonly message: string } | null;
}

export type VerifyEvent =
  | { readonly type: 'started'; readonly steps: readonly VerifyStep[]; readonly resumedAt: string | null }
  /** `total` is null where nobody can know it. Bytes are those that were read since the start. */
  | {
      readonly type: 'progress';
      readonly step: VerifyStep;
      readonly done: number;
      readonly total: number | null;
      readonly bytes: number;
    }
  | ({ readonly type: 'finding' } & Finding)
  | ({ readonly type: 'repaired' } & Finding)
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  /** Something ended it, or its repairing; the summary follows. */
  | { readonly type: 'stopped'; readonly error: JubjubError }
  | ({ readonly type: 'summary' } & VerifySummary);
