/** The trash: what was moved out of the docroot, until it comes back or is deleted. */
import type { DocrootPath, ProjectName, TrashPath } from '../pypi/types.ts';
import type { HiddenFile, SweptFile, TrashedFile } from './contract.ts';
import type { CatalogueDatabase, Row, SqlValue } from './database.ts';
import {
  digestBytes,
  digestBytesOrNull,
  docrootPath,
  integer,
  integerOrNull,
  ofProject,
  projectName,
  sha256OrNull,
  text,
  textOrNull,
  trashPathOf,
} from './values.ts';

const WITH_PROJECT = `SELECT trash.*, project.name AS project FROM trash LEFT JOIN project ON project.id = project_id`;

/** In two steps, so that neither of them goes through what has to stay. */
export const DELETABLE_SQL = `${WITH_PROJECT}
  WHERE trash.id IN (SELECT id FROM trash WHERE returned = 1 UNION ALL SELECT id FROM trash WHERE hidden_ms <= ?)
  ORDER BY hidden_ms, trash.id LIMIT ?`;

function trashedOf(row: Row): TrashedFile {
  const project = textOrNull(row, 'project');
  return ofProject(project ?? '(none)', () => ({
    id: integer(row, 'id'),
    path: trashPathOf(row),
    docrootPath: docrootPath(row, 'docroot_path'),
    name: project === null ? null : projectName(row, 'project'),
    filename: text(row, 'filename'),
    sha256: sha256OrNull(row, 'sha256'),
    sizeBytes: integer(row, 'size'),
    metadataSha256: sha256OrNull(row, 'metadata_sha256'),
    hiddenMs: integer(row, 'hidden_ms'),
    why: text(row, 'why'),
    serial: integerOrNull(row, 'serial'),
    returned: integer(row, 'returned') === 1,
  }));
}

/** The part of the catalogue that knows the trash. */
export class TrashTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  /** Does anything lie there that may come back? */
  isInUse(): boolean {
    return this.#db.one('SELECT 1 FROM trash WHERE returned = 0 LIMIT 1') !== null;
  }

  addHidden(projectId: number, { file, to, why, serial }: HiddenFile, urgent: boolean, atMs: number): void {
    const { sizeBytes, filename, path } = file;
    const digests = [digestBytes(file.sha256), digestBytesOrNull(file.metadataSha256)];
    this.#add(to, path, projectId, filename, ...digests, sizeBytes, atMs, why, serial, urgent ? 1 : 0);
  }

  addSwept({ path, to, sizeBytes, why }: SweptFile, atMs: number): void {
    this.#add(to, path, null, lastOf(path), null, null, sizeBytes, atMs, why, null, 0);
  }

  removeSwept(path: TrashPath): void {
    this.#db.run('DELETE FROM trash WHERE path = ? AND project_id IS NULL', path);
  }

  lastSwept(): TrashedFile[] {
    const sql = `${WITH_PROJECT} WHERE project_id IS NULL AND hidden_ms =
      (SELECT hidden_ms FROM trash WHERE project_id IS NULL ORDER BY id DESC LIMIT 1)`;
    return this.#db.all(sql).map(trashedOf);
  }

  deletable(beforeMs: number, limit: number): TrashedFile[] {
    return this.#db.all(DELETABLE_SQL, beforeMs, limit).map(trashedOf);
  }

  isShared({ id, path }: TrashedFile): boolean {
    return this.#db.one('SELECT 1 FROM trash WHERE path = ? AND id <> ?', path, id) !== null;
  }

  /** Returns whether it had returned before; null when it is not there any more. */
  remove(id: number): { readonly returned: boolean } | null {
    const row = this.#db.one('DELETE FROM trash WHERE id = ? RETURNING returned', id);
    return row === null ? null : { returned: integer(row, 'returned') === 1 };
  }

  /** Its bytes are in the docroot again. Returns whether it was urgent when it was hidden. */
  returned(id: number): boolean {
    const row = this.#db.one('UPDATE trash SET returned = 1 WHERE id = ? RETURNING urgent', id);
    return row?.['urgent'] === 1;
  }

  /** What lay there is published again, whosever it was. Returns whether anything did. */
  publishedAgain(path: TrashPath): boolean {
    return this.#db.run('UPDATE trash SET returned = 1 WHERE path = ? AND returned = 0', path).changes > 0;
  }

  of(name: ProjectName): TrashedFile[] {
    const sql = `${WITH_PROJECT} WHERE project_id = (SELECT id FROM project WHERE name = ?)
      ORDER BY hidden_ms, trash.id`;
    return this.#db.all(sql, name).map(trashedOf);
  }

  /** What two projects have had lies there once. What has returned is only waiting to be swept up. */
  counts(): { readonly trashedFiles: number; readonly trashedBytes: number } {
    const sql = `SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes
      FROM (SELECT max(size) AS size FROM trash WHERE returned = 0 GROUP BY path)`;
    const row = this.#db.one(sql) ?? {};
    return { trashedFiles: integer(row, 'files'), trashedBytes: integer(row, 'bytes') };
  }

  /** What lay at the same path is written over, by the store too. */
  #add(...values: SqlValue[]): void {
    this.#db.run(
      `INSERT INTO trash (path, docroot_path, project_id, filename, sha256, metadata_sha256, size, hidden_ms, why,
         serial, urgent)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (path, coalesce(project_id, 0)) DO UPDATE SET docroot_path = excluded.docroot_path,
         filename = excluded.filename, sha256 = excluded.sha256, metadata_sha256 = excluded.metadata_sha256,
         size = excluded.size, hidden_ms = excluded.hidden_ms, why = excluded.why, serial = excluded.serial,
         urgent = excluded.urgent, returned = 0`,
      ...values,
    );
  }
}

/** The file name of a path. */
export function lastOf(path: DocrootPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
