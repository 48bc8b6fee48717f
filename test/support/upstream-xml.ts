/** XML-RPC answers as PyPI writes them: the layout of Python's xmlrpc.client, texts escaped, nil without a newline behind it. */
import type { ChangelogRow } from '../../src/pypi/types.ts';

const PROLOG = "<?xml version='1.0'?>\n<methodResponse>\n";

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function textOrNil(text: string | null): string {
  return text === null ? '<value><nil/></value>' : `<value><string>${escaped(text)}</string></value>\n`;
}

function integer(value: number): string {
  return `<value><int>${value}</int></value>\n`;
}

export function rowXml({ name, version, timestampS, action, serial }: ChangelogRow): string {
  const values = [
    textOrNil(name),
    textOrNil(version),
    integer(timestampS),
    textOrNil(action),
    integer(serial),
  ];
  return `<value><array><data>\n${values.join('')}</data></array></value>\n`;
}

export function rowsXml(rows: readonly ChangelogRow[]): string {
  const body = rows.map(rowXml).join('');
  return `${PROLOG}<params>\n<param>\n<value><array><data>\n${body}</data></array></value>\n</param>\n</params>\n</methodResponse>\n`;
}

export function valueXml(value: number | null): string {
  const body = value === null ? '<value><nil/></value>' : integer(value);
  return `${PROLOG}<params>\n<param>\n${body}</param>\n</params>\n</methodResponse>\n`;
}

export function faultXml(code: number, text: string): string {
  const member = (name: string, value: string) =>
    `<member>\n<name>${name}</name>\n<value>${value}</value>\n</member>\n`;
  const members =
    member('faultCode', `<int>${code}</int>`) + member('faultString', `<string>${escaped(text)}</string>`);
  return `${PROLOG}<fault>\n<value><struct>\n${members}</struct></value>\n</fault>\n</methodResponse>\n`;
}

/** A row of these serials, otherwise ordinary. */
export function rowOf(serial: number, more: Partial<ChangelogRow> = {}): ChangelogRow {
  return { name: 'Foo', version: '1.0', timestampS: 1_795_000_000, action: 'new release', serial, ...more };
}

/** Rows with these serials. */
export function rowsOf(from: number, to: number): ChangelogRow[] {
  return Array.from({ length: to - from + 1 }, (_, index) => rowOf(from + index));
}

/** The cursor that a `changelog_since_serial` call asks with. */
export function askedSince(body: string): number {
  return Number(/<int>(\d+)<\/int>/.exec(body)?.[1]);
}
