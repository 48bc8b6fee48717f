/** What is said between a test and the process that works on several mirrors for it (side-by-side.ts). */

/** A directory with a mirror.toml, and what stands behind `jubjub` on the command line. */
export type SideBySideJob = readonly [cwd: string, argv: readonly string[]];

export interface SideBySideEnd {
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly status: number;
  readonly said: string;
}

/** Said when all is loaded and the runs begin. Each run that ends by itself then says a `SideBySideEnd`. */
export const BEGUN_LINE = 'begun';
