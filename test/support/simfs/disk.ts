/**
 * A disk in memory for the real store: names, inodes, links, and what a power cut leaves of them. The models of that stand in the
 * heads of inode.ts (bytes) and names.ts (names). Processes work on it through paths of their own (process.ts, install.ts).
 *
 * How it differs from test/support/memory-disk.ts, which is simpler: that one stands in for the store, this one for the kernel below
 * it, so that what is proven is the code that ships; here a directory is a thing that can be lost, needed and flushed by itself, the
 * blocks of a file are lost one by one, a flush can fail, and all allowed states can be listed. There a name lives without its
 * directory.
 */
import type { Prng } from '../prng.ts';
import { type CrashStates, crashStates, drawState } from './crash-states.ts';
import { misuse } from './errors.ts';
import { type DiskImage, filesBelow, makeImage } from './image.ts';
import { type DirectoryInode, type FileInode, failFlush, flushData, type Inode } from './inode.ts';
import { type NameChangeKind, NameLog, type NameSet } from './names.ts';
import { type CallHook, SimProcess } from './process.ts';

/** A name and the directory that it is in. */
export interface Spot {
  readonly directory: DirectoryInode;
  readonly name: string;
  /** From the root of the disk. */
  readonly path: string;
  readonly inode: Inode | undefined;
}

export interface NameEvent {
  readonly path: string;
  /** What has the name from now on; null when nothing does. */
  readonly inode: Inode | null;
}

/** Those that live, of all disks, by the number in their paths. */
const processes = new Map<number, SimProcess>();
let lastProcess = 0;

/** The process of that number; one that is dead has no disk any more. @returns undefined when there never was one */
export function processOf(id: number): SimProcess | undefined {
  return processes.get(id) ?? (id > 0 && id <= lastProcess ? graveOf(id) : undefined);
}

function graveOf(id: number): SimProcess {
  const process = new SimProcess(new SimDisk(), id);
  process.kill();
  return process;
}

/** As of a file that was made at noon, for those that nobody has asked the time of. */
const START_MS = 1_795_262_400_000;

export class SimDisk {
  /** Asked before each call of every process what is to become of it. */
  hook: CallHook | null = null;
  /** Told right after a name has come or gone. A name that means another file from now on has appeared. */
  onName: ((event: NameEvent) => void) | null = null;
  /** The time of day, for modification times. */
  now: () => number = () => START_MS;
  /** Lets a call take time. */
  sleep: ((durationMs: number) => Promise<void>) | null = null;
  /** Is there a `sync` command that flushes a whole file system? Elsewhere than on Linux there is none. */
  hasSync = true;
  root: DirectoryInode;
  readonly #log = new NameLog();
  readonly #links = new Map<Inode, number>();
  readonly #running = new Set<SimProcess>();
  #lastInode = 1;

  constructor(from: DiskImage | null = null) {
    this.root = this.#rootOf(from);
  }

  /** Starts a process: it sees the whole disk below its own `root`, `/sim-disk/<n>`. */
  boot(): SimProcess {
    lastProcess += 1;
    const process = new SimProcess(this, lastProcess);
    processes.set(lastProcess, process);
    this.#running.add(process);
    return process;
  }

  /** Ends every process; what they did is there. */
  kill(): void {
    for (const process of this.#running) process.kill();
  }

  /** The power goes and comes back: of what was not flushed there is what chance leaves. */
  crash(prng: Prng): void {
    this.become(drawState(this.#unflushed(), prng));
  }

  /** Every state that a power cut could leave now; see `crashStates`. */
  crashStates(looksMax: number): CrashStates {
    return crashStates(this.#unflushed(), looksMax);
  }

  /** Ends every process; from now on the disk holds this, all of it flushed. */
  become(image: DiskImage): void {
    this.kill();
    this.#log.pending = [];
    this.#links.clear();
    this.root = this.#rootOf(image);
  }

  /** What is there now, for `become`. */
  image(): DiskImage {
    return makeImage(
      this.root,
      (directory) => directory.entries,
      (file) => file.bytes,
    );
  }

  /** The files below a directory as a reader finds them now. */
  tree(below = 'web'): ReadonlyMap<string, Uint8Array> {
    return filesBelow(this.root, below);
  }

  /** How many changes of names were not flushed. */
  get pendingNames(): number {
    return this.#log.pending.length;
  }

  // From here on: for process.ts.

  /** The process is dead. */
  forget(process: SimProcess, id: number): void {
    this.#running.delete(process);
    if (processes.get(id) === process) processes.delete(id);
  }

  newFile(mode: number): FileInode {
    const bytes = Buffer.alloc(0);
    return { kind: 'file', ...this.#common(mode), bytes, base: bytes, changes: [] };
  }

  newDirectory(mode: number): DirectoryInode {
    return { kind: 'directory', ...this.#common(mode), entries: new Map(), flushed: new Map() };
  }

  newLink(target: string): Inode {
    return { kind: 'link', ...this.#common(0o777), target };
  }

  /** Names of an inode; a directory counts as one. */
  linksOf(inode: Inode): number {
    return inode === this.root ? 1 : (this.#links.get(inode) ?? 0);
  }

  /** Changes what names mean. */
  rename(
    kind: NameChangeKind,
    changes: readonly { readonly spot: Spot; readonly inode: Inode | null }[],
  ): void {
    const sets: NameSet[] = changes.map(({ spot: { directory, name }, inode }) => ({
      directory,
      name,
      inode,
    }));
    for (const { directory, name, inode } of sets) {
      this.#count(directory.entries.get(name), -1);
      this.#count(inode ?? undefined, 1);
      directory.mtimeMs = this.now();
    }
    this.#log.note(kind, sets);
    for (const { spot, inode } of changes) this.onName?.({ path: spot.path, inode });
  }

  flush(inode: Inode): void {
    if (inode.kind === 'file') flushData(inode);
    else if (inode.kind === 'directory') this.#log.flushDirectory(inode);
  }

  flushAll(): void {
    this.#eachFile(flushData);
    this.#log.flushAll();
  }

  /** A flush that failed: of pages the kernel has told once; names stay in its log. */
  flushFailed(inode: Inode | null): void {
    if (inode === null) this.#eachFile(failFlush);
    else if (inode.kind === 'file') failFlush(inode);
  }

  #eachFile(action: (file: FileInode) => void): void {
    for (const inode of this.#links.keys()) if (inode.kind === 'file') action(inode);
  }

  #count(inode: Inode | undefined, by: number): void {
    if (inode === undefined) return;
    // Those without a name stay known: their bytes are still written back.
    this.#links.set(inode, (this.#links.get(inode) ?? 0) + by);
  }

  #common(mode: number) {
    this.#lastInode += 1;
    return { id: this.#lastInode, mode, mtimeMs: this.now() };
  }

  #unflushed() {
    return { root: this.root, pending: this.#log.pending };
  }

  #rootOf(image: DiskImage | null): DirectoryInode {
    const root = this.newDirectory(0o755);
    const directories = new Map([['', root]]);
    const inodes = new Map<number, Inode>();
    for (const { path, mode, mtimeMs, id, content } of image?.entries ?? []) {
      const cut = path.lastIndexOf('/');
      const parent = directories.get(path.slice(0, Math.max(0, cut)));
      if (parent === undefined) throw misuse(`an image without the directory of ${path}`);
      const name = path.slice(cut + 1);
      let inode = inodes.get(id);
      if (inode === undefined) {
        inode = this.#inodeOf(content, mode);
        inode.mtimeMs = mtimeMs;
        inodes.set(id, inode);
      }
      if (inode.kind === 'directory') directories.set(path, inode);
      parent.entries.set(name, inode);
      parent.flushed.set(name, inode);
      this.#count(inode, 1);
    }
    return root;
  }

  #inodeOf(content: DiskImage['entries'][number]['content'], mode: number): Inode {
    if (content.kind === 'directory') return this.newDirectory(mode);
    if (content.kind === 'link') return this.newLink(content.target);
    const file = this.newFile(mode);
    file.bytes = content.bytes;
    file.base = content.bytes;
    return file;
  }
}
