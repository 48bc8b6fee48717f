/**
 * What happens to names on the simulated disk, and what a power cut may leave of it.
 *
 * Each change of names that was not flushed survives or not on its own, a later one without an earlier one too, and a rename without
 * the bytes of its file. What no file system of today does (ext4, xfs and btrfs replay a log), and the model neither:
 * - a change is there as a whole or not at all: a rename between two directories is never half done;
 * - a name does not survive in a directory that does not: what happened in a new directory needs the making of it;
 * - a name is not made anew where the log still has the old one, a file is not taken from a place that it never came to, and a
 *   directory is not removed while it still has something in it: such a change needs those before it.
 * fsync of a directory makes durable what happened to the names in it, with all that this needs. fsync of a file makes only its bytes
 * durable (POSIX says no more); that many file systems keep its name too is among what may survive.
 */
import type { DirectoryInode, Inode } from './inode.ts';

export type NameChangeKind = 'create' | 'mkdir' | 'link' | 'symlink' | 'rename' | 'unlink' | 'rmdir';

/** A name that means something else, or nothing, from now on. */
export interface NameSet {
  readonly directory: DirectoryInode;
  readonly name: string;
  readonly inode: Inode | null;
}

export interface NameChange {
  readonly kind: NameChangeKind;
  readonly sets: readonly NameSet[];
  /** Those that have survived wherever this one has. */
  readonly needs: readonly NameChange[];
}

const MAKES_A_NAME: ReadonlySet<NameChangeKind> = new Set(['create', 'mkdir', 'link', 'symlink']);

function touches(change: NameChange, { directory, name }: NameSet): boolean {
  return change.sets.some((set) => set.directory === directory && set.name === name);
}

/** Writes a change into the entries that are on the disk. */
export function applyFlushed(change: NameChange): void {
  for (const { directory, name, inode } of change.sets) {
    if (inode === null) directory.flushed.delete(name);
    else directory.flushed.set(name, inode);
  }
}

export class NameLog {
  /** In order. */
  pending: NameChange[] = [];

  /** Does it, and remembers that it was not flushed. */
  note(kind: NameChangeKind, sets: readonly NameSet[]): void {
    this.pending.push({ kind, sets, needs: this.pending.filter((one) => this.#isNeeded(one, kind, sets)) });
    for (const { directory, name, inode } of sets) {
      if (inode === null) directory.entries.delete(name);
      else directory.entries.set(name, inode);
    }
  }

  #isNeeded(earlier: NameChange, kind: NameChangeKind, sets: readonly NameSet[]): boolean {
    const isAboutDirectory = sets.some(({ directory }) =>
      earlier.sets.some(({ inode }) => inode === directory),
    );
    if (isAboutDirectory) return true;
    if (MAKES_A_NAME.has(kind)) return sets.some((set) => touches(earlier, set));
    if (kind === 'rmdir') {
      const gone = sets.map(({ directory, name }) => directory.entries.get(name));
      if (earlier.sets.some(({ directory, inode }) => inode === null && gone.includes(directory)))
        return true;
    }
    return sets.some(
      (set) =>
        set.inode === null && earlier.kind === 'rename' && touches(earlier, set) && leaves(earlier, set),
    );
  }

  /** fsync of a directory. */
  flushDirectory(directory: DirectoryInode): void {
    const kept = new Set<NameChange>();
    for (const change of this.pending.toReversed()) {
      const isDirect = change.sets.some((set) => set.directory === directory);
      if (isDirect || [...kept].some((later) => follows(later, change))) kept.add(change);
    }
    for (const change of this.pending) if (kept.has(change)) applyFlushed(change);
    this.pending = this.pending.filter((change) => !kept.has(change));
  }

  flushAll(): void {
    for (const change of this.pending) applyFlushed(change);
    this.pending = [];
  }
}

/** What the earlier change put there is what is taken away. */
function leaves(earlier: NameChange, { directory, name }: NameSet): boolean {
  return earlier.sets.some((set) => set.directory === directory && set.name === name && set.inode !== null);
}

/** The log has them in this order: what is durable of the later is so of the earlier. */
function follows(later: NameChange, earlier: NameChange): boolean {
  return later.needs.includes(earlier) || later.sets.some((set) => touches(earlier, set));
}

/** A choice of changes together with all that they need, in order. */
export function withNeeds(pending: readonly NameChange[], wanted: ReadonlySet<NameChange>): Set<NameChange> {
  const kept = new Set(wanted);
  for (const change of pending.toReversed())
    if (kept.has(change)) for (const one of change.needs) kept.add(one);
  return new Set(pending.filter((change) => kept.has(change)));
}

/** Every choice of changes that may have survived, each once; lazily, for there may be very many. All first, none last. */
export function* survivals(pending: readonly NameChange[]): Generator<ReadonlySet<NameChange>> {
  yield* goOn(0, new Set());
  function* goOn(at: number, kept: Set<NameChange>): Generator<ReadonlySet<NameChange>> {
    const change = pending[at];
    if (change === undefined) {
      yield kept;
      return;
    }
    if (change.needs.every((one) => kept.has(one))) yield* goOn(at + 1, new Set(kept).add(change));
    yield* goOn(at + 1, kept);
  }
}
