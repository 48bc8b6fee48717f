/** A gate that lets a limited number through at a time; the others wait in order, unless their signal aborts. */
import { interrupted } from '../clock.ts';

export interface Gate {
  /** Waits for a place; the returned function gives it back (once; later calls do nothing). Rejects with INTERRUPTED. */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function createGate(placesMax: number): Gate {
  let taken = 0;
  const waiting: (() => void)[] = [];

  const place = (): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = waiting.shift();
      if (next === undefined) taken--;
      else next();
    };
  };

  return {
    enter(signal) {
      if (signal.aborted) return Promise.reject(interrupted());
      if (taken < placesMax) {
        taken++;
        return Promise.resolve(place());
      }
      return new Promise((resolve, reject) => {
        const onTurn = () => {
          signal.removeEventListener('abort', onAbort);
          resolve(place());
        };
        const onAbort = () => {
          waiting.splice(waiting.indexOf(onTurn), 1);
          reject(interrupted());
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(onTurn);
      });
    },
  };
}
