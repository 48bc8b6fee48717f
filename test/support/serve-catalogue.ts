/** A catalogue on disk, written in plain SQL as a sync would leave it, and read through its journal. */
import type { TestContext } from 'node:test';
import { type CatalogueDatabase, openDatabase } from '../../src/catalogue/database.ts';
import { type Journal, openJournal } from '../../src/catalogue/journal.ts';
import type { Serial } from '../../src/pypi/types.ts';
import { withTempDir } from './temp.ts';

export const NOW_MS = 1_700_000_000_000;
/** As many rows as PyPI gives at once. */
export const ALL = 50_000;

export class TestCatalogue {
  readonly file: string;
  readonly db: CatalogueDatabase;
  nowMs = NOW_MS;

  constructor(t: Pick<TestContext, 'after'>) {
    this.file = `${withTempDir(t)}/catalogue.db`;
    this.db = openDatabase(this.file);
    this.db.exec('PRAGMA synchronous = OFF');
    t.after(() => this.db.close());
  }

  serial(serial: Serial): void {
    this.db.run(`INSERT OR REPLACE INTO meta VALUES ('serial', ?)`, BigInt(serial));
  }

  published(
    name: string,
    serial: Serial | null,
    { displayName = null as string | null, status = 'active' } = {},
  ) {
    this.db.run(
      `INSERT INTO project (name, display_name, state, serial, status, changed_ms) VALUES (?, ?, 'published', ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET state = 'published', serial = excluded.serial, changed_ms = excluded.changed_ms`,
      name,
      displayName,
      serial,
      status,
      this.nowMs,
    );
  }

  withdrawn(name: string, removed: Serial | null): void {
    this.db.run(
      `INSERT INTO project (name, state, removed, withdrawn_ms) VALUES (?, 'withdrawn', ?, ?)
       ON CONFLICT (name) DO UPDATE SET state = 'withdrawn', serial = NULL, removed = excluded.removed`,
      name,
      removed,
      this.nowMs,
    );
  }

  pending(name: string, first: Serial, required: Serial, removed: Serial | null = null): void {
    this.db.run(
      `INSERT INTO due (name, first, required, removed, source, attempts, since_ms) VALUES (?, ?, ?, ?, 'changelog', 1, ?)`,
      name,
      first,
      required,
      removed,
      this.nowMs,
    );
  }

  settled(name: string): void {
    this.db.run('DELETE FROM due WHERE name = ?', name);
  }

  read<T>(look: (journal: Journal) => T): T {
    const journal = openJournal(this.file, this.nowMs);
    try {
      return look(journal);
    } finally {
      journal.close();
    }
  }

  /** Rows in short, without the last one that is about no project. */
  since(serial: Serial, limit = ALL): [name: string | null, action: string | null, serial: Serial][] {
    const rows = this.read((journal) => [...journal.since(serial, limit)]);
    return rows.filter(({ name }) => name !== '').map((row) => [row.name, row.action, row.serial]);
  }
}
