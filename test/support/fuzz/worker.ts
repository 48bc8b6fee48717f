/** The thread that runs targets: one message a slice of time, one answer for each. */
import { parentPort } from 'node:worker_threads';
import { runTarget, type TargetLimits } from './run-target.ts';
import { TARGETS } from './targets.ts';

/** What is to be run. */
export interface Slice {
  readonly target: string;
  readonly limits: TargetLimits;
}

parentPort?.on('message', async ({ target: name, limits }: Slice) => {
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  parentPort?.postMessage(await runTarget(target, limits));
});
