/** One target run for some cases or some time, and how to run what it found again. */
import fc from '../properties.ts';
import type { FuzzTarget } from './parser.ts';

export interface TargetRun {
  readonly executions: number;
  readonly failure: FuzzFailure | null;
}

export interface FuzzFailure {
  readonly target: string;
  /** The command that runs just this case again. */
  readonly command: string;
  /** The shortest input that was found. */
  readonly input: string;
  readonly error: string;
}

export interface TargetLimits {
  readonly seed: number;
  readonly runs: number;
  readonly timeMs?: number;
  /** Where in the tree of cases a failure was; runs just that one. */
  readonly path?: string;
}

/** Long inputs are repetitions: what they are shows in the beginning. */
const INPUT_CHARS_MAX = 2_000;

/** Runs a target. It never rejects: what the target throws is in the result. */
export async function runTarget(target: FuzzTarget, limits: TargetLimits): Promise<TargetRun> {
  const { seed, runs, timeMs, path } = limits;
  const details = await fc.check(target.property as fc.IAsyncProperty<unknown>, {
    seed,
    numRuns: runs,
    ...(timeMs === undefined ? {} : { interruptAfterTimeLimit: timeMs }),
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  });
  const { numRuns: executions, failed, counterexamplePath, counterexample, errorInstance } = details;
  if (!failed || counterexample === null) return { executions, failure: null };
  const input = JSON.stringify(counterexample);
  const place = counterexamplePath === null ? '' : ` --path ${counterexamplePath}`;
  return {
    executions,
    failure: {
      target: target.name,
      command: `npm run fuzz -- --target ${target.name} --seed ${seed}${place}`,
      input: input.length > INPUT_CHARS_MAX ? `${input.slice(0, INPUT_CHARS_MAX)}…` : input,
      error:
        errorInstance instanceof Error
          ? (errorInstance.stack ?? errorInstance.message)
          : String(errorInstance),
    },
  };
}

/** What a person reads of a failure. */
export function failureText({ target, command, input, error }: FuzzFailure): string {
  return `${target} fails\n  replay  ${command}\n  input   ${input}\n  ${error.split('\n').slice(0, 6).join('\n  ')}`;
}
