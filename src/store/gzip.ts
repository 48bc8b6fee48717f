/** Gzip (RFC 1952) whose bytes depend on the text alone: neither on the time, nor the system, nor how the text was cut. */
import { pipeline, Readable } from 'node:stream';
import { crc32, createDeflateRaw, deflateRawSync } from 'node:zlib';

/**
 * Measured on a project list of 0.8 M names (49 MB): level 6 packs to 7.64 MB in 0.7 s, level 9 to the same 7.64 MB in
 * 5.2 s; on detail pages 9 saves 1 to 2 percent for twice the time, and 1 costs 3 to 15 percent.
 */
const OPTIONS = { level: 6 } as const;
/** Magic, method deflate, no flags, no time, no hint about the level, operating system unknown. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/** CRC and length modulo 2^32 of what was packed. */
function trailer(crc: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(crc, 0);
  bytes.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  return bytes;
}

/** Packs what is small, at once. */
export function gzipWhole(bytes: Uint8Array): Buffer {
  return Buffer.concat([HEADER, deflateRawSync(bytes, OPTIONS), trailer(crc32(bytes), bytes.length)]);
}

/** Packs what is large, as it comes; the chunks together are the bytes of `gzipWhole`. Rethrows what `chunks` throws. */
export async function* gzipChunks(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let crc = 0;
  let sizeBytes = 0;
  function* counted() {
    for (const chunk of chunks) {
      crc = crc32(chunk, crc);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  yield HEADER;
  const deflate = createDeflateRaw(OPTIONS);
  // Whoever reads `deflate` below meets the error; the callback has nothing to add.
  pipeline(Readable.from(counted(), { objectMode: false }), deflate, () => {});
  yield* deflate as AsyncIterable<Uint8Array>;
  yield trailer(crc, sizeBytes);
}
