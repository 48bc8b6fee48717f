/** What the engine works with: the contracts, the clock, and the settings that steer a run. */
import type { Catalogue } from '../catalogue/contract.ts';
import type { Clock } from '../clock.ts';
import type { Emit } from '../events.ts';
import type { DocrootPath, ProjectName } from '../pypi/types.ts';
import type { RetryPolicy } from '../retry.ts';
import type { Selection } from '../selection/selection.ts';
import type { Store } from '../store/contract.ts';
import type { Upstream } from '../upstream/contract.ts';

export interface MirrorSettings {
  readonly replayMs: number;
  readonly settleMs: number;
  readonly stalePatienceMs: number;
  readonly pendingLimit: number;
  /** How many projects a run may withdraw: the larger of a number and a share of all. */
  readonly removalLimit: { readonly projects: number | null; readonly share: number | null };
  /** The share of all projects that each run revalidates; null: none. */
  readonly reconcileShare: number | null;
  /** How long a page counts as fresh, of an upstream without serials. */
  readonly expiryMs: number;
  readonly mirrorFiles: boolean;
  readonly mirrorMetadata: boolean;
  readonly mirrorProvenance: boolean;
  /** Where the docroot is served, without a slash at its end; null: not known. */
  readonly baseUrl: string | null;
  readonly jsonApi: boolean;
  readonly precompress: boolean;
  /** How long a file stays in the docroot after no page links to it any more; a quarantined one leaves at once. */
  readonly hideAfterMs: number;
  /** How long it stays in the trash after that. */
  readonly deleteAfterMs: number;
  /** How many are worked on side by side; how many of them are asked for at a time is the upstream's affair. */
  readonly pagesAtOnce: number;
  readonly filesAtOnce: number;
  readonly fileRetry: RetryPolicy;
}

export interface MirrorDeps {
  readonly upstream: Upstream;
  readonly catalogue: Catalogue;
  readonly store: Store;
  readonly selection: Selection;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly settings: MirrorSettings;
  /** Is the lock still ours (P9)? Not after somebody deleted its file: then another writer may have begun. */
  readonly holdsLock: () => boolean;
  /** The disk may have lost what earlier runs wrote without a flush: nothing is known to be right before a repair has looked. */
  readonly isInDoubt?: boolean;
  /** Set by a repair only. */
  readonly distrust?: Distrust;
}

/** What a repair does not believe, though the catalogue says so: looked at anew, and asked for without a condition. */
export interface Distrust {
  project(name: ProjectName): boolean;
  path(path: DocrootPath): boolean;
}

export interface SyncOptions {
  /** Plan and count, change nothing. */
  readonly dryRun: boolean;
  /** Revalidate every project, not only changed ones. */
  readonly full: boolean;
  /** Only these; the serial is not committed. Empty: all. */
  readonly projects: readonly string[];
  /** Allow this run to withdraw so many projects; null leaves it to the settings. */
  readonly allowRemovals: number | null;
  /** Go on with the configured upstream although this mirror was made from another, or from a newer one. */
  readonly acceptUpstream: boolean;
}

/** Projects in one wave: large enough that a flush is cheap, small enough that a crash costs little. */
export const PROJECTS_PER_WAVE_MAX = 500;
/** A wave ends early at so many files, or so many bytes of packed details: memory must not grow with what upstream sends. */
export const FILES_PER_WAVE_MAX = 20_000;
export const DETAIL_BYTES_PER_WAVE_MAX = 8 * 1024 ** 2;
/** One file; PyPI's own cap is 1 GiB. */
export const FILE_BYTES_MAX = 8 * 1024 ** 3;
export const METADATA_BYTES_MAX = 32 * 1024 ** 2;
