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
  /** How it tells what has changed; null before the first run. */
  readonly changes: 'changelog' | 'list' | 'poll' | null;
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
  readonly pending: readonly PendingReport[];
  /**
   * The mirror's measured error rate: of the projects that were revalidated although no change asked for it, over as many
   * runs as it takes to go once through all, how many were not as upstream has them. null before any was.
   */
  readonly drift: { readonly checked: number; readonly found: number; readonly since: string } | null;
  /** null before the first run. */
  readonly lastRun: LastRun | null;
  /** When the last run that ended with 0 started; null when there was none. */
  readonly lastComplete: string | null;
}
