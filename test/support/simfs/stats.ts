/** What stat and readdir tell of an inode, as node:fs has it. */
import { constants } from 'node:fs';
import type { SimDisk } from './disk.ts';
import type { Inode } from './inode.ts';

/** One device: the whole disk is one file system. */
const DEVICE = 0x51;

const TYPE_BITS: Readonly<Record<Inode['kind'], number>> = {
  file: constants.S_IFREG,
  directory: constants.S_IFDIR,
  link: constants.S_IFLNK,
};

class Kinds {
  readonly #kind: Inode['kind'];

  constructor(kind: Inode['kind']) {
    this.#kind = kind;
  }

  isFile(): boolean {
    return this.#kind === 'file';
  }

  isDirectory(): boolean {
    return this.#kind === 'directory';
  }

  isSymbolicLink(): boolean {
    return this.#kind === 'link';
  }
}

export class SimStats extends Kinds {
  readonly dev = DEVICE;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly mtime: Date;

  constructor(disk: SimDisk, inode: Inode) {
    super(inode.kind);
    this.ino = inode.id;
    this.mode = TYPE_BITS[inode.kind] | inode.mode;
    this.nlink = disk.linksOf(inode);
    this.size = inode.kind === 'file' ? inode.bytes.length : 0;
    this.mtimeMs = inode.mtimeMs;
    this.mtime = new Date(inode.mtimeMs);
  }
}

export class SimDirent<Name extends string | Buffer> extends Kinds {
  readonly name: Name;
  readonly parentPath: string;

  constructor(name: Name, parentPath: string, kind: Inode['kind']) {
    super(kind);
    this.name = name;
    this.parentPath = parentPath;
  }
}
