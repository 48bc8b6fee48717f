/** Columns as our types: what SQLite gives back, checked as little as our own writing deserves. */

import { isJubjubError, JubjubError } from '../errors.ts';
import { parseSha256 } from '../pypi/digests.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import { parseDocrootPath, parseTrashPath } from '../pypi/paths.ts';
import type { DocrootPath, JsonObject, ProjectName, Sha256, TrashPath } from '../pypi/types.ts';
import type { Drop } from '../selection/verdict.ts';
import type { Validator } from '../upstream/contract.ts';
import type { Row } from './database.ts';

const RECEIVED_CHARS_MAX = 100;

/** A value that jubjub never writes, in a column; for whoever reads a row. */
export function damaged(column: string, value: unknown, cause?: unknown): JubjubError {
  const received =
    value instanceof Uint8Array
      ? `${value.length} bytes: ${Buffer.from(value.subarray(0, RECEIVED_CHARS_MAX / 4)).toString('hex')}`
      : String(value).slice(0, RECEIVED_CHARS_MAX);
  return new JubjubError(
    'CATALOGUE_UNREADABLE',
    `the catalogue holds a value that jubjub never writes: ${column}`,
    {
      received,
      effect: 'what needs this value was not done',
      hint: 'the catalogue was edited or damaged: `jubjub verify --repair` fetches projects anew; else restore it from a backup',
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** Reads what belongs to one project: a value that jubjub never writes is told with the project's name. */
export function ofProject<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isJubjubError(error, 'CATALOGUE_UNREADABLE')) throw error;
    throw new JubjubError(error.code, `${error.message}, of project ${name}`, {
      ...error.facts,
      cause: error.cause,
    });
  }
}

/** Is this a value that jubjub writes? */
export function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (!isJubjubError(error, 'CATALOGUE_UNREADABLE')) throw error;
    return false;
  }
}

/** One name that cannot be read keeps nobody from the others: `integrity` tells of it. */
export function readableNames(rows: readonly Row[]): ProjectName[] {
  return rows.flatMap((row) => {
    const name = tryNormalizeName(row['name']);
    return name !== null && name === row['name'] ? name : [];
  });
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw damaged(column, value);
  return value;
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw damaged(column, value);
  return value;
}

export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw damaged(column, value);
  return value;
}

export function projectName(row: Row, column = 'name'): ProjectName {
  const raw = text(row, column);
  const name = tryNormalizeName(raw);
  if (name === null || name !== raw) throw damaged(column, raw);
  return name;
}

export function sha256(row: Row, column: string): Sha256 {
  const digest = parseSha256(Buffer.from(bytes(row, column)).toString('hex'));
  if (digest === null) throw damaged(column, row[column]);
  return digest;
}

export function sha256OrNull(row: Row, column: string): Sha256 | null {
  return row[column] === null ? null : sha256(row, column);
}

/** A JSON text that we wrote. */
export function jsonOf(text: string, column: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(column, text, error);
  }
}

/** A JSON list of texts that we wrote. */
export function textsOf(row: Row, column: string): readonly string[] {
  const value = jsonOf(text(row, column), column);
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
    throw damaged(column, row[column]);
  return value;
}

/** A JSON object that we wrote. */
export function jsonObject(row: Row, column: string): JsonObject {
  const value = jsonOf(text(row, column), column);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(column, row[column]);
  return value as JsonObject;
}

export function dropOrNull(row: Row, column: string): Drop | null {
  if (row[column] === null) return null;
  const { rule, value, why } = jsonObject(row, column);
  if (typeof rule !== 'string' || typeof value !== 'string' || typeof why !== 'string')
    throw damaged(column, row[column]);
  return { rule, value, why };
}

export function trashPathOf(row: Row, column = 'path'): TrashPath {
  const path = parseTrashPath(text(row, column));
  if (path === null) throw damaged(column, row[column]);
  return path;
}

export function docrootPath(row: Row, column = 'path'): DocrootPath {
  const path = parseDocrootPath(text(row, column));
  if (path === null) throw damaged(column, row[column]);
  return path;
}

/** A validator kept in two columns; null when there is none. */
export function validatorOf(row: Row, etagColumn: string, encodingColumn: string): Validator | null {
  const etag = textOrNull(row, etagColumn);
  if (etag === null) return null;
  return { etag, encoding: row[encodingColumn] === 'identity' ? 'identity' : 'gzip' };
}

export function digestBytes(digest: Sha256): Uint8Array {
  return Buffer.from(digest, 'hex');
}

export function digestBytesOrNull(digest: Sha256 | null): Uint8Array | null {
  return digest === null ? null : digestBytes(digest);
}
