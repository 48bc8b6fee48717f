/** The project list (`/simple/`) as JSON and HTML, in chunks: it may have any number of entries. */
import { escapeHtml } from './html.ts';
import type { ProjectName, Serial } from './types.ts';

/** One project on the list. */
export interface ListEntry {
  readonly name: ProjectName;
  /** As the project's owner writes it; it normalizes to `name`. */
  readonly displayName: string;
  readonly serial: Serial | null;
}

/** The version of the API that the list is written in (PEP 629). */
const API_VERSION = '1.4';

/** Chunks are about this long; all that is in memory at a time. */
const CHUNK_CHARS = 64 * 1024;

/** The JSON list (protocol §2.4): compact, keys sorted, one trailing LF; entries in the order in which they come. */
export function* renderListJson(serial: Serial | null, entries: Iterable<ListEntry>): Generator<string> {
  yield* inChunks(jsonPieces(serial, entries));
}

/**
 * The HTML list (PEP 503). Links are relative, so that the docroot can be moved or served under any prefix.
 * Unlike PyPI's it ends with its serial, as the detail pages do: a static tree has no header to say it in.
 */
export function* renderListHtml(serial: Serial | null, entries: Iterable<ListEntry>): Generator<string> {
  yield* inChunks(htmlPieces(serial, entries));
}

function* jsonPieces(serial: Serial | null, entries: Iterable<ListEntry>): Generator<string> {
  const lastSerial = (value: Serial | null) => (value === null ? '' : `"_last-serial":${value},`);
  yield `{"meta":{${lastSerial(serial)}"api-version":"${API_VERSION}"},"projects":[`;
  let separator = '';
  for (const entry of entries) {
    yield `${separator}{${lastSerial(entry.serial)}"name":${JSON.stringify(entry.displayName)}}`;
    separator = ',';
  }
  yield ']}\n';
}

function* htmlPieces(serial: Serial | null, entries: Iterable<ListEntry>): Generator<string> {
  yield '<!DOCTYPE html>\n<html lang="en">\n  <head>\n';
  yield `    <meta name="pypi:repository-version" content="${API_VERSION}">\n`;
  yield '    <title>Simple index</title>\n  </head>\n  <body>\n';
  for (const entry of entries)
    yield `    <a href="${escapeHtml(entry.name)}/">${escapeHtml(entry.displayName)}</a>\n`;
  yield '  </body>\n</html>\n';
  if (serial !== null) yield `<!--SERIAL ${serial}-->`;
}

/** Fewer, larger pieces: each becomes one write. */
function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_CHARS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
