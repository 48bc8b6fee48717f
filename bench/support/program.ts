/** jubjub itself as a bench runs it: the built program, by the Node that runs the bench, as cron would start it. */
import { globSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from './bench.ts';
import { type Measured, type MeasureOptions, measureChild } from './measure.ts';
import { profiling, sayProfile } from './profile.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(ROOT, 'bin', 'jubjub.js');

/** Runs jubjub with these arguments; `program` is the bin/jubjub.js of another checkout, to compare with. */
export function jubjub(
  args: readonly string[],
  options: MeasureOptions = {},
  program = PROGRAM,
): Promise<Measured> {
  return measureChild(process.execPath, [program, ...args], options);
}

/** Runs jubjub under the profiler and tells where its time went. What it measures is slower than without. */
export async function jubjubProfiled(
  context: Pick<BenchContext, 'directory' | 'say'>,
  args: readonly string[],
  options: MeasureOptions = {},
): Promise<Measured> {
  const directory = join(context.directory, 'profile');
  mkdirSync(directory, { recursive: true });
  const measured = await measureChild(process.execPath, [...profiling(directory), PROGRAM, ...args], options);
  sayProfile(directory, context.say);
  return measured;
}

/** The last line of `--json`: the summary of a run. */
export function summaryOf({ stdout }: Measured): Record<string, unknown> {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    throw new Error(`the run printed no summary; its last line is ${JSON.stringify(line.slice(0, 200))}`);
  }
}

/** Why what is built is not what would be measured: null when dist/ is as new as src/. */
export function staleBuild(): string | null {
  const newest = (pattern: string) =>
    Math.max(0, ...globSync(pattern, { cwd: ROOT }).map((file) => statSync(join(ROOT, file)).mtimeMs));
  const built = newest('dist/bundle/*.cjs');
  if (built === 0) return 'jubjub is not built: npm run build';
  return newest('src/**/*.ts') > built ? 'dist/ is older than src/: npm run build' : null;
}
