/** Looking at many things at once, and taking what was found in their order: a cursor can stand behind the last one taken. */

/**
 * Calls `look` for each item, `ahead` at a time, and `take` with each result in the order of the items, one after the
 * other. The first failure stops the rest and is thrown once nothing is running any more; what comes after it is not taken.
 */
export async function inOrder<T, R>(
  items: Iterable<T>,
  ahead: number,
  signal: AbortSignal,
  look: (item: T, signal: AbortSignal) => Promise<R>,
  take: (item: T, result: R) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const running: { readonly item: T; readonly result: Promise<R> }[] = [];
  const takeFirst = async () => {
    const first = running.shift();
    if (first !== undefined) await take(first.item, await first.result);
  };
  try {
    for (const item of items) {
      const result = look(item, either);
      // Its failure is met when its turn comes; until then nobody waits for it.
      result.catch(() => {});
      running.push({ item, result });
      if (running.length >= ahead) await takeFirst();
    }
    while (running.length > 0) await takeFirst();
  } finally {
    stop.abort();
    await Promise.allSettled(running.map(({ result }) => result));
  }
}
