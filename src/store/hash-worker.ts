/** The thread that `HashWorkers` starts: reads and hashes files one after the other, with nothing but synchronous calls. */
import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { CANCELLED, type HashBatch, type HashedBatch, type WorkerDigest } from './hash-batch.ts';

const PIECE_BYTES = 1024 * 1024;
/** After so much, what is left of a batch goes back, so that an idle worker can have it. */
const BATCH_BYTES = 4 * 1024 * 1024;

const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);

/** Null for what is no regular file, what cannot be read, and what was cancelled: none of these is told apart here. */
function digestOf(file: string, isCancelled: () => boolean): WorkerDigest {
  let descriptor: number;
  try {
    // Without O_NONBLOCK the opening of a pipe would wait for somebody to write into it.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    return fstatSync(descriptor).isFile() ? hashAll(descriptor, isCancelled) : null;
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

function hashAll(descriptor: number, isCancelled: () => boolean): WorkerDigest {
  let length = fill(descriptor);
  // A file that a buffer holds: hashed at once, which costs half as much (measured, 10 KB).
  if (length < PIECE_BYTES) return [hash('sha256', piece.subarray(0, length), 'hex'), length];
  const digest = createHash('sha256');
  let sizeBytes = 0;
  for (; length > 0; length = fill(descriptor)) {
    if (isCancelled()) return null;
    digest.update(piece.subarray(0, length));
    sizeBytes += length;
  }
  return [digest.digest('hex'), sizeBytes];
}

/** The next piece: it is full unless the file has ended, which only a read of nothing tells. */
function fill(descriptor: number): number {
  let done = 0;
  for (let read = -1; read !== 0 && done < PIECE_BYTES; done += read)
    read = readSync(descriptor, piece, done, PIECE_BYTES - done, null);
  return done;
}

function digestsOf(batch: HashBatch, isCancelled: () => boolean): HashedBatch {
  const digests: WorkerDigest[] = [];
  let bytes = 0;
  for (const file of batch) {
    if (bytes >= BATCH_BYTES || isCancelled()) break;
    const digest = digestOf(file, isCancelled);
    // Perhaps it was left in the middle: then it was not begun.
    if (digest === null && isCancelled()) break;
    digests.push(digest);
    bytes += digest?.[1] ?? 0;
  }
  return digests;
}

if (parentPort !== null) {
  const port = parentPort;
  const flags = workerData as Int32Array;
  const isCancelled = () => Atomics.load(flags, CANCELLED) === 1;
  port.on('message', (batch: HashBatch) => port.postMessage(digestsOf(batch, isCancelled)));
}
