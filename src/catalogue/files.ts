/** File rows: what a plan intends, what pages link to, and what no page links to any more. */
import { createHash } from 'node:crypto';
import { isJubjubError } from '../errors.ts';
import { parseDocrootPath } from '../pypi/paths.ts';
import type { DocrootPath, Serial, Sha256 } from '../pypi/types.ts';
import { type FileState, type KnownFile, NEVER_PUBLISHED } from './contract.ts';
import type { CatalogueDatabase, Row, SqlValue } from './database.ts';
import {
  digestBytes,
  digestBytesOrNull,
  docrootPath,
  integer,
  ofProject,
  sha256,
  sha256OrNull,
  text,
  textOrNull,
  validatorOf,
} from './values.ts';

/** 48 bits of the path's hash. Two paths may share it, so every query names the path as well. */
export function pathKey(path: DocrootPath): number {
  return createHash('sha256').update(path).digest().readUIntBE(0, 6);
}

export function fileOf(row: Row): KnownFile {
  const provenance = sha256OrNull(row, 'provenance_sha256');
  return {
    path: docrootPath(row),
    filename: text(row, 'filename'),
    sha256: sha256(row, 'sha256'),
    sizeBytes: integer(row, 'size'),
    state: text(row, 'state') as FileState,
    metadataSha256: sha256OrNull(row, 'metadata_sha256'),
    provenance: provenance && {
      sha256: provenance,
      validator: validatorOf(row, 'provenance_etag', 'provenance_encoding'),
    },
  };
}

/** A file, and what became of it before. */
interface FileRow {
  readonly id: number;
  readonly file: KnownFile;
  /** Why it left the page; kept while it is intended again. null: it did not. */
  readonly why: string | null;
  readonly urgent: boolean;
  /** No committed page has ever linked to it. */
  readonly fresh: boolean;
}

function rowOf(row: Row): FileRow {
  return {
    id: integer(row, 'id'),
    file: fileOf(row),
    why: textOrNull(row, 'why'),
    urgent: integer(row, 'urgent') === 1,
    fresh: integer(row, 'fresh') === 1,
  };
}

/** Why a file leaves its page, and whether it may lie there for a while. */
export interface Reason {
  readonly why: string;
  readonly urgent: boolean;
}

/** What a commit did to the files of a project. */
export interface FileChanges {
  /** They were on its page. */
  readonly left: readonly { readonly file: KnownFile; readonly why: string }[];
  /** They are on its page, and were not, or with other bytes. `wasGone`: they were on it before that. */
  readonly came: readonly { readonly file: KnownFile; readonly wasGone: boolean }[];
}

/** The part of the catalogue that knows files. */
export class FileTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  of(projectId: number): KnownFile[] {
    return this.#rowsOf(projectId).map(({ file }) => file);
  }

  digestAt(path: DocrootPath, exceptProjectId: number): Sha256 | null {
    const sql = 'SELECT project_id, sha256 FROM file WHERE path_key = ? AND path = ? AND project_id <> ?';
    const row = this.#db.one(sql, pathKey(path), path, exceptProjectId);
    return row === null ? null : this.#read(integer(row, 'project_id'), () => sha256(row, 'sha256'));
  }

  /** The sidecar's digest that some other project's page advertises for a path, or null. */
  metadataAt(path: DocrootPath, projectId: number): Sha256 | null {
    const sql = `SELECT project_id, metadata_sha256 FROM file WHERE path_key = ? AND path = ? AND project_id <> ?
      AND state = 'published' AND metadata_sha256 IS NOT NULL`;
    const row = this.#db.one(sql, pathKey(path), path, projectId);
    return row === null ? null : this.#read(integer(row, 'project_id'), () => sha256(row, 'metadata_sha256'));
  }

  knows(path: DocrootPath): boolean {
    return this.#db.one('SELECT 1 FROM file WHERE path_key = ? AND path = ?', pathKey(path), path) !== null;
  }

  at(path: DocrootPath): KnownFile[] {
    const rows = this.#db.all('SELECT * FROM file WHERE path_key = ? AND path = ?', pathKey(path), path);
    return rows.map((row) => this.#read(integer(row, 'project_id'), () => fileOf(row)));
  }

  isDueAt(path: DocrootPath): boolean {
    const sql = `SELECT 1 FROM file JOIN project ON project.id = project_id JOIN due USING (name) WHERE path_key = ? AND path = ? LIMIT 1`;
    return this.#db.one(sql, pathKey(path), path) !== null;
  }

  /** One path that cannot be read keeps nobody from the others: nothing is staged for it. */
  intendedPaths(): DocrootPath[] {
    const rows = this.#db.all(`SELECT path FROM file WHERE state = 'intended'`);
    return rows.flatMap((row) => parseDocrootPath(text(row, 'path')) ?? []);
  }

  intend(projectId: number, files: readonly KnownFile[], atMs: number): void {
    const known = new Map(this.#rowsOf(projectId).map((row) => [row.file.path, row]));
    for (const file of files) {
      const row = known.get(file.path);
      if (row === undefined) this.#insert(projectId, file, 'intended', atMs);
      else if (row.file.state !== 'published') this.#intendAgain(row, file, atMs);
    }
  }

  /**
   * Makes `files` the published files of a project and withdraws all its others, those that were only planned, too.
   * What was withdrawn before is hurried when its reason is urgent now.
   */
  publish(
    projectId: number,
    files: readonly KnownFile[],
    atMs: number,
    serial: Serial | null,
    reasonOf: (file: KnownFile) => Reason,
  ): FileChanges {
    const known = new Map(this.#rowsOf(projectId).map((row) => [row.file.path, row]));
    const came: FileChanges['came'][number][] = [];
    for (const file of files) {
      const row = known.get(file.path);
      known.delete(file.path);
      if (row === undefined) this.#insert(projectId, file, 'published', atMs);
      else if (!sameFile(row.file, file)) this.#update(row.id, file, atMs);
      if (row?.file.state === 'published' && row.file.sha256 === file.sha256) continue;
      came.push({ file, wasGone: row !== undefined && row.why !== null && !row.fresh });
    }
    const left: FileChanges['left'][number][] = [];
    for (const row of known.values()) {
      const reason = reasonOf(row.file);
      if (row.file.state === 'withdrawn' && (!reason.urgent || row.urgent)) continue;
      const why = row.fresh ? NEVER_PUBLISHED : reason.why;
      this.#withdraw(row, { why, urgent: reason.urgent }, serial, atMs);
      if (row.file.state === 'published') left.push({ file: row.file, why });
    }
    return { left, came };
  }

  /** Rows that cannot be read go. */
  forgetUnreadable(projectId: number): void {
    for (const row of this.#db.all('SELECT * FROM file WHERE project_id = ?', projectId)) {
      try {
        rowOf(row);
      } catch (error) {
        if (!isJubjubError(error, 'CATALOGUE_UNREADABLE')) throw error;
        this.#db.run('DELETE FROM file WHERE id = ?', integer(row, 'id'));
      }
    }
  }

  #rowsOf(projectId: number): FileRow[] {
    const rows = this.#db.all('SELECT * FROM file WHERE project_id = ?', projectId);
    return this.#read(projectId, () => rows.map(rowOf));
  }

  #read<T>(projectId: number, read: () => T): T {
    try {
      return read();
    } catch (error) {
      const row = this.#db.one('SELECT name FROM project WHERE id = ?', projectId);
      return ofProject(row === null ? `number ${projectId}` : text(row, 'name'), () => {
        throw error;
      });
    }
  }

  #insert(projectId: number, file: KnownFile, state: FileState, atMs: number): void {
    this.#db.run(
      `INSERT INTO file (project_id, path, path_key, filename, sha256, size, metadata_sha256,
         provenance_sha256, provenance_etag, provenance_encoding, state, fresh, since_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      projectId,
      file.path,
      pathKey(file.path),
      ...contentColumns(file),
      state,
      state === 'intended' ? 1 : 0,
      atMs,
    );
  }

  #update(id: number, file: KnownFile, atMs: number): void {
    this.#db.run(
      `UPDATE file SET state = 'published', why = NULL, serial = NULL, urgent = 0, fresh = 0, filename = ?, sha256 = ?,
         size = ?, metadata_sha256 = ?, provenance_sha256 = ?, provenance_etag = ?, provenance_encoding = ?, since_ms = ?
       WHERE id = ?`,
      ...contentColumns(file),
      atMs,
      id,
    );
  }

  /** The size that is planned may be a guess, so what is known of the same bytes stays. */
  #intendAgain({ id, file: known }: FileRow, file: KnownFile, atMs: number): void {
    if (known.state === 'intended' && known.sha256 === file.sha256) return;
    this.#db.run(
      `UPDATE file SET state = 'intended', urgent = 0, filename = ?, sha256 = ?, size = ?, metadata_sha256 = ?,
         provenance_sha256 = ?, provenance_etag = ?, provenance_encoding = ?, since_ms = ?
       WHERE id = ?`,
      ...contentColumns(known.sha256 === file.sha256 ? known : file),
      atMs,
      id,
    );
  }

  /** Its time begins with this, unless it was withdrawn before. */
  #withdraw({ id }: FileRow, { why, urgent }: Reason, serial: Serial | null, atMs: number): void {
    this.#db.run(
      `UPDATE file SET since_ms = CASE state WHEN 'withdrawn' THEN since_ms ELSE ? END, state = 'withdrawn', why = ?,
         serial = ?, urgent = ? WHERE id = ?`,
      atMs,
      why,
      serial,
      urgent ? 1 : 0,
      id,
    );
  }
}

function contentColumns(file: KnownFile): SqlValue[] {
  return [
    file.filename,
    digestBytes(file.sha256),
    file.sizeBytes,
    digestBytesOrNull(file.metadataSha256),
    digestBytesOrNull(file.provenance?.sha256 ?? null),
    file.provenance?.validator?.etag ?? null,
    file.provenance?.validator?.encoding ?? null,
  ];
}

function sameFile(row: KnownFile, file: KnownFile): boolean {
  return (
    row.state === 'published' &&
    row.sha256 === file.sha256 &&
    row.sizeBytes === file.sizeBytes &&
    row.filename === file.filename &&
    row.metadataSha256 === file.metadataSha256 &&
    row.provenance?.sha256 === file.provenance?.sha256 &&
    row.provenance?.validator?.etag === file.provenance?.validator?.etag
  );
}
