/** The few messages of the kernel's FUSE protocol (7.31) that serving one file takes; offsets are those of linux/fuse.h. */

export const OPCODE = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  opendir: 27,
  releasedir: 29,
  access: 34,
  interrupt: 36,
  destroy: 38,
  batchForget: 42,
} as const;

export const ERRNO = { ENOENT: 2, ENOSYS: 38 } as const;

export const ROOT_NODE = 1;
export const FILE_NODE = 2;
const HEADER_IN_BYTES = 40;
const HEADER_OUT_BYTES = 16;
const WRITE_BYTES_MAX = 128 * 1024;
/** The largest request: a write with its heads. */
export const REQUEST_BYTES_MAX = WRITE_BYTES_MAX + 4096;
const VALID_S = 3600n;

export interface FuseRequest {
  readonly opcode: number;
  readonly unique: bigint;
  readonly node: number;
  /** What stands behind the head. */
  readonly body: Buffer;
}

export function parseRequest(raw: Buffer): FuseRequest {
  return {
    opcode: raw.readUInt32LE(4),
    unique: raw.readBigUInt64LE(8),
    node: Number(raw.readBigUInt64LE(16)),
    body: raw.subarray(HEADER_IN_BYTES),
  };
}

/** @param errno 0 when it went well */
export function reply(unique: bigint, errno: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEADER_OUT_BYTES);
  head.writeUInt32LE(HEADER_OUT_BYTES + body.length, 0);
  head.writeInt32LE(-errno, 4);
  head.writeBigUInt64LE(unique, 8);
  return Buffer.concat([head, body]);
}

export function initReply(): Buffer {
  const out = Buffer.alloc(64);
  out.writeUInt32LE(7, 0);
  out.writeUInt32LE(31, 4);
  // FUSE_BIG_WRITES: more than a page in one message.
  out.writeUInt32LE(1 << 5, 12);
  out.writeUInt16LE(12, 16);
  out.writeUInt16LE(10, 18);
  out.writeUInt32LE(WRITE_BYTES_MAX, 20);
  out.writeUInt32LE(1, 24);
  return out;
}

function attributes(node: number, sizeBytes: number): Buffer {
  const out = Buffer.alloc(88);
  out.writeBigUInt64LE(BigInt(node), 0);
  out.writeBigUInt64LE(BigInt(node === ROOT_NODE ? 0 : sizeBytes), 8);
  out.writeBigUInt64LE(BigInt(Math.ceil(sizeBytes / 512)), 16);
  out.writeUInt32LE(node === ROOT_NODE ? 0o040_755 : 0o100_644, 60);
  out.writeUInt32LE(1, 64);
  out.writeUInt32LE(4096, 80);
  return out;
}

export function attributesReply(node: number, sizeBytes: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeBigUInt64LE(VALID_S, 0);
  return Buffer.concat([head, attributes(node, sizeBytes)]);
}

export function entryReply(node: number, sizeBytes: number): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(BigInt(node), 0);
  head.writeBigUInt64LE(VALID_S, 16);
  head.writeBigUInt64LE(VALID_S, 24);
  return Buffer.concat([head, attributes(node, sizeBytes)]);
}

/** FOPEN_DIRECT_IO: nothing is kept between the loop device and us, so that each write is seen when it is made. */
export function openReply(): Buffer {
  const out = Buffer.alloc(16);
  out.writeUInt32LE(1, 8);
  return out;
}

export function writtenReply(sizeBytes: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt32LE(sizeBytes, 0);
  return out;
}

/** Where a read or a write is to happen, and how much. */
export function extentOf(body: Buffer): { readonly offset: number; readonly sizeBytes: number } {
  return { offset: Number(body.readBigUInt64LE(8)), sizeBytes: body.readUInt32LE(16) };
}

/** The bytes of a write. */
export function bytesOf(body: Buffer): Buffer {
  return body.subarray(40);
}
