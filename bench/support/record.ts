/** What the benches measured is kept in docs/performance.json and rendered as the table of docs/performance.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Row } from './bench.ts';

/** What one bench measured. A newer one replaces it. */
export interface PerformanceRecord {
  /** What makes these numbers again. */
  readonly command: string;
  /** ISO 8601 date. */
  readonly date: string;
  /** What was measured: a commit, with "+" when files had been changed since. */
  readonly commit: string;
  readonly cores: number;
  readonly rows: readonly Row[];
}

/** By the name of the bench. */
export type PerformanceRecords = Readonly<Record<string, PerformanceRecord>>;

const DATA = new URL('../../docs/performance.json', import.meta.url);
const PAGE = new URL('../../docs/performance.md', import.meta.url);
/** Everything after this line is generated. */
const MARK = '<!-- generated below by npm run bench: change nothing here by hand -->';

const COLUMNS = ['What', 'Measured', 'Against', 'Ratio', 'Peak', 'Goal', 'Holds'];

const HOLDS = { true: 'yes', false: '**no**', null: 'told' } as const;

/** As a cell of a table: one line, and nothing in it that ends the cell. */
function shown(value: string): string {
  return value.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/(?<!\\)\|/g, '\\|');
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(shown).join(' | ')} |`;
}

/** A row as the cells of the table; the terminal shows the same. */
export function rowCells(row: Row): string[] {
  const peak = row.peakMb === null ? '' : `${row.peakMb} MB`;
  return [row.what, row.measured, row.against, row.ratio, peak, row.goal, HOLDS[`${row.holds}`]];
}

/** The generated part of the document; benches in the order of their names' table. */
export function renderPerformance(records: PerformanceRecords, order: readonly string[]): string {
  const known = [...order, ...Object.keys(records).filter((name) => !order.includes(name))];
  const parts = known.flatMap((name) => {
    const record = records[name];
    if (record === undefined)
      return [`### ${name}`, '', `Not measured yet: \`npm run bench -- ${name}\``, ''];
    const { command, date, commit, cores, rows } = record;
    return [
      `### ${name}`,
      '',
      `\`${command}\`, ${date}, commit ${commit}, ${cores} cores`,
      '',
      line(COLUMNS),
      line(COLUMNS.map(() => '---')),
      ...rows.map((row) => line(rowCells(row))),
      '',
    ];
  });
  return ['## The numbers', '', ...parts].join('\n');
}

/** The document anew: the text above the mark stays as it is. */
export function renderPage(page: string, records: PerformanceRecords, order: readonly string[]): string {
  const [text = ''] = page.split(MARK);
  return `${text}${MARK}\n\n${renderPerformance(records, order)}`;
}

function readRecords(): PerformanceRecords {
  return existsSync(DATA) ? (JSON.parse(readFileSync(DATA, 'utf8')) as PerformanceRecords) : {};
}

/** The document anew from what is recorded, for another order or other names of benches. */
export function renderAgain(order: readonly string[]): void {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# Performance\n\n';
  writeFileSync(PAGE, renderPage(page, readRecords(), order));
}

/** Keeps what a bench measured in the place of what it measured before, and renders the document. */
export function writeRecord(name: string, record: PerformanceRecord, order: readonly string[]): void {
  const records = { ...readRecords(), [name]: record };
  writeFileSync(DATA, `${JSON.stringify(records, null, 2)}\n`);
  renderAgain(order);
}
