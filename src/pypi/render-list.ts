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

/** What stands in an entry: a text as it is, a name, or the serial between two texts that are left out with it when there is none. */
export type EntryPart =
  | string
  | { readonly of: 'name' | 'displayName' }
  | { readonly of: 'serial'; readonly before: string; readonly after: string };

/**
 * One form of the list, as data: an entry is rendered from it here, or where the projects are (catalogue/listed.ts), which takes a tenth
 * of the time for a million of them.
 */
export interface ListForm {
  readonly head: (serial: Serial | null) => string;
  readonly entry: readonly EntryPart[];
  readonly between: string;
  readonly tail: (serial: Serial | null) => string;
  /** Of a name as its owner writes it. Letters, digits, `.`, `_` and `-` stay as they are. */
  readonly quote: (text: string) => string;
}

/** The JSON list (protocol §2.4): compact, keys sorted, one trailing LF; entries in the order in which they come. */
export const LIST_JSON: ListForm = {
  head: (serial) =>
    `{"meta":{${serial === null ? '' : `"_last-serial":${serial},`}"api-version":"${API_VERSION}"},"projects":[`,
  entry: [
    '{',
    { of: 'serial', before: '"_last-serial":', after: ',' },
    '"name":"',
    { of: 'displayName' },
    '"}',
  ],
  between: ',',
  tail: () => ']}\n',
  quote: (text) => JSON.stringify(text).slice(1, -1),
};

/**
 * The HTML list (PEP 503). Links are relative, so that the docroot can be moved or served under any prefix.
 * Unlike PyPI's it ends with its serial, as the detail pages do: a static tree has no header to say it in.
 */
export const LIST_HTML: ListForm = {
  head: () =>
    `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="${API_VERSION}">
    <title>Simple index</title>
  </head>
  <body>
`,
  entry: ['    <a href="', { of: 'name' }, '/">', { of: 'displayName' }, '</a>\n'],
  between: '',
  tail: (serial) => `  </body>\n</html>\n${serial === null ? '' : `<!--SERIAL ${serial}-->`}`,
  quote: escapeHtml,
};

/** The whole list around runs of entries, each run joined already. */
export function* renderList(
  form: ListForm,
  serial: Serial | null,
  runs: Iterable<string>,
): Generator<string> {
  yield* inChunks(listPieces(form, serial, runs));
}

function* listPieces(form: ListForm, serial: Serial | null, runs: Iterable<string>): Generator<string> {
  yield form.head(serial);
  let isFirst = true;
  for (const run of runs) {
    if (!isFirst) yield form.between;
    isFirst = false;
    yield run;
  }
  yield form.tail(serial);
}

/** Each entry as a run of its own. */
export function* renderEntries(form: ListForm, entries: Iterable<ListEntry>): Generator<string> {
  for (const entry of entries) yield form.entry.map((part) => renderPart(form, part, entry)).join('');
}

function renderPart({ quote }: ListForm, part: EntryPart, entry: ListEntry): string {
  if (typeof part === 'string') return part;
  if (part.of !== 'serial') return quote(entry[part.of]);
  return entry.serial === null ? '' : `${part.before}${entry.serial}${part.after}`;
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
