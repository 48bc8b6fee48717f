/**
 * The simulated upstream's time, which is also a Clock for the code under test.
 *
 * Liberties it takes: a day passes in an instant, and whoever sleeps is woken as soon as nobody else has anything to
 * do in this turn of the event loop. The mirror must survive because waiting is all that it may ask of time.
 */
import { type Clock, interrupted, systemClock } from '../../../src/clock.ts';
import { seeded } from '../prng.ts';

export interface SimClock extends Clock {
  /** Moves the time forward at once. */
  advance(durationMs: number): void;
}

/** 2026-11-21T09:30:00Z. */
export const SIM_START_MS = 1_795_253_400_000;

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

/**
 * Time that moves by `advance` and by sleeping alone: a sleep of an hour takes no time, moves the clock by an hour, and
 * sleepers wake in the order of their times.
 */
export function manualClock(seed = 0, startMs = SIM_START_MS): SimClock {
  const prng = seeded(seed).fork('clock');
  const sleepers = new Set<Sleeper>();
  let nowMs = startMs;
  let scheduled = false;

  const wakeNext = () => {
    scheduled = false;
    let next: Sleeper | undefined;
    for (const sleeper of sleepers) if (next === undefined || sleeper.wakeMs < next.wakeMs) next = sleeper;
    if (next === undefined) return;
    sleepers.delete(next);
    nowMs = Math.max(nowMs, next.wakeMs);
    next.wake();
    if (sleepers.size > 0) schedule();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(wakeNext);
  };

  return {
    now: () => nowMs,
    random: () => prng.float(),
    advance: (durationMs) => {
      nowMs += durationMs;
    },
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(interrupted());
          return;
        }
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(interrupted());
        };
        const wake = () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        // Whole milliseconds, as the system's clock has them.
        const sleeper: Sleeper = { wakeMs: Math.ceil(nowMs + durationMs), wake };
        signal.addEventListener('abort', onAbort, { once: true });
        sleepers.add(sleeper);
        schedule();
      }),
  };
}

/** Real time, for mirrors that run as processes of their own; `advance` adds to it, for the upstream only. */
export function wallClock(): SimClock {
  let offsetMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + offsetMs,
    advance: (durationMs) => {
      offsetMs += durationMs;
    },
  };
}
