/** The operating system's reason when SQLite cannot open a database: SQLite knows it and does not tell. */
import { closeSync, constants, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from './fs-errors.ts';
import { CAREFULLY } from './random-access.ts';

/** What SQLite opens: the database, and what stands beside it or is made there. */
const OPENED = ['', '-wal', '-shm', '-journal'];

/**
 * Tries what SQLite has just failed to do, all of it at once, because descriptors may be what is missing; the error, or undefined
 * when it works now. Nothing is made. Only for a database that this process has not open: closing any descriptor of a file lets all
 * locks go that the process has on it.
 */
export function openingError(file: string): { readonly path: string; readonly error: unknown } | undefined {
  const descriptors: number[] = [];
  try {
    for (const suffix of OPENED) {
      const path = `${file}${suffix}`;
      try {
        descriptors.push(openOrDirectory(path));
      } catch (error) {
        return { path, error };
      }
    }
    return undefined;
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

/** What is not there costs a descriptor all the same, once SQLite makes it. */
function openOrDirectory(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | CAREFULLY);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return openSync(dirname(path), constants.O_RDONLY);
  }
}
