/** Digests that upstream does not give, and that were learnt from the bytes. */
import type { LearnedFile } from './contract.ts';
import type { CatalogueDatabase } from './database.ts';
import { digestBytes, integer, sha256, text, validatorOf } from './values.ts';

/** The part of the catalogue that knows what upstream does not say of its files. */
export class LearnedTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  of(projectId: number): LearnedFile[] {
    return this.#db.all('SELECT * FROM learned WHERE project_id = ?', projectId).map((row) => ({
      url: text(row, 'url'),
      sha256: sha256(row, 'sha256'),
      sizeBytes: integer(row, 'size'),
      validator: validatorOf(row, 'etag', 'encoding'),
    }));
  }

  replace(projectId: number, files: readonly LearnedFile[]): void {
    this.#db.run('DELETE FROM learned WHERE project_id = ?', projectId);
    for (const { url, sha256: digest, sizeBytes, validator } of files) {
      this.#db.run(
        'INSERT OR REPLACE INTO learned VALUES (?, ?, ?, ?, ?, ?)',
        url,
        projectId,
        digestBytes(digest),
        sizeBytes,
        validator?.etag ?? null,
        validator?.encoding ?? null,
      );
    }
  }

  clear(): void {
    this.#db.run('DELETE FROM learned');
  }
}
