/** A state of the simulated disk that nothing can change any more: what a power cut left, or what is to be gone back to. */
import { createHash } from 'node:crypto';
import type { DirectoryInode, FileInode, Inode } from './inode.ts';

export interface ImageEntry {
  /** From the root of the disk, without a slash at its begin. */
  readonly path: string;
  readonly mode: number;
  readonly mtimeMs: number;
  /** Of the inode: two names of one file have the same. */
  readonly id: number;
  readonly content:
    | { readonly kind: 'file'; readonly bytes: Buffer }
    | { readonly kind: 'directory' }
    | { readonly kind: 'link'; readonly target: string };
}

const digests = new WeakMap<Buffer, string>();

/** Most states share most of their bytes. */
function digestOf(bytes: Buffer): string {
  const known = digests.get(bytes);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(bytes).digest('base64');
  digests.set(bytes, digest);
  return digest;
}

export class DiskImage {
  /** Directories before what is in them. */
  readonly entries: readonly ImageEntry[];
  #hash: string | null = null;

  constructor(entries: readonly ImageEntry[]) {
    this.entries = entries;
  }

  /** The same for two disks on which the same lies, whatever way it came there. */
  get hash(): string {
    this.#hash ??= this.hashOf(() => true);
    return this.#hash;
  }

  hashOf(concerns: (path: string) => boolean): string {
    const hash = createHash('sha256');
    const first = new Map<number, string>();
    for (const { path, mode, id, content } of this.entries) {
      if (!concerns(path)) continue;
      const other = first.get(id) ?? '';
      first.set(id, path);
      const what =
        content.kind === 'file' ? digestOf(content.bytes) : content.kind === 'link' ? content.target : '';
      hash.update(`${path}\0${mode}\0${content.kind}\0${what}\0${other}\n`);
    }
    return hash.digest('hex');
  }

  /** The files below a directory, by their paths from there. */
  files(below: string): ReadonlyMap<string, Uint8Array> {
    const files = new Map<string, Uint8Array>();
    for (const { path, content } of this.entries)
      if (content.kind === 'file' && path.startsWith(`${below}/`))
        files.set(path.slice(below.length + 1), content.bytes);
    return files;
  }
}

/** What is on a disk with these names and bytes. */
export function makeImage(
  root: DirectoryInode,
  namesOf: (directory: DirectoryInode) => ReadonlyMap<string, Inode>,
  bytesOf: (file: FileInode) => Buffer,
): DiskImage {
  const entries: ImageEntry[] = [];
  const enter = (directory: DirectoryInode, prefix: string) => {
    for (const [name, inode] of [...namesOf(directory)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const path = `${prefix}${name}`;
      const { mode, mtimeMs, id, kind } = inode;
      const content =
        kind === 'file'
          ? { kind, bytes: bytesOf(inode) }
          : kind === 'link'
            ? { kind, target: inode.target }
            : { kind };
      entries.push({ path, mode, mtimeMs, id, content });
      if (kind === 'directory') enter(inode, `${path}/`);
    }
  };
  enter(root, '');
  return new DiskImage(entries);
}

/** The files below a directory as they are now, by their paths from there, in the order in which an image has them. */
export function filesBelow(root: DirectoryInode, below: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const enter = (directory: DirectoryInode, prefix: string) => {
    for (const name of [...directory.entries.keys()].sort()) {
      const inode = directory.entries.get(name);
      if (inode?.kind === 'file') files.set(`${prefix}${name}`, inode.bytes);
      else if (inode?.kind === 'directory') enter(inode, `${prefix}${name}/`);
    }
  };
  let directory: Inode | undefined = root;
  for (const name of below.split('/'))
    directory = directory?.kind === 'directory' ? directory.entries.get(name) : undefined;
  if (directory?.kind === 'directory') enter(directory, '');
  return files;
}
