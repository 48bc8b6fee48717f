/** The calls of node:fs on a simulated disk, each with the errors of the kernel. Paths are from the root of the disk. */
import { constants } from 'node:fs';
import type { Spot } from './disk.ts';
import { LookupError, misuse } from './errors.ts';
import { type FoundName, SimDir, SimFileHandle } from './handle.ts';
import type { DirectoryInode, FileInode, Inode } from './inode.ts';
import { writeData } from './inode.ts';
import { inodeAt, isSpot, lookup, spotAt } from './lookup.ts';
import type { SimProcess } from './process.ts';
import { SimDirent, SimStats } from './stats.ts';

/** As most systems have it. */
const UMASK = 0o022;

const FLAGS: Readonly<Record<string, number>> = {
  r: constants.O_RDONLY,
  'r+': constants.O_RDWR,
  w: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
  wx: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  a: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
  'wx+': constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
};

export function flagsOf(flags: string | number): number {
  const known = typeof flags === 'number' ? flags : FLAGS[flags];
  if (known === undefined) throw misuse(`opening with the flags ${flags}`);
  return known;
}

export async function open(
  process: SimProcess,
  path: string,
  flags: number,
  mode = 0o666,
): Promise<SimFileHandle> {
  return process.later(nameOfOpen(flags), path, null, () => handleOf(process, path, flags, mode));
}

export function openSync(process: SimProcess, path: string, flags: number, mode = 0o666): SimFileHandle {
  return process.now(nameOfOpen(flags), path, null, () => handleOf(process, path, flags, mode));
}

function nameOfOpen(flags: number): 'open' | 'create' {
  return (flags & constants.O_CREAT) === 0 ? 'open' : 'create';
}

function handleOf(process: SimProcess, path: string, flags: number, mode: number): SimFileHandle {
  if (process.open.size >= process.filesOpenMax) throw new LookupError('EMFILE');
  return new SimFileHandle(process, path, opened(process, path, flags, mode), flags);
}

function opened(process: SimProcess, path: string, flags: number, mode: number): Inode {
  const isExclusive = (flags & constants.O_EXCL) !== 0;
  const follows = (flags & constants.O_NOFOLLOW) === 0 && !isExclusive;
  const found = lookup(process.disk, path, follows);
  const inode = isSpot(found) ? found.inode : found;
  if (inode === undefined && isSpot(found)) {
    if ((flags & constants.O_CREAT) === 0) throw new LookupError('ENOENT');
    const file = process.disk.newFile(mode & ~UMASK);
    process.disk.rename('create', [{ spot: found, inode: file }]);
    return file;
  }
  if (inode === undefined || isExclusive) throw new LookupError('EEXIST');
  if (inode.kind === 'link') throw new LookupError('ELOOP');
  const isForWriting = (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0;
  if (inode.kind === 'directory' && isForWriting) throw new LookupError('EISDIR');
  if ((flags & constants.O_TRUNC) !== 0) throw misuse('a file that is emptied when it is opened');
  return inode;
}

function directoryAt(process: SimProcess, path: string): DirectoryInode {
  const inode = inodeAt(process.disk, path, true);
  if (inode.kind !== 'directory') throw new LookupError('ENOTDIR');
  return inode;
}

export function statOf(process: SimProcess, path: string, follows: boolean): SimStats {
  return new SimStats(process.disk, inodeAt(process.disk, path, follows));
}

export const stat = (process: SimProcess, path: string) =>
  process.later('stat', path, null, () => statOf(process, path, true));

export const lstat = (process: SimProcess, path: string) =>
  process.later('lstat', path, null, () => statOf(process, path, false));

/** Whoever runs this may do everything: who may not is what the hook says. */
export const access = (process: SimProcess, path: string) =>
  process.later('access', path, null, () => void inodeAt(process.disk, path, true));

export const realpath = (process: SimProcess, path: string) =>
  process.later('realpath', path, null, () => realPathOf(process, path));

export const realpathSync = (process: SimProcess, path: string) =>
  process.now('realpath', path, null, () => realPathOf(process, path));

function realPathOf(process: SimProcess, path: string): string {
  const found = lookup(process.disk, path, true);
  if (isSpot(found) && found.inode === undefined) throw new LookupError('ENOENT');
  return process.told(isSpot(found) ? found.path : '');
}

export const mkdir = (process: SimProcess, path: string, mode?: number) =>
  process.later('mkdir', path, null, () => makeDirectory(process, path, mode));

export const mkdirSync = (process: SimProcess, path: string, mode?: number) =>
  process.now('mkdir', path, null, () => makeDirectory(process, path, mode));

function makeDirectory(process: SimProcess, path: string, mode = 0o777): void {
  const spot = spotAt(process.disk, path);
  if (spot.inode !== undefined) throw new LookupError('EEXIST');
  process.disk.rename('mkdir', [{ spot, inode: process.disk.newDirectory(mode & ~UMASK) }]);
}

export const rmdir = (process: SimProcess, path: string) =>
  process.later('rmdir', path, null, () => {
    const spot = spotAt(process.disk, path);
    if (spot.inode === undefined) throw new LookupError('ENOENT');
    if (spot.inode.kind !== 'directory') throw new LookupError('ENOTDIR');
    if (spot.inode.entries.size > 0) throw new LookupError('ENOTEMPTY');
    process.disk.rename('rmdir', [{ spot, inode: null }]);
  });

export const unlink = (process: SimProcess, path: string) =>
  process.later('unlink', path, null, () => {
    const spot = spotAt(process.disk, path);
    if (spot.inode === undefined) throw new LookupError('ENOENT');
    if (spot.inode.kind === 'directory') throw new LookupError('EISDIR');
    process.disk.rename('unlink', [{ spot, inode: null }]);
  });

export const symlink = (process: SimProcess, target: string, path: string) =>
  process.later('symlink', path, null, () => {
    const spot = freeSpot(process, path);
    process.disk.rename('symlink', [{ spot, inode: process.disk.newLink(target) }]);
  });

export const link = (process: SimProcess, from: string, to: string) =>
  process.later('link', from, to, () => {
    const inode = inodeAt(process.disk, from, false);
    if (inode.kind === 'directory') throw new LookupError('EPERM');
    process.disk.rename('link', [{ spot: freeSpot(process, to), inode }]);
  });

function freeSpot(process: SimProcess, path: string): Spot {
  const spot = spotAt(process.disk, path);
  if (spot.inode !== undefined) throw new LookupError('EEXIST');
  return spot;
}

export const rename = (process: SimProcess, from: string, to: string) =>
  process.later('rename', from, to, () => renamed(process, from, to));

export const renameSync = (process: SimProcess, from: string, to: string) =>
  process.now('rename', from, to, () => renamed(process, from, to));

function renamed(process: SimProcess, from: string, to: string): void {
  const source = spotAt(process.disk, from);
  const target = spotAt(process.disk, to);
  const { inode } = source;
  if (inode === undefined) throw new LookupError('ENOENT');
  if (target.inode === inode) return;
  if (inode.kind === 'directory') refuseInto(source, target);
  else if (target.inode?.kind === 'directory') throw new LookupError('EISDIR');
  process.disk.rename('rename', [
    { spot: source, inode: null },
    { spot: target, inode },
  ]);
}

function refuseInto(source: Spot, target: Spot): void {
  if (`${target.path}/`.startsWith(`${source.path}/`)) throw new LookupError('EINVAL');
  if (target.inode === undefined) return;
  if (target.inode.kind !== 'directory') throw new LookupError('ENOTDIR');
  if (target.inode.entries.size > 0) throw new LookupError('ENOTEMPTY');
}

/** One call, as where the file system shares blocks: the bytes are not flushed all the same. */
export const copyFile = (process: SimProcess, from: string, to: string, how = 0) =>
  process.later('copyfile', from, to, () => {
    if ((how & constants.COPYFILE_EXCL) === 0) throw misuse('a copy over what may be there');
    const source = inodeAt(process.disk, from, true);
    if (source.kind !== 'file') throw new LookupError('EISDIR');
    const file: FileInode = process.disk.newFile(source.mode);
    process.disk.rename('create', [{ spot: freeSpot(process, to), inode: file }]);
    writeData(file, 0, source.bytes);
  });

export const readdir = (process: SimProcess, path: string) =>
  process.later('readdir', path, null, () => [...directoryAt(process, path).entries]);

export async function opendir<Name extends string | Buffer>(
  process: SimProcess,
  path: string,
  toName: (name: string) => Name,
  recursive: boolean,
): Promise<SimDir<Name>> {
  return process.later('opendir', path, null, () => {
    if (process.open.size >= process.filesOpenMax) throw new LookupError('EMFILE');
    return new SimDir(process, path, namesBelow(directoryAt(process, path), path, recursive), toName);
  });
}

function namesBelow(directory: DirectoryInode, path: string, recursive: boolean): FoundName[] {
  return [...directory.entries].flatMap(([name, inode]) => {
    const below = recursive && inode.kind === 'directory' ? namesBelow(inode, `${path}/${name}`, true) : [];
    return [{ name, inode, directory: path }, ...below];
  });
}

/** `sync --file-system`. */
export const syncfs = (process: SimProcess, path: string) =>
  process.later(
    'syncfs',
    path,
    null,
    () => process.disk.flushAll(),
    // Without a descriptor it has not even begun.
    (errno) => {
      if (errno !== 'EMFILE') process.disk.flushFailed(null);
    },
  );

/** Made of the calls above, as node makes it. */
export async function rm(
  process: SimProcess,
  path: string,
  recursive: boolean,
  force: boolean,
): Promise<void> {
  try {
    if (!(await lstat(process, path)).isDirectory()) return await unlink(process, path);
    if (!recursive) throw misuse('rm of a directory that is not to be recursive');
    for (const [name] of await readdir(process, path)) await rm(process, `${path}/${name}`, true, force);
    await rmdir(process, path);
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!(force && isGone)) throw error;
  }
}

export function direntsOf(
  process: SimProcess,
  path: string,
  entries: readonly (readonly [string, Inode])[],
  toText: (name: string) => string,
): SimDirent<string>[] {
  return entries.map(([name, inode]) => new SimDirent(toText(name), process.told(path), inode.kind));
}
