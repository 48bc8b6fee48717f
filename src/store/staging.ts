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

/** Called with the path of a staged file that is complete and closed. */
export type Finished = (file: string) => Promise<void>;

/**
 * Each piece is hashed and written at once, while it lies in the processor's cache: through the thread pool another processor would have
 * to fetch it from there, which takes more time than the write (bench/large.ts).
 */
class LocalStageWriter implements StageWriter {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #finished: Finished;
  #hash = createHash('sha256');
  #sizeBytes = 0;

  constructor(file: string, handle: FileHandle, finished: Finished) {
    this.#file = file;
    this.#handle = handle;
    this.#finished = finished;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    storingNow('could not write', this.#file, () => {
      for (let done = 0; done < chunk.length; )
        done += writeSync(this.#handle.fd, chunk, done, chunk.length - done, this.#sizeBytes + done);
    });
    this.#sizeBytes += chunk.length;
  }

  async restart(): Promise<void> {
    await storing('could not truncate', this.#file, () => this.#handle.truncate(0));
    this.#hash = createHash('sha256');
    this.#sizeBytes = 0;
  }

  digest(): Digest {
    return { sha256: sha256Of(this.#hash.copy()), sizeBytes: this.#sizeBytes };
  }

  async finish(): Promise<void> {
    await this.suspend();
    await this.#finished(this.#file);
  }

  async suspend(): Promise<void> {
    await storing('could not close', this.#file, () => this.#handle.close());
  }

  async discard(): Promise<void> {
    await this.suspend();
    await storing('could not remove', this.#file, () => rm(this.#file, { force: true }));
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
export async function openStaged(file: string, finished: Finished): Promise<StageWriter> {
  return storing('could not open', file, async () => {
    const handle = await openOwn(file);
    try {
      const writer = new LocalStageWriter(file, handle, finished);
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
