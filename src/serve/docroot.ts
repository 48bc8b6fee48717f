/** Reaching a docroot path on disk, never through a link that leaves the docroot. */
import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { DocrootPath } from '../pypi/types.ts';
import { errnoOf } from '../store/fs-errors.ts';

/** What means "there is no such thing here" rather than "the disk is in trouble". */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP']);

export function isAbsent(error: unknown): boolean {
  return ABSENT.has(errnoOf(error));
}

export interface OpenDocument {
  readonly handle: FileHandle;
  readonly stat: BigIntStats;
}

/** Where a docroot path really lies, or null when there is nothing, or when it lies outside. */
export async function locate(docroot: string, docrootPath: DocrootPath): Promise<string | null> {
  try {
    // The docroot itself may be a link, and may be made or replaced while the server runs.
    const root = await realpath(docroot);
    const real = await realpath(path.join(root, docrootPath));
    return real.startsWith(root.endsWith(path.sep) ? root : root + path.sep) ? real : null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/**
 * Opens a regular file and looks at what was opened, so that size, digest and bytes belong together even when the
 * next publish renames another file into its place (P3). Null when there is none. The caller closes it.
 */
export async function openDocument(docroot: string, docrootPath: DocrootPath): Promise<OpenDocument | null> {
  const real = await locate(docroot, docrootPath);
  if (real === null) return null;
  let handle: FileHandle;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
  try {
    const stat = await handle.stat({ bigint: true });
    if (stat.isFile()) return { handle, stat };
    await handle.close();
    return null;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** All bytes of a document; null when there are others than its size says: somebody is writing into it. */
export async function readSmall({ handle, stat }: OpenDocument): Promise<Buffer | null> {
  const sizeBytes = Number(stat.size);
  // Not of Node's pool: who keeps these bytes would keep its neighbours, too.
  const buffer = Buffer.allocUnsafeSlow(sizeBytes + 1);
  let done = 0;
  for (let bytesRead = -1; bytesRead !== 0 && done <= sizeBytes; done += bytesRead)
    ({ bytesRead } = await handle.read(buffer, done, buffer.length - done, done));
  return done === sizeBytes ? buffer.subarray(0, sizeBytes) : null;
}
