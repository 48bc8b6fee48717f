/**
 * All that a file system wrote to its disk, in order, with the flushes in between; and what a power cut may leave of it.
 *
 * A disk with a cache keeps what was written before the last flush that it answered. Of what came later it may have written
 * anything: any of the sectors, none, all, in any order.
 */
import { readFileSync } from 'node:fs';
import type { Prng } from '../prng.ts';

/** Mount options with which ext4 neither writes data before names, nor guesses that a rename wants its file flushed. */
export const UNORDERED = 'noatime,data=writeback,noauto_da_alloc';

/** What no disk tears: it writes the whole of a sector or nothing. */
const SECTOR_BYTES = 512;

export type LogEntry =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'flush' }
  /** Something that was known outside when all before it had been answered. */
  | { readonly kind: 'mark'; readonly text: string };

const KINDS = ['write', 'flush', 'mark'] as const;
const HEAD_BYTES = 13;

/** One entry as it stands in a file. */
export function packEntry(entry: LogEntry): Uint8Array[] {
  const bytes =
    entry.kind === 'write' ? entry.bytes : Buffer.from(entry.kind === 'mark' ? entry.text : '', 'utf8');
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(KINDS.indexOf(entry.kind), 0);
  head.writeDoubleLE(entry.kind === 'write' ? entry.offset : 0, 1);
  head.writeUInt32LE(bytes.length, 9);
  return [head, bytes];
}

export function readLog(file: string): LogEntry[] {
  const packed = readFileSync(file);
  const entries: LogEntry[] = [];
  for (let at = 0; at < packed.length; ) {
    const kind = KINDS[packed.readUInt8(at)];
    const offset = packed.readDoubleLE(at + 1);
    const end = at + HEAD_BYTES + packed.readUInt32LE(at + 9);
    const bytes = packed.subarray(at + HEAD_BYTES, end);
    at = end;
    if (kind === 'write') entries.push({ kind, offset, bytes });
    else if (kind === 'flush') entries.push({ kind });
    else entries.push({ kind: 'mark', text: bytes.toString('utf8') });
  }
  return entries;
}

/** How much of what was not flushed a cut keeps. */
export type Kept = 'none' | 'all' | 'some writes' | 'some sectors';

/** The disk as a cut right after the first `count` entries may leave it, beginning with what it was before them. */
export function diskAfterCut(
  before: Uint8Array,
  log: readonly LogEntry[],
  count: number,
  kept: Kept,
  prng: Prng,
): Buffer {
  const disk = Buffer.from(before);
  const past = log.slice(0, count);
  const flushed = past.findLastIndex(({ kind }) => kind === 'flush');
  for (const [at, entry] of past.entries()) {
    if (entry.kind !== 'write') continue;
    const { offset, bytes } = entry;
    if (at < flushed || kept === 'all') disk.set(bytes, offset);
    else if (kept === 'some writes' && prng.chance(0.5)) disk.set(bytes, offset);
    else if (kept === 'some sectors') {
      for (let sector = 0; sector < bytes.length; sector += SECTOR_BYTES)
        if (prng.chance(0.5)) disk.set(bytes.subarray(sector, sector + SECTOR_BYTES), offset + sector);
    }
  }
  return disk;
}
