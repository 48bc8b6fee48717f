/** The folders of a mirror directory: where each lies, and that a run can work in them. */
import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isJubjubError, JubjubError } from '../errors.ts';
import { makeDirectories } from './directories.ts';
import { flushEach } from './flush.ts';
import { errnoOf, foreign, orNull, storing } from './fs-errors.ts';

/** Private: the catalogue, half-done files and what was taken down are nobody else's business. */
const PRIVATE = 0o750;

/** Below `state/`: what is emptied, or written by SQLite, which follows links. Everything else there is opened so that none is followed. */
const NEVER_LINKS: readonly string[] = [
  'staging',
  'lock',
  'catalogue.db',
  'catalogue.db-wal',
  'catalogue.db-shm',
];

export interface MirrorFolders {
  readonly web: string;
  readonly state: string;
  readonly staging: string;
  readonly trash: string;
  /** A file, not a folder. */
  readonly audit: string;
}

export function mirrorFolders(directory: string): MirrorFolders {
  const state = join(directory, 'state');
  return {
    web: join(directory, 'web'),
    state,
    staging: join(state, 'staging'),
    trash: join(state, 'trash'),
    audit: join(state, 'audit.jsonl'),
  };
}

/**
 * Makes the folders of a mirror where they are missing.
 * Fails when they are not writable, or lie on two file systems: a rename between those is not atomic. The trash is made, too, but
 * is not needed to publish: whoever moves something there checks it (`prepareTrash`).
 */
export async function prepareFolders(directory: string): Promise<MirrorFolders> {
  const folders = mirrorFolders(directory);
  await storing('could not prepare the mirror directory', directory, async () => {
    const made = [...makeDirectories(folders.web), ...makeDirectories(folders.staging, PRIVATE)];
    await flushNames([directory, folders.state, ...made, ...made.map((path) => dirname(path))]);
    await access(folders.web, constants.W_OK);
    await access(folders.staging, constants.W_OK);
    for (const name of NEVER_LINKS) await refuseLink(join(folders.state, name));
  });
  const [web, staging] = await storing('could not look at the folders of', directory, () =>
    Promise.all([stat(folders.web), stat(folders.staging)]),
  );
  if (web.dev !== staging.dev) {
    throw new JubjubError('STORE_NOT_WRITABLE', 'web/ and state/ are on different file systems', {
      path: directory,
      expected: 'one file system, so that a file can be moved into the docroot in one step',
      received: `devices ${web.dev} (web) and ${staging.dev} (state)`,
      effect: 'nothing was changed',
      hint: 'mount the whole mirror directory instead of web/ alone',
    });
  }
  // P6: takedowns are published with or without it. What is wrong with it, the first move into it says.
  try {
    makeDirectories(folders.trash, PRIVATE);
  } catch {}
  return folders;
}

/**
 * P2: what is committed must not lie below a directory that a power cut takes away. Those that were there are flushed, too: whoever
 * made them may have died before this. One that may not be opened is somebody else's, who made it before.
 */
async function flushNames(directories: readonly string[]): Promise<void> {
  for (const directory of new Set(directories)) {
    try {
      await flushEach([directory]);
    } catch (error) {
      if (!isJubjubError(error) || errnoOf(error.cause) !== 'EACCES') throw error;
    }
  }
}

/**
 * Makes the trash where it is missing, and checks that files of the docroot can be moved there.
 * @throws STORE_*
 */
export async function prepareTrash({ web, trash }: Pick<MirrorFolders, 'web' | 'trash'>): Promise<void> {
  const [docroot, found] = await storing('could not prepare the trash', trash, async () => {
    makeDirectories(trash, PRIVATE);
    await access(trash, constants.W_OK | constants.X_OK);
    return Promise.all([stat(web), stat(trash)]);
  });
  if (docroot.dev === found.dev) return refuseLink(trash);
  throw new JubjubError('STORE_NOT_WRITABLE', 'the trash is on another file system than web/', {
    path: trash,
    expected: 'one file system, so that a file can be moved into the trash in one step',
    received: `devices ${docroot.dev} (web) and ${found.dev} (trash): it is a mount, or a link to elsewhere`,
    hint: 'unmount it or remove the link, so that jubjub makes state/trash itself; then run jubjub prune',
  });
}

/** Behind a link lies what is not ours; an operator who wants something to lie elsewhere links or mounts `state/` as a whole. */
async function refuseLink(path: string): Promise<void> {
  const found = await storing('could not look at', path, () => orNull(() => lstat(path)));
  if (found?.isSymbolicLink())
    throw foreign(path, 'no link: what is in the state folder is not followed out of it');
}
