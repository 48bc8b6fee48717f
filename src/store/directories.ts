/** Makes directories one after the other, and says what stands in their way. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JubjubError } from '../errors.ts';
import { errnoOf, foreign } from './fs-errors.ts';

/**
 * Makes a directory and those above it where they are missing; returns the new ones, outermost first.
 * Node's own recursive mkdir spins for ever where a file system says ENOENT below a directory that is there (/proc).
 * @throws STORE_IO for something else in the place of a directory; what mkdir throws
 */
export async function makeDirectories(directory: string, mode = 0o777): Promise<string[]> {
  const missing: string[] = [];
  for (let at = directory; !(await isDirectory(at)); at = dirname(at)) missing.unshift(at);
  for (const path of missing) await makeDirectory(path, mode);
  return missing;
}

async function makeDirectory(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') throw notPossible(path, error);
    // Somebody was faster, or a link that leads nowhere has the name.
    if (errno !== 'EEXIST') throw error;
    if (!(await isDirectory(path))) throw foreign(path, 'a directory', error);
  }
}

/** False when nothing is there; throws for what is no directory. */
async function isDirectory(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    const errno = errnoOf(error);
    // ENOTDIR: something above is in the way, and is found there.
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return false;
    throw error;
  }
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
