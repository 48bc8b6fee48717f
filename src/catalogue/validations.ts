/** When projects were last validated, and whose turn is next. */
import type { ProjectName } from '../pypi/types.ts';
import type { CatalogueDatabase, SqlValue } from './database.ts';
import { projectName, text } from './values.ts';

/** Rows read at once where all projects are gone through. */
const PAGE_ROWS = 1_000;

const LONGEST_AGO = (index: string, condition: string) => `SELECT * FROM (
  SELECT validated_ms, name FROM project INDEXED BY ${index}
  WHERE ${condition} AND name NOT IN (SELECT name FROM due) ORDER BY validated_ms, name LIMIT ?)`;

/** Each half along its own index, no further than it is asked for. */
export const LEAST_RECENTLY_VALIDATED_SQL = `SELECT name FROM (
    ${LONGEST_AGO('project_by_validation', `state = 'published'`)}
    UNION ALL ${LONGEST_AGO('project_left_out_by_validation', 'left_out IS NOT NULL AND detail IS NOT NULL')})
  ORDER BY validated_ms, name LIMIT ?`;

/** The part of the catalogue that knows when upstream was last asked about a project. */
export class Validations {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  note(name: ProjectName, atMs: number): void {
    this.#db.run('UPDATE project SET validated_ms = ? WHERE name = ?', atMs, name);
  }

  leastRecent(limit: number): ProjectName[] {
    return this.#db.all(LEAST_RECENTLY_VALIDATED_SQL, limit, limit, limit).map((row) => projectName(row));
  }

  /** In pages: the caller makes them due, so that each page begins where the one before ended. */
  *before(atMs: number, nowMs: number): IterableIterator<ProjectName> {
    const sql = `SELECT name FROM project
      WHERE (state = 'published' OR (left_out IS NOT NULL AND detail IS NOT NULL))
      AND (validated_ms <= ? OR validated_ms > ?) AND name > ? AND name NOT IN (SELECT name FROM due) ORDER BY name LIMIT ${PAGE_ROWS}`;
    let after: SqlValue = '';
    for (;;) {
      const rows = this.#db.all(sql, atMs, nowMs, after);
      for (const row of rows) yield projectName(row);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = text(last, 'name');
    }
  }
}
