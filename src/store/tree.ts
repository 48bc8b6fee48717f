/** The directories below a root into and out of which files are moved: made when needed, flushed, removed when left empty. */
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { statNow, storingNow } from './at-once.ts';
import { makeDirectories } from './directories.ts';
import type { Flush } from './flush.ts';
import { errnoOf, foreign, storing } from './fs-errors.ts';

const KNOWN_DIRECTORIES_MAX = 20_000;

/** Those right below the root (`simple/`, `packages/`) stay when they are empty. */
export class Tree {
  readonly #root: string;
  readonly #flush: Flush;
  /** Directories known to be there, to save a look for each file; a few thousand at most in one run of publishing. */
  readonly #known = new Set<string>();

  constructor(root: string, flush: Flush) {
    this.#root = root;
    this.#flush = flush;
  }

  /** Makes the directories above a file; what is to be flushed for those that are new is added to `touched`. */
  makeAbove(file: string, touched: Set<string>): void {
    const directory = dirname(file);
    if (this.#known.has(directory)) return;
    if (this.#known.size >= KNOWN_DIRECTORIES_MAX) this.#known.clear();
    if (this.#makeBelowKnown(directory, touched)) return;
    this.refuseWayOut(file);
    const made = storingNow('could not make a directory', directory, () => makeDirectories(directory));
    for (const path of made) touched.add(path).add(dirname(path));
    // Those above it, too: most of them are shared, and each look is a call for each file.
    for (let at = directory; at !== this.#root && !this.#known.has(at); at = dirname(at)) this.#known.add(at);
  }

  /**
   * The short way for what is new below what is known, one call a directory: a file of its own digest has two of its own. False when
   * anything is there, or in the way: then each step of the way is looked at.
   */
  #makeBelowKnown(directory: string, touched: Set<string>): boolean {
    const above = dirname(directory);
    if (directory === this.#root || above.length <= this.#root.length) return false;
    if (!this.#known.has(above) && !this.#makeBelowKnown(above, touched)) return false;
    try {
      mkdirSync(directory);
    } catch {
      return false;
    }
    touched.add(directory).add(above);
    this.#known.add(directory);
    return true;
  }

  /**
   * Nothing is written, moved or removed through a link that leads out of the tree: behind it lies what is not ours. The root itself
   * may be a link, for the operator put it there; so may a directory, to another place in the tree.
   * @throws STORE_IO naming the link
   */
  refuseWayOut(file: string): void {
    for (let at = dirname(file); at !== this.#root && !this.#known.has(at); at = dirname(at)) {
      const isWayOut = storingNow('could not look at', at, () => {
        const found = statNow(at, lstatSync);
        return found?.isSymbolicLink() === true && !this.#holds(at);
      });
      if (isWayOut) throw foreign(at, 'a directory, or a link to one below the same root');
    }
  }

  /** Where a link leads; one that leads nowhere is in the way of nothing but itself. */
  #holds(link: string): boolean {
    let real: string;
    try {
      real = realpathSync(link);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return true;
      throw error;
    }
    return real.startsWith(`${realpathSync(this.#root)}${sep}`);
  }

  /** Removes the directories above files that are gone where they are left empty; what is to be flushed is added to `touched`. */
  async removeEmptyAbove(files: Iterable<string>, touched: Set<string>): Promise<void> {
    const tried = new Set<string>();
    for (const file of files) {
      let at = dirname(file);
      touched.add(at);
      while (at !== this.#root && dirname(at) !== this.#root && !tried.has(at)) {
        tried.add(at);
        this.#known.delete(at);
        if (!(await removeIfEmpty(at))) break;
        // What was a reason to leave the one above may have just gone.
        at = dirname(at);
        tried.delete(at);
        touched.add(at);
      }
    }
  }

  /** Removes a directory in which there are none but empty directories, and those above it that this leaves empty. */
  async removeHollow(directory: string, touched: Set<string>): Promise<void> {
    // One that cannot be read stays, as one with a file in it does.
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
    for (const entry of entries)
      if (entry.isDirectory()) await this.removeHollow(join(directory, entry.name), touched);
    await this.removeEmptyAbove([join(directory, 'nothing')], touched);
  }

  /** Makes durable what happened to the names in these directories; those that are gone are passed over. */
  async flush(touched: ReadonlySet<string>): Promise<void> {
    if (touched.size === 0) return;
    await storing('could not flush', this.#root, () => this.#flush.paths([...touched], this.#root));
  }
}

/** What keeps a directory: something in it, or that it is a link or a mount, which somebody made on purpose. */
const STAYS: readonly string[] = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY'];

/** False when it stays; one that is not there is no reason to stop. */
async function removeIfEmpty(directory: string): Promise<boolean> {
  return storing('could not remove', directory, async () => {
    try {
      await rmdir(directory);
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (STAYS.includes(errno)) return false;
      if (errno !== 'ENOENT') throw error;
    }
    return true;
  });
}
