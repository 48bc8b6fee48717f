/** Project rows: the committed details, packed, and what the root index lists. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { parseDetailText, serializeDetail } from '../pypi/detail.ts';
import { bucketOf } from '../pypi/manifest.ts';
import type { Detail, ProjectName, Serial } from '../pypi/types.ts';
import type { KeptProject, KnownProject, PackedDetail, ProjectUpdate } from './contract.ts';
import type { CatalogueDatabase, Row } from './database.ts';
import {
  bytes,
  damaged,
  digestBytesOrNull,
  dropOrNull,
  integer,
  integerOrNull,
  ofProject,
  projectName,
  sha256OrNull,
  text,
  textOrNull,
  validatorOf,
} from './values.ts';

export const HAS_SERIALS_SQL = `SELECT 1 FROM project INDEXED BY project_by_serial
  WHERE state = 'published' AND serial IS NOT NULL LIMIT 1`;
/** Kept by triggers; see schema-5.ts. */
export const PUBLISHED_COUNTS_SQL = 'SELECT projects, files, bytes FROM published';

export function packDetail(detail: Detail): PackedDetail {
  // Copied: what zlib returns is a slice that keeps its whole 16 KiB chunk alive, for each project of a wave.
  return new Uint8Array(gzipSync(serializeDetail(detail))) as PackedDetail;
}

/** @throws CATALOGUE_UNREADABLE when it is not what `packDetail` made. */
export function unpackDetail(packed: Uint8Array, name: ProjectName): Detail {
  // Stored details hold absolute URLs only, so the base address is never used.
  const context = { name, url: `http://localhost/simple/${name}/`, headerSerial: null };
  return ofProject(name, () => {
    try {
      return parseDetailText(gunzipSync(packed).toString('utf8'), context);
    } catch (error) {
      throw damaged('detail', packed, error);
    }
  });
}

function projectOf(row: Row): KnownProject {
  const apiSerial = integerOrNull(row, 'api_serial');
  const apiValidator = validatorOf(row, 'api_etag', 'api_encoding');
  const apiSha256 = sha256OrNull(row, 'api_sha256');
  return {
    name: projectName(row),
    displayName: textOrNull(row, 'display_name'),
    serial: integerOrNull(row, 'serial'),
    published: text(row, 'state') === 'published',
    withdrawn: text(row, 'state') === 'withdrawn',
    status: text(row, 'status'),
    removed: integerOrNull(row, 'removed'),
    validator: validatorOf(row, 'etag', 'encoding'),
    api:
      apiSerial === null && apiValidator === null && apiSha256 === null
        ? null
        : { serial: apiSerial, validator: apiValidator, sha256: apiSha256 },
    files: integer(row, 'files'),
    missing: integer(row, 'missing'),
    pageSha256: sha256OrNull(row, 'page_sha256'),
    leftOut: dropOrNull(row, 'left_out'),
    selectedMs: integerOrNull(row, 'at_ms'),
  };
}

/** The part of the catalogue that knows projects. */
export class ProjectTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  get(name: ProjectName): KnownProject | null {
    const row = this.#db.one(
      // No join: SQLite would plan one anew for each name that is bound, which takes six times as long as the question.
      `SELECT name, display_name, serial, state, status, etag, encoding, removed, api_etag, api_encoding, api_serial,
         api_sha256, files, missing, page_sha256, left_out,
         (SELECT at_ms FROM selected WHERE project_id = project.id) AS at_ms
       FROM project WHERE name = ?`,
      name,
    );
    return row === null ? null : ofProject(name, () => projectOf(row));
  }

  detail(name: ProjectName): Detail | null {
    const packed = this.packed(name);
    return packed === null ? null : unpackDetail(packed, name);
  }

  packed(name: ProjectName): PackedDetail | null {
    const row = this.#db.one(`SELECT detail FROM project WHERE name = ? AND state = 'published'`, name);
    return row === null ? null : ofProject(name, () => bytes(row, 'detail') as PackedDetail);
  }

  id(name: ProjectName): number | null {
    const row = this.#db.one('SELECT id FROM project WHERE name = ?', name);
    return row === null ? null : integer(row, 'id');
  }

  idOrNew(name: ProjectName): number {
    return this.id(name) ?? this.#db.run(`INSERT INTO project (name, state) VALUES (?, 'new')`, name).id;
  }

  publish(id: number, update: ProjectUpdate, atMs: number): void {
    this.#db.run(
      `UPDATE project SET state = 'published', display_name = coalesce(?, display_name), serial = ?, status = ?, etag = ?,
         encoding = ?, detail = ?, files = ?, bytes = ?, missing = ?, changed_ms = ?,
         validated_ms = CASE WHEN ? THEN ? ELSE coalesce(validated_ms, ?) END, withdrawn_ms = NULL,
         why = NULL, api_etag = ?, api_encoding = ?, api_serial = ?, api_sha256 = ?, page_sha256 = ?, bucket = ?, left_out = NULL
       WHERE id = ?`,
      update.displayName,
      update.serial,
      update.status,
      update.validator?.etag ?? null,
      update.validator?.encoding ?? null,
      update.detail,
      update.files.length,
      update.files.reduce((sum, file) => sum + file.sizeBytes, 0),
      update.missing,
      atMs,
      update.wasAsked === false ? 0 : 1,
      atMs,
      atMs,
      update.api?.validator?.etag ?? null,
      update.api?.validator?.encoding ?? null,
      update.api?.serial ?? null,
      digestBytesOrNull(update.api?.sha256 ?? null),
      digestBytesOrNull(update.pageSha256),
      update.pageSha256 === null ? null : bucketOf(update.name),
      id,
    );
  }

  /** What is null stays as it is. */
  keep({ name, displayName, pageSha256 }: KeptProject): void {
    this.#db.run(
      `UPDATE project SET display_name = coalesce(?, display_name), page_sha256 = coalesce(?, page_sha256),
         bucket = coalesce(?, bucket)
       WHERE name = ? AND state = 'published'`,
      displayName,
      digestBytesOrNull(pageSha256),
      pageSha256 === null ? null : bucketOf(name),
      name,
    );
  }

  /** `removed` is kept when it is null: what said so may have been the operator, or a list. */
  withdraw(id: number, why: string, removed: Serial | null, atMs: number): void {
    this.#db.run(
      `UPDATE project SET state = 'withdrawn', detail = NULL, etag = NULL, encoding = NULL, serial = NULL, api_etag = NULL,
         api_encoding = NULL, api_serial = NULL, api_sha256 = NULL, page_sha256 = NULL, bucket = NULL, files = 0, bytes = 0, missing = 0,
         left_out = NULL, withdrawn_ms = ?, why = ?, removed = coalesce(?, removed)
       WHERE id = ?`,
      atMs,
      why,
      removed,
      id,
    );
  }

  /** Forgets what is known in upstream's serials and validators; what is published stays. */
  forgetUpstream(): void {
    this.#db.run(
      `UPDATE project SET serial = NULL, removed = NULL, etag = NULL, encoding = NULL, api_etag = NULL, api_encoding = NULL,
         api_serial = NULL`,
    );
  }

  /** The next request is not conditional; a page digest that cannot be read goes. */
  forgetUnreadable(id: number): void {
    this.#db.run(
      `UPDATE project SET etag = NULL, encoding = NULL, api_etag = NULL, api_encoding = NULL,
         api_sha256 = CASE length(api_sha256) WHEN 32 THEN api_sha256 END,
         page_sha256 = CASE length(page_sha256) WHEN 32 THEN page_sha256 END
       WHERE id = ?`,
      id,
    );
  }

  isPublished(name: ProjectName): boolean {
    return this.#db.one(`SELECT 1 FROM project WHERE name = ? AND state = 'published'`, name) !== null;
  }

  /** Digest of its published JSON page, as hex digits, whatever they are; null when there is none. */
  pageDigest(name: ProjectName): string | null {
    // Out of the index: in the row it stands behind the detail.
    const sql = `SELECT lower(hex(page_sha256)) AS digest FROM project INDEXED BY project_by_bucket
      WHERE bucket = ? AND name = ? AND state = 'published' AND page_sha256 IS NOT NULL`;
    const row = this.#db.one(sql, bucketOf(name), name);
    return row === null ? null : text(row, 'digest');
  }

  /** What the root index says of a project, as one text; null when it does not list it. */
  listedAs(id: number): string | null {
    const sql = `SELECT display_name, serial FROM project
      WHERE id = ? AND state = 'published' AND status <> 'quarantined'`;
    const row = this.#db.one(sql, id);
    return row === null ? null : JSON.stringify(row);
  }

  publishedCount(): number {
    return this.counts().projects;
  }

  hasSerials(): boolean {
    return this.#db.one(HAS_SERIALS_SQL) !== null;
  }

  counts(): { readonly projects: number; readonly files: number; readonly bytes: number } {
    const row = this.#db.one(PUBLISHED_COUNTS_SQL) ?? {};
    return { projects: integer(row, 'projects'), files: integer(row, 'files'), bytes: integer(row, 'bytes') };
  }
}
