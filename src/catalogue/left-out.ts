/** Projects that upstream has and the selection leaves out: why, and what is known of them. */
import type { ProjectName } from '../pypi/types.ts';
import type { Drop } from '../selection/verdict.ts';
import { dropText, type LeftOut, type PackedDetail } from './contract.ts';
import type { CatalogueDatabase } from './database.ts';
import { bytes, dropOrNull, integer, isReadable, ofProject, readableNames, text } from './values.ts';

/** Rows read at once where all of them are gone through. */
const PAGE_ROWS = 1_000;

/** The indexes are named: whatever stands behind a detail in a row is megabytes away. */
const KNOWN = `project INDEXED BY project_left_out_known WHERE left_out IS NOT NULL AND detail IS NOT NULL`;
export const IS_LEFT_OUT_SQL = `SELECT 1 FROM ${KNOWN} AND name = ?`;
export const LEFT_OUT_NAMES_SQL = `SELECT name FROM ${KNOWN} AND name > ? ORDER BY name LIMIT ${PAGE_ROWS}`;
export const LEFT_OUT_COUNT_SQL = `SELECT count(*) AS n FROM project INDEXED BY project_left_out WHERE left_out IS NOT NULL`;

/** Stands in for a reason that cannot be read: it is still left out, and nobody knows why. */
const UNREADABLE: Drop = { rule: '(unreadable)', value: '', why: 'what was noted of it could not be read' };

/** The part of the catalogue that knows what is left out. */
export class LeftOutProjects {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  /** Of one that was published, what hangs on its page goes as well. `removed` stays. */
  leaveOut(id: number, { displayName, page, drop }: LeftOut, atMs: number): void {
    this.#db.run(
      `UPDATE project SET withdrawn_ms = CASE state WHEN 'published' THEN ? ELSE withdrawn_ms END, state = 'withdrawn',
         why = ?, left_out = ?, validated_ms = ?, display_name = coalesce(?, display_name), api_etag = NULL,
         api_encoding = NULL, api_serial = NULL, api_sha256 = NULL, page_sha256 = NULL, bucket = NULL, files = 0, bytes = 0,
         missing = 0
       WHERE id = ?`,
      atMs,
      dropText(drop),
      JSON.stringify({ rule: drop.rule, value: drop.value, why: drop.why }),
      atMs,
      displayName,
      id,
    );
    if (page === null) return;
    this.#db.run(
      'UPDATE project SET detail = ?, serial = ?, status = ?, etag = ?, encoding = ? WHERE id = ?',
      page.detail,
      page.serial,
      page.status,
      page.validator?.etag ?? null,
      page.validator?.encoding ?? null,
      id,
    );
  }

  knownDetail(name: ProjectName): PackedDetail | null {
    // What is neither published nor left out has none.
    const row = this.#db.one('SELECT state, detail FROM project WHERE name = ?', name);
    if (row === null || (row['detail'] === null && row['state'] !== 'published')) return null;
    return ofProject(name, () => bytes(row, 'detail') as PackedDetail);
  }

  isKnown(name: ProjectName): boolean {
    return this.#db.one(IS_LEFT_OUT_SQL, name) !== null;
  }

  /** In pages, so that neither memory nor one open statement grows with their number. */
  *names(): IterableIterator<ProjectName> {
    let after = '';
    for (;;) {
      const rows = this.#db.all(LEFT_OUT_NAMES_SQL, after);
      yield* readableNames(rows);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = text(last, 'name');
    }
  }

  /** Returns the ids of those of which anything was known. */
  outdate(names: readonly ProjectName[]): number[] {
    const sql = `UPDATE project SET detail = NULL, serial = NULL, etag = NULL, encoding = NULL WHERE name = ? RETURNING id`;
    // Most names that anybody asks about were never looked at.
    return names.flatMap((name) =>
      this.isKnown(name) ? this.#db.all(sql, name).map((row) => integer(row, 'id')) : [],
    );
  }

  count(): number {
    return integer(this.#db.one(LEFT_OUT_COUNT_SQL) ?? {}, 'n');
  }

  /** What is known of them is another upstream's. */
  forgetUpstream(): void {
    this.#db.run(
      `UPDATE project SET detail = NULL WHERE id IN (
         SELECT id FROM project INDEXED BY project_left_out WHERE left_out IS NOT NULL)`,
    );
  }

  forgetUnreadable(id: number): void {
    const row = this.#db.one('SELECT left_out FROM project WHERE id = ?', id);
    if (row === null || isReadable(() => dropOrNull(row, 'left_out'))) return;
    this.#db.run('UPDATE project SET left_out = ? WHERE id = ?', JSON.stringify(UNREADABLE), id);
  }
}
