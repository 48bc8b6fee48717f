/**
 * What we know, as the engine sees it: the committed serial, each project's detail, the files, and what is still owed.
 *
 * - Every method is one transaction, or part of the one that `atomically` opened: all of it happens or nothing.
 * - What a method has returned from is durable: `commit` is the last write of a wave, and the promise rests on it.
 * - Errors: CATALOGUE_UNREADABLE, STORE_FULL, STORE_IO. Each of them ends the run.
 *
 * **Due** projects are those that some change asks us to look at; each stands once, however many changes ask. A due
 * project that was tried and failed is **pending**: it no longer holds the serial back, and stays until it succeeds.
 */
import type { ListEntry } from '../pypi/render-list.ts';
import type { Detail, DocrootPath, ProjectName, RowEffect, Serial, Sha256 } from '../pypi/types.ts';
import type { Validator } from '../upstream/contract.ts';

/** A detail as it is kept: compressed, opaque. Made by `pack`. */
export type PackedDetail = Uint8Array & { readonly __brand: 'PackedDetail' };

/** The `first` of demands that no change asked for (settings, a full sync): worked off last, and never in the serial's way. */
export const FIRST_NONE: Serial = Number.MAX_SAFE_INTEGER;

/** Why a project is due; for messages, and for what a 404 means. */
export type DueSource = 'changelog' | 'list' | 'unlisted' | 'selection' | 'settings' | 'operator';

/** Something that the changelog itself says is gone (or is back), with the serial of its row. */
export interface Takedown {
  readonly serial: Serial;
  readonly effect: RowEffect;
}

/** What one or more changes ask of one project. */
export interface Demand {
  readonly name: ProjectName;
  /** As upstream spells it, when it said so. */
  readonly displayName: string | null;
  /** The serial of the first change: the serial may not be committed past it before the project has been tried. */
  readonly first: Serial;
  /** The page must have reached this serial; 0 when any page will do. */
  readonly required: Serial;
  /** The serial of the last `remove project` row, else null. At or above `required`: the project is to go. */
  readonly removed: Serial | null;
  /** Takedowns that the changelog states, by serial, for when the page does not show them yet (P6). */
  readonly takedowns: readonly Takedown[];
  /** Look at its files and pages again even when its detail is unchanged. */
  readonly replan: boolean;
  readonly source: DueSource;
}

/** How often a due project failed, and how. */
export interface Attempt {
  readonly attempts: number;
  readonly sinceMs: number;
  readonly nextTryMs: number;
  readonly code: string;
  readonly message: string;
}

export interface DueProject extends Demand {
  /** null: not tried yet. */
  readonly pending: Attempt | null;
}

/** A file row: intended (a plan wants it), published (a page links to it), withdrawn (no page does any more). */
export type FileState = 'intended' | 'published' | 'withdrawn';

export interface KnownFile {
  readonly path: DocrootPath;
  readonly filename: string;
  readonly sha256: Sha256;
  readonly sizeBytes: number;
  readonly state: FileState;
  /** Digest of the `.metadata` sidecar that lies beside it and is advertised; null when there is none. */
  readonly metadataSha256: Sha256 | null;
}

/** What we hold of one project. */
export interface KnownProject {
  readonly name: ProjectName;
  readonly displayName: string | null;
  /** The serial of the page that is published; null when none is, or upstream gives none. */
  readonly serial: Serial | null;
  readonly published: boolean;
  readonly status: string;
  readonly validator: Validator | null;
  /** The serial of its last removal; a page older than that is a ghost from a cache. */
  readonly removed: Serial | null;
}

/** A project's new state, to be committed. */
export interface ProjectUpdate {
  readonly name: ProjectName;
  readonly displayName: string | null;
  readonly detail: PackedDetail;
  readonly serial: Serial | null;
  readonly status: string;
  readonly validator: Validator | null;
  /** The files that its page links to; every other file of the project is withdrawn by the commit. */
  readonly files: readonly KnownFile[];
  /** Files that upstream offers and the page leaves out. */
  readonly missing: number;
}

/** One project that failed in a wave. */
export interface Failure {
  readonly name: ProjectName;
  readonly code: string;
  readonly message: string;
  readonly nextTryMs: number;
}

/** Everything that a wave ends with; written in one transaction. */
export interface WaveCommit {
  readonly atMs: number;
  readonly updates: readonly ProjectUpdate[];
  readonly unchanged: readonly ProjectName[];
  /** `removed`: the serial of the row that said so, when one did. */
  readonly withdrawn: readonly {
    readonly name: ProjectName;
    readonly why: string;
    readonly removed: Serial | null;
  }[];
  /** False for `--project`: what is done is done, but the serial stays. */
  readonly advance: boolean;
  /** Names that are no longer due: done, whatever became of them. */
  readonly settled: readonly ProjectName[];
  readonly failures: readonly Failure[];
}

export interface CommitResult {
  readonly serial: Serial | null;
  /** The root index lists something else than before, or another serial. */
  readonly rootChanged: boolean;
  /** Due projects not tried yet. */
  readonly remaining: number;
  readonly filesWithdrawn: number;
}

/** The times of a serial: the changelog's own for it, and ours when we read it. */
export interface SerialMark {
  readonly serial: Serial;
  readonly timestampS: number;
  readonly seenMs: number;
}

/** How far the discovery has come. */
export interface Progress {
  /** The committed serial; null before the first list has been worked through. */
  readonly serial: Serial | null;
  /** Everything up to here is committed or due; null before the first list has been read to its end. */
  readonly discovered: Serial | null;
}

export interface Counts {
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
  readonly pending: number;
  /** Due projects not tried yet: more than 0 between runs only after a run was cut short. */
  readonly untried: number;
  readonly withdrawnFiles: number;
}

export interface PendingProject extends Attempt {
  readonly name: ProjectName;
  readonly serial: Serial;
}

export interface RunRecord {
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly exitStatus: number;
  /** It ended with 0, and had read the changelog (`--project` does not). */
  readonly complete: boolean;
  readonly from: Serial | null;
  readonly to: Serial | null;
}

export interface Catalogue {
  /** The upstream that this catalogue belongs to; null while it is new. */
  identity(): string | null;
  bind(identity: string): void;
  /** What decided the form of the pages (selection, settings, page format) when they were last planned. */
  shape(): string | null;
  setShape(shape: string): void;

  progress(): Progress;
  /** Throws away a list that was not read to its end, and begins another. */
  startListing(): void;
  /** The list was read to its end: from here on the changelog after `serial` tells the rest. */
  finishListing(serial: Serial): void;
  /** Everything up to here is due or done. Never goes back. */
  setDiscovered(serial: Serial): void;
  /** Serial marks, for the replay window. */
  marks(): readonly SerialMark[];
  replaceMarks(marks: readonly SerialMark[]): void;

  /** Adds demands to what is due; a project that is due already keeps its attempts and owes the sum of both. */
  addDue(demands: readonly Demand[]): void;
  /** Sets `replan` on all that is due: a killed run may have changed their pages and files and not committed it. */
  replanDue(): void;
  /** Begins a round: what failed before may be tried again, once. */
  startRound(): void;
  /** Due projects in the order in which they are to be tried: pending ones first, then by their first change. */
  nextDue(limit: number): readonly DueProject[];
  due(name: ProjectName): DueProject | null;
  /** Due projects that a row, the list or the selection says are to go, and that are published now. */
  dueRemovals(): readonly ProjectName[];
  untriedCount(): number;
  /** Pending projects, without those that the removal limit holds back. */
  failedCount(): number;

  project(name: ProjectName): KnownProject | null;
  /** The committed detail of a project, or null. */
  detail(name: ProjectName): Detail | null;
  /** The same, as it is kept: what is only passed on need not be unpacked. */
  packed(name: ProjectName): PackedDetail | null;
  filesOf(name: ProjectName): readonly KnownFile[];
  /** The sha256 of the file that any project but `except` has at a path, planned or withdrawn ones too; or null. */
  digestAt(path: DocrootPath, except: ProjectName | null): Sha256 | null;
  /** The digest that another project's page advertises for the sidecar of a path, or null. */
  metadataAt(path: DocrootPath, name: ProjectName): Sha256 | null;
  publishedNames(): IterableIterator<ProjectName>;
  /** Forgets which names were seen on a list, and notes those of the next one; nothing of it outlives the run. */
  clearSeen(): void;
  noteSeen(names: readonly ProjectName[]): void;
  isPublished(name: ProjectName): boolean;
  /**
   * What we show, or owe, and a list does not have: not the quarantined ones, which no list has, and not those whose
   * last change is newer than the list (`listSerial`, when it is known).
   */
  unseen(listSerial: Serial | null): IterableIterator<ProjectName>;
  /** How many published projects a list should have. */
  listableCount(): number;
  /** Paths of files that are planned and not published: what staging is kept for. */
  intendedPaths(): readonly DocrootPath[];
  /** The entries of the root index, sorted by name: published projects that are not quarantined. */
  rootEntries(): IterableIterator<ListEntry>;

  pack(detail: Detail): PackedDetail;
  unpack(packed: PackedDetail, name: ProjectName): Detail;

  /** Records the files that a wave is about to bring in, so that no crash can leave one that nobody remembers. */
  intend(
    wanted: readonly { readonly name: ProjectName; readonly files: readonly KnownFile[] }[],
    atMs: number,
  ): void;
  /**
   * Writes what a wave ends with. `publishRoot` is called inside the transaction: `rootEntries` already shows what is
   * about to be committed, and the commit happens only when it has returned. When it throws, nothing was written.
   */
  commit(wave: WaveCommit, publishRoot: (result: CommitResult) => Promise<void>): Promise<CommitResult>;
  /** Marks due projects as failed without a wave (the removal limit). */
  fail(failures: readonly Failure[], atMs: number): void;

  pending(limit: number): readonly PendingProject[];
  pendingOf(name: ProjectName): PendingProject | null;
  counts(): Counts;
  startRun(startedMs: number): number;
  endRun(id: number, record: RunRecord): void;
  lastRun(): RunRecord | null;
  /** Did the last run end by itself, with no store failing? False when there was none: what lies about is of unknown origin. */
  endedCleanly(): boolean;
  /** The start of the last complete run. */
  lastCompleteMs(): number | null;

  /** Everything between begins and ends as one; an error undoes it. */
  atomically<T>(action: () => T): T;
}
