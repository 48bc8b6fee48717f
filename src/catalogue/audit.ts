/** The audit's outbox: what was withdrawn, hidden, brought back and deleted, until the audit file has it. */
import type { AuditRecord } from './contract.ts';
import type { CatalogueDatabase, Row } from './database.ts';
import {
  digestBytesOrNull,
  integer,
  integerOrNull,
  projectName,
  sha256OrNull,
  text,
  textOrNull,
} from './values.ts';

/** The part of the catalogue that knows what is still to be written down. */
export class AuditTable {
  readonly #db: CatalogueDatabase;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  /** Inside the transaction of what it tells of: neither happens without the other. */
  add(record: Omit<AuditRecord, 'seq'>): void {
    this.#db.run(
      `INSERT INTO audit (at_ms, action, project, filename, path, sha256, why, serial)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      record.atMs,
      record.action,
      record.project,
      record.filename,
      record.path,
      digestBytesOrNull(record.sha256),
      record.why,
      record.serial,
    );
  }

  unwritten(limit: number): AuditRecord[] {
    return this.#db.all('SELECT * FROM audit ORDER BY seq LIMIT ?', limit).map(recordOf);
  }

  written(seq: number): void {
    this.#db.run('DELETE FROM audit WHERE seq <= ?', seq);
  }
}

function recordOf(row: Row): AuditRecord {
  return {
    seq: integer(row, 'seq'),
    atMs: integer(row, 'at_ms'),
    action: text(row, 'action') as AuditRecord['action'],
    project: row['project'] === null ? null : projectName(row, 'project'),
    filename: textOrNull(row, 'filename'),
    path: textOrNull(row, 'path'),
    sha256: sha256OrNull(row, 'sha256'),
    why: text(row, 'why'),
    serial: integerOrNull(row, 'serial'),
  };
}
