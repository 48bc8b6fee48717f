/** Core metadata (PEP 566, 643, 685): the fields that say what a release needs, out of a METADATA or PKG-INFO document. */
import { detached } from './remembered.ts';

export interface CoreMetadataFacts {
  /** As written, in order. */
  readonly requiresDist: readonly string[];
  readonly requiresPython: string | null;
  /** As written. */
  readonly providesExtra: readonly string[];
  /** Fields that are not settled before a build (PEP 643), lower case. */
  readonly dynamic: readonly string[];
}

/** Headers of real documents, old ones with their description in a header included, are far below this. */
const HEADERS_BYTES_MAX = 4 * 1024 * 1024;

/** A name, and a value that goes on in every line that begins with white space (RFC 822). */
const HEADER = /^([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)/gm;

/** Reads as far as the headers go; what is no header is left out, so that old and odd documents still tell what they tell. */
export function parseCoreMetadata(document: Uint8Array | string): CoreMetadataFacts {
  const fields = new Map<string, string[]>(
    ['requires-dist', 'requires-python', 'provides-extra', 'dynamic'].map((name) => [name, []]),
  );
  for (const [, name = '', folded = ''] of headersOf(document).matchAll(HEADER)) {
    const value = folded.replace(/\n[ \t]+/g, ' ').trim();
    if (value !== '') fields.get(name.toLowerCase())?.push(detached(value));
  }
  const valuesOf = (name: string) => fields.get(name) ?? [];
  return {
    requiresDist: valuesOf('requires-dist'),
    requiresPython: valuesOf('requires-python')[0] ?? null,
    providesExtra: valuesOf('provides-extra'),
    dynamic: valuesOf('dynamic').map((field) => field.toLowerCase()),
  };
}

/** What is above the first empty line, its lines ending in line feeds. */
function headersOf(document: Uint8Array | string): string {
  const text =
    typeof document === 'string'
      ? document.slice(0, HEADERS_BYTES_MAX)
      : new TextDecoder().decode(document.subarray(0, HEADERS_BYTES_MAX));
  const lines = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const begin = lines.search(/[^\n]/);
  const end = lines.indexOf('\n\n', begin);
  return lines.slice(Math.max(begin, 0), end === -1 ? undefined : end);
}
