/** Everything below a directory, one entry at a time: for trees of any size, and of anybody's making. */
import { isUtf8 } from 'node:buffer';
import { type Dir, type Dirent, lstatSync } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { JubjubError } from '../errors.ts';
import type { DocrootEntry } from './contract.ts';
import { errnoOf } from './fs-errors.ts';

/** A directory that is being read. Paths are bytes: a name need not be UTF-8. */
interface Level {
  readonly directory: Buffer;
  /** As it is told; empty for the root. */
  readonly told: string;
  readonly dir: Dir;
  /** How many entries were looked at. */
  looks: number;
}

const SLASH = Buffer.from('/');
const BACKSLASH = 0x5c;
const FIRST_NOT_ASCII = 0x80;

/**
 * A pause after so many entries of one directory, in which signals and timers are heard. Each directory begins with one; the looks
 * in between are synchronous, because a trip to another thread for each of 20 million files takes five times as long (measured:
 * 100,000 files in as many directories, 6 s against 30 s).
 */
const LOOKS_PER_PAUSE = 500;

/**
 * Depth first, so that only the directories from the root down to here are held, however many there are.
 * The path of an entry is relative to `root`; what vanishes meanwhile is not told.
 * @throws INTERRUPTED
 */
export async function* walkTree(root: string, signal: AbortSignal): AsyncGenerator<DocrootEntry> {
  const levels: Level[] = [];
  try {
    let found: DocrootEntry | Level | null = await enter(Buffer.from(root), '');
    for (;;) {
      const isLevel = found !== null && 'dir' in found;
      if (isLevel) levels.push(found as Level);
      if (signal.aborted) throw new JubjubError('INTERRUPTED', 'interrupted', { cause: signal.reason });
      if (!isLevel && found !== null) yield found as DocrootEntry;
      const level = levels.at(-1);
      if (level === undefined) return;
      const entry = nextEntry(level);
      if (typeof entry === 'object') {
        found = await look(level, entry);
        continue;
      }
      levels.pop();
      level.dir.closeSync();
      found = entry === 'broken' ? unreadable(level.told) : null;
    }
  } finally {
    for (const { dir } of levels) dir.closeSync();
  }
}

/** `opendir` was asked for names as bytes; its types do not know that. */
type Entry = Dirent<Buffer>;

function nextEntry({ dir }: Level): Entry | 'end' | 'broken' {
  try {
    return (dir.readSync() as unknown as Entry | null) ?? 'end';
  } catch {
    return 'broken';
  }
}

/** What an entry stands for; null when it has gone. */
async function look(level: Level, entry: Entry): Promise<DocrootEntry | Level | null> {
  const file = Buffer.concat([level.directory, SLASH, entry.name]);
  const path = level.told === '' ? toldName(entry.name) : `${level.told}/${toldName(entry.name)}`;
  if (entry.isDirectory()) return enter(file, path);
  if (!entry.isFile()) return { path, kind: entry.isSymbolicLink() ? 'link' : 'other', sizeBytes: 0 };
  try {
    level.looks += 1;
    const { size } = level.looks % LOOKS_PER_PAUSE === 0 ? await lstat(file) : lstatSync(file);
    return { path, kind: 'file', sizeBytes: size };
  } catch (error) {
    return isGone(error) ? null : unreadable(path);
  }
}

async function enter(directory: Buffer, told: string): Promise<DocrootEntry | Level | null> {
  try {
    // The types ask for the name of a text encoding; 'buffer' means none.
    const options = { encoding: 'buffer' as BufferEncoding, bufferSize: 256 };
    const dir = await opendir(directory as unknown as string, options);
    return { directory, told, dir, looks: 0 };
  } catch (error) {
    return isGone(error) ? null : unreadable(told);
  }
}

function isGone(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

function unreadable(told: string): DocrootEntry {
  return { path: told === '' ? '.' : told, kind: 'unreadable', sizeBytes: 0 };
}

/** A name as text, and no two as the same: see `DocrootEntry.path`. */
function toldName(name: Buffer): string {
  if (!isUtf8(name)) return [...name].map(toldByte).join('');
  return name.toString('utf8').replaceAll('\\', '\\\\');
}

function toldByte(byte: number): string {
  if (byte === BACKSLASH) return '\\\\';
  return byte < FIRST_NOT_ASCII ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`;
}
