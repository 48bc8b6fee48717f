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

/** In the order in which they stand in the document. */
const SECTIONS = {
  sim: 'Simulation',
  exhaustive: 'Exhaustive small cases',
  mutants: 'Mutants',
  soak: 'Kills of the real program',
  fuzz: 'Fuzzing',
} as const;

export type SectionId = keyof typeof SECTIONS;

const DATA = new URL('../../docs/reliability.json', import.meta.url);
const PAGE = new URL('../../docs/reliability.md', import.meta.url);
/** Everything after this line is generated. */
const MARK = '<!-- generated below by the scripts in test/long: change nothing here by hand -->';

type Records = Partial<Record<SectionId, FaultRecord>>;

function readRecords(): Records {
  return existsSync(DATA) ? (JSON.parse(readFileSync(DATA, 'utf8')) as Records) : {};
}

function shown(value: string | number): string {
  return typeof value === 'number' ? value.toLocaleString('en') : value;
}

function renderTable({ title, columns, rows }: RecordTable): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(shown).join(' | ')} |`;
  return [`${title}:`, '', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''].join('\n');
}

function renderSection(title: string, { command, date, facts, tables = [] }: FaultRecord): string {
  const lines = facts.map(([what, value]) => `- ${what}: ${shown(value)}`);
  return [`## ${title}`, '', `\`${command}\`, ${date}`, '', ...lines, '', ...tables.map(renderTable)].join(
    '\n',
  );
}

/** The generated part of the document. */
export function renderRecords(records: Records): string {
  const ids = Object.keys(SECTIONS) as SectionId[];
  return ids
    .flatMap((id) => (records[id] === undefined ? [] : [renderSection(SECTIONS[id], records[id])]))
    .join('\n');
}

/** Keeps a record and renders the document anew; the text above the mark stays. */
export function writeRecord(record: FaultRecord): void {
  const records = { ...readRecords(), [record.id]: record };
  writeFileSync(DATA, `${JSON.stringify(records, null, 2)}\n`);
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# The fault record\n\n';
  const text = page.split(MARK)[0] ?? '';
  writeFileSync(PAGE, `${text}${MARK}\n\n${renderRecords(records)}`);
}

/** Today, as records have it. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
