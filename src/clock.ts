/** Time, waiting and chance as a parameter: the only file that touches Date, timers and randomness. */
import { JubjubError } from './errors.ts';

export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  now(): number;
  /** Waits; rejects with INTERRUPTED as soon as the signal aborts. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

/** The error that an aborted signal stands for. */
export function interrupted(): JubjubError {
  return new JubjubError('INTERRUPTED', 'interrupted', {
    effect: 'what was finished is kept; the next run goes on from here',
  });
}

/** ISO 8601 in UTC with seconds: `2026-11-21T09:30:00Z`. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Calls `action` after a time, unless the returned function is called first. */
export type TimeLimit = (durationMs: number, action: () => void) => () => void;

/**
 * Calls `action` after this much real time unless the returned function is called first. For limits on what comes from
 * outside, which takes real time whatever a Clock says, as the silences that undici measures do. Keeps no process alive.
 */
export function afterRealTime(durationMs: number, action: () => void): () => void {
  const timer = setTimeout(action, durationMs);
  timer.unref();
  return () => clearTimeout(timer);
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(interrupted());
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(interrupted());
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }, durationMs);
      signal.addEventListener('abort', onAbort, { once: true });
    }),
};
