/** Reading no faster than asked for, so that a verify by day leaves the disks to those who install. */
import type { Clock } from '../../clock.ts';
import type { Pace } from '../../store/contract.ts';

/** What an idle moment saves up: longer, and the disks would be busy for as long. */
const BURST_MS = 250;

/**
 * A token bucket for all readers together: each piece waits until the ones before it have had their time.
 * The returned function rejects with INTERRUPTED as soon as the signal aborts. Without a rate there is none: nobody waits.
 */
export function paceOf(bytesPerS: number | null, clock: Clock, signal: AbortSignal): Pace | undefined {
  if (bytesPerS === null) return undefined;
  let freeMs = Number.NEGATIVE_INFINITY;
  return async (bytes) => {
    const nowMs = clock.now();
    freeMs = Math.max(freeMs, nowMs - BURST_MS) + (bytes * 1000) / bytesPerS;
    if (freeMs > nowMs) await clock.sleep(freeMs - nowMs, signal);
  };
}
