/**
 * Measures children: seconds, CPU time, peak memory; candidates alternately, because on a machine that does other things, too,
 * only ratios of neighbours count.
 */
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The clock of /proc ticks a hundred times a second on every Linux that people run. */
const TICKS_PER_SECOND = 100;
const POLL_MS = 5;
/** Of what a child prints, the end is kept: the summary stands there. */
const STDOUT_CHARS_MAX = 1024 * 1024;

export interface Measured {
  readonly seconds: number;
  /** User and system time of the child and of what it started and waited for. */
  readonly cpuSeconds: number;
  /** The most resident memory (VmHWM); null when it could not be read, for a child that ended at once. */
  readonly peakMb: number | null;
  /** null when a signal ended it. */
  readonly status: number | null;
  /** The end of what it printed. */
  readonly stdout: string;
}

export interface MeasureOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Where standard error goes. @default inherit */
  readonly stderr?: 'inherit' | 'ignore';
  /** Ends it with this signal after so long. */
  readonly killAfter?: { readonly ms: number; readonly signal: NodeJS.Signals };
  /** Hears of the child's process id. */
  readonly onStart?: (pid: number) => void;
  /** Hears of each line that it prints, as it comes. */
  readonly onLine?: (line: string) => void;
}

/** A field of /proc/…/stat, counted as proc(5) does. */
function statField(stat: string, field: number): number {
  // The second field is the name in parentheses, which may hold spaces.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field - 3] ?? 0);
}

/** CPU time of all children that have ended so far, in seconds: cutime and cstime. */
function endedChildrenCpu(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return (statField(stat, 16) + statField(stat, 17)) / TICKS_PER_SECOND;
}

function peakKbOf(pid: number): number | null {
  try {
    const found = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return found === undefined ? null : Number(found);
  } catch {
    return null; // It has just ended.
  }
}

/** Cuts what comes into lines, and keeps the end of it all. */
class Output {
  kept = '';
  #rest = '';
  readonly #onLine: ((line: string) => void) | undefined;

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    this.kept += text;
    if (this.kept.length > 2 * STDOUT_CHARS_MAX) this.kept = this.kept.slice(-STDOUT_CHARS_MAX);
    if (this.#onLine === undefined) return;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
  }
}

/** Runs a program to its end. One at a time: the CPU time of children is counted together. */
export async function measureChild(
  command: string,
  args: readonly string[],
  options: MeasureOptions = {},
): Promise<Measured> {
  const settings: SpawnOptions = {
    stdio: ['ignore', 'pipe', options.stderr ?? 'inherit'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  };
  const cpuBefore = endedChildrenCpu();
  const startedMs = performance.now();
  const child = spawn(command, args, settings);
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const output = new Output(options.onLine);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => output.add(text));
  // The last value and not the largest: before it becomes the program, the child is a copy of this process.
  let peakKb: number | null = null;
  const poll = setInterval(() => {
    if (child.pid !== undefined) peakKb = peakKbOf(child.pid) ?? peakKb;
  }, POLL_MS);
  const { killAfter } = options;
  const kill =
    killAfter === undefined ? undefined : setTimeout(() => child.kill(killAfter.signal), killAfter.ms);
  let seconds = 0;
  child.once('exit', () => {
    seconds = (performance.now() - startedMs) / 1000;
  });
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const peakMb = peakKb === null ? null : peakKb / 1024;
    return { seconds, cpuSeconds: endedChildrenCpu() - cpuBefore, peakMb, status, stdout: output.kept };
  } finally {
    clearInterval(poll);
    clearTimeout(kill);
  }
}

/** Runs a program whose time does not count; throws unless it ends with 0. */
export function run(command: string, args: readonly string[], cwd?: string): string {
  const done = spawnSync(command, args, { encoding: 'utf8', cwd, maxBuffer: 64 * 1024 * 1024 });
  if (done.status === 0) return done.stdout;
  const said = `${done.error?.message ?? ''}${done.stderr ?? ''}${done.stdout ?? ''}`.slice(-2_000);
  throw new Error(`${command} ${args.join(' ').slice(0, 200)} ended with ${done.status}: ${said}`);
}

/** Whether a program is on this machine. */
export function isInstalled(command: string, versionFlag = '--version'): boolean {
  return spawnSync(command, [versionFlag], { stdio: 'ignore' }).error === undefined;
}

/** What each candidate did, round by round. */
export type Series<Name extends string = string, Result = Measured> = Readonly<
  Record<Name, readonly Result[]>
>;

/**
 * Runs each candidate in turn, once to warm up and then `rounds` times. What one has written is on the disk before the next begins,
 * so that nobody pays for another one's flushes.
 */
export async function alternate<Name extends string, Result = Measured>(
  candidates: Readonly<Record<Name, () => Promise<Result>>>,
  rounds: number,
  options: {
    /** @default whether there is more than one round: a single one is a look, and no measurement */
    readonly warmUp?: boolean;
    /** Hears how each round went. */
    readonly say?: ((line: string) => void) | undefined;
  } = {},
): Promise<Series<Name, Result>> {
  const names = Object.keys(candidates) as Name[];
  const series = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Name, Result[]>;
  for (let round = (options.warmUp ?? rounds > 1) ? 0 : 1; round <= rounds; round++) {
    for (const name of names) {
      spawnSync('sync');
      await sleep(20);
      const result = await candidates[name]();
      if (round > 0) series[name].push(result);
      const { seconds } = result as Partial<Measured>;
      if (seconds !== undefined)
        options.say?.(`${round === 0 ? 'warming up' : `round ${round}`}: ${name} ${seconds.toFixed(2)} s`);
    }
  }
  return series;
}

/** A median with its range. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** The ratios of neighbours: each round's own. */
export function ratios(
  of: readonly Measured[],
  to: readonly Measured[],
  by: 'seconds' | 'cpuSeconds' = 'seconds',
): Spread {
  return spread(of.map((result, round) => result[by] / (to[round]?.[by] ?? Number.NaN)));
}

export function secondsOf(results: readonly Measured[]): Spread {
  return spread(results.map(({ seconds }) => seconds));
}

export function cpuOf(results: readonly Measured[]): Spread {
  return spread(results.map(({ cpuSeconds }) => cpuSeconds));
}

/** The highest of all rounds; null when nothing was read. */
export function peakMbOf(results: readonly Measured[]): number | null {
  const known = results.flatMap(({ peakMb }) => (peakMb === null ? [] : [peakMb]));
  return known.length === 0 ? null : Math.round(Math.max(...known));
}

/** "1.62 (1.55-1.80)" */
export function shownSpread({ median, min, max }: Spread, digits = 2): string {
  const text = (value: number) => value.toFixed(digits);
  return `${text(median)} (${text(min)}-${text(max)})`;
}

/** "1.62 s (1.55-1.80)" */
export function shownSeconds(values: Spread, digits = 2): string {
  return shownSpread(values, digits).replace(' ', ' s ');
}
