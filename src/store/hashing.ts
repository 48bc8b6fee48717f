/** Hashing a file on disk, at the pace of whoever asks. */
import { createHash } from 'node:crypto';
import { JubjubError } from '../errors.ts';
import type { Digest, Pace } from './contract.ts';
import { storing } from './fs-errors.ts';
import { openForReading } from './random-access.ts';
import { sha256Of } from './staging.ts';

const PIECE_BYTES = 256 * 1024;
/** A buffer of this size costs nothing; most sidecars are smaller. */
const PIECE_BYTES_MIN = 4 * 1024;

/** How a store hashes: on this thread (`hashFile`), or on others (`HashWorkers`). */
export type HashFile = (file: string, signal: AbortSignal, pace?: Pace) => Promise<Digest | null>;

/**
 * Reads and hashes a regular file; null when there is none at the path.
 * @throws INTERRUPTED, STORE_*; what `pace` throws, as it is
 */
export async function hashFile(file: string, signal: AbortSignal, pace?: Pace): Promise<Digest | null> {
  const opened = await storing('could not open', file, () => openForReading(file));
  if (opened === null) return null;
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    // One place for all pieces: a large file would leave hundreds behind until they are collected.
    let place = Buffer.alloc(0);
    for (;;) {
      if (signal.aborted) throw new JubjubError('INTERRUPTED', 'interrupted', { cause: signal.reason });
      const leftBytes = Math.min(PIECE_BYTES, opened.sizeBytes - sizeBytes);
      if (leftBytes > 0) await pace?.(leftBytes);
      // A byte more than it had when it was opened: what grows meanwhile is not what was promised.
      const roomBytes = Math.min(PIECE_BYTES, Math.max(PIECE_BYTES_MIN, leftBytes + 1));
      if (place.length < roomBytes) place = Buffer.allocUnsafe(roomBytes);
      const room = place.subarray(0, roomBytes);
      const readBytes = await storing('could not read', file, () => opened.readInto(room, sizeBytes));
      hash.update(room.subarray(0, readBytes));
      sizeBytes += readBytes;
      if (readBytes < roomBytes) return { sha256: sha256Of(hash), sizeBytes };
    }
  } finally {
    await opened.close();
  }
}
