/** One writer at a time (P9): an operating-system lock that lasts as long as the process, and not a moment longer. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { JubjubError } from '../errors.ts';
import { foreign, storeError } from './fs-errors.ts';
import { openingError } from './opening-error.ts';
import { CAREFULLY } from './random-access.ts';

export interface Holder {
  readonly pid: number;
  readonly since: string;
}

export interface Lock {
  /** Writes down who holds it, for those who find it held. @throws STORE_* */
  announce(holder: Holder): void;
  /**
   * Whether this is still the lock that others would find: false once the file has been deleted or replaced, after which a
   * second writer could take the new one, and after `release`. Costs one look at the file's name.
   */
  stillHeld(): boolean;
  release(): void;
}

/** Somebody who only looks whether the lock is held (`lockHolder`) holds it for a moment, too. */
const LOOKERS_WAIT_MS = 250;
/** Garbage is emptied, or a replaced file opened anew, once; the last try's error counts. */
const TAKE_TRIES_MAX = 2;
/** Of the holder's text; ours is shorter. */
const HOLDER_BYTES_MAX = 200;
/**
 * P9: of a file that may only be read SQLite takes no more than the lock that readers share, and says nothing. Trying to write tells;
 * the file stays as it is.
 */
const PROBE = 'SAVEPOINT probe; PRAGMA user_version = 1; ROLLBACK TO probe; RELEASE probe';

/**
 * Takes `state/lock`. SQLite's exclusive lock is an fcntl lock: it goes when the process goes, by whatever way, so a
 * stale lock file never blocks. Taking it changes nothing on disk once the file is there. The text beside it says who
 * holds it; it is for people, nothing relies on it.
 *
 * @throws LOCK_HELD when another run has it; STORE_* when the folder cannot be written.
 */
export function acquireLock(stateFolder: string): Lock {
  const file = join(stateFolder, 'lock');
  const holderFile = join(stateFolder, 'lock-holder.txt');
  const { database, identity } = takeLock(file, holderFile);
  return {
    announce: ({ pid, since }) => {
      try {
        // A new file, never one that a link of either kind leads to.
        rmSync(holderFile, { force: true });
        writeFileSync(holderFile, `pid ${pid}, since ${since}\n`, { flag: 'wx' });
      } catch (error) {
        throw storeError(error, 'could not write', holderFile);
      }
    },
    stillHeld: () => database.open && identityOf(file) === identity,
    release: () => database.close(),
  };
}

interface Taken {
  readonly database: Database.Database;
  /** Of the file that is locked. */
  readonly identity: string;
}

/** Tries again when the file turns out to be garbage, or was replaced between opening and locking it. */
function takeLock(file: string, holderFile: string): Taken {
  for (let triesLeft = TAKE_TRIES_MAX; ; triesLeft--) {
    let database: Database.Database | undefined;
    try {
      const before = identityOf(file);
      // SQLite follows links, and what lies behind one is not ours to lock, nor to empty.
      if (before !== null && isLink(file)) throw foreign(file, 'the lock file');
      database = new Database(file, { timeout: LOOKERS_WAIT_MS });
      const opened = before ?? identityOf(file);
      database.pragma('journal_mode = MEMORY');
      database.exec('BEGIN EXCLUSIVE');
      database.exec(PROBE);
      if (opened !== null && identityOf(file) === opened) return { database, identity: opened };
      database.close();
      if (triesLeft <= 1) throw foreign(file, 'a lock file that stays where it is');
    } catch (error) {
      database?.close();
      if (isBusy(error)) throw lockHeld(file, holderFile, error);
      if (!isGarbage(error) || triesLeft <= 1) throw refusedLock(error, file);
      emptyFile(file);
    }
  }
}

/**
 * The file carries no data, so garbage in it (a disk's, an editor's) is worth nothing, and must not block for ever. Nobody
 * holds the lock while we do this: SQLite said "garbage" only after it was let in to read, and a holder lets nobody in. One who
 * takes the lock in between loses nothing either: locks outlive a truncation, and an empty file is what holders have.
 */
function emptyFile(file: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_WRONLY | CAREFULLY);
    // Garbage with a second name is somebody's file.
    if (fstatSync(descriptor).nlink > 1) throw foreign(file, 'the lock file, under one name');
    ftruncateSync(descriptor);
  } catch (error) {
    throw storeError(error, 'could not empty the lock', file);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Device and inode: what a lock is really on, whatever the name stands for by now; null when there is no such file. */
function identityOf(file: string): string | null {
  try {
    const found = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? null : `${found.dev}:${found.ino}`;
  } catch (error) {
    throw storeError(error, 'could not look at the lock', file);
  }
}

function refusedLock(error: unknown, file: string): JubjubError {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) return foreign(file, 'the lock file', error);
  const trouble = isNotOpened(error) ? openingError(file) : undefined;
  return storeError(trouble?.error ?? asErrno(error), 'could not take the lock', trouble?.path ?? file);
}

/**
 * Who holds the lock right now, in words; null when nobody does. Takes nothing away from anyone: it asks for the lock that
 * readers share, which a holder refuses and other lookers do not.
 */
export function lockHolder(stateFolder: string): string | null {
  let database: Database.Database | undefined;
  try {
    database = new Database(join(stateFolder, 'lock'), { readonly: true, fileMustExist: true, timeout: 0 });
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return null;
  } catch (error) {
    // What cannot be opened was never held, or is not for this user to know.
    return isBusy(error) ? holderText(join(stateFolder, 'lock-holder.txt')) : null;
  } finally {
    database?.close();
  }
}

/** Only words for people: the lock itself is the fact. */
function holderText(holderFile: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(holderFile, constants.O_RDONLY | CAREFULLY);
    const text = Buffer.alloc(HOLDER_BYTES_MAX);
    return text.toString('utf8', 0, readSync(descriptor, text)).trim();
  } catch {
    return 'another process';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** No database, or a damaged one. */
function isGarbage(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code);
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
}

function isNotOpened(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CANTOPEN');
}

/** SQLite's words for a folder that cannot be written, in those of the file system. */
function asErrno(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code === 'SQLITE_FULL') return Object.assign(error, { code: 'ENOSPC' });
  if (/^SQLITE_(READONLY|CANTOPEN|PERM)/.test(error.code)) return Object.assign(error, { code: 'EACCES' });
  return error;
}

function lockHeld(file: string, holderFile: string, cause: unknown): JubjubError {
  return new JubjubError('LOCK_HELD', 'another run holds the lock of this mirror', {
    path: file,
    received: holderText(holderFile),
    effect: 'nothing was changed; the other run goes on',
    hint: 'wait for it to end; a lock never outlives its process, so there is nothing to clean up',
    cause,
  });
}
