/** The audit: what was taken away and brought back, from the catalogue's outbox into `state/audit.jsonl`, each record once. */
import type { AuditRecord } from '../catalogue/contract.ts';
import { isoTime } from '../clock.ts';
import { harmlessJson } from '../pypi/quote.ts';
import type { MirrorDeps } from './deps.ts';

const RECORDS_PER_WRITE = 1_000;

type AuditDeps = Pick<MirrorDeps, 'catalogue' | 'store' | 'holdsLock'>;

/** One record as its line in the file. The same record always gives the same line. */
export function auditLine(record: AuditRecord): string {
  const { seq, atMs, action, project, filename, path, sha256, why, serial } = record;
  const told = { seq, at: isoTime(atMs), action, project, file: filename, path, sha256, why, serial };
  return harmlessJson(JSON.stringify(told));
}

/**
 * Writes what the outbox holds, and empties it. A process may have died between the two: then the file ends with a line
 * of ours that the outbox still has, and everything up to it is there already. Compared as whole lines, because the
 * numbers of another, lost catalogue may stand before ours. Nothing is written without the lock: somebody else may be.
 *
 * @throws STORE_*, CATALOGUE_UNREADABLE; then the next run writes the rest
 */
export async function writeAudit({ catalogue, store, holdsLock }: AuditDeps): Promise<void> {
  let records = catalogue.unwrittenAudit(RECORDS_PER_WRITE);
  if (records.length === 0 || !holdsLock()) return;
  const last = await store.lastAudit();
  while (records.length > 0) {
    const lines = records.map(auditLine);
    const there = last === null ? -1 : lines.lastIndexOf(last);
    // What that process wrote it may not have lived to flush, or not been able to.
    if (there >= 0) await store.appendAudit([]);
    await store.appendAudit(lines.slice(there + 1));
    catalogue.auditWritten(records.at(-1)?.seq ?? 0);
    records = catalogue.unwrittenAudit(RECORDS_PER_WRITE);
  }
}

/** Does some work and writes its audit, whatever came of it. What the work failed with counts more than what this did. */
export async function audited<T>(deps: AuditDeps, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // The outbox keeps what cannot be written now.
    await writeAudit(deps).catch(() => {});
    throw error;
  }
  await writeAudit(deps);
  return result;
}
