/** Writes ZIP archives whose bytes depend on their entries alone: fixed timestamps, fixed attributes, entries in the order given. */
import { crc32, deflateRawSync } from 'node:zlib';

/** One file inside an archive. */
export interface ArchiveEntry {
  /** Relative, with `/`. */
  readonly name: string;
  readonly data: Buffer;
}

const VERSION_NEEDED = 20;
/** Made by: UNIX, so that the mode in the external attributes counts. */
const VERSION_MADE_BY = (3 << 8) | VERSION_NEEDED;
/** Bit 11: names are UTF-8. */
const FLAGS_UTF8 = 0x0800;
const METHOD_STORED = 0;
const METHOD_DEFLATED = 8;
/** 1980-01-01, the earliest day that the format knows. */
const DOS_DATE = (1 << 5) | 1;
const MODE_REGULAR_FILE = 0o100644;

interface Packed {
  readonly method: number;
  readonly data: Buffer;
}

/** Deflated where that is shorter, else stored. */
function pack(data: Buffer): Packed {
  const deflated = deflateRawSync(data, { level: 9 });
  return deflated.length < data.length
    ? { method: METHOD_DEFLATED, data: deflated }
    : { method: METHOD_STORED, data };
}

/** The fields that the local and the central header share, from "version needed" to the name's length. */
function commonFields(entry: ArchiveEntry, name: Buffer, packed: Packed): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(VERSION_NEEDED, 0);
  fields.writeUInt16LE(FLAGS_UTF8, 2);
  fields.writeUInt16LE(packed.method, 4);
  fields.writeUInt16LE(0, 6);
  fields.writeUInt16LE(DOS_DATE, 8);
  fields.writeUInt32LE(crc32(entry.data), 10);
  fields.writeUInt32LE(packed.data.length, 14);
  fields.writeUInt32LE(entry.data.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function localHeader(common: Buffer, name: Buffer): Buffer {
  const signature = Buffer.from('PK\x03\x04', 'latin1');
  return Buffer.concat([signature, common, Buffer.alloc(2), name]);
}

function centralHeader(common: Buffer, name: Buffer, offsetBytes: number): Buffer {
  const head = Buffer.from('PK\x01\x02\0\0', 'latin1');
  head.writeUInt16LE(VERSION_MADE_BY, 4);
  const tail = Buffer.alloc(16);
  tail.writeUInt32LE(MODE_REGULAR_FILE * 0x10000, 8);
  tail.writeUInt32LE(offsetBytes, 12);
  return Buffer.concat([head, common, tail, name]);
}

function endOfDirectory(count: number, directoryBytes: number, offsetBytes: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(offsetBytes, 16);
  return end;
}

/** A ZIP archive of the entries, in their order. The same entries give the same bytes. No ZIP64: below 4 GiB. */
export function makeZip(entries: readonly ArchiveEntry[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offsetBytes = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const packed = pack(entry.data);
    const common = commonFields(entry, name, packed);
    const header = localHeader(common, name);
    bodies.push(header, packed.data);
    directory.push(centralHeader(common, name, offsetBytes));
    offsetBytes += header.length + packed.data.length;
  }
  const directoryBytes = directory.reduce((sum, header) => sum + header.length, 0);
  return Buffer.concat([
    ...bodies,
    ...directory,
    endOfDirectory(entries.length, directoryBytes, offsetBytes),
  ]);
}
