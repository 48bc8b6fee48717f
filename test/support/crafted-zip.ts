/** Zips made byte by byte, honest unless told otherwise: for readers that must not believe what a zip says of itself. */
import { crc32, deflateRawSync } from 'node:zlib';
import type { RandomAccess } from '../../src/store/random-access.ts';

export interface CraftedEntry {
  readonly name: string;
  readonly data?: Buffer;
  /** 8 (deflate) unless given; 0 stores. */
  readonly method?: number;
  readonly flags?: number;
  /** What lies in the file, when it is not `data` packed as `method` says. */
  readonly packed?: Buffer;
  /** What both headers, or the central one alone, say in the place of the truth. */
  readonly crc?: number;
  readonly packedBytes?: number;
  readonly sizeBytes?: number;
  readonly headerOffset?: number;
  readonly extra?: Buffer;
  readonly comment?: Buffer;
  /** What the local header says in the place of what the central one does. */
  readonly local?: {
    readonly name?: string;
    readonly method?: number;
    readonly flags?: number;
    readonly extra?: Buffer;
  };
  /** Bit 3: CRC and sizes stand behind the data, and zeros in the local header. */
  readonly descriptor?: boolean;
}

export interface CraftedZip {
  readonly entries: readonly CraftedEntry[];
  /** Bytes before the first entry; the offsets know of them unless `prefixUnknown`. */
  readonly prefix?: Buffer;
  readonly prefixUnknown?: boolean;
  /** Bytes between the directory and the end record. */
  readonly gap?: (directoryStart: number, directoryBytes: number) => Buffer;
  readonly comment?: Buffer;
  readonly suffix?: Buffer;
  /** What the end record says in the place of the truth. */
  readonly count?: number;
  readonly directoryStart?: number;
}

function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [at, value] of values.entries()) bytes.writeUInt16LE(value, at * 2);
  return bytes;
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, at * 4);
  return bytes;
}

export function u64(...values: bigint[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [at, value] of values.entries()) bytes.writeBigUInt64LE(value, at * 8);
  return bytes;
}

const VERSION = 20;
const NO_TIME = [0, 0x21] as const;
const DESCRIPTOR = 8;
export const DEFLATE = 8;
export const STORE = 0;

interface Facts {
  readonly name: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly packed: Buffer;
  readonly sums: readonly [crc: number, packedBytes: number, sizeBytes: number];
}

function factsOf(entry: CraftedEntry): Facts {
  const data = entry.data ?? Buffer.alloc(0);
  const method = entry.method ?? DEFLATE;
  const packed = entry.packed ?? (method === DEFLATE ? deflateRawSync(data) : data);
  return {
    name: Buffer.from(entry.name),
    flags: (entry.flags ?? 0) | (entry.descriptor === true ? DESCRIPTOR : 0),
    method,
    packed,
    sums: [entry.crc ?? crc32(data), entry.packedBytes ?? packed.length, entry.sizeBytes ?? data.length],
  };
}

function localPart(entry: CraftedEntry, facts: Facts): Buffer {
  const { local } = entry;
  const name = local?.name === undefined ? facts.name : Buffer.from(local.name);
  const extra = local?.extra ?? Buffer.alloc(0);
  const deferred = entry.descriptor === true;
  return Buffer.concat([
    u32(0x04034b50),
    u16(VERSION, local?.flags ?? facts.flags, local?.method ?? facts.method, ...NO_TIME),
    deferred ? u32(0, 0, 0) : u32(...facts.sums),
    u16(name.length, extra.length),
    name,
    extra,
    facts.packed,
    deferred ? u32(0x08074b50, ...facts.sums) : Buffer.alloc(0),
  ]);
}

function centralPart(entry: CraftedEntry, facts: Facts, headerOffset: number): Buffer {
  const extra = entry.extra ?? Buffer.alloc(0);
  const comment = entry.comment ?? Buffer.alloc(0);
  return Buffer.concat([
    u32(0x02014b50),
    u16(VERSION, VERSION, facts.flags, facts.method, ...NO_TIME),
    u32(...facts.sums),
    u16(facts.name.length, extra.length, comment.length, 0, 0),
    u32(0, entry.headerOffset ?? headerOffset),
    facts.name,
    extra,
    comment,
  ]);
}

export function craftZip(zip: CraftedZip): Buffer {
  const prefix = zip.prefix ?? Buffer.alloc(0);
  const base = zip.prefixUnknown === true ? 0 : prefix.length;
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = base;
  for (const entry of zip.entries) {
    const facts = factsOf(entry);
    const local = localPart(entry, facts);
    locals.push(local);
    centrals.push(centralPart(entry, facts, offset));
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const count = zip.count ?? zip.entries.length;
  const comment = zip.comment ?? Buffer.alloc(0);
  return Buffer.concat([
    prefix,
    ...locals,
    directory,
    zip.gap?.(offset, directory.length) ?? Buffer.alloc(0),
    u32(0x06054b50),
    u16(0, 0, count, count),
    u32(directory.length, zip.directoryStart ?? offset),
    u16(comment.length),
    comment,
    zip.suffix ?? Buffer.alloc(0),
  ]);
}

/** The ZIP64 end record and its locator, as Python writes them; `at` says where the record is, when that is not the truth. */
export function zip64End(count: bigint, directoryStart: bigint, directoryBytes: bigint, at?: bigint): Buffer {
  return Buffer.concat([
    u32(0x06064b50),
    u64(44n),
    u16(45, 45),
    u32(0, 0),
    u64(count, count, directoryBytes, directoryStart),
    u32(0x07064b50, 0),
    u64(at ?? directoryStart + directoryBytes),
    u32(1),
  ]);
}

/** Bytes as a file that says what was asked of it. */
export function inMemory(bytes: Buffer): RandomAccess & { readonly readBytes: number[] } {
  const readBytes: number[] = [];
  return {
    sizeBytes: bytes.length,
    readBytes,
    read: async (offsetBytes, lengthBytes) => {
      readBytes.push(lengthBytes);
      return bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
    },
  };
}
