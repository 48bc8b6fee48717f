/**
 * The simulated upstream's time, which is also a Clock for the code under test.
 *
 * Liberties it takes: a day passes in an instant, and whoever sleeps is woken as soon as nobody else has anything to
 * do in this turn of the event loop. The mirror must survive because waiting is all that it may ask of time.
 */
import { afterRealTime, type Clock, interrupted, systemClock, type TimeLimit } from '../../../src/clock.ts';
import { seeded } from '../prng.ts';

export interface SimClock extends Clock {
  /** Moves the time forward at once. */
  advance(durationMs: number): void;
  /** Does it when so much time has passed; the returned function takes it back. */
  after(durationMs: number, action: () => void): () => void;
  /** The same for a limit: time passes it, but never on account of it, so that none runs out while a test thinks. */
  readonly limit: TimeLimit;
}

/** 2026-11-21T09:30:00Z. */
export const SIM_START_MS = 1_795_253_400_000;

interface Due {
  readonly atMs: number;
  readonly act: () => void;
}

/** What is due, in the order of time; what is due together, in the order in which it was asked for. */
class Agenda {
  readonly #due: Due[] = [];

  get first(): Due | undefined {
    return this.#due[0];
  }

  add(due: Due): () => void {
    let at = this.#due.length;
    while (at > 0 && (this.#due[at - 1] as Due).atMs > due.atMs) at -= 1;
    this.#due.splice(at, 0, due);
    return () => this.#remove(due);
  }

  shift(): void {
    this.#due.shift();
  }

  #remove(due: Due): void {
    const at = this.#due.indexOf(due);
    if (at !== -1) this.#due.splice(at, 1);
  }
}

/**
 * Time that moves by `advance` and by waiting alone: a sleep of an hour takes no time, moves the clock by an hour, and
 * what is due comes in the order of its time, one in each turn of the event loop.
 */
export function manualClock(seed = 0, startMs = SIM_START_MS): SimClock {
  const prng = seeded(seed).fork('clock');
  const agenda = new Agenda();
  const limits = new Agenda();
  let nowMs = startMs;
  let scheduled = false;

  const turn = () => {
    scheduled = false;
    const next = agenda.first;
    if (next === undefined) return;
    const limit = limits.first;
    const [from, due] = limit !== undefined && limit.atMs < next.atMs ? [limits, limit] : [agenda, next];
    from.shift();
    nowMs = Math.max(nowMs, due.atMs);
    due.act();
    schedule();
  };
  const schedule = () => {
    if (scheduled || agenda.first === undefined) return;
    scheduled = true;
    setImmediate(turn);
  };
  // Whole milliseconds, as the system's clock has them.
  const dueIn = (durationMs: number) => Math.ceil(nowMs + durationMs);
  const after = (durationMs: number, action: () => void) => {
    const cancel = agenda.add({ atMs: dueIn(durationMs), act: action });
    schedule();
    return cancel;
  };

  return {
    now: () => nowMs,
    random: () => prng.float(),
    advance: (durationMs) => {
      nowMs += durationMs;
    },
    after,
    limit: (durationMs, action) => limits.add({ atMs: dueIn(durationMs), act: action }),
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(interrupted());
          return;
        }
        const onAbort = () => {
          cancel();
          reject(interrupted());
        };
        const cancel = after(durationMs, () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        });
        signal.addEventListener('abort', onAbort, { once: true });
      }),
  };
}

/** Real time, for mirrors that run as processes of their own; `advance` adds to it, for the upstream only. */
export function wallClock(): SimClock {
  let offsetMs = 0;
  return {
    ...systemClock,
    after: (durationMs, action) => {
      const timer = setTimeout(action, durationMs);
      return () => clearTimeout(timer);
    },
    limit: afterRealTime,
    now: () => systemClock.now() + offsetMs,
    advance: (durationMs) => {
      offsetMs += durationMs;
    },
  };
}
