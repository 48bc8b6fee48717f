/** A simulated clock that tells of every reading, wait and draw, so that two plays of one seed can be compared. */
import type { SimClock } from './clock.ts';

/** The same clock; `trace` hears of each use. */
export function tracedClock(clock: SimClock, trace: (what: string) => void): SimClock {
  const told = <T>(what: string, value: T): T => {
    trace(`${what} ${value}`);
    return value;
  };
  return {
    ...clock,
    now: () => told('now', clock.now()),
    random: () => told('chance', clock.random()),
    sleep: (durationMs, signal) => clock.sleep(told('sleep', durationMs), signal),
    after: (durationMs, action) => clock.after(told('after', durationMs), action),
  };
}
