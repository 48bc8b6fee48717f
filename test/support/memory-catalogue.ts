/**
 * Catalogues in memory for simulations that play thousands of them: SQLite without its file, and each statement prepared once in a
 * thread. What a catalogue owes to its file is SQLite's promise and not what these simulations are about; a transaction is a real one
 * here, too, and is undone with the process that did not live to commit it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CatalogueDatabase } from '../../src/catalogue/database.ts';
import { MIGRATIONS } from '../../src/catalogue/schema.ts';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { type CataloguePlace, FAST_DIRECTORY } from './engine.ts';

interface TableRow {
  readonly table: string;
  readonly values: Record<string, unknown>;
}

/**
 * SQLite plans a statement anew for each value whose statistics might tell of a better plan, which takes ten times as long as all that a
 * small catalogue is asked. It has no statistics here: a value that is not bare is planned for once, and means the same.
 */
function unplanned(sql: string): string {
  if (!/^\s*SELECT\b/.test(sql)) return sql;
  return sql
    .replace(/\bLIMIT \?/g, 'LIMIT ? + 0')
    .replace(/\b(project_id|round|since_ms|hidden_ms) (=|<=|<) \?/g, '$1 $2 ? + 0')
    .replace(/\bbucket = \?/g, "bucket = ? || ''");
}

/** A database that one mirror after the other uses. */
class Connection {
  readonly raw = new Database(':memory:');
  readonly #statements = new Map<string, Database.Statement>();
  /** Those that others refer to come last. */
  readonly #tables: readonly string[];
  /** What a new catalogue holds. */
  readonly #first: readonly TableRow[];

  constructor() {
    this.raw.exec('PRAGMA foreign_keys = ON');
    for (const statements of MIGRATIONS) this.raw.exec(statements);
    const sql = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_stat1' ORDER BY rowid DESC`;
    this.#tables = (this.raw.prepare(sql).all() as { name: string }[]).map(({ name }) => name);
    this.#first = this.#tables.flatMap((table) =>
      (this.raw.prepare(`SELECT * FROM ${table}`).all() as TableRow['values'][]).map((values) => ({
        table,
        values,
      })),
    );
  }

  prepare(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.raw.prepare(unplanned(sql));
    this.#statements.set(sql, statement);
    return statement;
  }

  /** What ends with a process. */
  forgetTemporary(): void {
    for (const name of this.prepare('SELECT name FROM sqlite_temp_schema').pluck().all())
      this.prepare(`DELETE FROM temp.${name}`).run();
  }

  /** A new catalogue. Statements stay prepared: no table is made anew. */
  empty(): void {
    this.raw.transaction(() => {
      // Twice: triggers note in one table what leaves another.
      for (const table of [...this.#tables, ...this.#tables]) this.prepare(`DELETE FROM ${table}`).run();
      for (const { table, values } of this.#first) {
        const columns = Object.keys(values);
        const places = columns.map(() => '?').join(', ');
        this.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`).run(
          ...Object.values(values),
        );
      }
    })();
  }
}

/** What one process has of a connection: when it has come to its end, nothing any more, and what it had not committed is undone. */
class Session {
  readonly #connection: Connection;
  #isOpen = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get inTransaction(): boolean {
    return this.#isOpen && this.#connection.raw.inTransaction;
  }

  prepare(sql: string): Database.Statement {
    this.#mustBeOpen();
    return this.#connection.prepare(sql);
  }

  exec(sql: string): void {
    this.#mustBeOpen();
    this.#connection.raw.exec(sql);
  }

  transaction<T>(action: () => T): () => T {
    this.#mustBeOpen();
    return this.#connection.raw.transaction(action);
  }

  close(): void {
    if (!this.#isOpen) return;
    if (this.inTransaction) this.#connection.raw.exec('ROLLBACK');
    this.#connection.forgetTemporary();
    this.#isOpen = false;
  }

  #mustBeOpen(): void {
    if (!this.#isOpen) throw new TypeError('The database connection is not open');
  }
}

const idle: Connection[] = [];

/** A new catalogue, of one mirror until it is cleaned up. */
export function memoryPlace(cleanup: { after(undo: () => void): void }): CataloguePlace {
  const connection = idle.pop() ?? new Connection();
  connection.empty();
  const sessions: Session[] = [];
  cleanup.after(() => {
    for (const session of sessions) session.close();
    idle.push(connection);
  });
  let directory: string | null = null;
  return {
    /** Few runs look at the lock, and nothing else is ever there. */
    get file() {
      if (directory === null) {
        const made = mkdtempSync(join(FAST_DIRECTORY, 'jubjub-engine-'));
        cleanup.after(() => rmSync(made, { recursive: true, force: true }));
        directory = made;
      }
      return join(directory, 'catalogue.db');
    },
    open() {
      const session = new Session(connection);
      sessions.push(session);
      return new SqliteCatalogue(new CatalogueDatabase(session as unknown as Database.Database, ':memory:'));
    },
  };
}
