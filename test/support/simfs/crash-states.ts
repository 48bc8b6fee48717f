/** Every state that a power cut may leave of a disk: all choices of names, times all that may become of the bytes below them. */
import { hash32, type Prng, seeded } from '../prng.ts';
import { type DiskImage, makeImage } from './image.ts';
import { type DirectoryInode, dataOutcomes, drawData, type FileInode, type Inode, isDirty } from './inode.ts';
import { type NameChange, survivals, withNeeds } from './names.ts';

/** What a disk has and what of it is not flushed. */
export interface Unflushed {
  readonly root: DirectoryInode;
  readonly pending: readonly NameChange[];
}

export interface CrashStates {
  /** Each once. The first is what is there now, all kept. */
  readonly images: readonly DiskImage[];
  /** States that were looked at to find these; several may come out the same. */
  readonly looked: number;
  /** There are more than the limit: these are all with at most two surprises, and a random choice. */
  readonly isCapped: boolean;
}

type Names = ReadonlyMap<DirectoryInode, ReadonlyMap<string, Inode>>;

function namesAfter(kept: ReadonlySet<NameChange>): Names {
  const names = new Map<DirectoryInode, Map<string, Inode>>();
  for (const { sets } of kept)
    for (const { directory, name, inode } of sets) {
      const entries = names.get(directory) ?? new Map(directory.flushed);
      names.set(directory, entries);
      if (inode === null) entries.delete(name);
      else entries.set(name, inode);
    }
  return names;
}

function entriesIn(names: Names): (directory: DirectoryInode) => ReadonlyMap<string, Inode> {
  return (directory) => names.get(directory) ?? directory.flushed;
}

/** Files that can be found by these names and have bytes that were not flushed. */
function dirtyFiles(root: DirectoryInode, names: Names): FileInode[] {
  const found = new Set<FileInode>();
  const enter = (directory: DirectoryInode) => {
    for (const inode of entriesIn(names)(directory).values()) {
      if (inode.kind === 'directory') enter(inode);
      else if (inode.kind === 'file' && isDirty(inode)) found.add(inode);
    }
  };
  enter(root);
  return [...found];
}

type Bytes = ReadonlyMap<FileInode, Buffer>;

function* combinations(files: readonly FileInode[], at = 0, chosen: Bytes = new Map()): Generator<Bytes> {
  const file = files[at];
  if (file === undefined) {
    yield chosen;
    return;
  }
  for (const bytes of dataOutcomes(file))
    yield* combinations(files, at + 1, new Map(chosen).set(file, bytes));
}

function image({ root }: Unflushed, names: Names, bytes: Bytes): DiskImage {
  return makeImage(root, entriesIn(names), (file) => bytes.get(file) ?? file.bytes);
}

function* everyState(disk: Unflushed): Generator<DiskImage> {
  for (const kept of survivals(disk.pending)) {
    const names = namesAfter(kept);
    for (const bytes of combinations(dirtyFiles(disk.root, names))) yield image(disk, names, bytes);
  }
}

/** One allowed state, by chance. */
export function drawState(disk: Unflushed, prng: Prng): DiskImage {
  // A fair coin alone would hardly ever keep all of many, or lose all.
  const share = prng.pick([0, 0.2, 0.5, 0.5, 0.8, 1]);
  const kept = new Set<NameChange>();
  for (const change of disk.pending)
    if (change.needs.every((one) => kept.has(one)) && prng.float() < share) kept.add(change);
  const names = namesAfter(kept);
  const bytes = new Map(dirtyFiles(disk.root, names).map((file) => [file, drawData(file, prng)]));
  return image(disk, names, bytes);
}

/** All choices of at most two of the elements. */
function* upToTwo<T>(all: readonly T[]): Generator<readonly T[]> {
  yield [];
  for (const [at, one] of all.entries()) {
    yield [one];
    for (const other of all.slice(at + 1)) yield [one, other];
  }
}

interface Surprise {
  readonly change?: NameChange;
  readonly file?: FileInode;
  readonly bytes?: Buffer;
}

/** All kept but for at most two surprises, and all lost but for at most two. */
function* fewSurprises(disk: Unflushed): Generator<DiskImage> {
  const files = dirtyFiles(disk.root, namesAfter(new Set(disk.pending)));
  const surprises: Surprise[] = [
    ...disk.pending.map((change) => ({ change })),
    ...files.flatMap((file) => dataOutcomes(file).map((bytes) => ({ file, bytes }))),
  ];
  for (const chosen of upToTwo(surprises)) {
    const odd = new Set(chosen.flatMap(({ change }) => (change === undefined ? [] : [change])));
    const oddBytes = chosen.flatMap(({ file, bytes }) => (file && bytes ? [[file, bytes] as const] : []));
    for (const usual of ['kept', 'lost'] as const) {
      const names = namesAfter(usual === 'kept' ? without(disk.pending, odd) : withNeeds(disk.pending, odd));
      const usualBytes = files.map((file) => [file, usualOf(file, usual)] as const);
      yield image(disk, names, new Map([...usualBytes, ...oddBytes]));
    }
  }
}

function usualOf(file: FileInode, usual: 'kept' | 'lost'): Buffer {
  return dataOutcomes(file)[usual === 'kept' ? 0 : 1] ?? file.bytes;
}

/** All but some, and what needs them. */
function without(pending: readonly NameChange[], lost: ReadonlySet<NameChange>): Set<NameChange> {
  const kept = new Set<NameChange>();
  for (const change of pending)
    if (!lost.has(change) && change.needs.every((one) => kept.has(one))) kept.add(change);
  return kept;
}

function* randomStates(disk: Unflushed): Generator<DiskImage> {
  const prng = seeded(hash32(`${disk.pending.length}`));
  for (;;) yield drawState(disk, prng);
}

class Collector {
  readonly images = new Map<string, DiskImage>();
  looked = 0;

  add(one: DiskImage): void {
    this.looked += 1;
    if (!this.images.has(one.hash)) this.images.set(one.hash, one);
  }
}

/** All allowed states, each once, as long as no more than so many are looked at; else a sample that says so. */
export function crashStates(disk: Unflushed, looksMax: number): CrashStates {
  const all = new Collector();
  for (const one of everyState(disk)) {
    if (all.looked >= looksMax) return sampled(disk, looksMax);
    all.add(one);
  }
  return { images: [...all.images.values()], looked: all.looked, isCapped: false };
}

function sampled(disk: Unflushed, looksMax: number): CrashStates {
  const some = new Collector();
  for (const states of [fewSurprises(disk), randomStates(disk)])
    for (const one of states) {
      if (some.looked >= looksMax) break;
      some.add(one);
    }
  return { images: [...some.images.values()], looked: some.looked, isCapped: true };
}
