/** Opens the catalogue's database: pragmas, migrations, prepared statements, and errors in our words. */
import Database from 'better-sqlite3';
import { type ErrorCode, JubjubError } from '../errors.ts';
import { MIGRATIONS } from './schema.ts';

/** For whoever else writes: a `sqlite3` of the operator's. */
const BUSY_WAIT_MS = 10_000;
/** For readers, before the log is begun anew: a backup may read for minutes. */
const READERS_WAIT_MS = 250;

export type Row = Record<string, unknown>;
export type SqlValue = string | number | bigint | Uint8Array | null;

/** A database with a statement cache: each text is prepared once. */
export class CatalogueDatabase {
  readonly #database: Database.Database;
  readonly #file: string;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(database: Database.Database, file: string) {
    this.#database = database;
    this.#file = file;
  }

  run(sql: string, ...values: SqlValue[]): { readonly changes: number; readonly id: number } {
    const result = this.#guard(() => this.#prepared(sql).run(...values));
    return { changes: result.changes, id: Number(result.lastInsertRowid) };
  }

  one(sql: string, ...values: SqlValue[]): Row | null {
    return this.#guard(() => (this.#prepared(sql).get(...values) as Row | undefined) ?? null);
  }

  all(sql: string, ...values: SqlValue[]): Row[] {
    return this.#guard(() => this.#prepared(sql).all(...values) as Row[]);
  }

  exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  /** All of it or nothing. Nests: an inner one is a savepoint of the outer. */
  atomically<T>(action: () => T): T {
    return this.#guard(() => this.#database.transaction(action)());
  }

  /** The same for an action that waits for something; nothing else may use the database meanwhile. */
  async atomicallyAsync<T>(action: () => Promise<T>): Promise<T> {
    this.exec('SAVEPOINT waiting');
    try {
      const result = await action();
      this.exec('RELEASE waiting');
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself: then there is nothing left to undo, and this error is the one to tell.
      if (this.#database.inTransaction) {
        this.exec('ROLLBACK TO waiting');
        this.exec('RELEASE waiting');
      }
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepared(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw catalogueError(error, this.#file);
    }
  }
}

const DAMAGED_HINT =
  'keep the file and restore it from a backup; or move it away: the next run makes a new one and takes over the files that are there';

/** SQLite's errors as ours; anything else comes back as it was. */
function catalogueError(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const code: ErrorCode = error.code.startsWith('SQLITE_FULL')
    ? 'STORE_FULL'
    : /^SQLITE_(READONLY|CANTOPEN|PERM)/.test(error.code)
      ? 'STORE_NOT_WRITABLE'
      : error.code.startsWith('SQLITE_IOERR')
        ? 'STORE_IO'
        : 'CATALOGUE_UNREADABLE';
  const hint = /^SQLITE_(BUSY|LOCKED)/.test(error.code)
    ? 'another program has the catalogue open for writing: close it'
    : code === 'CATALOGUE_UNREADABLE'
      ? DAMAGED_HINT
      : 'check free space, owner and mode of the state folder';
  return new JubjubError(code, `the catalogue failed: ${error.message}`, {
    path: file,
    received: error.code,
    effect: 'the run stopped; what was committed before is kept',
    hint,
    cause: error,
  });
}

function migrate(database: CatalogueDatabase, file: string): void {
  const version = Number(database.one('PRAGMA user_version')?.['user_version'] ?? 0);
  if (version > MIGRATIONS.length) {
    throw new JubjubError('CATALOGUE_UNREADABLE', 'the catalogue was written by a newer jubjub', {
      path: file,
      expected: `schema version ${MIGRATIONS.length} or lower`,
      received: `schema version ${version}`,
      effect: 'nothing was changed',
      hint: 'use the newer jubjub again',
    });
  }
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < version) continue;
    database.atomically(() => {
      database.exec(statements);
      database.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

export interface OpenOptions {
  /** A reader beside a running sync (`status`): never writes, never migrates. */
  readonly readOnly?: boolean;
}

/** Opens and, unless read-only, migrates. `:memory:` is a catalogue that nobody keeps. */
export function openDatabase(file: string, options: OpenOptions = {}): CatalogueDatabase {
  const readOnly = options.readOnly === true;
  let raw: Database.Database;
  try {
    raw = new Database(file, { readonly: readOnly, timeout: BUSY_WAIT_MS });
  } catch (error) {
    throw catalogueError(error, file);
  }
  const database = new CatalogueDatabase(raw, file);
  try {
    if (!readOnly) {
      database.exec('PRAGMA journal_mode = WAL');
      // FULL: a commit that returned has reached the disk. P2 rests on it.
      database.exec('PRAGMA synchronous = FULL');
      // What an earlier process left in the log reads right even if its flush failed, and what is added behind a frame that never
      // reached the disk goes with it in a power cut. So the log is written into the database first, and begun anew.
      // A reader that stands in the middle of the log is not waited for: then the next run that opens it does this.
      database.exec(`PRAGMA busy_timeout = ${READERS_WAIT_MS}`);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.exec(`PRAGMA busy_timeout = ${BUSY_WAIT_MS}`);
      database.exec('PRAGMA foreign_keys = ON');
      database.exec('PRAGMA cache_size = -16384');
      migrate(database, file);
    } else if (Number(database.one('PRAGMA user_version')?.['user_version']) !== MIGRATIONS.length) {
      throw new JubjubError(
        'CATALOGUE_UNREADABLE',
        'the catalogue was written by another version of jubjub',
        {
          path: file,
          effect: 'nothing was changed',
          hint: 'run `jubjub sync` once with this version',
        },
      );
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
