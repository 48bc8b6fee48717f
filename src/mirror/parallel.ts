/** Doing many things at once, with a limit, so that the first serious failure stops the rest and nothing is left running. */
import PQueue from 'p-queue';
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
  let failure: { readonly error: unknown } | null = null;
  const queue = new PQueue({ concurrency });
  for (const item of items) {
    // Forty thousand files must not become forty thousand promises at once.
    await queue.onSizeLessThan(concurrency);
    if (either.aborted) break;
    void queue.add(async () => {
      if (either.aborted) return;
      try {
        await action(item, either);
      } catch (error) {
        if (isJubjubError(error, 'INTERRUPTED') && either.aborted) return;
        failure ??= { error };
        stop.abort();
      }
    });
  }
  await queue.onIdle();
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}
