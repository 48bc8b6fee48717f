/** Finds an old tree on the local disk, and refuses what cannot be adopted before anything is touched. */
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { JubjubError } from '../errors.ts';
import type { OldTree } from './contract.ts';
import type { MirrorFolders } from './folders.ts';
import { orNull, storing } from './fs-errors.ts';
import { LocalOldTree } from './old-tree.ts';

export interface OpenedOldTree {
  readonly tree: OldTree;
  /** Its real path. */
  readonly root: string;
}

/**
 * Opens the docroot at `web` (absolute) for the mirror with these folders, which need not be there yet. Only looks.
 *
 * @throws USAGE_INVALID when it is no docroot, overlaps ours, has no project, or is on another file system and `copy` is not
 *   set; STORE_* when it cannot be read
 */
export async function openOldTree(
  web: string,
  folders: MirrorFolders,
  { copy }: { readonly copy: boolean },
): Promise<OpenedOldTree> {
  return storing('could not read the old tree', web, async () => {
    const root = await orNull(() => realpath(web));
    if (root === null)
      throw refused(web, 'there is nothing at this path', 'a directory with simple/ and packages/');
    for (const folder of ['simple', 'packages']) await refuseNoFolder(root, folder);
    const [ownWeb, ownStaging] = await Promise.all([realpathOf(folders.web), realpathOf(folders.staging)]);
    const isOwn = root === ownWeb;
    if (!isOwn) refuseOverlap(root, ownWeb);
    if ((await readdir(join(root, 'simple'))).every((name) => /^\.|^index\./.test(name)))
      throw refused(
        root,
        'there are no projects in this tree',
        'simple/<name>/ with a page',
        'an empty simple/',
      );
    if (!isOwn && !copy) await refuseOtherDevice(root, folders.staging);
    return { tree: new LocalOldTree(root, { web: ownWeb, staging: ownStaging }), root };
  });
}

async function refuseNoFolder(root: string, folder: string): Promise<void> {
  const at = join(root, folder);
  const found = await orNull(() => lstat(at));
  if (found?.isDirectory()) return;
  const expected = 'the docroot of a mirror: a directory with simple/ and packages/';
  if (!found?.isSymbolicLink()) {
    // bandersnatch's directory has the docroot below it.
    const below = await orNull(() => stat(join(root, 'web', 'simple')));
    const hint = below?.isDirectory() ? `did you mean ${join(root, 'web')}?` : undefined;
    throw refused(root, 'this is no docroot of a mirror', expected, `no ${folder}/ there`, hint);
  }
  throw refused(
    at,
    'links are not followed out of an old tree',
    `${folder}/ as a directory`,
    'a symbolic link',
    'mount the directory there instead (mount --bind), or move it there',
  );
}

function refuseOverlap(root: string, ownWeb: string): void {
  if (!isInside(root, ownWeb) && !isInside(ownWeb, root)) return;
  throw refused(
    root,
    'the old tree and this mirror lie in one another',
    `our own docroot (${ownWeb}), or a tree beside it`,
    isInside(root, ownWeb) ? 'a directory inside our docroot' : 'a directory that our docroot is inside of',
    'move one of them, or set `directory` to another place',
  );
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(`${directory}${sep}`);
}

async function refuseOtherDevice(root: string, staging: string): Promise<void> {
  const theirs = await stat(join(root, 'packages'));
  const ours = await stat(await nearest(staging));
  if (theirs.dev === ours.dev) return;
  throw refused(
    root,
    'the old tree is on another file system than this mirror',
    'one file system, so that its files become ours as hard links, which take no space',
    `devices ${theirs.dev} (the old tree) and ${ours.dev} (this mirror)`,
    'take a copy of its files: jubjub adopt --copy; or set `directory` to a place on its file system',
  );
}

/** The real path that something has, or will have once it is made. */
async function realpathOf(path: string): Promise<string> {
  const real = await orNull(() => realpath(path));
  if (real !== null || dirname(path) === path) return real ?? path;
  return join(await realpathOf(dirname(path)), basename(path));
}

/** The path, or the first one above it that is there. */
async function nearest(path: string): Promise<string> {
  return (await orNull(() => stat(path))) === null ? nearest(dirname(path)) : path;
}

function refused(
  path: string,
  message: string,
  expected: string,
  received?: string,
  hint?: string,
): JubjubError {
  return new JubjubError('USAGE_INVALID', message, {
    path,
    expected,
    ...(received === undefined ? {} : { received }),
    effect: 'nothing was touched',
    ...(hint === undefined ? {} : { hint }),
  });
}
