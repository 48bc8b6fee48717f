/**
 * A changelog row in the one layout that PyPI writes, read by a pattern instead of an XML parser: a full answer has 50,000 of them.
 *
 * What the pattern takes means the same to the parser (`parseXml`, `valuesOf`), and what it does not take is left to that:
 * another layout is slower, never wrong. `<` cannot stand in the texts, so a tag in the pattern is always a tag.
 */

import { decodeXmlText } from './xml-text.ts';
import type { XmlRpcValue } from './xmlrpc-values.ts';

const SPACE = '[ \\t\\r\\n]*';
const TEXT = `<value>(?:<nil/>|<string>([^<\\r]*)</string>)</value>${SPACE}`;
// Fifteen digits are always a safe integer.
const INTEGER = `<value><int>([0-9]{1,15})</int></value>${SPACE}`;
const BEGIN = `<value><array><data>${SPACE}`;
const END = `</data></array></value>${SPACE}`;
const ROW = new RegExp(`${BEGIN}${TEXT}${TEXT}${INTEGER}${TEXT}${INTEGER}${END}`, 'y');

export interface PlainRow {
  /** Name, version, timestamp, action, serial. */
  readonly values: readonly XmlRpcValue[];
  /** Where the next row begins. */
  readonly end: number;
}

/** The row that begins here; null when it is not written like PyPI's. Throws UPSTREAM_MALFORMED as `decodeXmlText` does. */
export function readPlainRow(xml: string, at: number): PlainRow | null {
  ROW.lastIndex = at;
  const found = ROW.exec(xml);
  if (found === null) return null;
  const [, name, version, timestampS, action, serial] = found;
  const values = [textOrNil(name), textOrNil(version), Number(timestampS), textOrNil(action), Number(serial)];
  return { values, end: ROW.lastIndex };
}

function textOrNil(raw: string | undefined): string | null {
  return raw === undefined ? null : decodeXmlText(raw);
}
