/**
 * Making durable what was written: an fsync of each file and directory, or one syncfs of their whole file system.
 *
 * What a flush has failed for still reads as it should, from memory, and no later flush tells of it again: the kernel takes it
 * for written. So a failed flush ends the run, and nothing that is staged then is believed: it is thrown away, and comes anew.
 */
import type { Dirent } from 'node:fs';
import { type FileHandle, open, opendir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { orNull, storing } from './fs-errors.ts';
import { syncFileSystem } from './sync-command.ts';

/**
 * When files are flushed: all of a wave at once; each by itself as soon as it is complete; or not at all.
 * Names (directories) are flushed before the next step, with `wave` together with whatever else there is.
 */
export type FlushMode = 'wave' | 'file' | 'off';

/**
 * Above this many paths one syncfs is cheaper than an fsync each: it costs some 30 ms, whatever there is to flush, and they cross at
 * waves of 20 to 40 files, which are 50 to 100 paths a flush (bench/flush.ts).
 */
export const FSYNC_EACH_MAX = 48;
/** Eight take about a third of the time of one; the file system writes its journal once for those that come together (bench/flush.ts). */
const FSYNC_PARALLEL = 8;

/** Flushes one file or directory. What is not there any more needs no flush. @throws STORE_*, with its path */
async function flushOne(path: string): Promise<void> {
  await storing('could not flush', path, async () => {
    const handle = await orNull(() => open(path, 'r'));
    if (handle === null) return;
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Flushes these files and directories one by one, whatever the mode: for the few that are no part of a wave. */
export async function flushEach(paths: Iterable<string>): Promise<void> {
  const left = paths[Symbol.iterator]();
  const worker = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) await flushOne(next.value);
  };
  await Promise.all(Array.from({ length: FSYNC_PARALLEL }, worker));
}

/** A directory and everything below it; links and pipes have nothing to flush, and opening one may wait for ever. */
async function flushTree(directory: string): Promise<void> {
  const entries = await orNull(() => opendir(directory, { recursive: true }));
  if (entries === null) return;
  const isOurs = (entry: Dirent) => entry.isFile() || entry.isDirectory();
  for await (const entry of entries) if (isOurs(entry)) await flushOne(join(entry.parentPath, entry.name));
  await flushOne(directory);
}

/** How one mirror flushes. */
export class Flush {
  readonly #mode: FlushMode;
  readonly #staging: string;
  readonly #tell: (message: string) => void;
  #hasSync = true;

  /** @param tell hears, once, that each file has to be flushed by itself because the system can do no better */
  constructor(mode: FlushMode, staging: string, tell: (message: string) => void = () => {}) {
    this.#mode = mode;
    this.#staging = staging;
    this.#tell = tell;
  }

  /** Right after a staged file was written and closed. */
  async finished(file: string): Promise<void> {
    if (this.#mode === 'file') await this.#orForget(() => flushOne(file));
  }

  /** While a staged file is being written: its bytes so far. A failure counts as that of any other flush. */
  async ahead(file: string, handle: FileHandle): Promise<void> {
    if (this.#mode === 'off') return;
    await this.#orForget(() => storing('could not flush', file, () => handle.datasync()));
  }

  /** Before staged files, all of them finished, get their places. */
  staged(files: readonly string[]): Promise<void> {
    return this.paths(this.#mode === 'file' ? [this.#staging] : [...files, this.#staging], this.#staging);
  }

  /** These files and directories. `directory` is one on their file system that is there whatever has become of them. */
  async paths(paths: readonly string[], directory: string): Promise<void> {
    if (this.#mode === 'off') return;
    await this.#orForget(async () => {
      const isMany = this.#mode === 'wave' && paths.length > FSYNC_EACH_MAX;
      if (isMany && (await this.#syncs(directory))) return;
      await flushEach(paths);
    });
  }

  /**
   * Directories of one file system with everything below them; each file by itself only where the system can do no better. Never `state/`
   * as a whole: closing any descriptor of `lock` or the catalogue lets all locks go that this process has on it (P9).
   */
  async trees(directories: readonly [string, ...string[]]): Promise<void> {
    if (this.#mode === 'off') return;
    await this.#orForget(async () => {
      if (await this.#syncs(directories[0])) return;
      for (const directory of directories) await flushTree(directory);
    });
  }

  async #syncs(directory: string): Promise<boolean> {
    if (!this.#hasSync) return false;
    const outcome = await syncFileSystem(directory);
    if (outcome === 'absent') {
      this.#hasSync = false;
      this.#tell('this system has no `sync` that flushes one file system: each file is flushed by itself');
    }
    return outcome === 'flushed';
  }

  /** See the head of this file. What cannot be thrown away either is written once more by who goes on from it (staging.ts). */
  async #orForget(flush: () => Promise<void>): Promise<void> {
    try {
      await flush();
    } catch (error) {
      const names = await readdir(this.#staging).catch(() => []);
      for (const name of names)
        await rm(join(this.#staging, name), { recursive: true, force: true }).catch(() => {});
      throw error;
    }
  }
}
