/** A gate that lets a limited number through at a time; the others wait in order, unless their signal aborts. */
import { interrupted } from '../clock.ts';

export interface Gate {
  /** True when whoever comes now has to wait. */
  readonly isFull: boolean;
  /**
   * Waits for a place; the returned function gives it back (once; later calls do nothing). Rejects with INTERRUPTED. The large ones
   * have at most half of the places, so that there is one for what is small, however long they stay; with one place it is for all.
   */
  enter(signal: AbortSignal, isLarge?: boolean): Promise<() => void>;
  /** From now on so many; whoever is inside stays. At least one. */
  resize(placesMax: number): void;
}

interface Waiting {
  readonly isLarge: boolean;
  readonly enter: () => void;
}

/** @param largeOf the large ones have half of so many, when there are more places than that */
export function createGate(places: number, largeOf = Number.POSITIVE_INFINITY): Gate {
  let placesMax = places;
  let taken = 0;
  let takenByLarge = 0;
  const waiting: Waiting[] = [];

  const hasPlace = (isLarge: boolean) =>
    taken < placesMax &&
    (!isLarge || takenByLarge < Math.max(1, Math.floor(Math.min(placesMax, largeOf) / 2)));

  const take = (isLarge: boolean): (() => void) => {
    let held = true;
    taken += 1;
    if (isLarge) takenByLarge += 1;
    return () => {
      if (!held) return;
      held = false;
      taken -= 1;
      if (isLarge) takenByLarge -= 1;
      admit();
    };
  };

  const admit = (): void => {
    while (waiting.length > 0 && taken < placesMax) {
      const at = waiting.findIndex(({ isLarge }) => hasPlace(isLarge));
      if (at === -1) return;
      waiting.splice(at, 1)[0]?.enter();
    }
  };

  return {
    get isFull() {
      return taken >= placesMax;
    },
    enter(signal, isLarge = false) {
      if (signal.aborted) return Promise.reject(interrupted());
      // Whoever waits may be large, and this one not.
      if (hasPlace(isLarge)) return Promise.resolve(take(isLarge));
      return new Promise((resolve, reject) => {
        const turn: Waiting = {
          isLarge,
          enter: () => {
            signal.removeEventListener('abort', onAbort);
            resolve(take(isLarge));
          },
        };
        const onAbort = () => {
          waiting.splice(waiting.indexOf(turn), 1);
          reject(interrupted());
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(turn);
      });
    },
    resize(newPlacesMax) {
      placesMax = newPlacesMax;
      admit();
    },
  };
}
