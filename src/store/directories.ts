/** Makes directories one after the other, and says what stands in their way. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { JubjubError } from '../errors.ts';
import { statNow } from './at-once.ts';
import { errnoOf, foreign } from './fs-errors.ts';

/**
 * Makes a directory and those above it where they are missing; returns the new ones, outermost first.
 * Node's own recursive mkdir spins for ever where a file system says ENOENT below a directory that is there (/proc).
 * @throws STORE_IO for something else in the place of a directory; what mkdir throws
 */
export function makeDirectories(directory: string, mode = 0o777): string[] {
  const missing: string[] = [];
  for (let at = directory; !isDirectory(at); at = dirname(at)) missing.unshift(at);
  for (const path of missing) makeDirectory(path, mode);
  return missing;
}

function makeDirectory(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') throw notPossible(path, error);
    // Somebody was faster, or a link that leads nowhere has the name.
    if (errno !== 'EEXIST') throw error;
    if (!isDirectory(path)) throw foreign(path, 'a directory', error);
  }
}

/** False when nothing is there; throws for what is no directory. */
function isDirectory(path: string): boolean {
  // ENOTDIR, too, is null: something above is in the way, and is found there.
  const found = statNow(path);
  if (found === null) return false;
  if (found.isDirectory()) return true;
  throw foreign(path, 'a directory');
}

/** The directory above is there, and still no directory can be made in it. */
function notPossible(path: string, cause: unknown): JubjubError {
  return new JubjubError('STORE_NOT_WRITABLE', `no directory can be made at ${path}`, {
    path,
    expected: 'a file system that takes new directories',
    received: 'ENOENT, though the directory above is there',
    effect: 'nothing was changed',
    hint: 'put the mirror on a disk',
    cause,
  });
}
