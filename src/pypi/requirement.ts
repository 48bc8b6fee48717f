/** Requirements (PEP 508): `name[extra]>=1,<2; marker`, as core metadata and requirement files have them. */
import { type Cursor, cursorOf } from './cursor.ts';
import { type Marker, normalizeExtra, parseMarker } from './marker.ts';
import { tryNormalizeName } from './names.ts';
import { MARKER_CHARS_MAX } from './parse-marker.ts';
import { SPECIFIERS_CHARS_MAX, tidySpecifier } from './specifiers.ts';
import type { ProjectName } from './types.ts';

export interface Requirement {
  readonly name: ProjectName;
  /** Normalized, each once, in order. */
  readonly extras: readonly string[];
  /** PEP 440 specifiers joined by commas, without spaces; empty: any version. Empty, too, for a direct reference. */
  readonly specifier: string;
  /** A direct reference (`name @ https://…`); null: none. No index can answer it. */
  readonly url: string | null;
  /** null: always. */
  readonly marker: Marker | null;
}

const REQUIREMENT_CHARS_MAX = MARKER_CHARS_MAX + 2 * SPECIFIERS_CHARS_MAX;

const NAME = /[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?/y;
/** Old ones end in what no name ends in. */
const EXTRA = /[A-Za-z0-9][A-Za-z0-9._-]*/y;
const OPEN_EXTRAS = /\[/y;
const CLOSE_EXTRAS = /\]/y;
const COMMA = /,/y;
const AT = /@/y;
/** A URL may have semicolons; the one of the marker stands behind white space. */
const URL_TEXT = /\S+/y;
const IN_PARENTHESES = /\([^()]*\)/y;
const BARE_SPECIFIERS = /[^;(]+/y;
const SEMICOLON = /;/y;

/** Null for what is no requirement by PEP 508; legacy forms that PyPI has (`name (>=1)`, `>=1.*`) are read as pip reads them. */
export function parseRequirement(text: string): Requirement | null {
  if (text.length > REQUIREMENT_CHARS_MAX) return null;
  const cursor = cursorOf(text);
  const name = tryNormalizeName(cursor.take(NAME));
  const extras = name === null ? null : readExtras(cursor);
  if (name === null || extras === null) return null;
  const isDirect = cursor.take(AT) !== null;
  const url = isDirect ? cursor.take(URL_TEXT) : null;
  const specifier = isDirect ? '' : readSpecifiers(cursor);
  if (specifier === null || (isDirect && url === null)) return null;
  const known = { name, extras, specifier, url };
  if (cursor.atEnd()) return { ...known, marker: null };
  if (cursor.take(SEMICOLON) === null) return null;
  const marker = parseMarker(cursor.rest());
  return marker === null ? null : { ...known, marker };
}

/** Null for a list that is none; none at all is empty. */
function readExtras(cursor: Cursor): readonly string[] | null {
  if (cursor.take(OPEN_EXTRAS) === null) return [];
  if (cursor.take(CLOSE_EXTRAS) !== null) return [];
  const extras = new Set<string>();
  do {
    const extra = cursor.take(EXTRA);
    if (extra === null) return null;
    extras.add(normalizeExtra(extra));
  } while (cursor.take(COMMA) !== null);
  return cursor.take(CLOSE_EXTRAS) === null ? null : [...extras].sort();
}

function readSpecifiers(cursor: Cursor): string | null {
  const enclosed = cursor.take(IN_PARENTHESES);
  return tidySpecifier(enclosed?.slice(1, -1) ?? cursor.take(BARE_SPECIFIERS) ?? '');
}
