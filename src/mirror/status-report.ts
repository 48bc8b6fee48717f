/** What `jubjub status` tells, as data: exactly the JSON of `status --json` and of `web/status.json`. */
import type { PendingReport } from '../events.ts';

/** Times are ISO 8601 UTC. */
export interface LastRun {
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly exitStatus: number;
  /** The committed serial before and after; null before a first sync has been completed. */
  readonly from: number | null;
  readonly to: number | null;
}

export interface StatusReport {
  /** The committed serial; null before a first sync has been completed. */
  readonly serial: number | null;
  /** The upstream's address without credentials. */
  readonly upstream: string;
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
  readonly pending: readonly PendingReport[];
  /** null before the first run. */
  readonly lastRun: LastRun | null;
  /** When the last run that ended with 0 started; null when there was none. */
  readonly lastComplete: string | null;
}
