/**
 * Small files with synchronous calls. A call that goes through Node's thread pool costs ten to thirty times what the kernel does for
 * it (bench/first-sync.ts), and a mirror is a million small files. What may take long stays asynchronous: large files, flushes, walks.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { errnoOf, storeError } from './fs-errors.ts';

/** Up to this size a file is read and written at once; it bounds what each transfer holds in memory before it begins a file. */
export const AT_ONCE_BYTES_MAX = 256 * 1024;

/** Runs a file operation and turns its failure into an error of ours. */
export function storingNow<T>(what: string, path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw storeError(error, what, path);
  }
}

/** What a path leads to, or null. */
export function statNow(path: string, look: typeof statSync = statSync): Stats | null {
  try {
    return look(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/** Writes a new file. @throws EEXIST when something has its name */
export function writeNew(path: string, bytes: Uint8Array): void {
  const descriptor = openSync(path, 'wx');
  try {
    for (let done = 0; done < bytes.length; )
      done += writeSync(descriptor, bytes, done, bytes.length - done, null);
  } finally {
    closeSync(descriptor);
  }
}

/** The bytes of a small regular file; null when nothing lies there; undefined for what is large, or no file: that takes its time. */
export function readSmall(path: string): Buffer | null | undefined {
  const found = statNow(path);
  if (found === null) return null;
  if (!found.isFile() || found.size > AT_ONCE_BYTES_MAX) return undefined;
  let descriptor: number;
  try {
    // It may be another by now: without O_NONBLOCK the opening of a pipe would wait for somebody to write into it.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const { size } = fstatSync(descriptor);
    if (size > AT_ONCE_BYTES_MAX) return undefined;
    // A byte more than it has: what grows meanwhile is not cut off, but read the other way.
    const bytes = Buffer.allocUnsafe(size + 1);
    let done = 0;
    for (let read = -1; read !== 0 && done < bytes.length; done += read)
      read = readSync(descriptor, bytes, done, bytes.length - done, null);
    return done > size ? undefined : bytes.subarray(0, done);
  } finally {
    closeSync(descriptor);
  }
}
