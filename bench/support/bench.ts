/** What a bench is: one goal of speed or memory, measured against what everybody can install. */

export interface Bench {
  /** As on the command line: `npm run bench -- first-sync`. */
  readonly name: string;
  /** One line: what must hold. */
  readonly goal: string;
  /** How often each candidate runs when nothing else is asked for. */
  readonly rounds: number;
  /** Options of its own, with their defaults: `{ projects: '1000' }`. */
  readonly options?: Readonly<Record<string, string>>;
  run(context: BenchContext): Promise<readonly Row[]>;
}

export interface BenchContext {
  readonly rounds: number;
  readonly options: Readonly<Record<string, string>>;
  /** The program is run once under a profiler, and its heaviest functions are told (support/profile.ts). */
  readonly profile: boolean;
  /** For everything that the bench writes; it is removed afterwards. */
  readonly directory: string;
  /** Tells people how it goes; what counts is in the rows. */
  say(line: string): void;
}

/** One line of docs/performance.md. */
export interface Row {
  /** "first sync, 1,000 projects x 4 files of 20 KB" */
  readonly what: string;
  /** "1.62 s (1.55-1.80), 5,006 requests" */
  readonly measured: string;
  /** "curl --parallel: 2.31 s (2.20-2.40)"; "" when it is held against nothing. */
  readonly against: string;
  /** "0.70 (0.66-0.78)" or "". */
  readonly ratio: string;
  readonly peakMb: number | null;
  /** "< 1" */
  readonly goal: string;
  /** null: told, not judged. */
  readonly holds: boolean | null;
}

/** An option that is a number. Throws for anything else. */
export function numberOption(context: Pick<BenchContext, 'options'>, name: string): number {
  const text = context.options[name];
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`--${name}: expected a number, received ${JSON.stringify(text)}`);
  return value;
}

/** An option that is lines of a configuration, separated by semicolons: `--upstream "file-connections = 8; timeout = \"5s\""`. */
export function linesOption({ options }: Pick<BenchContext, 'options'>, name: string): string[] {
  return (options[name] ?? '').split(';').map((line) => line.trim());
}
