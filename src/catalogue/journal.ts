/**
 * What other mirrors may know of the catalogue: its serial, its projects, and what has changed since a serial.
 *
 * PyPI keeps a row for each event; here each project stands once, with the serial of its last change. That is a changelog
 * all the same, because a row only says "look at this project again": one that has moved on is found at its new serial.
 * Nothing is told above the committed serial. What lies there is in the docroot perhaps, but not all of it (P2), and
 * whoever takes the last row for its cursor would pass by what is still to come.
 */
import type { ChangelogRow, Serial } from '../pypi/types.ts';
import { type CatalogueDatabase, openDatabase, type Row, type SqlValue } from './database.ts';
import { integer, text, textOrNull } from './values.ts';

/**
 * So long a change that we owe (a pending project) holds back all later rows: a cursor beyond it would miss it. One
 * that is owed for longer is passed over, or one broken project would stop every follower; they find it in their lists.
 */
export const HOLD_BACK_MS_MAX = 3_600_000;

/** Rows read at once: a few milliseconds. */
const PAGE_ROWS = 1_000;

/** Old PyPI wrote rows about no project at all; every reader passes over them (protocol §1.7). */
const NO_PROJECT = { name: '', version: '', action: 'keyrotate ' } as const;

/** A row of a changelog without a version is about the whole project; an action that no reader knows means "look again". */
const CHANGED = 'update';
const REMOVED = 'remove project';

export interface JournalProject {
  readonly displayName: string;
  /** At most the committed serial, even when the page is newer already. */
  readonly serial: Serial;
}

/** A catalogue opened for reading beside a running sync. Every method throws CATALOGUE_UNREADABLE, STORE_*. */
export interface Journal {
  /** The committed serial; null before the first sync has come to its end. */
  lastSerial(): Serial | null;
  /** False for the mirror of an upstream that gives none (kind `poll`): then there is nothing to be told in serials. */
  hasSerials(): boolean;
  /** Published projects, quarantined ones too, as in PyPI's list_packages_with_serial; by name. Read in pages. */
  projects(): IterableIterator<JournalProject>;
  /** At most `limit` rows above `serial`, ascending. Read in pages; empty when there is nothing new. */
  since(serial: Serial, limit: number): IterableIterator<ChangelogRow>;
  close(): void;
}

/**
 * Opens `state/catalogue.db`. What is told is bounded by the state of this moment; no transaction stays open between two
 * pages, so that a slow reader keeps nobody's log from being truncated. What moves on meanwhile is told the next time.
 *
 * @param nowMs for how long a change has been owed
 * @throws CATALOGUE_UNREADABLE also when it was written by another version; STORE_*
 */
export function openJournal(file: string, nowMs: number): Journal {
  const db = openDatabase(file, { readOnly: true });
  try {
    return new SqliteJournal(db, nowMs);
  } catch (error) {
    db.close();
    throw error;
  }
}

class SqliteJournal implements Journal {
  readonly #db: CatalogueDatabase;
  readonly #serial: Serial | null;
  /** The last serial that rows may have. */
  readonly #rowsEnd: Serial;

  constructor(db: CatalogueDatabase, nowMs: number) {
    this.#db = db;
    const { serial, rowsEnd } = db.atomically(() => readBounds(db, nowMs));
    this.#serial = serial;
    this.#rowsEnd = rowsEnd;
  }

  lastSerial(): Serial | null {
    return this.#serial;
  }

  hasSerials(): boolean {
    const some = (condition: string) =>
      this.#db.one(`SELECT 1 FROM project WHERE state = 'published' ${condition} LIMIT 1`) !== null;
    // The mirror of an upstream without serials stays at 0; one that counts and stands at 0 has no projects yet.
    return this.#serial === 0 ? !some('') : some('AND serial >= 0') || !some('');
  }

  *projects(): IterableIterator<JournalProject> {
    // The index is named: it has all that is asked for, in the order of the names.
    const sql = `SELECT name, display_name, min(serial, ?) AS serial FROM project INDEXED BY project_listed
      WHERE state = 'published' AND serial >= 0 AND name > ? ORDER BY name LIMIT ${PAGE_ROWS}`;
    let after: SqlValue = '';
    for (;;) {
      const rows = this.#db.all(sql, this.#serial ?? 0, after);
      for (const row of rows) yield { displayName: displayNameOf(row), serial: integer(row, 'serial') };
      const last = rows.at(-1);
      if (last === undefined) return;
      after = text(last, 'name');
    }
  }

  *since(serial: Serial, limit: number): IterableIterator<ChangelogRow> {
    let last = serial;
    let left = limit;
    for (const row of this.#rowsAbove(serial)) {
      if (left-- === 0) return;
      last = integer(row, 'serial');
      yield rowOf(row);
    }
    const end = this.#serial;
    // The rest of the way was changes without a page, of roles for example: a follower may know that it has come so far.
    if (left > 0 && end !== null && end > last && this.#rowsEnd === end)
      yield { ...NO_PROJECT, timestampS: this.#lastRunS(), serial: end };
  }

  /**
   * Page by page; of several projects with one serial (PyPI has none such) by name. The indexes are named because SQLite
   * would choose the one on states, and go through all projects for each page.
   */
  *#rowsAbove(serial: Serial): IterableIterator<Row> {
    const sql = `SELECT * FROM (
        SELECT serial, name, display_name, changed_ms AS at_ms, '${CHANGED}' AS action
          FROM project INDEXED BY project_by_serial
          WHERE state = 'published' AND serial BETWEEN ? AND ? AND (serial, name) > (?, ?)
        UNION ALL
        SELECT removed, name, display_name, withdrawn_ms, '${REMOVED}'
          FROM project INDEXED BY project_by_removal
          WHERE state = 'withdrawn' AND removed BETWEEN ? AND ? AND (removed, name) > (?, ?))
      ORDER BY serial, name LIMIT ${PAGE_ROWS}`;
    let after: readonly [serial: Serial, name: string] = [serial, AFTER_ALL_NAMES];
    for (;;) {
      const span = [after[0], this.#rowsEnd, ...after];
      const rows = this.#db.all(sql, ...span, ...span);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = [integer(last, 'serial'), text(last, 'name')];
    }
  }

  #lastRunS(): number {
    const row = this.#db.one(
      'SELECT coalesce(finished_ms, started_ms) AS ms FROM run ORDER BY id DESC LIMIT 1',
    );
    return row === null ? 0 : Math.floor(integer(row, 'ms') / 1000);
  }

  close(): void {
    this.#db.close();
  }
}

/** Sorts behind every normalized name. */
const AFTER_ALL_NAMES = '~';

/** What may be told now: the committed serial, and how far rows may go. */
function readBounds(db: CatalogueDatabase, nowMs: number): { serial: Serial | null; rowsEnd: Serial } {
  const value = db.one(`SELECT value FROM meta WHERE key = 'serial'`)?.['value'];
  if (typeof value !== 'number') return { serial: null, rowsEnd: 0 };
  // Owed: asked for by a change, tried, and not on our page yet. Before the first of these changes all is as it should be,
  // and what the page has reached is on it.
  const sql = `SELECT min(max(due.first - 1, coalesce(project.serial, 0))) AS safe
    FROM due LEFT JOIN project ON project.name = due.name AND project.state = 'published'
    WHERE (due.attempts = 0) = 0 AND due.first <= ? AND due.since_ms > ?
      AND (due.required > coalesce(project.serial, 0) OR due.removed > project.serial)`;
  const safe = db.one(sql, value, nowMs - HOLD_BACK_MS_MAX)?.['safe'];
  return { serial: value, rowsEnd: typeof safe === 'number' ? Math.min(value, safe) : value };
}

function displayNameOf(row: Row): string {
  return textOrNull(row, 'display_name') ?? text(row, 'name');
}

function rowOf(row: Row): ChangelogRow {
  return {
    name: displayNameOf(row),
    version: null,
    timestampS: Math.floor((row['at_ms'] === null ? 0 : integer(row, 'at_ms')) / 1000),
    action: text(row, 'action'),
    serial: integer(row, 'serial'),
  };
}
