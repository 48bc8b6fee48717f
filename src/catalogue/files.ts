/** File rows: what a plan intends, what pages link to, and what no page links to any more. */
import { createHash } from 'node:crypto';
import type { DocrootPath, Sha256 } from '../pypi/types.ts';
import type { FileState, KnownFile } from './contract.ts';
import type { CatalogueDatabase, Row, SqlValue } from './database.ts';
import { digestBytes, docrootPath, integer, sha256, text, validatorOf } from './values.ts';

/** 48 bits of the path's hash. Two paths may share it, so every query names the path as well. */
function pathKey(path: DocrootPath): number {
  return createHash('sha256').update(path).digest().readUIntBE(0, 6);
}

function fileOf(row: Row): KnownFile {
  return {
    path: docrootPath(row),
    filename: text(row, 'filename'),
    sha256: sha256(row, 'sha256'),
    sizeBytes: integer(row, 'size'),
    state: text(row, 'state') as FileState,
    metadataSha256: row['metadata_sha256'] === null ? null : sha256(row, 'metadata_sha256'),
    provenance:
      row['provenance_sha256'] === null
        ? null
        : {
            sha256: sha256(row, 'provenance_sha256'),
            validator: validatorOf(row, 'provenance_etag', 'provenance_encoding'),
          },
  };
}

/** The part of the catalogue that knows files. */
export class FileTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  of(projectId: number): KnownFile[] {
    return this.#db.all('SELECT * FROM file WHERE project_id = ?', projectId).map(fileOf);
  }

  digestAt(path: DocrootPath, exceptProjectId: number): Sha256 | null {
    const sql = 'SELECT sha256 FROM file WHERE path_key = ? AND path = ? AND project_id <> ?';
    const row = this.#db.one(sql, pathKey(path), path, exceptProjectId);
    return row === null ? null : sha256(row, 'sha256');
  }

  /** The sidecar's digest that some other project's page advertises for a path, or null. */
  metadataAt(path: DocrootPath, projectId: number): Sha256 | null {
    const sql = `SELECT metadata_sha256 FROM file WHERE path_key = ? AND path = ? AND project_id <> ?
      AND state = 'published' AND metadata_sha256 IS NOT NULL`;
    const row = this.#db.one(sql, pathKey(path), path, projectId);
    return row === null ? null : sha256(row, 'metadata_sha256');
  }

  intend(projectId: number, files: readonly KnownFile[], atMs: number): void {
    const known = new Set(this.of(projectId).map((file) => file.path));
    for (const file of files) if (!known.has(file.path)) this.#insert(projectId, file, 'intended', atMs);
  }

  /** Makes `files` the published files of a project and withdraws all its others. Returns how many were withdrawn. */
  publish(projectId: number, files: readonly KnownFile[], atMs: number, why: string): number {
    const known = new Map(this.of(projectId).map((file) => [file.path, file]));
    for (const file of files) {
      const row = known.get(file.path);
      known.delete(file.path);
      if (row === undefined) this.#insert(projectId, file, 'published', atMs);
      else if (!sameFile(row, file)) this.#update(projectId, file, atMs);
    }
    const dropped = [...known.values()].filter((file) => file.state !== 'withdrawn');
    for (const file of dropped) {
      this.#db.run(
        `UPDATE file SET state = 'withdrawn', since_ms = ?, why = ? WHERE project_id = ? AND path_key = ? AND path = ?`,
        atMs,
        why,
        projectId,
        pathKey(file.path),
        file.path,
      );
    }
    // What was only planned was on no page, so nobody misses it.
    return dropped.filter((file) => file.state === 'published').length;
  }

  intendedPaths(): DocrootPath[] {
    return this.#db.all(`SELECT path FROM file WHERE state = 'intended'`).map((row) => docrootPath(row));
  }

  withdrawnCount(): number {
    return integer(this.#db.one(`SELECT count(*) AS n FROM file WHERE state = 'withdrawn'`) ?? {}, 'n');
  }

  #insert(projectId: number, file: KnownFile, state: FileState, atMs: number): void {
    this.#db.run(
      `INSERT INTO file (project_id, path, path_key, filename, sha256, size, state, metadata_sha256,
         provenance_sha256, provenance_etag, provenance_encoding, since_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      projectId,
      file.path,
      pathKey(file.path),
      file.filename,
      digestBytes(file.sha256),
      file.sizeBytes,
      state,
      file.metadataSha256 === null ? null : digestBytes(file.metadataSha256),
      ...provenanceColumns(file),
      atMs,
    );
  }

  #update(projectId: number, file: KnownFile, atMs: number): void {
    this.#db.run(
      `UPDATE file SET state = 'published', why = NULL, since_ms = ?, filename = ?, sha256 = ?, size = ?, metadata_sha256 = ?,
         provenance_sha256 = ?, provenance_etag = ?, provenance_encoding = ?
       WHERE project_id = ? AND path_key = ? AND path = ?`,
      atMs,
      file.filename,
      digestBytes(file.sha256),
      file.sizeBytes,
      file.metadataSha256 === null ? null : digestBytes(file.metadataSha256),
      ...provenanceColumns(file),
      projectId,
      pathKey(file.path),
      file.path,
    );
  }
}

function provenanceColumns({ provenance }: KnownFile): SqlValue[] {
  if (provenance === null) return [null, null, null];
  const { sha256: digest, validator } = provenance;
  return [digestBytes(digest), validator?.etag ?? null, validator?.encoding ?? null];
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
