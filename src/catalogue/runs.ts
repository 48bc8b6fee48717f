/** The history of runs: when, from which serial to which, and how each ended. */
import { EXIT_STATUS_BY_CODE } from '../errors.ts';
import type { Drift, RunRecord } from './contract.ts';
import type { CatalogueDatabase } from './database.ts';
import { integer, integerOrNull } from './values.ts';

/** Older runs are forgotten: five-minute runs of a month. */
const RUNS_KEPT = 10_000;

/** Ended by a bug, a failing store or a lost lock, perhaps between a change and its flush, or its commit. */
const UNCLEAN: ReadonlySet<number> = new Set([
  EXIT_STATUS_BY_CODE.INTERNAL,
  EXIT_STATUS_BY_CODE.STORE_IO,
  EXIT_STATUS_BY_CODE.LOCK_HELD,
]);

export class RunTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  start(startedMs: number): number {
    this.#db.run(`DELETE FROM run WHERE id <= (SELECT max(id) FROM run) - ${RUNS_KEPT}`);
    return this.#db.run('INSERT INTO run (started_ms) VALUES (?)', startedMs).id;
  }

  end(id: number, record: RunRecord): void {
    this.#db.run(
      'UPDATE run SET started_ms = ?, finished_ms = ?, exit_status = ?, complete = ?, from_serial = ?, to_serial = ?, checked = ?, drifted = ? WHERE id = ?',
      record.startedMs,
      record.finishedMs,
      record.exitStatus,
      record.complete ? 1 : 0,
      record.from,
      record.to,
      record.checked,
      record.drifted,
      id,
    );
  }

  /** The last run that came to an end; one that was killed left none. */
  last(): RunRecord | null {
    const row = this.#db.one('SELECT * FROM run WHERE finished_ms IS NOT NULL ORDER BY id DESC LIMIT 1');
    if (row === null) return null;
    return {
      startedMs: integer(row, 'started_ms'),
      finishedMs: integer(row, 'finished_ms'),
      exitStatus: integer(row, 'exit_status'),
      complete: integer(row, 'complete') === 1,
      from: integerOrNull(row, 'from_serial'),
      to: integerOrNull(row, 'to_serial'),
      checked: integer(row, 'checked'),
      drifted: integer(row, 'drifted'),
    };
  }

  endedCleanly(): boolean {
    const row = this.#db.one('SELECT exit_status FROM run ORDER BY id DESC LIMIT 1');
    const status = row === null ? null : integerOrNull(row, 'exit_status');
    return status !== null && !UNCLEAN.has(status);
  }

  /** Sums the latest runs until together they have checked `enough` projects. */
  drift(enough: number): Drift | null {
    let drift: Drift | null = null;
    const sql = 'SELECT started_ms, checked, drifted FROM run WHERE checked > 0 ORDER BY id DESC';
    for (const row of this.#db.all(sql)) {
      const checked: number = (drift?.checked ?? 0) + integer(row, 'checked');
      const found: number = (drift?.found ?? 0) + integer(row, 'drifted');
      drift = { checked, found, sinceMs: integer(row, 'started_ms') };
      if (checked >= enough) break;
    }
    return drift;
  }

  lastCompleteMs(): number | null {
    const row = this.#db.one('SELECT max(started_ms) AS at FROM run WHERE complete = 1');
    return integerOrNull(row ?? { at: null }, 'at');
  }
}
