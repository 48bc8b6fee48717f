/** The buckets of the completeness proof: which have changed, who is in them, what their documents are. */
import type { Bucket, BucketEntry } from './contract.ts';
import type { CatalogueDatabase } from './database.ts';
import { digestBytes, integer, ofProject, projectName, sha256, text } from './values.ts';

/** The index is named: it holds all that is asked for, and the project rows are behind gigabytes of details. */
export const ENTRIES_SQL = `SELECT name, page_sha256 FROM project INDEXED BY project_by_bucket
  WHERE bucket = ? AND state = 'published' AND page_sha256 IS NOT NULL ORDER BY name`;

/** The part of the catalogue that knows the completeness proof. */
export class BucketTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  noteChange(id: string): void {
    this.#db.run(
      'INSERT INTO bucket (id, changed) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET changed = 1',
      id,
    );
  }

  changed(): string[] {
    return this.#db.all('SELECT id FROM bucket WHERE changed = 1 ORDER BY id').map((row) => text(row, 'id'));
  }

  entries(id: string): BucketEntry[] {
    return this.#db.all(ENTRIES_SQL, id).map((row) =>
      ofProject(text(row, 'name'), () => ({
        name: projectName(row),
        pageSha256: sha256(row, 'page_sha256'),
      })),
    );
  }

  set(buckets: readonly Bucket[]): void {
    const sql = `INSERT INTO bucket (id, sha256, projects) VALUES (?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, projects = excluded.projects, changed = 0`;
    this.#db.atomically(() => {
      for (const { id, sha256: digest, projects } of buckets) {
        if (projects === 0) this.#db.run('DELETE FROM bucket WHERE id = ?', id);
        else this.#db.run(sql, id, digestBytes(digest), projects);
      }
    });
  }

  all(): Bucket[] {
    return this.#db.all('SELECT * FROM bucket WHERE sha256 IS NOT NULL ORDER BY id').map((row) => ({
      id: text(row, 'id'),
      sha256: sha256(row, 'sha256'),
      projects: integer(row, 'projects'),
    }));
  }
}
