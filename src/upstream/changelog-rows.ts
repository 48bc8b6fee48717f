/** One answer of `changelog_since_serial`, as a stream of checked rows. */
import { parseSerial } from '../pypi/serials.ts';
import type { ChangelogRow, Serial } from '../pypi/types.ts';
import { type BodyLimits, bodyChunks, utf8Decoder } from './body.ts';
import type { HttpResponse } from './http.ts';
import { named } from './malformed.ts';
import { readPlainRow } from './plain-row.ts';
import { createRowCutter } from './row-cutter.ts';
import { readAnswer } from './xmlrpc.ts';
import { malformedXml, only, parseXml, valuesOf, type XmlRpcValue } from './xmlrpc-values.ts';

/** A full answer is 14 MB (50,000 rows of 290 bytes); streaming, so this bounds work rather than memory. */
const ANSWER: BodyLimits = {
  name: 'changelogBytesMax',
  wireBytesMax: 64 * 1024 * 1024,
  bodyBytesMax: 256 * 1024 * 1024,
};

/**
 * The rows of one answer in small batches, ascending, all above `since`.
 * Only when the iteration ends without an error was the answer complete: a cut one throws at its end, after
 * having given rows that are good in themselves. Faults are thrown before any row.
 */
export async function* readRows(
  response: HttpResponse,
  since: Serial,
): AsyncGenerator<readonly ChangelogRow[], void, undefined> {
  const decode = utf8Decoder(response);
  const cutter = createRowCutter();
  let cursor = since;
  for await (const chunk of bodyChunks(response, 'gzip', ANSWER)) {
    for (const piece of named(response, () => cutter.push(decode(chunk)))) {
      const rows = named(response, () => parseRows(piece, cursor));
      cursor = rows.at(-1)?.serial ?? cursor;
      yield rows;
    }
  }
  named(response, () => {
    decode();
    const whole = cutter.end();
    if (whole !== null) expectEmptyArray(readAnswer(whole, response));
  });
}

/** Complete rows, as text, as rows. Throws UPSTREAM_MALFORMED unless their serials rise from above `since`. */
export function parseRows(xml: string, since: Serial): readonly ChangelogRow[] {
  let cursor = since;
  return rowValues(xml).map((value) => {
    const row = toRow(value);
    // Protocol §1.4: strictly above the argument, in ascending order; a row that is not would be lost or endless.
    if (row.serial <= cursor) throw malformedXml(`a serial above ${cursor}`, String(row.serial));
    cursor = row.serial;
    return row;
  });
}

function rowValues(xml: string): readonly XmlRpcValue[] {
  const values: XmlRpcValue[] = [];
  let at = 0;
  while (at < xml.length) {
    const row = readPlainRow(xml, at);
    // Written in another way: the parser takes what is left, for whole rows stand before it.
    if (row === null) return [...values, ...parsedValues(xml.slice(at))];
    values.push(row.values);
    at = row.end;
  }
  return values;
}

function parsedValues(xml: string): readonly XmlRpcValue[] {
  return valuesOf(only(parseXml(`<data>${xml}</data>`), ['data'])['data']);
}

/** Protocol trap 3: name, version, timestamp, action, serial, in this order; the three texts may be nil. */
function toRow(value: XmlRpcValue): ChangelogRow {
  if (!Array.isArray(value) || value.length !== 5) throw badRow(value);
  const [name, version, timestampS, action, serial] = value as readonly XmlRpcValue[];
  if (!isTextOrNil(name) || !isTextOrNil(version) || !isTextOrNil(action)) throw badRow(value);
  const checked = typeof serial === 'number' ? parseSerial(serial) : null;
  if (!isInteger(timestampS) || checked === null) throw badRow(value);
  return { name, version, timestampS, action, serial: checked };
}

function isTextOrNil(value: XmlRpcValue | undefined): value is string | null {
  return value === null || typeof value === 'string';
}

function isInteger(value: XmlRpcValue | undefined): value is number {
  return Number.isSafeInteger(value);
}

function badRow(value: XmlRpcValue) {
  return malformedXml('a row of name, version, timestamp, action and serial', JSON.stringify(value));
}

/** An empty array may be written in ways that the cutter does not take for one (`<array/>`). */
function expectEmptyArray(value: XmlRpcValue): void {
  if (!Array.isArray(value) || value.length > 0)
    throw malformedXml('an array of rows', JSON.stringify(value));
}
