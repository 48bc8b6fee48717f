/** Doing many things at once, with a limit, so that the first serious failure stops the rest and nothing is left running. */
import { isJubjubError } from '../errors.ts';

/**
 * Calls `action` for each item, at most `concurrency` at a time, and resolves when none is running any more.
 * INTERRUPTED leaves an item undone and is no failure; any other error aborts the rest and is thrown at the end.
 */
export async function parallel<T>(
  items: readonly T[],
  concurrency: number,
  signal: AbortSignal,
  action: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const left = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | null = null;
  const worker = async () => {
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
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}
