/** A file as yauzl reads it, in large blocks: it asks for each entry of a central directory in two small reads. */
import { RandomAccessReader } from 'yauzl';
import type { RandomAccess } from './random-access.ts';

/** Holds a small wheel, or the central directory of 3,000 entries. */
const BLOCK_BYTES = 256 * 1024;

/** Holds one block; what lies outside the file is an error, as every short read is. */
export class BlockReader extends RandomAccessReader {
  readonly #file: RandomAccess;
  #blockStart = 0;
  #block: Buffer = Buffer.alloc(0);
  /** The error of the file itself, as opposed to what yauzl thinks of its contents. */
  failure: unknown = null;

  constructor(file: RandomAccess) {
    super();
    this.#file = file;
  }

  /** @throws Error when the range is not in the file; what the file throws, kept as `failure` */
  async bytes(offsetBytes: number, lengthBytes: number): Promise<Buffer> {
    const bytes = Buffer.alloc(lengthBytes);
    if (!this.#copy(bytes, 0, lengthBytes, offsetBytes)) {
      await this.#load(offsetBytes, lengthBytes);
      this.#copy(bytes, 0, lengthBytes, offsetBytes);
    }
    return bytes;
  }

  override read(
    buffer: Buffer,
    at: number,
    lengthBytes: number,
    offsetBytes: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (this.#copy(buffer, at, lengthBytes, offsetBytes)) {
      callback(null, lengthBytes);
      return;
    }
    this.#load(offsetBytes, lengthBytes).then(
      () => {
        this.#copy(buffer, at, lengthBytes, offsetBytes);
        callback(null, lengthBytes);
      },
      (error: Error) => callback(error),
    );
  }

  /** Out of the block; false when that does not hold all of it. */
  #copy(buffer: Buffer, at: number, lengthBytes: number, offsetBytes: number): boolean {
    const from = offsetBytes - this.#blockStart;
    if (from < 0 || from + lengthBytes > this.#block.length) return false;
    this.#block.copy(buffer, at, from, from + lengthBytes);
    return true;
  }

  /** Takes the block that begins with the range; near the end of the file, the last block. */
  async #load(offsetBytes: number, lengthBytes: number): Promise<void> {
    const { sizeBytes } = this.#file;
    if (!Number.isSafeInteger(offsetBytes) || offsetBytes < 0 || offsetBytes + lengthBytes > sizeBytes)
      throw new Error('outside the file');
    const start = Math.min(offsetBytes, Math.max(0, sizeBytes - BLOCK_BYTES));
    const wantedBytes = Math.max(offsetBytes + lengthBytes - start, Math.min(BLOCK_BYTES, sizeBytes - start));
    try {
      this.#block = await this.#file.read(start, wantedBytes);
    } catch (error) {
      this.failure = error;
      throw error;
    }
    this.#blockStart = start;
    if (this.#block.length < wantedBytes) throw new Error('the file ends early');
  }
}
