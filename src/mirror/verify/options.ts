/** What a verify is asked to do, and what it works with. */
import type { DocrootPath } from '../../pypi/types.ts';
import type { Pace } from '../../store/contract.ts';
import type { MirrorDeps } from '../deps.ts';
import type { VerifyEvent } from './report.ts';
import type { Part } from './subset.ts';

export interface VerifyOptions {
  /** Existence and size only: nothing is hashed. */
  readonly quick: boolean;
  /** A part of all projects; null: all. */
  readonly subset: Part | null;
  /** Reads at most so much; null: as fast as it goes. */
  readonly bytesPerS: number | null;
  /** Compares every project with upstream, too. */
  readonly upstream: boolean;
  readonly repair: boolean;
  /** Goes on where an interrupted verify stopped. */
  readonly resume: boolean;
}

/** Keeps the cursor of a verify on disk, as one text that is replaced as a whole. */
export interface CursorKeeper {
  /** null when there is none. */
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
  remove(): Promise<void>;
}

export interface VerifyDeps extends MirrorDeps {
  readonly tell: (event: VerifyEvent) => void;
  readonly cursor: CursorKeeper;
  /** Does another process hold the lock? Then a run may be changing what we look at. Never while we hold it. */
  readonly isSyncing: () => boolean;
}

/** How things are looked at. */
export interface Look {
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** undefined: as fast as it goes. */
  readonly pace: Pace | undefined;
}

/** What a project's look has to tell besides its findings. */
export interface ProjectLook {
  readonly pages: number;
  readonly files: number;
  readonly bytes: number;
  /** Where files lie that upstream lists and the catalogue has no row of: no orphans. */
  readonly claimed: readonly DocrootPath[];
}
