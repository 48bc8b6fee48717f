/** For which time projects' files were selected, and when time alone will change what is. */
import type { ProjectName } from '../pypi/types.ts';
import type { ProjectUpdate } from './contract.ts';
import type { CatalogueDatabase } from './database.ts';
import { integer, readableNames } from './values.ts';

/** CROSS JOIN: SQLite must begin with those whose time has come. */
export const REVIEWABLE_SQL = `SELECT name FROM selected INDEXED BY selected_by_review
  CROSS JOIN project ON project.id = project_id
  WHERE review_ms <= ? AND name NOT IN (SELECT name FROM due) ORDER BY name`;

/** The index is named: what stands behind a detail in a project's row is megabytes away. */
export const SHOWN_OR_LEFT_OUT_SQL = `SELECT id FROM project WHERE name = ? AND (state = 'published'
  OR EXISTS (SELECT 1 FROM project AS one INDEXED BY project_left_out
    WHERE one.name = project.name AND one.left_out IS NOT NULL))`;

/** A table of its own: in the project's row, each change of a time would write the whole detail again. */
export class SelectedTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  set(projectId: number, { selectedMs, reviewMs }: Pick<ProjectUpdate, 'selectedMs' | 'reviewMs'>): void {
    if (selectedMs === null && reviewMs === null) {
      this.forget(projectId);
      return;
    }
    const sql = `INSERT INTO selected (project_id, at_ms, review_ms) VALUES (?, ?, ?)
      ON CONFLICT (project_id) DO UPDATE SET at_ms = excluded.at_ms, review_ms = excluded.review_ms`;
    this.#db.run(sql, projectId, selectedMs, reviewMs);
  }

  forget(projectId: number): void {
    this.#db.run('DELETE FROM selected WHERE project_id = ?', projectId);
  }

  setAll(
    reviews: readonly { readonly name: ProjectName; readonly reviewMs: number | null }[],
    selectedMs: number,
  ): void {
    this.#db.atomically(() => {
      for (const { name, reviewMs } of reviews) {
        const row = this.#db.one(SHOWN_OR_LEFT_OUT_SQL, name);
        if (row !== null) this.set(integer(row, 'id'), { selectedMs, reviewMs });
      }
    });
  }

  reviewable(nowMs: number): ProjectName[] {
    return readableNames(this.#db.all(REVIEWABLE_SQL, nowMs));
  }

  /** The details of left-out projects are forgotten: there is nothing to look at anew. */
  forgetLeftOut(): void {
    this.#db.run(`DELETE FROM selected WHERE project_id IN
      (SELECT id FROM project INDEXED BY project_left_out WHERE left_out IS NOT NULL)`);
  }
}
