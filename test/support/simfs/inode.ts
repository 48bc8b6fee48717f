/**
 * What lies on the simulated disk, and what a power cut may do to the bytes of a file.
 *
 * A write that was not flushed may be kept, lost, torn (a beginning of it is there) or be a size without blocks (zeros), each block
 * of it on its own. A flush that failed has told of it once: the kernel counts the pages as clean afterwards, and a later flush that
 * succeeds says nothing about them ("fsyncgate"). So they may be lost at any power cut until they are written again.
 */
import type { Prng } from '../prng.ts';

/** What is written back by itself. */
export const BLOCK_BYTES = 4096;

interface Common {
  /** Told as the inode number. */
  readonly id: number;
  readonly mode: number;
  mtimeMs: number;
}

export interface FileInode extends Common {
  readonly kind: 'file';
  /** As every process reads them now. */
  bytes: Buffer;
  /** On the disk for certain. */
  base: Buffer;
  /** What has happened to `base` since, in order. */
  changes: DataChange[];
}

export interface DirectoryInode extends Common {
  readonly kind: 'directory';
  entries: Map<string, Inode>;
  /** On the disk for certain. */
  flushed: Map<string, Inode>;
}

export interface LinkInode extends Common {
  readonly kind: 'link';
  readonly target: string;
}

export type Inode = FileInode | DirectoryInode | LinkInode;

interface DataChange {
  readonly at: number;
  /** null: the file ends at `at`. */
  readonly bytes: Buffer | null;
  /** `failed`: a flush has failed since, and no later one helps. */
  state: 'dirty' | 'failed' | 'flushed';
}

function applied(bytes: Buffer, { at, bytes: written }: Pick<DataChange, 'at' | 'bytes'>): Buffer {
  const sizeBytes = written === null ? at : Math.max(bytes.length, at + written.length);
  const result = Buffer.alloc(sizeBytes);
  bytes.copy(result);
  written?.copy(result, at);
  return result;
}

function change(inode: FileInode, at: number, bytes: Buffer | null): void {
  inode.bytes = applied(inode.bytes, { at, bytes });
  inode.changes.push({ at, bytes, state: 'dirty' });
}

export function writeData(inode: FileInode, at: number, bytes: Uint8Array): void {
  if (bytes.length > 0) change(inode, at, Buffer.from(bytes));
}

export function truncateData(inode: FileInode, sizeBytes: number): void {
  if (sizeBytes !== inode.bytes.length) change(inode, sizeBytes, null);
}

/** fsync that succeeds. */
export function flushData(inode: FileInode): void {
  for (const one of inode.changes) if (one.state === 'dirty') one.state = 'flushed';
  if (inode.changes.some(({ state }) => state === 'failed')) return;
  inode.base = inode.bytes;
  inode.changes = [];
}

/** fsync that fails. */
export function failFlush(inode: FileInode): void {
  for (const one of inode.changes) if (one.state === 'dirty') one.state = 'failed';
}

export function isDirty(inode: FileInode): boolean {
  return inode.changes.length > 0;
}

type Fate = 'kept' | 'lost' | 'torn' | 'zeros';

function fated(bytes: Buffer, one: DataChange, fate: Fate, tornBytes: number): Buffer {
  const { at, bytes: written } = one;
  if (one.state === 'flushed' || fate === 'kept') return applied(bytes, one);
  if (fate === 'lost') return bytes;
  // A new size alone is there or not.
  if (written === null) return applied(bytes, one);
  if (fate === 'torn') return applied(bytes, { at, bytes: written.subarray(0, tornBytes) });
  return zeroed(bytes, at, written.length);
}

/** The size has grown and the blocks were not written; what was there before stays. */
function zeroed(bytes: Buffer, at: number, lengthBytes: number): Buffer {
  return bytes.length >= at + lengthBytes ? bytes : applied(bytes, { at: at + lengthBytes, bytes: null });
}

function blocksOf(one: DataChange): DataChange[] {
  if (one.bytes === null || one.bytes.length <= BLOCK_BYTES) return [one];
  const blocks: DataChange[] = [];
  for (let done = 0; done < one.bytes.length; ) {
    const end = Math.min(one.bytes.length, done + BLOCK_BYTES - ((one.at + done) % BLOCK_BYTES));
    blocks.push({ ...one, at: one.at + done, bytes: one.bytes.subarray(done, end) });
    done = end;
  }
  return blocks;
}

/** Bytes that a power cut may leave, as chance has it: each block on its own. */
export function drawData(inode: FileInode, prng: Prng): Buffer {
  if (!isDirty(inode)) return inode.bytes;
  // Most often all of a file meets one fate: chance alone would hardly ever keep, or lose, a long one.
  const common = prng.chance(0.7) ? prng.pick<Fate>(['kept', 'lost', 'torn', 'zeros']) : null;
  return inode.changes.flatMap(blocksOf).reduce((bytes, one) => {
    const fate = common ?? prng.pick<Fate>(['kept', 'lost', 'torn', 'zeros']);
    return fated(bytes, one, fate, prng.int((one.bytes?.length ?? 0) + 1));
  }, inode.base);
}

/**
 * The kinds of what a power cut may leave of a file, one of each: all kept, all lost, the end torn, the size without the blocks,
 * and the first block lost while later ones are kept. The first is what is there now.
 */
export function dataOutcomes(inode: FileInode): Buffer[] {
  if (!isDirty(inode)) return [inode.bytes];
  const blocks = inode.changes.flatMap(blocksOf);
  const unsure = blocks.filter(({ state }) => state !== 'flushed');
  const outcome = (fateOf: (one: DataChange) => Fate) =>
    blocks.reduce((bytes, one) => fated(bytes, one, fateOf(one), (one.bytes?.length ?? 0) >> 1), inode.base);
  const outcomes = [
    inode.bytes,
    outcome(() => 'lost'),
    outcome((one) => (one === unsure.at(-1) ? 'torn' : 'kept')),
    outcome(() => 'zeros'),
    ...(unsure.length > 1 ? [outcome((one) => (one === unsure[0] ? 'lost' : 'kept'))] : []),
  ];
  return outcomes.filter((one, at) => outcomes.findIndex((other) => other.equals(one)) === at);
}
