/** The trash on the local disk: files on their way out of the docroot, which may still come back. */
import { lstatSync, type Stats } from 'node:fs';
import { constants, copyFile, lstat, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TrashPath } from '../pypi/types.ts';
import { statNow } from './at-once.ts';
import type { Digest, Pace, TrashMove } from './contract.ts';
import type { Flush } from './flush.ts';
import { type MirrorFolders, prepareTrash } from './folders.ts';
import { errnoOf, orNull, storeError, storing } from './fs-errors.ts';
import { hashFile } from './hashing.ts';
import { replacing, stagedName } from './staging.ts';
import { Tree } from './tree.ts';

/** Why a file may not be movable out of the trash and still be readable there: the trash is a mount, or read-only. */
const COPY_INSTEAD: readonly string[] = ['EXDEV', 'EROFS', 'EACCES', 'EPERM'];

/** Whatever goes wrong with the trash: the takedown itself has happened. */
const STAYS =
  'what is withdrawn is off the pages; what was not moved stays in the docroot until the next jubjub prune';

/** Keeps the part of the store's contract that is about the trash; all paths of the docroot are below `folders.web`. */
export class Trash {
  readonly #folders: MirrorFolders;
  readonly #docroot: Tree;
  readonly #trash: Tree;
  readonly #flush: Flush;
  #isPrepared = false;

  constructor(folders: MirrorFolders, docroot: Tree, flush: Flush) {
    this.#folders = folders;
    this.#docroot = docroot;
    this.#trash = new Tree(folders.trash, flush);
    this.#flush = flush;
  }

  /** See `Store.hide`. @throws STORE_* */
  async hide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]> {
    if (moves.length === 0) return [];
    const ways = moves.map((move) => ({ move, from: this.#inDocroot(move), to: this.#inTrash(move.to) }));
    try {
      if (!this.#isPrepared) await prepareTrash(this.#folders);
      this.#isPrepared = true;
      return await moveAll(ways, this.#docroot, this.#trash, intoTrash);
    } catch (error) {
      throw storeError(error, 'could not move into the trash', this.#folders.trash).with({ effect: STAYS });
    }
  }

  /** See `Store.unhide`. @throws STORE_* */
  unhide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]> {
    const ways = moves.map((move) => ({ move, from: this.#inTrash(move.to), to: this.#inDocroot(move) }));
    return moveAll(ways, this.#trash, this.#docroot, (way, found) => this.#intoDocroot(way, found));
  }

  /** See `Store.digestTrashed`. @throws INTERRUPTED, STORE_* */
  async digest(path: TrashPath, signal: AbortSignal, pace?: Pace): Promise<Digest | null> {
    if ((await this.size(path)) === null) return null;
    return hashFile(this.#inTrash(path), signal, pace);
  }

  /** See `Store.trashedSize`. @throws STORE_* */
  size(path: TrashPath): Promise<number | null> {
    const file = this.#inTrash(path);
    return storing('could not look at', file, async () => {
      const found = statNow(file, lstatSync);
      return found?.isFile() ? found.size : null;
    });
  }

  /** See `Store.deleteTrashed`. @throws STORE_* */
  async delete(paths: readonly TrashPath[]): Promise<void> {
    if (paths.length === 0) return;
    const touched = new Set<string>();
    const files = paths.map((path) => this.#inTrash(path));
    for (const file of files) {
      this.#trash.refuseWayOut(file);
      await storing('could not delete', file, () => orNull(() => unlink(file)));
    }
    await this.#trash.removeEmptyAbove(files, touched);
    await this.#trash.flush(touched);
  }

  /** By way of a copy, flushed, where it cannot be moved: a reader sees no half file (P3). */
  async #intoDocroot({ move, from, to }: Way, found: Stats): Promise<Moved> {
    try {
      await rename(from, to);
      return 'moved';
    } catch (error) {
      if (!found.isFile() || !COPY_INSTEAD.includes(errnoOf(error) ?? '')) throw error;
      const aside = join(this.#folders.staging, `${stagedName(move.from)}.copy`);
      // It shares its blocks with the file where the file system can do that.
      const how = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
      await replacing(aside, () => copyFile(from, aside, how));
      await this.#flush.paths([aside], this.#folders.staging);
      await rename(aside, to);
      return 'copied';
    }
  }

  #inDocroot(move: TrashMove): string {
    return join(this.#folders.web, move.from);
  }

  #inTrash(path: TrashPath): string {
    return join(this.#folders.trash, path);
  }
}

interface Way {
  readonly move: TrashMove;
  readonly from: string;
  readonly to: string;
}

type Moved = 'moved' | 'copied';

/**
 * Moves files, links, whatever has the name but a directory; first the new names are made durable, then the old ones go for good.
 * Returns what was moved.
 */
async function moveAll(
  ways: readonly Way[],
  fromTree: Tree,
  toTree: Tree,
  moveOne: (way: Way, found: Stats) => Promise<Moved>,
): Promise<readonly TrashMove[]> {
  const moved: TrashMove[] = [];
  const gone: string[] = [];
  const arrived = new Set<string>();
  const left = new Set<string>();
  const settle = async () => {
    await toTree.flush(arrived);
    await fromTree.removeEmptyAbove(gone, left);
    await fromTree.flush(left);
  };
  try {
    for (const way of ways) {
      fromTree.refuseWayOut(way.from);
      const found = await storing('could not look at', way.from, () => orNull(() => lstat(way.from)));
      // Something of ours is to stand where a directory is that holds nothing: so it may go.
      if (found?.isDirectory()) await fromTree.removeHollow(way.from, left);
      // Moved by a run that did not live to remove the directories which that left empty.
      if (found === null) gone.push(way.from);
      if (found === null || found.isDirectory()) continue;
      toTree.makeAbove(way.to, arrived);
      const how = await storing('could not move', way.from, async () => {
        if (!(await isOtherName(way.to, found))) return moveOne(way, found);
        // To rename one name of a file to another does nothing (POSIX), and the old one would stay.
        await unlink(way.from);
        return 'moved';
      });
      arrived.add(dirname(way.to));
      if (how === 'moved') gone.push(way.from);
      moved.push(way.move);
    }
  } catch (error) {
    // Those before it have been moved, and are durable; the first failure is the one to tell.
    await settle().catch(() => {});
    throw error;
  }
  await settle();
  return moved;
}

/** A hard link: one name is not another, however many links to directories lead to it. */
async function isOtherName(path: string, { dev, ino, nlink }: Stats): Promise<boolean> {
  if (nlink === 1) return false;
  const found = await orNull(() => lstat(path));
  return found !== null && found.dev === dev && found.ino === ino;
}

/** Whatever lies there under the name is replaced: it is in the trash. */
async function intoTrash({ from, to }: Way): Promise<Moved> {
  await replacing(to, () => rename(from, to));
  return 'moved';
}
