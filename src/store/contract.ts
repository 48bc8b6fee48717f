/**
 * Where the docroot's bytes go, as the engine sees it. Every store keeps these promises; one suite
 * (test/contract/store-suite.ts) runs over each.
 *
 * - Atomic: a reader of the docroot sees the old bytes of a path or the new ones, never a part (P3).
 * - Durable: after `flushStaged` staged bytes survive a power cut; after `place` and `remove` so does what they did,
 *   names included. Between the two a power cut may keep any of the renames and lose any other.
 * - Aside: staged bytes are keyed by the docroot path that they are meant for, lie on the docroot's file system, and
 *   outlive the process. Whoever finds some there hashes them before trusting them; `stage` does.
 * - Idempotent: removing and discarding what is not there is no error. Placing it is: a page may count on it.
 * - Errors: STORE_FULL, STORE_NOT_WRITABLE, STORE_IO. Each of them ends a run: no project is to blame.
 */
import type { DocrootPath, Sha256 } from '../pypi/types.ts';

export interface Digest {
  readonly sha256: Sha256;
  readonly sizeBytes: number;
}

/** One staged file being written. Exactly one of `finish`, `suspend` and `discard` ends it. */
export interface StageWriter {
  /** Bytes already there, those of an earlier try included. */
  readonly sizeBytes: number;
  write(chunk: Uint8Array): Promise<void>;
  /** Back to empty: what was there is of no use. */
  restart(): Promise<void>;
  /** The digest of what is there now; more may be written after it. */
  digest(): Digest;
  /** Complete: keeps the bytes for `place`. */
  finish(): Promise<void>;
  /** Incomplete: keeps the bytes so that a later `stage` goes on from them. */
  suspend(): Promise<void>;
  discard(): Promise<void>;
}

export interface Store {
  /** Size of a docroot file in bytes, or null. */
  size(path: DocrootPath): Promise<number | null>;
  /** A whole docroot file (pages are small), or null. */
  read(path: DocrootPath): Promise<Uint8Array | null>;
  /** Reads and hashes a docroot file; null when there is none. */
  digest(path: DocrootPath, signal: AbortSignal): Promise<Digest | null>;

  /** Opens what is staged for a path, empty or as an earlier try left it (then hashed first). One writer a path at a time. */
  stage(path: DocrootPath): Promise<StageWriter>;
  /** Stages a whole document; replaces what was staged for that path. */
  stageBytes(path: DocrootPath, bytes: Uint8Array): Promise<void>;
  /** Stages a document that comes in pieces, without holding it in memory. Returns its digest. */
  stageText(path: DocrootPath, pieces: Iterable<string>): Promise<Digest>;
  /**
   * Stages the pieces compressed with gzip: what a web server sends to those who accept it, without the work. The same
   * pieces give the same bytes. Returns the digest of the compressed bytes.
   */
  stageGzip(path: DocrootPath, pieces: Iterable<string>): Promise<Digest>;
  /** Moves what is staged for one path to another, whose staged bytes it replaces; its digest has told where it belongs. */
  restage(from: DocrootPath, to: DocrootPath): Promise<void>;
  /**
   * The METADATA inside the wheel that is staged for a path, else the one that lies there; null when there is none, or
   * when the zip is in any way unusual: then whoever wants it asks upstream. Never throws because of what a wheel holds.
   * The bytes prove nothing by themselves: compare their digest.
   */
  wheelMetadata(path: DocrootPath): Promise<Uint8Array | null>;
  /** Makes staged bytes durable. */
  flushStaged(paths: readonly DocrootPath[]): Promise<void>;
  /** Moves staged files to their docroot paths, in this order, without a pause in between; then makes the moves durable. */
  place(paths: readonly DocrootPath[]): Promise<void>;
  /**
   * Makes durable all that lies in the docroot. For the first run after one that was killed: what that moved or removed
   * looks finished, and a power cut would still undo it.
   */
  flushDocroot(): Promise<void>;
  /** Takes pages off the docroot (and their directory, when it is left empty); then makes that durable. */
  remove(paths: readonly DocrootPath[]): Promise<void>;
  /** Throws away what is staged, but for the named paths. Returns how many staged files there were. */
  clearStaging(keep: ReadonlySet<DocrootPath>): Promise<number>;
}
