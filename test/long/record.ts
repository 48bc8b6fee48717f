/** The fault record: what the long scripts measured is kept in docs/reliability.json and rendered as docs/reliability.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface RecordTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** What one script measured. */
export interface FaultRecord {
  /** One of the sections below: a newer record replaces the older one. */
  readonly id: SectionId;
  /** What makes these numbers again. */
  readonly command: string;
  /** ISO 8601 date of the run. */
  readonly date: string;
  /** `seeds run` → 100,000: a line each. */
  readonly facts: readonly (readonly [what: string, value: string | number])[];
  readonly tables?: readonly RecordTable[];
}

/** In the order in which they stand in the document; the command is for those that nobody has run yet. */
const SECTIONS = {
  sim: { title: 'Simulation', command: 'npm run sim:long -- --record' },
  exhaustive: { title: 'Exhaustive small cases', command: 'npm run exhaustive -- --record' },
  mutants: { title: 'Mutants', command: 'npm run mutants -- --record' },
  soak: { title: 'Kills of the real program', command: 'npm run soak -- --record' },
  cuts: { title: 'Power cuts of a real file system', command: 'npm run cuts -- --record' },
  calls: { title: 'System calls that fail', command: 'npm run calls -- --record' },
  fuzz: { title: 'Fuzzing', command: 'npm run fuzz -- --record' },
} as const;

export type SectionId = keyof typeof SECTIONS;

const DATA = new URL('../../docs/reliability.json', import.meta.url);
const PAGE = new URL('../../docs/reliability.md', import.meta.url);
/** Everything after this line is generated. */
const MARK = '<!-- generated below by the scripts in test/long: change nothing here by hand -->';

export type Records = Partial<Record<SectionId, FaultRecord>>;

function readRecords(): Records {
  return existsSync(DATA) ? (JSON.parse(readFileSync(DATA, 'utf8')) as Records) : {};
}

/** What a script measured last; null when nobody has run it. */
export function readRecord(id: SectionId): FaultRecord | null {
  return readRecords()[id] ?? null;
}

/** As a cell of a table: one line, and nothing in it that ends the cell. */
function shown(value: string | number): string {
  if (typeof value === 'number') return value.toLocaleString('en');
  return value.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/(?<!\\)\|/g, '\\|');
}

/** A table in Markdown; columns of numbers stand to the right. */
function renderRows({ columns, rows }: Omit<RecordTable, 'title'>): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(shown).join(' | ')} |`;
  const isOfNumbers = (at: number) => rows.length > 0 && rows.every((row) => typeof row[at] === 'number');
  const rule = columns.map((_, at) => (isOfNumbers(at) ? '---:' : '---'));
  return [line(columns), line(rule), ...rows.map(line)].join('\n');
}

/** Every number with the command that makes it again; what nobody has measured yet says so. */
function renderSummary(records: Records): string {
  const rows = Object.entries(SECTIONS).flatMap(([id, { title, command }]) => {
    const record = records[id as SectionId];
    if (record === undefined) return [[title, 'not measured yet', '', `\`${command}\``, '']];
    return record.facts.map(([what, value]) => [title, what, value, `\`${record.command}\``, record.date]);
  });
  const columns = ['Evidence', 'What', 'How many', 'Command', 'Measured'];
  return ['## The numbers', '', renderRows({ columns, rows }), ''].join('\n');
}

function renderTables(title: string, tables: readonly RecordTable[]): string {
  const parts = tables.flatMap((table) => [`**${table.title}**`, '', renderRows(table), '']);
  return [`## ${title}`, '', ...parts].join('\n');
}

/** The generated part of the document. */
export function renderRecords(records: Records): string {
  const details = Object.entries(SECTIONS).flatMap(([id, { title }]) => {
    const tables = records[id as SectionId]?.tables ?? [];
    return tables.length === 0 ? [] : [renderTables(title, tables)];
  });
  return [renderSummary(records), ...details].join('\n');
}

/** The document anew: the text above the mark stays as it is. */
export function renderPage(page: string, records: Records): string {
  const [text = ''] = page.split(MARK);
  return `${text}${MARK}\n\n${renderRecords(records)}`;
}

/** Keeps a record in the place of an older one of the same script, and renders the document. */
export function writeRecord(record: FaultRecord): void {
  const records = { ...readRecords(), [record.id]: record };
  writeFileSync(DATA, `${JSON.stringify(records, null, 2)}\n`);
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# The fault record\n\n';
  writeFileSync(PAGE, renderPage(page, records));
}

/** Today, as records have it. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
