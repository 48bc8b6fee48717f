/**
 * Gzip for bodies that never leave the process: stored and not squeezed, because setting up a compressor takes longer than all else that
 * the simulated index does for an answer. What it unpacks to is remembered; a copy that a fault has spoilt is unpacked for real.
 */
import { crc32, gunzipSync } from 'node:zlib';
import { encoder } from '../../../src/demo/http-message.ts';

/** RFC 1952 §2.3: deflate, no flags, no time, an unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** RFC 1951 §3.2.4. */
const BLOCK_BYTES_MAX = 65_535;

const identities = new WeakMap<Buffer, Buffer>();

/** RFC 1951 §3.2.4: whether it is the last, its length, and that once more with all bits turned. */
function blockHeader(lengthBytes: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(isLast ? 1 : 0, 0);
  header.writeUInt16LE(lengthBytes, 1);
  header.writeUInt16LE(lengthBytes ^ 0xffff, 3);
  return header;
}

/** A gzip of these bytes, which nobody may change from now on. */
export function storedGzip(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [HEADER];
  let at = 0;
  do {
    const block = bytes.subarray(at, at + BLOCK_BYTES_MAX);
    at += block.length;
    pieces.push(blockHeader(block.length, at === bytes.length), block);
  } while (at < bytes.length);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length % 2 ** 32, 4);
  const zipped = Buffer.concat([...pieces, trailer]);
  identities.set(zipped, bytes);
  return zipped;
}

/** Each body is unpacked once at most. @throws for what is damaged */
export function unzipped(bytes: Buffer): Buffer {
  const identity = identities.get(bytes) ?? gunzipSync(bytes);
  identities.set(bytes, identity);
  return identity;
}

/** From now on the simulated index of this thread zips so. */
export function zipCheaply(): void {
  encoder.gzip = storedGzip;
}
