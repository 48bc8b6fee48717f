/** From a path to what lies there, as the kernel goes: name by name, through links, `.` and `..`. */
import type { SimDisk, Spot } from './disk.ts';
import { LookupError, misuse, SIM_ROOT } from './errors.ts';
import type { DirectoryInode, Inode } from './inode.ts';

/** As Linux has it. */
const LINKS_MAX = 40;

interface Level {
  readonly directory: DirectoryInode;
  readonly path: string;
}

/** Names are bytes: each byte one character. */
export function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

/** From the root of the disk, or null for a path that is on no simulated disk. */
export function pathOnDisk(path: string): string | null {
  const names = namesIn(path);
  return path.startsWith(`${SIM_ROOT}/`) ? names.slice(2).join('/') : null;
}

/**
 * The place of a name; what has it may be undefined. The root itself has no place.
 * @param follows whether a link at the end is followed, too
 * @throws LookupError
 */
export function lookup(disk: SimDisk, path: string, follows: boolean): Spot | DirectoryInode {
  const levels: Level[] = [{ directory: disk.root, path: '' }];
  const left = namesIn(path);
  let links = 0;
  for (;;) {
    const name = left.shift();
    const level = levels.at(-1);
    if (level === undefined) throw misuse(`a path out of the disk: ${path}`);
    if (name === undefined) return asSpot(levels);
    if (name === '.') continue;
    if (name === '..') {
      if (levels.length > 1) levels.pop();
      continue;
    }
    const inode = level.directory.entries.get(name);
    const spot = {
      directory: level.directory,
      name,
      path: level.path === '' ? name : `${level.path}/${name}`,
      inode,
    };
    const isLast = left.length === 0;
    if (inode?.kind === 'link' && (!isLast || follows)) {
      links += 1;
      if (links > LINKS_MAX) throw new LookupError('ELOOP');
      if (inode.target.startsWith('/')) levels.splice(1);
      left.unshift(...namesIn(targetOf(inode.target)));
      if (left.length === 0) return asSpot(levels);
      continue;
    }
    if (isLast) return spot;
    if (inode === undefined) throw new LookupError('ENOENT');
    if (inode.kind !== 'directory') throw new LookupError('ENOTDIR');
    levels.push({ directory: inode, path: spot.path });
  }
}

function targetOf(target: string): string {
  if (!target.startsWith('/')) return target;
  const path = pathOnDisk(target);
  if (path === null) throw misuse(`a link leads out of the disk: ${target}`);
  return path;
}

/** A path that ended with `..` or `.` is a directory, whose own name is one level up. */
function asSpot(levels: readonly Level[]): Spot | DirectoryInode {
  const own = levels.at(-1);
  const above = levels.at(-2);
  if (own === undefined || above === undefined) return (own as Level).directory;
  const name = own.path.slice(own.path.lastIndexOf('/') + 1);
  return { directory: above.directory, name, path: own.path, inode: own.directory };
}

export function isSpot(found: Spot | DirectoryInode): found is Spot {
  return 'directory' in found;
}

/** What lies at a path. @throws LookupError when nothing does */
export function inodeAt(disk: SimDisk, path: string, follows: boolean): Inode {
  const found = lookup(disk, path, follows);
  if (!isSpot(found)) return found;
  if (found.inode === undefined) throw new LookupError('ENOENT');
  return found.inode;
}

/** The place for a name that is made, moved or taken away. @throws LookupError */
export function spotAt(disk: SimDisk, path: string, follows = false): Spot {
  const found = lookup(disk, path, follows);
  if (!isSpot(found)) throw new LookupError('EBUSY');
  return found;
}
