/** What kept releases of one project need of another: all of it at once, compared with what was needed before. */
import type { ProjectName } from '../pypi/types.ts';
import type { Need } from './contract.ts';
import type { CatalogueDatabase, Row } from './database.ts';
import { isReadable, ofProject, projectName, readableNames, text, textsOf } from './values.ts';

/** Rows read at once where all names are gone through. */
const PAGE_ROWS = 1_000;

const COLUMNS = 'name, needed_by, release, specifier, extras';
const SAME = (one: string, other: string) =>
  COLUMNS.split(', ')
    .map((column) => `${one}.${column} = ${other}.${column}`)
    .join(' AND ');

export const WANTED_SQL = `CREATE TABLE IF NOT EXISTS temp.wanted (name TEXT NOT NULL, needed_by TEXT NOT NULL, release TEXT NOT NULL,
  specifier TEXT NOT NULL, extras TEXT NOT NULL, PRIMARY KEY (${COLUMNS})) WITHOUT ROWID`;

export const NO_LONGER_SQL = `DELETE FROM need WHERE NOT EXISTS (SELECT 1 FROM temp.wanted WHERE ${SAME('wanted', 'need')})`;
export const NEW_SQL = `INSERT INTO need SELECT * FROM temp.wanted
  WHERE NOT EXISTS (SELECT 1 FROM need WHERE ${SAME('need', 'wanted')})`;

function needOf(row: Row): Need {
  return {
    name: projectName(row),
    of: projectName(row, 'needed_by'),
    by: text(row, 'release'),
    specifier: text(row, 'specifier'),
    extras: textsOf(row, 'extras'),
    // Nobody's metadata asks for single files.
    sha256s: [],
  };
}

/** The part of the catalogue that knows what is needed. */
export class NeedTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  of(name: ProjectName): Need[] {
    return ofProject(name, () => this.#rowsOf(name).map(needOf));
  }

  /** In pages, each name once. */
  *names(): IterableIterator<ProjectName> {
    const sql = `SELECT DISTINCT name FROM need WHERE name > ? ORDER BY name LIMIT ${PAGE_ROWS}`;
    let after = '';
    for (;;) {
      const rows = this.#db.all(sql, after);
      yield* readableNames(rows);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = text(last, 'name');
    }
  }

  /** Writes what differs, and only that. */
  replace(needs: readonly Need[]): void {
    this.#db.atomically(() => {
      this.#db.exec(WANTED_SQL);
      const add = `INSERT OR IGNORE INTO temp.wanted (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`;
      for (const { name, of, by, specifier, extras } of needs)
        this.#db.run(add, name, of, by, specifier, JSON.stringify([...new Set(extras)].sort()));
      this.#db.run(NO_LONGER_SQL);
      this.#db.run(NEW_SQL);
      this.#db.exec('DELETE FROM temp.wanted');
    });
  }

  /** Returns whether there was any. */
  forgetUnreadable(name: ProjectName): boolean {
    const damaged = this.#rowsOf(name).filter((row) => !isReadable(() => needOf(row)));
    for (const { needed_by, release, specifier, extras } of damaged) {
      const sql = `DELETE FROM need WHERE name = ? AND needed_by = ? AND release = ? AND specifier = ? AND extras = ?`;
      this.#db.run(sql, name, String(needed_by), String(release), String(specifier), String(extras));
    }
    return damaged.length > 0;
  }

  #rowsOf(name: ProjectName): Row[] {
    return this.#db.all(`SELECT * FROM need WHERE name = ? ORDER BY ${COLUMNS}`, name);
  }
}
