/** One writer at a time (P9): an operating-system lock that lasts as long as the process, and not a moment longer. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { JubjubError } from '../errors.ts';
import { storeError } from './fs-errors.ts';

export interface Lock {
  release(): void;
}

/**
 * Takes `state/lock`. SQLite's exclusive lock is an fcntl lock: it goes when the process goes, by whatever way, so a
 * stale lock file never blocks. The text beside it says who holds it; it is for people, nothing relies on it.
 *
 * @throws LOCK_HELD when another run has it; STORE_* when the folder cannot be written.
 */
export function acquireLock(
  stateFolder: string,
  holder: { readonly pid: number; readonly since: string },
): Lock {
  const file = join(stateFolder, 'lock');
  const holderFile = join(stateFolder, 'lock-holder.txt');
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { timeout: 0 });
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (isBusy(error)) throw lockHeld(file, holderFile, error);
    throw storeError(asErrno(error), 'could not take the lock', file);
  }
  try {
    writeFileSync(holderFile, `pid ${holder.pid}, since ${holder.since}\n`);
  } catch (error) {
    database.close();
    throw storeError(error, 'could not write', holderFile);
  }
  const held = database;
  return { release: () => held.close() };
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
}

/** SQLite's words for a folder that cannot be written, in those of the file system. */
function asErrno(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code === 'SQLITE_FULL') return Object.assign(error, { code: 'ENOSPC' });
  if (/^SQLITE_(READONLY|CANTOPEN|PERM)/.test(error.code)) return Object.assign(error, { code: 'EACCES' });
  return error;
}

function lockHeld(file: string, holderFile: string, cause: unknown): JubjubError {
  let holder = 'another process';
  try {
    holder = readFileSync(holderFile, 'utf8').trim();
  } catch {
    // Only words for people: the lock itself is the fact.
  }
  return new JubjubError('LOCK_HELD', 'another run holds the lock of this mirror', {
    path: file,
    received: holder,
    effect: 'nothing was changed; the other run goes on',
    hint: 'wait for it to end; a lock never outlives its process, so there is nothing to clean up',
    cause,
  });
}
