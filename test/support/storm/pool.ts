/** Threads that play seeds: as many as there are cores, each one seed at a time; one that dies or hangs is a violation. */
import { Worker } from 'node:worker_threads';
import type { SeedResult, SeedTask } from './seed-worker.ts';

const WORKER = new URL('./seed-worker.ts', import.meta.url);

export interface PoolOptions {
  readonly threads: number;
  /** A seed that takes longer hangs. */
  readonly seedMsMax: number;
  readonly onResult: (result: SeedResult) => void;
  readonly signal: AbortSignal;
}

/** What did not come to an end. */
function lost({ seed, acts }: SeedTask, message: string): SeedResult {
  const violation = { seed, acts: acts ?? [], promise: 'the end', message, story: [] };
  return { seed, runs: 0, looks: 0, violation, shortened: null, counts: {} };
}

/** Plays all tasks; resolves when they are done, or the signal ends it. */
export async function playAll(tasks: Iterator<SeedTask>, options: PoolOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.threads }, () => work(tasks, options)));
}

/** One thread after the other, each until it is lost or nothing is left to do. */
async function work(tasks: Iterator<SeedTask>, options: PoolOptions): Promise<void> {
  for (let isDone = false; !isDone; ) {
    // Without the flags of a test runner, which no thread takes.
    const worker = new Worker(WORKER, { execArgv: [] });
    try {
      isDone = await feed(worker, tasks, options);
    } finally {
      await worker.terminate();
    }
  }
}

/** Gives a thread seeds until nothing is left (true) or it is of no more use (false). */
async function feed(worker: Worker, tasks: Iterator<SeedTask>, options: PoolOptions): Promise<boolean> {
  for (;;) {
    const next = options.signal.aborted ? { done: true as const } : tasks.next();
    if (next.done === true) return true;
    const result = await answerOf(worker, next.value, options);
    if (result === null) return true;
    options.onResult(result);
    if (result.violation?.promise === 'the end') return false;
  }
}

/** null: the signal came first. */
function answerOf(
  worker: Worker,
  task: SeedTask,
  { seedMsMax, signal }: PoolOptions,
): Promise<SeedResult | null> {
  return new Promise((resolve) => {
    const settle = (result: SeedResult | null) => {
      clearTimeout(timer);
      worker.off('message', settle).off('error', onError).off('exit', onExit);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const onAbort = () => settle(null);
    const onError = (error: unknown) => settle(lost(task, `the thread died: ${String(error)}`));
    const onExit = (code: number) => settle(lost(task, `the thread ended with ${code}`));
    const timer = setTimeout(() => settle(lost(task, `hangs: not done after ${seedMsMax} ms`)), seedMsMax);
    signal.addEventListener('abort', onAbort, { once: true });
    worker.on('message', settle).on('error', onError).on('exit', onExit);
    worker.postMessage(task);
  });
}
