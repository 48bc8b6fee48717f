/** Doing many things at once, with a limit, so that the first serious failure stops the rest and nothing is left running. */
import { isJubjubError } from '../errors.ts';

/** Items that are worked off side by side with those of other lanes, so many at a time. */
export interface Lane<T> {
  readonly items: readonly T[];
  readonly concurrency: number;
}

/**
 * Calls `action` for each item, at most `concurrency` at a time, and resolves when none is running any more.
 * INTERRUPTED leaves an item undone and is no failure; any other error aborts the rest and is thrown at the end.
 */
export function parallel<T>(
  items: readonly T[],
  concurrency: number,
  signal: AbortSignal,
  action: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  return parallelLanes([{ items, concurrency }], signal, action);
}

/** The same for several lanes at once: what fails in one of them stops all. */
export async function parallelLanes<T>(
  lanes: readonly Lane<T>[],
  signal: AbortSignal,
  action: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let failure: { readonly error: unknown } | null = null;
  // Forty thousand files must not become forty thousand promises at once.
  const work = async (left: Iterator<T>) => {
    while (!either.aborted) {
      const next = left.next();
      if (next.done === true) return;
      try {
        await action(next.value, either);
      } catch (error) {
        if (isJubjubError(error, 'INTERRUPTED') && either.aborted) continue;
        failure ??= { error };
        stop.abort();
      }
    }
  };
  const workers = lanes.flatMap(({ items, concurrency }) => {
    const left = items[Symbol.iterator]();
    return Array.from({ length: Math.min(concurrency, items.length) }, () => work(left));
  });
  await Promise.all(workers);
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}
