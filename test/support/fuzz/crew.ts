/** Several threads over many targets: each runs a slice of time, the next one gets the next; one that hangs or dies is a finding, too. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FuzzFailure, TargetRun } from './run-target.ts';
import type { Slice } from './worker.ts';

const SLICE_MS = 3_000;
/** Beyond its slice, for shrinking what it found; then it hangs. */
const PATIENCE_MS = 60_000;
/** A parser that needs more has been fed something that grows. */
const HEAP_MB_MAX = 1_500;
/** A slice ends by its time. */
const RUNS_MAX = 10_000_000;

export interface CrewOptions {
  readonly targets: readonly string[];
  readonly seed: number;
  readonly workers: number;
  readonly minutes: number;
  readonly tell: (failure: FuzzFailure) => void;
}

/** What came of a target. */
export interface Tally {
  executions: number;
  timeMs: number;
  failure: FuzzFailure | null;
}

/** Runs the targets in turns until the time is up; one that failed is not run again. */
export async function runCrew(options: CrewOptions): Promise<ReadonlyMap<string, Tally>> {
  const { targets, seed, workers, minutes, tell } = options;
  const tallies = new Map<string, Tally>(
    targets.map((name) => [name, { executions: 0, timeMs: 0, failure: null }]),
  );
  const endMs = Date.now() + minutes * 60_000;
  let turn = 0;

  /** Each round of all targets has a seed of its own. */
  const next = (): Slice | null => {
    for (let skipped = 0; skipped < targets.length; skipped++) {
      const name = targets[turn % targets.length] as string;
      const round = Math.floor(turn++ / targets.length);
      if (tallies.get(name)?.failure === null)
        return { target: name, limits: { seed: seed + round, runs: RUNS_MAX, timeMs: SLICE_MS } };
    }
    return null;
  };

  const work = async () => {
    let thread = startThread();
    for (let slice = next(); slice !== null && Date.now() < endMs; slice = next()) {
      const startMs = Date.now();
      const run = await runSlice(thread, slice);
      if (run === null) thread = startThread();
      const tally = tallies.get(slice.target) as Tally;
      tally.executions += run?.executions ?? 0;
      tally.timeMs += Date.now() - startMs;
      const failure = run === null ? lost(slice) : run.failure;
      if (failure === null || tally.failure !== null) continue;
      tally.failure = failure;
      tell(failure);
    }
    await thread.terminate();
  };
  await Promise.all(Array.from({ length: workers }, work));
  return tallies;
}

function startThread(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  });
}

/** null: the thread hung or died, and is gone. */
async function runSlice(thread: Worker, slice: Slice): Promise<TargetRun | null> {
  thread.postMessage(slice);
  try {
    const signal = AbortSignal.timeout(SLICE_MS + PATIENCE_MS);
    const [run] = (await once(thread, 'message', { signal })) as [TargetRun];
    return run;
  } catch {
    await thread.terminate();
    return null;
  }
}

function lost({ target, limits }: Slice): FuzzFailure {
  return {
    target,
    command: `npm run fuzz -- --target ${target} --seed ${limits.seed} --runs ${RUNS_MAX}`,
    input: 'not known: the thread hung, or its memory was full',
    error: `no answer within ${(SLICE_MS + PATIENCE_MS) / 1000} s, or more than ${HEAP_MB_MAX} MB of heap`,
  };
}
