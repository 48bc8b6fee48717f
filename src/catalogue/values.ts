/** Columns as our types: what SQLite gives back, checked as little as our own writing deserves. */

import { JubjubError } from '../errors.ts';
import { parseSha256 } from '../pypi/digests.ts';
import { normalizeName } from '../pypi/names.ts';
import { parseDocrootPath } from '../pypi/paths.ts';
import type { DocrootPath, ProjectName, Sha256 } from '../pypi/types.ts';
import type { Validator } from '../upstream/contract.ts';
import type { Row } from './database.ts';

function damaged(column: string, value: unknown): JubjubError {
  return new JubjubError(
    'CATALOGUE_UNREADABLE',
    `the catalogue holds a value that jubjub never writes: ${column}`,
    {
      received: String(value).slice(0, 100),
      effect: 'the run stopped',
      hint: 'the catalogue was edited or damaged: restore it from a backup, or move it away and run `jubjub sync`',
    },
  );
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
  return normalizeName(text(row, column));
}

export function sha256(row: Row, column: string): Sha256 {
  const digest = parseSha256(Buffer.from(bytes(row, column)).toString('hex'));
  if (digest === null) throw damaged(column, row[column]);
  return digest;
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
