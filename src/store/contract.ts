/**
 * Where the docroot's bytes go, as the engine sees it. Every store keeps these promises; one suite
 * (test/contract/store-suite.ts) runs over each.
 *
 * - Atomic: a reader of the docroot sees the old bytes of a path or the new ones, never a part (P3).
 * - Durable: after `flushStaged` staged bytes survive a power cut; after `place` and `remove` so does what they did,
 *   names included. Between the two a power cut may keep any of the renames and lose any other.
 * - Aside: staged bytes are keyed by the docroot path that they are meant for, lie on the docroot's file system, and
 *   outlive the process. Whoever finds some there hashes them before trusting them; `stage` does.
 * - Reversible: what leaves the docroot for good goes through the trash, which lies on the same file system; moving a
 *   file there and back costs no space. Only `deleteTrashed` deletes what was published.
 * - Idempotent: removing and discarding what is not there is no error. Placing it is: a page may count on it.
 * - Errors: STORE_FULL, STORE_NOT_WRITABLE, STORE_IO. Each of them ends a run: no project is to blame.
 */
import type { DocrootPath, Sha256, TrashPath } from '../pypi/types.ts';

/** Pages are made of at most 16 MiB of upstream's; the gzipped list of all of PyPI has some 10 MB. */
export const READ_BYTES_MAX = 64 * 1024 ** 2;

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

/** Something that a walk through the docroot has found. */
export interface DocrootEntry {
  /**
   * Relative, with `/`. Whoever made it may have chosen any name: it need not be a `DocrootPath`. A backslash is doubled and a byte
   * that is not UTF-8 is `\xff`, so that every path is told as text and no two as the same; neither is ever a `DocrootPath`.
   */
  readonly path: string;
  /** `unreadable`: a directory that could not be walked. Links are told, never followed. */
  readonly kind: 'file' | 'link' | 'other' | 'unreadable';
  /** Of a file; else 0. */
  readonly sizeBytes: number;
}

/** One move into the trash; `unhide` takes it back. */
export interface TrashMove {
  readonly from: DocrootPath;
  readonly to: TrashPath;
}

/** Called before each piece of a file is read, with its size: a reader that is to be slow waits in it. */
export type Pace = (bytes: number) => Promise<void>;

export interface Store {
  /** Size of a docroot file in bytes, or null. */
  size(path: DocrootPath): Promise<number | null>;
  /** A whole docroot file (pages are small), or null; of what is larger than any page of ours the first `READ_BYTES_MAX` bytes. */
  read(path: DocrootPath): Promise<Uint8Array | null>;
  /** Reads and hashes a docroot file; null when there is none. */
  digest(path: DocrootPath, signal: AbortSignal, pace?: Pace): Promise<Digest | null>;
  /**
   * Everything below the docroot but its directories, each once, in no particular order; what comes and goes meanwhile may be told
   * or not. One directory that cannot be read is an entry, never the end. @throws INTERRUPTED
   */
  walk(signal: AbortSignal): AsyncIterable<DocrootEntry>;

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
  /** How many staged files there are, without those for the named paths. */
  stagedCount(except?: ReadonlySet<DocrootPath>): Promise<number>;

  /**
   * Moves docroot files into the trash, in this order, over what lies there under the same name; then makes the moves durable. What
   * is not in the docroot is passed over, and so is a directory, but an empty one goes; links are moved as links. Directories left
   * empty go. Returns what was moved. A trash that cannot be used is found by this, not when a run begins: takedowns are published
   * without it.
   */
  hide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]>;
  /** Reads and hashes a file in the trash; null when there is none. */
  digestTrashed(path: TrashPath, signal: AbortSignal, pace?: Pace): Promise<Digest | null>;
  /**
   * The reverse of `hide`: moves files out of the trash to docroot paths, in this order, over what lies there; then makes the moves
   * durable. P1: only what `digestTrashed` has told to be right. What is not in the trash is passed over. Returns what was moved.
   * A file that is there and cannot be moved (the trash was made read-only, or is a mount now) is copied, and stays in the trash.
   */
  unhide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]>;
  /** Size of a file in the trash in bytes, or null. */
  trashedSize(path: TrashPath): Promise<number | null>;
  /** Deletes from the trash, for good (and directories left empty); then makes that durable. */
  deleteTrashed(paths: readonly TrashPath[]): Promise<void>;

  /**
   * Appends lines (without their newlines) to the audit, `state/audit.jsonl`; then makes them durable. Part of a line at its end, which
   * a power cut may have left, is cut off before. Without lines it makes durable what is there, also where a flush has failed before:
   * whoever counts on lines of a process that was killed asks for that first.
   */
  appendAudit(lines: readonly string[]): Promise<void>;
  /** The last whole line of the audit, or null. */
  lastAudit(): Promise<string | null>;
}

/** Where an old tree keeps the pages of one project. */
export interface OldProject {
  /** As its directory is called: not always a normalized name, and not always a name. */
  readonly name: string;
  /** Relative to the tree, with `/`: `simple/<name>`, or `simple/<first letter>/<name>` (bandersnatch's hash index). */
  readonly directory: string;
}

export interface OldProjects {
  readonly count: number;
  /** What else lies there, and beside `simple/` and `packages/`. */
  readonly others: number;
  readonly each: Iterable<OldProject>;
}

/** What lies in the directory of a project. */
export interface OldPages {
  /** Names in it of all that a web server may send as the project's page, in any form, old versions and packed twins included. */
  readonly names: readonly string[];
  /** Everything else: half-written files, what is no page. */
  readonly others: number;
}

/** What lies at the path of a file. */
export interface OldFile {
  /** `link`: it, or a directory above it, is a symbolic link or nothing that could be read as a file. */
  readonly kind: 'file' | 'link' | 'absent';
  readonly sizeBytes: number;
  /** Its `.metadata` lies beside it, as a file. */
  readonly hasMetadata: boolean;
  /** What else lies beside it. */
  readonly others: number;
}

/**
 * A docroot that somebody else has made (another tool, or a jubjub whose catalogue is lost) and that is to become ours. It
 * is only read: nothing in it is changed or removed but by `Store`, when it is our own docroot. Symbolic links are not
 * followed; only a page may be one, to another file of its own directory. One suite runs over each (old-tree.test.ts).
 *
 * Errors while reading: STORE_IO, STORE_NOT_WRITABLE; the caller decides whether they end anything. INTERRUPTED.
 */
export interface OldTree {
  /** It is our own docroot: its files lie in their places already. */
  readonly isDocroot: boolean;
  /** Everything below `simple/` that may hold a project's pages, sorted, as it was when this was called. */
  projects(): Promise<OldProjects>;
  /** null when that is no directory. */
  pages(project: OldProject): Promise<OldPages | null>;
  /** The page of that name; null when it is larger than `bytesMax`, leads elsewhere, or is not there. */
  readPage(project: OldProject, name: string, bytesMax: number): Promise<Uint8Array | null>;
  file(path: DocrootPath): Promise<OldFile>;
  /** Reads and hashes a file; null when there is none. */
  digest(path: DocrootPath, signal: AbortSignal): Promise<Digest | null>;
  /** The bytes of a file; none when there is none. */
  read(path: DocrootPath, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Gives files the same paths in our docroot, as hard links, each over whatever lies there; then makes that durable. A link
   * that is there already stays. Another file system is STORE_NOT_WRITABLE.
   */
  link(paths: readonly DocrootPath[]): Promise<void>;
  /** Makes durable what lies there: not every tool flushes what it writes. */
  flush(): Promise<void>;
}
