/** Which names a project list has, for the comparison with what we show; a temporary table, because there are 800,000. */
import type { ProjectName, Serial } from '../pypi/types.ts';
import type { CatalogueDatabase } from './database.ts';
import { projectName, text } from './values.ts';

const PAGE_ROWS = 1_000;

export class SeenTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  clear(): void {
    this.#db.exec(
      'CREATE TABLE IF NOT EXISTS temp.seen (name TEXT PRIMARY KEY) WITHOUT ROWID; DELETE FROM temp.seen',
    );
  }

  note(names: readonly ProjectName[]): void {
    this.#db.atomically(() => {
      for (const name of names) this.#db.run('INSERT OR IGNORE INTO temp.seen VALUES (?)', name);
    });
  }

  /** Published, left-out and pending projects, and what an earlier list or a name made due, that the list does not have; in pages. */
  *unseen(listSerial: Serial | null): IterableIterator<ProjectName> {
    const newest = listSerial ?? Number.MAX_SAFE_INTEGER;
    const sql = `SELECT name FROM (
        SELECT name FROM project INDEXED BY project_listed
          WHERE state = 'published' AND status <> 'quarantined' AND coalesce(serial, 0) <= ?
          AND name NOT IN (SELECT name FROM due WHERE removed >= required)
        UNION SELECT name FROM project INDEXED BY project_left_out
          WHERE left_out IS NOT NULL AND status <> 'quarantined' AND coalesce(serial, 0) <= ?
          AND name NOT IN (SELECT name FROM due WHERE removed >= required)
        UNION SELECT name FROM due WHERE required <= ?
          AND (source IN ('list', 'operator') OR attempts > 0 AND code = 'UPSTREAM_ABSENT'))
      WHERE name > ? AND name NOT IN (SELECT name FROM temp.seen) ORDER BY name LIMIT ${PAGE_ROWS}`;
    let after = '';
    for (;;) {
      const rows = this.#db.all(sql, newest, newest, newest, after);
      for (const row of rows) yield projectName(row);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = text(last, 'name');
    }
  }
}
