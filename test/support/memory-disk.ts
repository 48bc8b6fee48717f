/**
 * A disk in memory that forgets, at a power cut, whatever was not flushed.
 *
 * Liberties it takes, and why a store must survive them: a file system may write names and contents back in any order.
 * So bytes that were not flushed may be lost, torn or zeroed, and of the changes of names that were not flushed each
 * survives or not on its own, a later one without an earlier one too. A rename survives as a whole. Flushed is flushed.
 */
import type { Prng } from './prng.ts';

export type Space = 'web' | 'staging' | 'trash';

const SPACES: readonly Space[] = ['web', 'staging', 'trash'];

/** A file's contents, wherever its name has moved. */
export interface Inode {
  bytes: Buffer;
  /** What a power cut leaves for certain. */
  flushed: Buffer;
}

/** A name in a directory. */
export interface Place {
  readonly space: Space;
  readonly path: string;
}

type Names = Map<string, Inode>;

/** Something that happened to names: all of a change survives or none of it. */
type NameChange = readonly (Place & { readonly inode: Inode | null })[];

function emptySpaces(): Record<Space, Names> {
  return { web: new Map(), staging: new Map(), trash: new Map() };
}

function apply(names: Record<Space, Names>, change: NameChange): void {
  for (const { space, path, inode } of change) {
    if (inode === null) names[space].delete(path);
    else names[space].set(path, inode);
  }
}

export class MemoryDisk {
  readonly names: Record<Space, Names> = emptySpaces();
  /** Hears of each name right after it was given, taken over or taken away (null). A power cut is not told. */
  onName: (place: Place, bytes: Buffer | null) => void = () => {};
  readonly #flushedNames: Record<Space, Names> = emptySpaces();
  #unflushed: NameChange[] = [];

  get(space: Space, path: string): Inode | undefined {
    return this.names[space].get(path);
  }

  create(space: Space, path: string): Inode {
    const inode: Inode = { bytes: Buffer.alloc(0), flushed: Buffer.alloc(0) };
    this.#change([{ space, path, inode }]);
    return inode;
  }

  /** Moves a name over whatever has the other. */
  rename(from: Place, to: Place): void {
    const inode = this.get(from.space, from.path);
    if (inode === undefined) throw new Error(`nothing to rename at ${from.path}`);
    // The new name last: moving something to where it is changes nothing.
    this.#change([
      { ...from, inode: null },
      { ...to, inode },
    ]);
  }

  unlink(space: Space, path: string): void {
    this.#change([{ space, path, inode: null }]);
  }

  flushBytes(inode: Inode): void {
    inode.flushed = inode.bytes;
  }

  /**
   * Makes all changes of these names durable, in every space: a rename is in two directories at once. With a change goes
   * what happened before to the other names in it, for no file system keeps a rename and later comes up with the file's birth.
   */
  flushNames(paths: readonly string[]): void {
    const wanted = new Set(paths);
    const kept = new Set<NameChange>();
    for (const change of this.#unflushed.toReversed()) {
      if (!change.some(({ path }) => wanted.has(path))) continue;
      kept.add(change);
      for (const { path } of change) wanted.add(path);
    }
    for (const change of this.#unflushed) if (kept.has(change)) apply(this.#flushedNames, change);
    this.#unflushed = this.#unflushed.filter((change) => !kept.has(change));
  }

  /** Everything that lies in a space, bytes and names. */
  flushAll(space: Space): void {
    for (const inode of this.names[space].values()) this.flushBytes(inode);
    this.flushNames(this.#unflushed.flatMap((change) => change.map(({ path }) => path)));
  }

  /** The power goes and comes back. */
  powerCut(prng: Prng): void {
    for (const change of this.#unflushed) if (prng.chance(0.5)) apply(this.#flushedNames, change);
    this.#unflushed = [];
    for (const space of SPACES) {
      this.names[space] = new Map(this.#flushedNames[space]);
      for (const inode of this.names[space].values()) {
        inode.bytes = afterPowerCut(inode, prng);
        inode.flushed = inode.bytes;
      }
    }
  }

  #change(change: NameChange): void {
    apply(this.names, change);
    this.#unflushed.push(change);
    for (const { inode, ...place } of change) this.onName(place, inode?.bytes ?? null);
  }
}

function afterPowerCut({ bytes, flushed }: Inode, prng: Prng): Buffer {
  if (bytes === flushed) return bytes;
  const kept = prng.int(bytes.length + 1);
  return prng.pick([
    () => bytes,
    () => flushed,
    () => bytes.subarray(0, kept),
    // The size was written back and the blocks were not.
    () => Buffer.concat([bytes.subarray(0, kept), Buffer.alloc(bytes.length - kept)]),
  ])();
}
