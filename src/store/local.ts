/** The local disk as a store: `web/` is the docroot, `state/staging/` beside it holds what is not yet complete. */
import { renameSync } from 'node:fs';
import { readdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DocrootPath, TrashPath } from '../pypi/types.ts';
import { isWheel } from '../pypi/wheel-name.ts';
import { readSmall, statNow, storingNow, writeNew } from './at-once.ts';
import { AuditFile } from './audit-file.ts';
import {
  type Digest,
  type DocrootEntry,
  type Pace,
  READ_BYTES_MAX,
  type StageWriter,
  type Store,
  type TrashMove,
} from './contract.ts';
import { gzipOf, utf8Chunks, writeDocument } from './documents.ts';
import { Flush, type FlushMode } from './flush.ts';
import type { MirrorFolders } from './folders.ts';
import { orNull, storing } from './fs-errors.ts';
import { type HashFile, hashFile } from './hashing.ts';
import { inMemory, openForReading, readUpTo } from './random-access.ts';
import { openSmall } from './small-writer.ts';
import { replacing, stagedName } from './staging.ts';
import { Trash } from './trash.ts';
import { Tree } from './tree.ts';
import { walkTree } from './walk.ts';

export type { FlushMode } from './flush.ts';
export { type MirrorFolders, mirrorFolders, prepareFolders } from './folders.ts';

export class LocalStore implements Store {
  readonly #web: string;
  readonly #staging: string;
  readonly #docroot: Tree;
  readonly #trash: Trash;
  readonly #audit: AuditFile;
  readonly #flush: Flush;
  readonly #trashFolder: string;
  readonly #hash: HashFile;

  /**
   * @param mode when it flushes; with `off` nothing of the contract's "durable" holds
   * @param tell hears what an operator may want to know of the system
   * @param hash reads and hashes docroot files; where there are many of them, in threads
   */
  constructor(
    folders: MirrorFolders,
    mode: FlushMode = 'wave',
    tell?: (message: string) => void,
    hash: HashFile = hashFile,
  ) {
    this.#hash = hash;
    this.#web = folders.web;
    this.#staging = folders.staging;
    this.#trashFolder = folders.trash;
    this.#flush = new Flush(mode, folders.staging, tell);
    this.#docroot = new Tree(folders.web, this.#flush);
    this.#trash = new Trash(folders, this.#docroot, this.#flush);
    this.#audit = new AuditFile(folders.audit);
  }

  size(path: DocrootPath): Promise<number | null> {
    const file = join(this.#web, path);
    return storing('could not look at', file, async () => {
      const found = statNow(file);
      return found?.isFile() ? found.size : null;
    });
  }

  read(path: DocrootPath): Promise<Uint8Array | null> {
    const file = join(this.#web, path);
    return storing('could not read', file, async () => {
      const small = readSmall(file);
      return small === undefined ? readUpTo(file, READ_BYTES_MAX) : small;
    });
  }

  digest(path: DocrootPath, signal: AbortSignal, pace?: Pace): Promise<Digest | null> {
    return this.#hash(join(this.#web, path), signal, pace);
  }

  walk(signal: AbortSignal): AsyncIterable<DocrootEntry> {
    return walkTree(this.#web, signal);
  }

  stage(path: DocrootPath): Promise<StageWriter> {
    return openSmall(this.#staged(path), this.#flush);
  }

  async stageBytes(path: DocrootPath, bytes: Uint8Array): Promise<void> {
    const file = this.#staged(path);
    await storing('could not write', file, () => replacing(file, async () => writeNew(file, bytes)));
    await this.#flush.finished(file);
  }

  stageText(path: DocrootPath, pieces: Iterable<string>): Promise<Digest> {
    return this.#stageDocument(path, utf8Chunks(pieces));
  }

  stageGzip(path: DocrootPath, pieces: Iterable<string>): Promise<Digest> {
    return this.#stageDocument(path, gzipOf(pieces));
  }

  async restage(from: DocrootPath, to: DocrootPath): Promise<void> {
    const target = this.#staged(to);
    await storing('could not move', target, () =>
      replacing(target, () => rename(this.#staged(from), target)),
    );
  }

  async wheelMetadata(path: DocrootPath): Promise<Uint8Array | null> {
    // No other kind of file has METADATA where we look.
    if (!isWheel(path)) return null;
    const { metadataInWheel } = await import('./wheel-metadata.ts');
    for (const file of [this.#staged(path), join(this.#web, path)]) {
      const small = storingNow('could not read', file, () => readSmall(file));
      if (small === null) continue;
      if (small !== undefined) return metadataInWheel(inMemory(small));
      const opened = await storing('could not open', file, () => openForReading(file));
      if (opened === null) continue;
      try {
        return await storing('could not read', file, () => metadataInWheel(opened));
      } finally {
        await opened.close();
      }
    }
    return null;
  }

  async flushStaged(paths: readonly DocrootPath[]): Promise<void> {
    if (paths.length === 0) return;
    const files = paths.map((path) => this.#staged(path));
    await storing('could not flush', this.#staging, () => this.#flush.staged(files));
  }

  async place(paths: readonly DocrootPath[]): Promise<void> {
    if (paths.length === 0) return;
    const touched = new Set<string>();
    for (const path of paths) this.#docroot.makeAbove(join(this.#web, path), touched);
    // The pages of a wave appear within one tick, as near to "at once" as a file system allows.
    for (const path of paths) {
      const target = join(this.#web, path);
      storingNow('could not move into place', target, () => renameSync(this.#staged(path), target));
      touched.add(dirname(target));
    }
    await this.#docroot.flush(touched.add(this.#staging));
  }

  async remove(paths: readonly DocrootPath[]): Promise<void> {
    const touched = new Set<string>();
    const files = paths.map((path) => join(this.#web, path));
    for (const file of files) {
      this.#docroot.refuseWayOut(file);
      await storing('could not remove', file, () => orNull(() => unlink(file)));
    }
    await this.#docroot.removeEmptyAbove(files, touched);
    await this.#docroot.flush(touched);
  }

  flushDocroot(): Promise<void> {
    return storing('could not flush', this.#web, () =>
      // What was moved into the trash has left the docroot: nothing of it is durable before its new name is.
      this.#flush.trees([this.#web, this.#trashFolder, this.#staging]),
    );
  }

  async clearStaging(keep: ReadonlySet<DocrootPath>): Promise<number> {
    const kept = new Set([...keep].map(stagedName));
    return storing('could not clear', this.#staging, async () => {
      const names = await readdir(this.#staging);
      for (const name of names) {
        if (!kept.has(name)) await rm(join(this.#staging, name), { recursive: true, force: true });
      }
      return names.length;
    });
  }

  stagedCount(except: ReadonlySet<DocrootPath> = new Set()): Promise<number> {
    const known = new Set([...except].map(stagedName));
    return storing('could not read', this.#staging, async () => {
      const names = await orNull(() => readdir(this.#staging));
      return names?.filter((name) => !known.has(name)).length ?? 0;
    });
  }

  hide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]> {
    return this.#trash.hide(moves);
  }

  digestTrashed(path: TrashPath, signal: AbortSignal, pace?: Pace): Promise<Digest | null> {
    return this.#trash.digest(path, signal, pace);
  }

  unhide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]> {
    return this.#trash.unhide(moves);
  }

  trashedSize(path: TrashPath): Promise<number | null> {
    return this.#trash.size(path);
  }

  deleteTrashed(paths: readonly TrashPath[]): Promise<void> {
    return this.#trash.delete(paths);
  }

  appendAudit(lines: readonly string[]): Promise<void> {
    return this.#audit.append(lines);
  }

  lastAudit(): Promise<string | null> {
    return this.#audit.last();
  }

  async #stageDocument(
    path: DocrootPath,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<Digest> {
    const file = this.#staged(path);
    const digest = await writeDocument(file, chunks);
    await this.#flush.finished(file);
    return digest;
  }

  #staged(path: DocrootPath): string {
    return join(this.#staging, stagedName(path));
  }
}
