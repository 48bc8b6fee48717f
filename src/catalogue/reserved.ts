/** Reserved names that upstream has: since when, and whether a run has told of them. */
import { tryNormalizeName } from '../pypi/names.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { ReservedName } from './contract.ts';
import type { CatalogueDatabase } from './database.ts';
import { integer, integerOrNull } from './values.ts';

/** The part of the catalogue that knows which reserved names upstream has. */
export class ReservedTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  note(names: readonly Pick<ReservedName, 'name' | 'serial'>[], atMs: number): void {
    const sql = 'INSERT OR IGNORE INTO reserved (name, seen_ms, serial) VALUES (?, ?, ?)';
    this.#db.atomically(() => {
      for (const { name, serial } of names) this.#db.run(sql, name, atMs, serial);
    });
  }

  forget(names: readonly ProjectName[]): void {
    this.#db.atomically(() => {
      for (const name of names) this.#db.run('DELETE FROM reserved WHERE name = ?', name);
    });
  }

  /** By name. One name that cannot be read keeps nobody from the others: `integrity` tells of it. */
  all(): ReservedName[] {
    return this.#db.all('SELECT * FROM reserved ORDER BY name').flatMap((row) => {
      const name = tryNormalizeName(row['name']);
      if (name === null || name !== row['name']) return [];
      const serial = integerOrNull(row, 'serial');
      return { name, seenMs: integer(row, 'seen_ms'), serial, told: integer(row, 'told') === 1 };
    });
  }

  setTold(): void {
    this.#db.run('UPDATE reserved SET told = 1 WHERE told = 0');
  }

  clear(): void {
    this.#db.run('DELETE FROM reserved');
  }

  count(): number {
    return integer(this.#db.one('SELECT count(*) AS n FROM reserved') ?? {}, 'n');
  }
}
