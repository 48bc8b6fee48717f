/** What the catalogue takes and gives of withdrawn files, the trash, the audit and the completeness proof, as data. */
import type { DocrootPath, ProjectName, Serial, Sha256, TrashPath } from '../pypi/types.ts';
import type { KnownFile } from './records.ts';

/** The `why` of a withdrawn file that no page has ever linked to. */
export const NEVER_PUBLISHED = 'planned, but never published';

/** A file that no page links to any more and that still lies in the docroot. */
export interface WithdrawnFile {
  readonly name: ProjectName;
  readonly file: KnownFile;
  /** When its page was committed without it. */
  readonly sinceMs: number;
  readonly why: string;
  /** The serial of the change that withdrew it; null when none did. */
  readonly serial: Serial | null;
  /** Quarantined: to be hidden without delay. */
  readonly urgent: boolean;
  /** The operator keeps it. */
  readonly held: boolean;
}

/** A withdrawn file that was moved into the trash. */
export interface HiddenFile {
  readonly name: ProjectName;
  readonly file: KnownFile;
  readonly to: TrashPath;
  /** False: nothing lay there any more, so there is nothing to remember. */
  readonly moved: boolean;
  readonly why: string;
  readonly serial: Serial | null;
}

/** Something that a sweep moved into the trash: nobody's file. */
export interface SweptFile {
  readonly path: DocrootPath;
  readonly to: TrashPath;
  readonly sizeBytes: number;
  readonly why: string;
}

/** What lies in the trash. Its sidecars lie beside it. */
export interface TrashedFile {
  readonly id: number;
  readonly path: TrashPath;
  /** Where it lay. */
  readonly docrootPath: DocrootPath;
  /** null: swept, nobody's. */
  readonly name: ProjectName | null;
  readonly filename: string;
  /** null: swept, not hashed. */
  readonly sha256: Sha256 | null;
  readonly sizeBytes: number;
  readonly metadataSha256: Sha256 | null;
  readonly hiddenMs: number;
  readonly why: string;
  readonly serial: Serial | null;
  /** It is published again, or was restored: what is left of it in the trash may go. */
  readonly returned: boolean;
}

/** What is written down for ever of what was taken away and brought back. */
export interface AuditRecord {
  /** Ascending, without gaps that mean anything. */
  readonly seq: number;
  readonly atMs: number;
  /**
   * `withdraw`: off the page. `hide`: into the trash. `restore`: back (published again, or by the operator). `release`: the operator
   * holds it no longer. `delete`: out of the trash, for good.
   */
  readonly action: 'withdraw' | 'hide' | 'restore' | 'release' | 'delete';
  readonly project: ProjectName | null;
  /** null: the whole project. */
  readonly filename: string | null;
  readonly path: string | null;
  readonly sha256: Sha256 | null;
  readonly why: string;
  /** Of the change that led to it; null when none did. */
  readonly serial: Serial | null;
}

/** A part of the completeness proof: the projects whose names fall into it (`bucketOf`). */
export interface Bucket {
  /** Three hex digits. */
  readonly id: string;
  /** Digest of its document. */
  readonly sha256: Sha256;
  readonly projects: number;
}

/** A project in its bucket. */
export interface BucketEntry {
  readonly name: ProjectName;
  readonly pageSha256: Sha256;
}
