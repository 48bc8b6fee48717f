/** What the catalogue takes and gives, as data. */
import type { DocrootPath, ProjectName, RowEffect, Serial, Sha256 } from '../pypi/types.ts';
import type { Drop } from '../selection/verdict.ts';
import type { ListState, Validator } from '../upstream/contract.ts';
import type { LeftOut } from './records-selection.ts';

export * from './records-selection.ts';
export * from './records-trash.ts';

/** A detail as it is kept: compressed, opaque. Made by `pack`. */
export type PackedDetail = Uint8Array & { readonly __brand: 'PackedDetail' };

/** The `first` of demands that no change asked for (settings, a full sync): worked off last, and never in the serial's way. */
export const FIRST_NONE: Serial = Number.MAX_SAFE_INTEGER;

/** Why a project is due; for messages, and for what a 404 means. */
export type DueSource =
  | 'changelog'
  | 'list'
  | 'unlisted'
  | 'reconcile'
  | 'selection'
  | 'settings'
  /** A kept release of another project needs it. */
  | 'needed'
  | 'operator';

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
  /** The attestations that lie beside it, as last asked for (PEP 740); null when there are none. */
  readonly provenance: { readonly sha256: Sha256; readonly validator: Validator | null } | null;
}

/** A file for which upstream gives no sha256: what its bytes were when they were last asked for. */
export interface LearnedFile {
  readonly url: string;
  readonly sha256: Sha256;
  readonly sizeBytes: number;
  readonly validator: Validator | null;
}

/** What is remembered of a project's JSON API document. */
export interface KnownApiDocument {
  /** Its `last_serial`; null when it says none. */
  readonly serial: Serial | null;
  readonly validator: Validator | null;
  /** Of the document as it lies there; null when that was not noted (a catalogue of an earlier version). */
  readonly sha256: Sha256 | null;
}

/** What we hold of one project. */
export interface KnownProject {
  readonly name: ProjectName;
  readonly displayName: string | null;
  /** The serial of the page that is published, or was looked at and left out; null when none was, or upstream gives none. */
  readonly serial: Serial | null;
  readonly published: boolean;
  /** It was published once, and is not any more. */
  readonly withdrawn: boolean;
  readonly status: string;
  readonly validator: Validator | null;
  /** The serial of its last removal; a page older than that is a ghost from a cache. */
  readonly removed: Serial | null;
  /** null when none is published. */
  readonly api: KnownApiDocument | null;
  /** Files that its page links to. */
  readonly files: number;
  /** Files that upstream offers and its page leaves out. */
  readonly missing: number;
  /** Digest of its JSON page as it was published; null when none was. */
  readonly pageSha256: Sha256 | null;
  /** Why the selection leaves it out, of one that upstream has; null when it does not, and for what was never looked at. */
  readonly leftOut: Drop | null;
  /** By the clock, when its files were selected last; null before version 4 of the catalogue. */
  readonly selectedMs: number | null;
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
  readonly api: KnownApiDocument | null;
  /** Of the files on its page, those whose digest upstream does not give. */
  readonly learned: readonly LearnedFile[];
  /** Digest of its JSON page as it is published; null when nothing is (a dry run, an adopted tree). */
  readonly pageSha256: Sha256 | null;
  /** Releases that the changelog says are quarantined: their withdrawn files are hidden at once. */
  readonly quarantinedVersions: readonly string[];
  /** Has upstream been asked about it, so that it is validated by this? @default true */
  readonly wasAsked?: boolean;
  /** Files that upstream offers and the selection leaves out, by name, for the audit. @default none */
  readonly leftOutFiles?: ReadonlyMap<string, Drop>;
  /** The time for which its files were selected (null: all of them), and when time alone will next change that (null: never). */
  readonly selectedMs: number | null;
  readonly reviewMs: number | null;
}

/** One project that failed in a wave. */
export interface Failure {
  readonly name: ProjectName;
  readonly code: string;
  readonly message: string;
  readonly nextTryMs: number;
}

/** A published project whose detail stays, and what a look at it has shown all the same; null: nothing new. */
export interface KeptProject {
  readonly name: ProjectName;
  readonly displayName: string | null;
  /** Of its JSON page, which was rendered anew. */
  readonly pageSha256: Sha256 | null;
}

/** Everything that a wave ends with; written in one transaction. */
export interface WaveCommit {
  readonly atMs: number;
  readonly updates: readonly ProjectUpdate[];
  readonly unchanged: readonly ProjectName[];
  /** @default none */
  readonly kept?: readonly KeptProject[];
  /** `removed`: the serial of the row that said so, when one did. */
  readonly withdrawn: readonly {
    readonly name: ProjectName;
    readonly why: string;
    readonly removed: Serial | null;
  }[];
  /** Projects that upstream has and the selection leaves out; those that were published are withdrawn. */
  readonly leftOut: readonly LeftOut[];
  /** False for `--project`: what is done is done, but the serial stays. */
  readonly advance: boolean;
  /** Names that are no longer due: done, whatever became of them. */
  readonly settled: readonly ProjectName[];
  readonly failures: readonly Failure[];
}

export interface CommitResult {
  readonly serial: Serial | null;
  /** The root index lists something else than before, or another serial, or nobody knows what it lists. */
  readonly rootChanged: boolean;
  /** Due projects not tried yet. */
  readonly remaining: number;
  readonly filesWithdrawn: number;
  readonly bytesWithdrawn: number;
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

/** What is remembered of the project list that was compared last. */
export interface ListMemory {
  readonly state: ListState;
  readonly entries: number;
  /** Runs since then. */
  readonly runs: number;
  /** When the state's counter was first seen: what was validated after that was at this counter. 0: everything was; null: not noted. */
  readonly countedMs: number | null;
}

/** What the latest revalidations found, over as many runs as it takes to go once through all projects. */
export interface Drift {
  readonly checked: number;
  /** Of these: what we showed was not what upstream had, and no change had told us. */
  readonly found: number;
  /** When the first of these runs began. */
  readonly sinceMs: number;
}

export interface Counts {
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
  readonly pending: number;
  /** Due projects not tried yet: more than 0 between runs only after a run was cut short. */
  readonly untried: number;
  readonly withdrawnFiles: number;
  /** In the trash. */
  readonly trashedFiles: number;
  readonly trashedBytes: number;
  /** Kept by the operator though no page links to them. */
  readonly heldFiles: number;
  /** Projects that upstream has and the selection leaves out, as far as anybody has looked. */
  readonly leftOut: number;
  /** Reserved names that upstream has. */
  readonly reserved: number;
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
  /** Projects revalidated although no change asked for it, and those of them that had changed all the same. */
  readonly checked: number;
  readonly drifted: number;
}
