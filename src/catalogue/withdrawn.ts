/** Withdrawn files: which may leave the docroot, which the operator keeps, which have left and come back. */
import type { DocrootPath } from '../pypi/types.ts';
import type { TrashedFile, WithdrawnFile } from './contract.ts';
import type { CatalogueDatabase, Row } from './database.ts';
import { fileOf, pathKey } from './files.ts';
import {
  digestBytes,
  digestBytesOrNull,
  integer,
  integerOrNull,
  ofProject,
  projectName,
  text,
  textOrNull,
} from './values.ts';

/** CROSS JOIN: SQLite must begin with the withdrawn files, which are few, and not with the projects. */
export const HIDEABLE_SQL = `SELECT file.*, project.name AS project
  FROM file INDEXED BY file_withdrawn CROSS JOIN project ON project.id = file.project_id
  WHERE file.state = 'withdrawn' AND (file.since_ms <= ? OR file.urgent = 1) AND file.held = 0
    -- P1: a path may be another project's, too
    AND NOT EXISTS (SELECT 1 FROM file AS other
      WHERE other.path_key = file.path_key AND other.path = file.path AND other.id <> file.id
        AND (other.state <> 'withdrawn' OR other.held = 1 OR other.since_ms > file.since_ms))
  ORDER BY file.since_ms, file.id LIMIT ?`;

const HOLD_SQL = `UPDATE file SET held = 1
  WHERE project_id = ? AND path_key = ? AND path = ? AND held = 0 AND state = 'withdrawn' RETURNING id`;
/** A file that is published again keeps its mark, until it is let go. */
const LET_GO_SQL = `UPDATE file SET held = 0, since_ms = CASE state WHEN 'withdrawn' THEN ? ELSE since_ms END
  WHERE project_id = ? AND path_key = ? AND path = ? AND held = 1 RETURNING id`;

function withdrawnOf(row: Row): WithdrawnFile {
  return ofProject(text(row, 'project'), () => ({
    name: projectName(row, 'project'),
    file: fileOf(row),
    sinceMs: integer(row, 'since_ms'),
    why: textOrNull(row, 'why') ?? '',
    serial: integerOrNull(row, 'serial'),
    urgent: integer(row, 'urgent') === 1,
    held: integer(row, 'held') === 1,
  }));
}

/** The part of the catalogue that knows what no page links to any more. */
export class WithdrawnFiles {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  hideable(beforeMs: number, limit: number): WithdrawnFile[] {
    return this.#db.all(HIDEABLE_SQL, beforeMs, limit).map(withdrawnOf);
  }

  of(projectId: number): WithdrawnFile[] {
    // No join, as in `ProjectTable.get`.
    const sql = `SELECT file.*, (SELECT name FROM project WHERE project.id = project_id) AS project FROM file
      WHERE project_id = ? AND state = 'withdrawn' ORDER BY id`;
    return this.#db.all(sql, projectId).map(withdrawnOf);
  }

  count(): number {
    return integer(this.#db.one(`SELECT count(*) AS n FROM file WHERE state = 'withdrawn'`) ?? {}, 'n');
  }

  heldCount(): number {
    const sql = `SELECT count(*) AS n FROM file WHERE state = 'withdrawn' AND held = 1`;
    return integer(this.#db.one(sql) ?? {}, 'n');
  }

  /** It has left the docroot. Returns whether it was urgent. */
  forget(projectId: number, path: DocrootPath): boolean {
    const sql = `DELETE FROM file WHERE project_id = ? AND path_key = ? AND path = ? AND state = 'withdrawn'
      RETURNING urgent`;
    return this.#db.one(sql, projectId, pathKey(path), path)?.['urgent'] === 1;
  }

  /** It is in the docroot again, and held; a page may link to it already. */
  bringBack(projectId: number, file: TrashedFile, urgent: boolean, atMs: number): void {
    const { docrootPath: path, sha256 } = file;
    // What a sweep found belongs to nobody's page.
    if (sha256 === null) return;
    this.forget(projectId, path);
    const hold = 'UPDATE file SET held = 1 WHERE project_id = ? AND path_key = ? AND path = ?';
    if (this.#db.run(hold, projectId, pathKey(path), path).changes > 0) return;
    this.#db.run(
      `INSERT INTO file (project_id, path, path_key, filename, sha256, size, metadata_sha256, state, since_ms, why,
         serial, urgent, held)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'withdrawn', ?, ?, ?, ?, 1)`,
      projectId,
      path,
      pathKey(path),
      file.filename,
      digestBytes(sha256),
      file.sizeBytes,
      digestBytesOrNull(file.metadataSha256),
      atMs,
      file.why,
      file.serial,
      urgent ? 1 : 0,
    );
  }

  /** Holds a withdrawn file, or lets go what is held; null when there is no such file, or it is so already. */
  setHeld(projectId: number, path: DocrootPath, held: boolean, atMs: number): WithdrawnFile | null {
    const at = [projectId, pathKey(path), path] as const;
    const changed = held ? this.#db.one(HOLD_SQL, ...at) : this.#db.one(LET_GO_SQL, atMs, ...at);
    if (changed === null) return null;
    const one = `SELECT file.*, project.name AS project FROM file JOIN project ON project.id = project_id
      WHERE file.id = ?`;
    const row = this.#db.one(one, integer(changed, 'id'));
    return row === null ? null : withdrawnOf(row);
  }
}
