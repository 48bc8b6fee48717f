/** A store in memory, as strict as a disk: it can die between any two steps, lose what was not flushed, and run full. */
import { createHash } from 'node:crypto';
import { type ErrorCode, JubjubError } from '../../src/errors.ts';
import type { DocrootPath, TrashPath } from '../../src/pypi/types.ts';
import { isWheel } from '../../src/pypi/wheel-name.ts';
import type { Digest, DocrootEntry, Pace, StageWriter, Store, TrashMove } from '../../src/store/contract.ts';
import { gzipWhole } from '../../src/store/gzip.ts';
import { sha256Of } from '../../src/store/staging.ts';
import { metadataInWheel } from '../../src/store/wheel-metadata.ts';
import { Lifeline } from './lifeline.ts';
import { MemoryAudit } from './memory-audit.ts';
import { type Inode, MemoryDisk, type Space } from './memory-disk.ts';
import { MemoryTrash } from './memory-trash.ts';
import type { Prng } from './prng.ts';

function digestOf(bytes: Buffer): Digest {
  return { sha256: sha256Of(createHash('sha256').update(bytes)), sizeBytes: bytes.length };
}

/** What a test did that no caller of a store may do. */
function misuse(what: string): Error {
  return new Error(`misuse of the store: ${what}`);
}

export class MemoryStore implements Store {
  readonly lifeline: Lifeline;
  readonly #disk = new MemoryDisk();
  readonly #trash: MemoryTrash;
  readonly #audit = new MemoryAudit();
  readonly #writing = new Set<DocrootPath>();
  #writesLeft = Number.POSITIVE_INFINITY;
  #writeError: ErrorCode = 'STORE_FULL';

  constructor(lifeline = new Lifeline()) {
    this.lifeline = lifeline;
    this.#trash = new MemoryTrash(this.#disk, lifeline);
  }

  /** Every write after the next `writes` fails, until `healWrites`. */
  failWritesAfter(writes: number, code: ErrorCode = 'STORE_FULL'): void {
    this.#writesLeft = writes;
    this.#writeError = code;
  }

  healWrites(): void {
    this.#writesLeft = Number.POSITIVE_INFINITY;
  }

  /** Every move into the trash or out of it, and every deletion from it, fails, until `healTrash`. */
  failTrash(code: ErrorCode): void {
    this.#trash.failure = code;
  }

  /** A file that cannot be moved into the trash, unlike all others. */
  nailDown(path: DocrootPath): void {
    this.#trash.immovable.add(path);
  }

  healTrash(): void {
    this.#trash.failure = null;
  }

  /** The docroot as a reader finds it now. */
  tree(): ReadonlyMap<string, Uint8Array> {
    return this.#filesIn('web');
  }

  /** Hears of each file of the docroot as it appears, changes or vanishes (null). */
  watchDocroot(listener: (path: string, bytes: Uint8Array | null) => void): void {
    this.#disk.onName = ({ space, path }, bytes) => {
      if (space === 'web') listener(path, bytes);
    };
  }

  /** What lies in the trash. */
  trash(): ReadonlyMap<string, Uint8Array> {
    return this.#filesIn('trash');
  }

  /** The whole lines of the audit. */
  auditLines(): string[] {
    return this.#audit.lines();
  }

  /** Ends the audit with part of a line. */
  tearAudit(part: string): void {
    this.#audit.tear(part);
  }

  /** Paths for which something is staged. */
  staged(): string[] {
    return [...this.#disk.names.staging.keys()].sort();
  }

  /** Changes bytes behind the mirror's back. */
  tamper(path: DocrootPath, bytes: Uint8Array): void {
    this.#tamper('web', path, bytes);
  }

  tamperTrash(path: TrashPath, bytes: Uint8Array): void {
    this.#tamper('trash', path, bytes);
  }

  /** Takes a file away behind the mirror's back. */
  lose(path: DocrootPath): void {
    this.#disk.unlink('web', path);
    this.#disk.flushNames([path]);
  }

  loseTrashed(path: TrashPath): void {
    this.#disk.unlink('trash', path);
    this.#disk.flushNames([path]);
  }

  /** The process that wrote here is gone; everything it did is there. */
  killed(): void {
    this.#writing.clear();
  }

  /** The same, and what was not flushed is lost, torn or there: as chance has it. */
  crash(prng: Prng): void {
    this.killed();
    this.#disk.powerCut(prng);
    this.#audit.powerCut(prng);
  }

  async size(path: DocrootPath): Promise<number | null> {
    this.lifeline.alive();
    return this.#disk.get('web', path)?.bytes.length ?? null;
  }

  async read(path: DocrootPath): Promise<Uint8Array | null> {
    this.lifeline.alive();
    const inode = this.#disk.get('web', path);
    return inode === undefined ? null : Buffer.from(inode.bytes);
  }

  digest(path: DocrootPath, signal: AbortSignal, pace?: Pace): Promise<Digest | null> {
    return this.#digest('web', path, signal, pace);
  }

  async *walk(signal: AbortSignal): AsyncGenerator<DocrootEntry> {
    for (const [path, { bytes }] of [...this.#disk.names.web]) {
      this.lifeline.alive();
      if (signal.aborted) throw new JubjubError('INTERRUPTED', 'interrupted');
      // What has gone meanwhile is not told.
      if (this.#disk.get('web', path) !== undefined) yield { path, kind: 'file', sizeBytes: bytes.length };
    }
  }

  async stage(path: DocrootPath): Promise<StageWriter> {
    this.lifeline.step(`stage ${path}`);
    if (this.#writing.has(path)) throw misuse(`two writers for ${path}`);
    this.#writing.add(path);
    const inode = this.#disk.get('staging', path) ?? this.#disk.create('staging', path);
    return this.#writer(path, inode);
  }

  async stageBytes(path: DocrootPath, bytes: Uint8Array): Promise<void> {
    if (this.#writing.has(path)) throw misuse(`staged over an open writer: ${path}`);
    this.#write(`stage ${path}`);
    const inode = this.#disk.get('staging', path) ?? this.#disk.create('staging', path);
    inode.bytes = Buffer.from(bytes);
  }

  async stageText(path: DocrootPath, pieces: Iterable<string>): Promise<Digest> {
    const bytes = Buffer.from([...pieces].join(''), 'utf8');
    await this.stageBytes(path, bytes);
    return digestOf(bytes);
  }

  async stageGzip(path: DocrootPath, pieces: Iterable<string>): Promise<Digest> {
    const bytes = gzipWhole(Buffer.from([...pieces].join(''), 'utf8'));
    await this.stageBytes(path, bytes);
    return digestOf(bytes);
  }

  async restage(from: DocrootPath, to: DocrootPath): Promise<void> {
    this.lifeline.step(`restage ${from} to ${to}`);
    const inode = this.#disk.get('staging', from);
    if (inode === undefined) throw new JubjubError('STORE_IO', `could not move: ${from}`);
    for (const path of [from, to])
      if (this.#writing.has(path)) throw misuse(`restaged while it is written: ${path}`);
    this.#disk.rename({ space: 'staging', path: from }, { space: 'staging', path: to });
  }

  async wheelMetadata(path: DocrootPath): Promise<Uint8Array | null> {
    this.lifeline.alive();
    if (this.#writing.has(path)) throw misuse(`read while it is written: ${path}`);
    const bytes = (this.#disk.get('staging', path) ?? this.#disk.get('web', path))?.bytes;
    if (bytes === undefined || !isWheel(path)) return null;
    const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length);
    return metadataInWheel({ sizeBytes: bytes.length, read });
  }

  async flushStaged(paths: readonly DocrootPath[]): Promise<void> {
    if (paths.length === 0) return;
    this.lifeline.step(`flush ${paths.length} staged`);
    for (const path of paths) {
      const inode = this.#disk.get('staging', path);
      if (inode === undefined) throw misuse(`flushed what is not staged: ${path}`);
      this.#disk.flushBytes(inode);
    }
    this.#disk.flushNames(paths);
  }

  async place(paths: readonly DocrootPath[]): Promise<void> {
    if (paths.length === 0) return;
    for (const path of paths) {
      this.lifeline.step(`place ${path}`);
      const inode = this.#disk.get('staging', path);
      if (inode === undefined) throw new JubjubError('STORE_IO', `could not move into place: ${path}`);
      if (this.#writing.has(path)) throw misuse(`placed while it is written: ${path}`);
      this.#disk.rename({ space: 'staging', path }, { space: 'web', path });
    }
    this.lifeline.step(`flush ${paths.length} placed`);
    this.#disk.flushNames(paths);
  }

  async remove(paths: readonly DocrootPath[]): Promise<void> {
    if (paths.length === 0) return;
    for (const path of paths) {
      this.lifeline.step(`remove ${path}`);
      this.#disk.unlink('web', path);
    }
    this.lifeline.step(`flush ${paths.length} removed`);
    this.#disk.flushNames(paths);
  }

  async flushDocroot(): Promise<void> {
    this.lifeline.step('settle');
    this.#disk.flushAll('web');
  }

  async clearStaging(keep: ReadonlySet<DocrootPath>): Promise<number> {
    this.lifeline.step('clear staging');
    const staged = [...this.#disk.names.staging.keys()];
    for (const path of staged) if (!keep.has(path as DocrootPath)) this.#disk.unlink('staging', path);
    return staged.length;
  }

  async stagedCount(except: ReadonlySet<DocrootPath> = new Set()): Promise<number> {
    this.lifeline.alive();
    return this.staged().filter((path) => !except.has(path as DocrootPath)).length;
  }

  hide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]> {
    return this.#trash.hide(moves);
  }

  unhide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]> {
    return this.#trash.unhide(moves);
  }

  digestTrashed(path: TrashPath, signal: AbortSignal, pace?: Pace): Promise<Digest | null> {
    return this.#digest('trash', path, signal, pace);
  }

  async trashedSize(path: TrashPath): Promise<number | null> {
    this.lifeline.alive();
    return this.#disk.get('trash', path)?.bytes.length ?? null;
  }

  deleteTrashed(paths: readonly TrashPath[]): Promise<void> {
    return this.#trash.delete(paths);
  }

  async appendAudit(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) {
      this.#write(`append ${lines.length} to the audit`);
      this.#audit.append(lines);
    }
    this.lifeline.step('flush the audit');
    this.#audit.flush();
  }

  async lastAudit(): Promise<string | null> {
    this.lifeline.alive();
    return this.#audit.lines().at(-1) ?? null;
  }

  #filesIn(space: Space): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#disk.names[space]].sort().map(([path, { bytes }]) => [path, bytes]));
  }

  #tamper(space: Space, path: string, bytes: Uint8Array): void {
    const inode = this.#disk.get(space, path) ?? this.#disk.create(space, path);
    inode.bytes = Buffer.from(bytes);
    this.#disk.flushBytes(inode);
    this.#disk.flushNames([path]);
  }

  async #digest(space: Space, path: string, signal: AbortSignal, pace?: Pace): Promise<Digest | null> {
    this.lifeline.alive();
    if (signal.aborted) throw new JubjubError('INTERRUPTED', 'interrupted');
    const inode = this.#disk.get(space, path);
    if (inode === undefined) return null;
    if (inode.bytes.length > 0) await pace?.(inode.bytes.length);
    return digestOf(inode.bytes);
  }

  /** Counts a write, for the disk that runs full. */
  #write(what: string): void {
    this.lifeline.step(what);
    if (this.#writesLeft <= 0) throw new JubjubError(this.#writeError, `could not write: ${what}`);
    this.#writesLeft -= 1;
  }

  #writer(path: DocrootPath, inode: Inode): StageWriter {
    const end = () => {
      this.lifeline.alive();
      this.#writing.delete(path);
    };
    return {
      get sizeBytes() {
        return inode.bytes.length;
      },
      write: async (chunk) => {
        this.#write(`write ${path}`);
        inode.bytes = Buffer.concat([inode.bytes, chunk]);
      },
      restart: async () => {
        this.lifeline.step(`restart ${path}`);
        inode.bytes = Buffer.alloc(0);
      },
      digest: () => digestOf(inode.bytes),
      finish: async () => end(),
      suspend: async () => end(),
      discard: async () => {
        end();
        this.lifeline.step(`discard ${path}`);
        this.#disk.unlink('staging', path);
      },
    };
  }
}
