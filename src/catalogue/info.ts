/** What projects' JSON API documents say of them, for rules about metadata. */
import type { KnownInfo } from './contract.ts';
import type { CatalogueDatabase, Row } from './database.ts';
import { integerOrNull, isReadable, jsonObject } from './values.ts';

function infoOf(row: Row): KnownInfo {
  return { serial: integerOrNull(row, 'serial'), info: jsonObject(row, 'info') };
}

/** The part of the catalogue that knows the metadata of projects. */
export class InfoTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  of(projectId: number): KnownInfo | null {
    const row = this.#row(projectId);
    return row === null ? null : infoOf(row);
  }

  set(projectId: number, { serial, info }: KnownInfo): void {
    const sql = `INSERT INTO info (project_id, serial, info) VALUES (?, ?, ?)
      ON CONFLICT (project_id) DO UPDATE SET serial = excluded.serial, info = excluded.info`;
    this.#db.run(sql, projectId, serial, JSON.stringify(info));
  }

  remove(projectId: number): void {
    this.#db.run('DELETE FROM info WHERE project_id = ?', projectId);
  }

  clear(): void {
    this.#db.run('DELETE FROM info');
  }

  forgetUnreadable(projectId: number): void {
    const row = this.#row(projectId);
    if (row !== null && !isReadable(() => infoOf(row))) this.remove(projectId);
  }

  #row(projectId: number): Row | null {
    return this.#db.one('SELECT serial, info FROM info WHERE project_id = ?', projectId);
  }
}
