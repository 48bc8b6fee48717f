/** The pending projects as an aligned table. */
import type { PendingReport } from '../../events.ts';
import { printable } from '../text.ts';
import { countText } from './format.ts';

/** Lines of a table of at most `rowsMax` projects, the longest owed first; `more` says where the rest is to be found. */
export function pendingLines(pending: readonly PendingReport[], rowsMax: number, more: string): string[] {
  const shown = [...pending]
    .sort((a, b) => compare(a.since, b.since) || compare(a.name, b.name))
    .slice(0, rowsMax);
  const rows = shown.map((item) => [
    printable(item.name),
    String(item.serial),
    countText(item.attempts, 'try').replace('trys', 'tries'),
    `since ${item.since}`,
    `${item.code}: ${printable(item.message)}`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    (row) => `    ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`,
  );
  if (pending.length > shown.length) lines.push(`    … and ${pending.length - shown.length} more${more}`);
  return lines;
}

/** By code units: the same order in every locale. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
