/** XML-RPC answers as Python's xmlrpc.client lays them out (protocol §1.4), in pieces where they are long. */
import type { ChangelogRow, Serial } from '../pypi/types.ts';
import type { ListedSerial } from './journal.ts';

export interface RpcFault {
  readonly code: number;
  readonly text: string;
}

type Pages<T> = AsyncIterable<readonly T[]>;

const HEAD = "<?xml version='1.0'?>\n<methodResponse>\n";
const TAIL = '</methodResponse>\n';
const BEFORE_VALUE = `${HEAD}<params>\n<param>\n`;
const AFTER_VALUE = `</param>\n</params>\n${TAIL}`;

/** As xmlrpc.client escapes: quotes stay. Control characters cannot come: what is told are names (PEP 508) and our own words. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function integer(value: number): string {
  return `<value><int>${value}</int></value>\n`;
}

/** Python writes no line feed after a nil. */
function textOrNil(text: string | null): string {
  return text === null ? '<value><nil/></value>' : `<value><string>${escaped(text)}</string></value>\n`;
}

/** An answer of one integer. */
export function integerXml(value: Serial): string {
  return `${BEFORE_VALUE}${integer(value)}${AFTER_VALUE}`;
}

/** A fault; it goes out with HTTP 200 (protocol trap 1). */
export function faultXml({ code, text }: RpcFault): string {
  const member = (name: string, value: string) => `<member>\n<name>${name}</name>\n${value}</member>\n`;
  const members = member('faultCode', integer(code)) + member('faultString', textOrNil(text));
  return `${HEAD}<fault>\n<value><struct>\n${members}</struct></value>\n</fault>\n${TAIL}`;
}

/** Protocol trap 3: name, version, timestamp, action, serial, in this order. */
function rowXml({ name, version, timestampS, action, serial }: ChangelogRow): string {
  const values =
    textOrNil(name) + textOrNil(version) + integer(timestampS) + textOrNil(action) + integer(serial);
  return `<value><array><data>\n${values}</data></array></value>\n`;
}

/** The answer to `changelog_since_serial`. */
export function rowsXml(pages: Pages<ChangelogRow>): AsyncIterable<string> {
  return around('<value><array><data>\n', pages, rowXml, '</data></array></value>\n');
}

/** The answer to `list_packages_with_serial`; its members are in no particular order. */
export function projectsXml(pages: Pages<ListedSerial>): AsyncIterable<string> {
  const member = ({ displayName, serial }: ListedSerial) =>
    `<member>\n<name>${escaped(displayName)}</name>\n${integer(serial)}</member>\n`;
  return around('<value><struct>\n', pages, member, '</struct></value>\n');
}

async function* around<T>(
  before: string,
  pages: Pages<T>,
  render: (item: T) => string,
  after: string,
): AsyncGenerator<string> {
  yield BEFORE_VALUE + before;
  for await (const page of pages) yield page.map(render).join('');
  yield after + AFTER_VALUE;
}
