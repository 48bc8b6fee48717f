/** Published projects in the order of their names: what the root index says of them, without looking at their rows. */
import { tryNormalizeName } from '../pypi/names.ts';
import type { EntryPart, ListEntry, ListForm } from '../pypi/render-list.ts';
import { renderEntries } from '../pypi/render-list.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { CatalogueDatabase, Row } from './database.ts';
import { integer, integerOrNull, projectName, text, textOrNull } from './values.ts';

/** Rows read at once. */
const PAGE_ROWS = 1_000;

/** The index is named: it has all that is asked for, in the order of the names, and the rows are behind gigabytes of details. */
const LISTED = `project INDEXED BY project_listed WHERE state = 'published'`;
export const LISTED_PAGE_SQL = `SELECT name, display_name, serial, status FROM ${LISTED} AND name > ? ORDER BY name LIMIT ${PAGE_ROWS}`;
export const LISTABLE_COUNT_SQL = `SELECT count(*) AS n FROM ${LISTED} AND status <> 'quarantined'`;

const COLUMNS = { name: 'name', displayName: 'coalesce(display_name, name)' } as const;
/** Of names that need no quoting in any form; as PEP 503 and PEP 508 have them. */
const PLAIN = {
  name: '[a-z0-9]+(?:-[a-z0-9]+)*',
  displayName: '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?',
} as const;

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Matches a run of entries with plain names, and nothing else. Asking SQLite about each name takes twice as long as all the rest. */
function plainRun({ entry, between }: ListForm): RegExp {
  const parts = entry.map((part) => {
    if (typeof part === 'string') return literally(part);
    if (part.of !== 'serial') return PLAIN[part.of];
    return `(?:${literally(part.before)}\\d+${literally(part.after)})?`;
  });
  return new RegExp(`^${parts.join('')}(?:${literally(between)}${parts.join('')})*$`);
}

/** An entry as an expression of SQL, with the texts that are bound in it. */
function expressionOf(parts: readonly EntryPart[]): {
  readonly sql: string;
  readonly values: readonly string[];
} {
  const values: string[] = [];
  const terms = parts.map((part) => {
    if (typeof part === 'string') {
      values.push(part);
      return '?';
    }
    if (part.of !== 'serial') return COLUMNS[part.of];
    values.push(part.before, part.after);
    // Null when there is no serial: the texts go with it.
    return `coalesce(? || serial || ?, '')`;
  });
  return { sql: terms.join(' || '), values };
}

/** The entries of a page, joined, and the last name on it. */
export function runSql(form: ListForm): { readonly sql: string; readonly values: readonly string[] } {
  const entry = expressionOf(form.entry);
  // In the order of the page, because it comes in that. To ask for it once more would sort each page, for as long as all the rest takes.
  const sql = `SELECT group_concat(${entry.sql}, ?) FILTER (WHERE status <> 'quarantined') AS run, max(name) AS last
    FROM (${LISTED_PAGE_SQL})`;
  return { sql, values: [...entry.values, form.between] };
}

/** The part of the catalogue that knows what is listed. */
export class ListedProjects {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  /** One name that cannot be read keeps nobody from the others: `integrity` tells of it. */
  *names(): IterableIterator<ProjectName> {
    for (const page of this.#pages())
      for (const row of page) {
        const name = tryNormalizeName(row['name']);
        if (name !== null && name === row['name']) yield name;
      }
  }

  quarantined(): readonly ProjectName[] {
    return this.#db
      .all(`SELECT name FROM ${LISTED} AND status = 'quarantined'`)
      .map((row) => projectName(row));
  }

  *entries(): IterableIterator<ListEntry> {
    for (const page of this.#pages()) yield* entriesOf(page);
  }

  /** The same entries as text, joined to runs: SQLite puts them together, and no object is made of any of them. */
  *runs(form: ListForm): IterableIterator<string> {
    const { sql, values } = runSql(form);
    const isPlain = plainRun(form);
    let after = '';
    for (;;) {
      const page = this.#db.one(sql, ...values, after) ?? {};
      const last = textOrNull(page, 'last');
      if (last === null) return;
      const run = textOrNull(page, 'run');
      if (run !== null && isPlain.test(run)) yield run;
      else yield* renderEntries(form, entriesOf(this.#db.all(LISTED_PAGE_SQL, after)));
      after = last;
    }
  }

  /** How many there are. */
  count(): number {
    return integer(this.#db.one(LISTABLE_COUNT_SQL) ?? {}, 'n');
  }

  /** In pages, so that neither memory nor one open statement grows with the number of projects. */
  *#pages(): IterableIterator<readonly Row[]> {
    let after = '';
    for (;;) {
      const rows = this.#db.all(LISTED_PAGE_SQL, after);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      after = text(last, 'name');
    }
  }
}

/** PyPI's list leaves quarantined projects out (protocol §2.4). */
function* entriesOf(rows: readonly Row[]): IterableIterator<ListEntry> {
  for (const row of rows) {
    if (text(row, 'status') === 'quarantined') continue;
    const name = projectName(row);
    yield {
      name,
      displayName: textOrNull(row, 'display_name') ?? name,
      serial: integerOrNull(row, 'serial'),
    };
  }
}
