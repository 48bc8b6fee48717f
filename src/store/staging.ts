/** Staged files of the local store: bytes set aside in `state/staging` until they are verified and complete. */
import { createHash, type Hash, hash } from 'node:crypto';
import { constants, writeSync } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { parseSha256 } from '../pypi/digests.ts';
import type { DocrootPath, Sha256 } from '../pypi/types.ts';
import { storingNow } from './at-once.ts';
import type { Digest, StageWriter } from './contract.ts';
import { errnoOf, orNull, storing } from './fs-errors.ts';

/** A hash object's value as our type; a hash function cannot give anything but a digest. */
export function sha256Of(hash: Hash): Sha256 {
  const digest = parseSha256(hash.digest('hex'));
  if (digest === null) throw new Error('a sha256 digest that is no sha256 digest');
  return digest;
}

/** The name under which bytes for a docroot path lie in the staging directory: short, flat and always legal. */
export function stagedName(path: DocrootPath): string {
  return hash('sha256', path, 'hex');
}

/** What an earlier try left is read in pieces of this size. */
const READ_BYTES = 256 * 1024;

/** So much is written before it is begun to be flushed, while more comes in. */
const FLUSH_AHEAD_BYTES = 64 * 1024 * 1024;

/** What becomes of staged files on the way to the disk; see flush.ts. */
export interface StagedFlush {
  /** The file is complete and closed. */
  finished(file: string): Promise<void>;
  /** Much of it is written, and more is to come. */
  ahead(file: string, handle: FileHandle): Promise<void>;
}

/**
 * Each piece is hashed and written at once, while it lies in the processor's cache: through the thread pool another processor would have
 * to fetch it from there, which takes more time than the write (bench/large.ts).
 */
class LocalStageWriter implements StageWriter {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #flush: StagedFlush;
  readonly #aheadBytes: number;
  #hash = createHash('sha256');
  #sizeBytes = 0;
  /** What is flushed, or being flushed, and the flush that goes on. */
  #flushedBytes = 0;
  #flushing: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(file: string, handle: FileHandle, flush: StagedFlush, aheadBytes: number) {
    this.#file = file;
    this.#handle = handle;
    this.#flush = flush;
    this.#aheadBytes = aheadBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#refuseUnflushed();
    this.#hash.update(chunk);
    storingNow('could not write', this.#file, () => {
      for (let done = 0; done < chunk.length; )
        done += writeSync(this.#handle.fd, chunk, done, chunk.length - done, this.#sizeBytes + done);
    });
    this.#sizeBytes += chunk.length;
    this.#flushAhead();
  }

  async restart(): Promise<void> {
    await storing('could not truncate', this.#file, () => this.#handle.truncate(0));
    this.#hash = createHash('sha256');
    this.#sizeBytes = 0;
    this.#flushedBytes = 0;
  }

  digest(): Digest {
    return { sha256: sha256Of(this.#hash.copy()), sizeBytes: this.#sizeBytes };
  }

  async finish(): Promise<void> {
    await this.suspend();
    await this.#flush.finished(this.#file);
  }

  async suspend(): Promise<void> {
    await this.#flushing;
    await storing('could not close', this.#file, () => this.#handle.close());
    this.#refuseUnflushed();
  }

  async discard(): Promise<void> {
    await this.suspend();
    await storing('could not remove', this.#file, () => rm(this.#file, { force: true }));
  }

  /** Of a large file much is on the disk by the time that its last byte comes; else all of it would be waited for then. */
  #flushAhead(): void {
    if (this.#flushing !== null || this.#sizeBytes - this.#flushedBytes < this.#aheadBytes) return;
    this.#flushedBytes = this.#sizeBytes;
    this.#flushing = this.#flush.ahead(this.#file, this.#handle).then(
      () => {
        this.#flushing = null;
      },
      (error) => {
        this.#flushing = null;
        this.#failure = { error };
      },
    );
  }

  /** No later flush would tell of what one has failed for. */
  #refuseUnflushed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

/**
 * Runs something that makes a new file at a path of the staging directory, or moves one there. Whatever is in the way is
 * removed first, so that nothing is ever written through a link; a new file must be asked for with the flag `x`.
 */
export async function replacing<T>(file: string, create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'EEXIST' && errno !== 'EISDIR') throw error;
    await rm(file, { recursive: true, force: true });
    return create();
  }
}

/** As an earlier try left it, when it is a file of ours; else empty. */
async function openOwn(file: string): Promise<FileHandle> {
  const found = await orNull(() => lstat(file));
  // A link of either kind leads to bytes that are not staged, and a directory or a pipe to none at all.
  const isOwn = found?.isFile() && found.nlink === 1;
  if (!isOwn) return replacing(file, () => open(file, 'wx+'));
  return open(file, constants.O_RDWR | constants.O_NOFOLLOW);
}

/**
 * Opens a staged file for writing; what an earlier try left is hashed, so that the digest covers all of it, and written once more
 * where it lies: a flush may have failed for it that nobody could throw it away after, and no later one brings it to the disk
 * unless it is written anew (flush.ts).
 */
export async function openStaged(
  file: string,
  flush: StagedFlush,
  aheadBytes = FLUSH_AHEAD_BYTES,
): Promise<StageWriter> {
  return storing('could not open', file, async () => {
    const handle = await openOwn(file);
    try {
      const writer = new LocalStageWriter(file, handle, flush, aheadBytes);
      if ((await handle.stat()).size > 0) {
        for await (const chunk of handle.createReadStream({
          start: 0,
          autoClose: false,
          highWaterMark: READ_BYTES,
        }) as AsyncIterable<Uint8Array>)
          await writer.write(chunk);
      }
      return writer;
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}
