/** Working through what comes one by one, a few at a time, in memory for a few. */

/** Calls `action` for each item, at most `concurrency` at a time. The first failure ends the rest, and is thrown when none is running. */
export async function inParallel<T>(
  items: AsyncIterable<T>,
  concurrency: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let failed = false;
  let turn: Promise<unknown> = Promise.resolve();
  // One worker at a time asks for the next item: a generator that is asked twice at once answers in turn anyway.
  const next = () => {
    const mine = turn.then(() => iterator.next());
    turn = mine.catch(() => {});
    return mine;
  };
  const work = async () => {
    while (!failed) {
      const { value, done } = await next();
      if (done === true) return;
      await action(value);
    }
  };
  const workers = Array.from({ length: concurrency }, () =>
    work().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const ends = await Promise.allSettled(workers);
  await iterator.return?.();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
