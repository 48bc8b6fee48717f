/** The local disk as a store: `web/` is the docroot, `state/staging/` beside it holds what is not yet complete. */
import { constants, renameSync } from 'node:fs';
import { access, readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { JubjubError } from '../errors.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { Digest, StageWriter, Store } from './contract.ts';
import { makeDirectories } from './directories.ts';
import { gzipOf, utf8Chunks, writeDocument } from './documents.ts';
import { flushPaths, flushTree } from './flush.ts';
import { errnoOf, orNull, storing } from './fs-errors.ts';
import { openForReading } from './random-access.ts';
import { hashFile, openStaged, replacing, stagedName } from './staging.ts';
import { isWheel, metadataInWheel } from './wheel-metadata.ts';

/** The folders of a mirror directory. */
export interface MirrorFolders {
  readonly web: string;
  readonly state: string;
  readonly staging: string;
}

export function mirrorFolders(directory: string): MirrorFolders {
  const state = join(directory, 'state');
  return { web: join(directory, 'web'), state, staging: join(state, 'staging') };
}

/**
 * Makes the folders of a mirror where they are missing.
 * Fails when they are not writable, or lie on two file systems: a rename between those is not atomic.
 */
export async function prepareFolders(directory: string): Promise<MirrorFolders> {
  const folders = mirrorFolders(directory);
  await storing('could not prepare the mirror directory', directory, async () => {
    await makeDirectories(folders.web);
    // Private: the catalogue and half-done files are nobody else's business.
    await makeDirectories(folders.staging, 0o750);
    await access(folders.web, constants.W_OK);
    await access(folders.staging, constants.W_OK);
  });
  const [web, staging] = await Promise.all([stat(folders.web), stat(folders.staging)]);
  if (web.dev !== staging.dev) {
    throw new JubjubError('STORE_NOT_WRITABLE', 'web/ and state/ are on different file systems', {
      path: directory,
      expected: 'one file system, so that a file can be moved into the docroot in one step',
      received: `devices ${web.dev} (web) and ${staging.dev} (state)`,
      effect: 'nothing was changed',
      hint: 'mount the whole mirror directory instead of web/ alone',
    });
  }
  return folders;
}

export class LocalStore implements Store {
  readonly #web: string;
  readonly #staging: string;
  /** Directories known to be there, to save a mkdir for each file; few thousand at most in one run of publishing. */
  readonly #known = new Set<string>();

  constructor(folders: MirrorFolders) {
    this.#web = folders.web;
    this.#staging = folders.staging;
  }

  size(path: DocrootPath): Promise<number | null> {
    const file = join(this.#web, path);
    return storing('could not look at', file, async () => {
      const found = await orNull(() => stat(file));
      return found?.isFile() ? found.size : null;
    });
  }

  read(path: DocrootPath): Promise<Uint8Array | null> {
    const file = join(this.#web, path);
    return storing('could not read', file, () => orNull(() => readFile(file)));
  }

  async digest(path: DocrootPath, signal: AbortSignal): Promise<Digest | null> {
    const file = join(this.#web, path);
    try {
      return await storing('could not read', file, () => orNull(() => hashFile(file, signal)));
    } catch (error) {
      if (signal.aborted) throw new JubjubError('INTERRUPTED', 'interrupted', { cause: error });
      throw error;
    }
  }

  stage(path: DocrootPath): Promise<StageWriter> {
    return openStaged(this.#staged(path));
  }

  async stageBytes(path: DocrootPath, bytes: Uint8Array): Promise<void> {
    const file = this.#staged(path);
    await storing('could not write', file, () =>
      replacing(file, () => writeFile(file, bytes, { flag: 'wx' })),
    );
  }

  stageText(path: DocrootPath, pieces: Iterable<string>): Promise<Digest> {
    return writeDocument(this.#staged(path), utf8Chunks(pieces));
  }

  stageGzip(path: DocrootPath, pieces: Iterable<string>): Promise<Digest> {
    return writeDocument(this.#staged(path), gzipOf(pieces));
  }

  async restage(from: DocrootPath, to: DocrootPath): Promise<void> {
    const target = this.#staged(to);
    await storing('could not move', target, () =>
      replacing(target, () => rename(this.#staged(from), target)),
    );
  }

  async wheelMetadata(path: DocrootPath): Promise<Uint8Array | null> {
    if (!isWheel(path)) return null;
    for (const file of [this.#staged(path), join(this.#web, path)]) {
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
    await storing('could not flush', this.#staging, () =>
      flushPaths([...files, this.#staging], this.#staging),
    );
  }

  async place(paths: readonly DocrootPath[]): Promise<void> {
    if (paths.length === 0) return;
    const touched = new Set<string>();
    for (const path of paths) await this.#makeParents(join(this.#web, path), touched);
    for (const path of paths) {
      const target = join(this.#web, path);
      // Synchronous on purpose: the pages of a wave appear within one tick, as near to "at once" as a file system allows.
      await storing('could not move into place', target, async () => renameSync(this.#staged(path), target));
      touched.add(dirname(target));
    }
    await storing('could not flush', this.#web, () => flushPaths([...touched, this.#staging], this.#web));
  }

  async remove(paths: readonly DocrootPath[]): Promise<void> {
    const touched = new Set<string>();
    for (const path of paths) {
      const file = join(this.#web, path);
      await storing('could not remove', file, () => orNull(() => unlink(file)));
      touched.add(dirname(file));
    }
    for (const directory of [...touched]) {
      if (directory === this.#web) continue;
      touched.add(dirname(directory));
      await storing('could not remove', directory, () => removeIfEmpty(directory));
      this.#known.delete(directory);
    }
    await storing('could not flush', this.#web, () => flushPaths([...touched], this.#web));
  }

  flushDocroot(): Promise<void> {
    return storing('could not flush', this.#web, () => flushTree(this.#web));
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

  #staged(path: DocrootPath): string {
    return join(this.#staging, stagedName(path));
  }

  /** Makes the directories above a docroot file; those that are new are to be flushed, and the one above them too. */
  async #makeParents(target: string, touched: Set<string>): Promise<void> {
    const directory = dirname(target);
    if (this.#known.has(directory)) return;
    const made = await storing('could not make a directory', directory, () => makeDirectories(directory));
    for (const path of made) touched.add(path).add(dirname(path));
    if (this.#known.size >= KNOWN_DIRECTORIES_MAX) this.#known.clear();
    this.#known.add(directory);
  }
}

const KNOWN_DIRECTORIES_MAX = 20_000;

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    const errno = errnoOf(error);
    // Somebody else's file beside our pages stays, and so does its directory.
    if (errno !== 'ENOENT' && errno !== 'ENOTEMPTY' && errno !== 'EEXIST') throw error;
  }
}
