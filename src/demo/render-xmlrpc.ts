/** XML-RPC responses byte for byte as Python's serializer lays them out (protocol §1.4). */
import type { ChangelogRow } from '../pypi/types.ts';

/** What an answer may hold; a Map is a struct whose member order is kept. */
export type RpcValue = null | number | string | readonly RpcValue[] | ReadonlyMap<string, RpcValue>;

export interface RpcFault {
  readonly code: number;
  readonly message: string;
}

const PROLOG = "<?xml version='1.0'?>\n";

/** As xmlrpc.client escapes: quotes stay. */
function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function renderValue(value: RpcValue): string {
  // Python writes no line feed after a nil.
  if (value === null) return '<value><nil/></value>';
  if (typeof value === 'number') return `<value><int>${value}</int></value>\n`;
  if (typeof value === 'string') return `<value><string>${escapeXml(value)}</string></value>\n`;
  if (value instanceof Map) {
    const members = [...value].map(
      ([name, part]) => `<member>\n<name>${escapeXml(name)}</name>\n${renderValue(part)}</member>\n`,
    );
    return `<value><struct>\n${members.join('')}</struct></value>\n`;
  }
  return `<value><array><data>\n${(value as readonly RpcValue[]).map(renderValue).join('')}</data></array></value>\n`;
}

/** A successful answer: one value. */
export function renderResponse(value: RpcValue): string {
  return `${PROLOG}<methodResponse>\n<params>\n<param>\n${renderValue(value)}</param>\n</params>\n</methodResponse>\n`;
}

/** A fault, which PyPI sends with status 200. */
export function renderFault(fault: RpcFault): string {
  const struct = new Map<string, RpcValue>([
    ['faultCode', fault.code],
    ['faultString', fault.message],
  ]);
  return `${PROLOG}<methodResponse>\n<fault>\n${renderValue(struct)}</fault>\n</methodResponse>\n`;
}

/** PyPI writes non-ASCII as literal decimal references before XML escapes it once more, and drops control characters. */
function cleanForXml(text: string): string {
  let cleaned = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code > 126) cleaned += `&#${code};`;
    else if (code >= 32 || code === 9 || code === 10 || code === 13) cleaned += character;
  }
  return cleaned;
}

/** Trap 3: name, version, timestamp, action, serial. */
export function changelogRow(row: ChangelogRow): RpcValue {
  const action = row.action === null ? null : cleanForXml(row.action);
  return [row.name, row.version, row.timestampS, action, row.serial];
}
