/** Time that this thread has worked: on a machine that does other things besides, the clock on the wall says nothing. */

/** Milliseconds of work that a step takes. */
export function workMs(step: () => void): number {
  const before = process.threadCpuUsage();
  step();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
