/** Single values: whose catalogue this is, how far it has come, and what is remembered from one run to the next. */
import type { Serial } from '../pypi/types.ts';
import type { Progress, SerialMark } from './contract.ts';
import type { CatalogueDatabase, SqlValue } from './database.ts';
import { integer, jsonOf } from './values.ts';

export type MetaKey =
  | 'identity'
  | 'shape'
  | 'serial'
  | 'discovered'
  | 'dialect'
  | 'list'
  | 'rootInDoubt'
  /** The fingerprint of the selection that the needs are up to date for; none: they are up to date for none. */
  | 'needsFor';

/** The part of the catalogue that knows single values, and the serial marks. */
export class MetaTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  text(key: MetaKey): string | null {
    const value = this.#value(key);
    return typeof value === 'string' ? value : null;
  }

  json<T>(key: MetaKey): T | null {
    const text = this.text(key);
    return text === null ? null : (jsonOf(text, `meta.${key}`) as T);
  }

  integer(key: MetaKey): number | null {
    const value = this.#value(key);
    return typeof value === 'number' ? value : null;
  }

  set(key: MetaKey, value: SqlValue): void {
    // A plain number would be kept as a fraction, and read "38000059.0" in the shell.
    const exact = typeof value === 'number' ? BigInt(value) : value;
    const sql = 'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
    this.#db.run(sql, key, exact);
  }

  remove(key: MetaKey): void {
    this.#db.run('DELETE FROM meta WHERE key = ?', key);
  }

  progress(): Progress {
    return { serial: this.integer('serial'), discovered: this.integer('discovered') };
  }

  /** P2: the serial may reach the change before `firstUntried`; it never goes back. Returns what it is then. */
  advance(firstUntried: Serial | null): Serial | null {
    const { serial, discovered } = this.progress();
    if (discovered === null) return serial;
    const reached = firstUntried === null ? discovered : Math.min(firstUntried - 1, discovered);
    if (reached < 0 || (serial !== null && reached <= serial)) return serial;
    this.set('serial', reached);
    return reached;
  }

  /** Everything that is told in upstream's serials, and what kind of upstream it was. */
  forgetUpstream(): void {
    this.#db.run(`DELETE FROM meta WHERE key IN ('serial', 'discovered', 'dialect', 'list')`);
    this.replaceMarks([]);
  }

  marks(): SerialMark[] {
    return this.#db.all('SELECT * FROM mark ORDER BY serial').map((row) => ({
      serial: integer(row, 'serial'),
      timestampS: integer(row, 'timestamp_s'),
      seenMs: integer(row, 'seen_ms'),
    }));
  }

  replaceMarks(marks: readonly SerialMark[]): void {
    this.#db.atomically(() => {
      this.#db.run('DELETE FROM mark');
      const sql = 'INSERT OR IGNORE INTO mark VALUES (?, ?, ?)';
      for (const mark of marks) this.#db.run(sql, mark.serial, mark.timestampS, mark.seenMs);
    });
  }

  #value(key: MetaKey): unknown {
    return this.#db.one('SELECT value FROM meta WHERE key = ?', key)?.['value'];
  }
}
