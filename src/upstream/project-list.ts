/** The project list: conditionally asked for, its serial first, then its entries in batches, streamed. */
import type { Emit } from '../events.ts';
import { parseSerial } from '../pypi/serials.ts';
import type { ListedProject, Serial } from '../pypi/types.ts';
import { type BodyLimits, bodyChunks, utf8Decoder } from './body.ts';
import type { ListState, ProjectListing } from './contract.ts';
import { askFor, type Formats, formatOf } from './formats.ts';
import { createHtmlListParser } from './html-list.ts';
import { discard, type Http, type HttpResponse } from './http.ts';
import { createListParser, type ListParser } from './list-parser.ts';
import { malformed, named } from './malformed.ts';
import { conditionalHeaders, notAsked, usable, validatorOf } from './validators.ts';

/** 42 MB at 0.8 million projects (protocol §8); streamed, so this bounds work rather than memory. */
export const LIST: BodyLimits = {
  name: 'projectListBytesMax',
  wireBytesMax: 256 * 1024 * 1024,
  bodyBytesMax: 512 * 1024 * 1024,
};
const BATCH_PROJECTS = 1000;
const COUNTER_CHARS_MAX = 64;

export interface ListPlace {
  /** The address of the index, with a slash at its end. */
  readonly indexUrl: string;
  readonly formats: Formats;
  /** Whether an entry without a serial makes the list useless. */
  readonly serialsNeeded: boolean;
  readonly deadlineMs: number;
}

/** Asks for the list once and reads until its serial is known. Retrying is the caller's. */
export async function openProjectList(
  http: Http,
  place: ListPlace,
  known: ListState | null,
  emit: Emit,
  signal: AbortSignal,
): Promise<ProjectListing> {
  const validator = usable(known?.validator, 'gzip');
  const response = await askFor(
    http,
    place.formats,
    {
      url: place.indexUrl,
      what: 'the project list',
      isList: true,
      headers: { 'accept-encoding': 'gzip', ...conditionalHeaders(validator) },
      deadlineMs: place.deadlineMs,
    },
    signal,
  );
  const counter = counterOf(response);
  if (response.status === 304) {
    discard(response);
    if (validator === null) throw notAsked(response);
    return unchanged(response, { validator, counter: counter ?? known?.counter ?? null });
  }
  if (response.status !== 200) throw await http.unexpectedStatus(response, 'HTTP 200');
  const parser = parserFor(response, place.formats);
  const state: ListState = { validator: validatorOf(response, 'gzip'), counter };
  if (counter !== null && counter === known?.counter) {
    // Protocol §6: devpi counts everything that changes on it, so that this is the list that we know.
    response.body.destroy();
    return unchanged(response, state);
  }
  const entries = checked(readEntries(response, parser), response, place.serialsNeeded);
  const first = await readSerial(entries, parser);
  return {
    unchanged: false,
    state,
    serial: parser.serial ?? headerSerial(response),
    batches: batched(entries, first, parser, emit),
  };
}

/** A parser for what came, told by its media type. Throws as `formatOf` does. */
export function parserFor(response: HttpResponse, formats: Formats): ListParser {
  const format = formatOf(response, formats);
  return format === 'json' ? createListParser() : createHtmlListParser(response.url, utf8Decoder(response));
}

function unchanged(response: HttpResponse, state: ListState): ProjectListing {
  return { unchanged: true, state, serial: headerSerial(response), batches: nothing() };
}

async function* nothing(): AsyncGenerator<readonly ListedProject[], void, undefined> {}

function headerSerial(response: HttpResponse): Serial | null {
  return parseSerial(response.header('x-pypi-last-serial'));
}

/** Protocol §6. Compared for equality only, so that any short text will do. */
function counterOf(response: HttpResponse): string | null {
  const counter = response.header('x-devpi-serial');
  return counter === null || counter === '' || counter.length > COUNTER_CHARS_MAX ? null : counter;
}

/** The entries of a list, in the pieces that its body comes in. */
export async function* readEntries(
  response: HttpResponse,
  parser: ListParser,
): AsyncGenerator<ListedProject[], void, undefined> {
  for await (const chunk of bodyChunks(response, 'gzip', LIST))
    yield named(response, () => parser.push(chunk));
  yield named(response, () => parser.end());
}

/** Kind `list`: a project without a serial would never be asked for again, and one left out would look removed. */
async function* checked(
  entries: AsyncGenerator<ListedProject[], void, undefined>,
  response: HttpResponse,
  serialsNeeded: boolean,
): AsyncGenerator<ListedProject[], void, undefined> {
  for await (const piece of entries) {
    const bare = serialsNeeded ? piece.find(({ serial }) => serial === null) : undefined;
    if (bare !== undefined)
      throw malformed(response, 'a _last-serial for each project', `${bare.name} without one`, {
        effect: 'nothing was changed',
        hint: 'this index does not tell what has changed: set changes = "poll" in [upstream]',
      });
    yield piece;
  }
}

/**
 * Reads on until the document has told its serial, or an entry has come: `meta` stands before `projects` on PyPI (keys are
 * sorted), so a first piece is enough. Where it stands behind them, the header's serial must do.
 */
async function readSerial(
  entries: AsyncGenerator<ListedProject[], void, undefined>,
  parser: ListParser,
): Promise<ListedProject[]> {
  const first: ListedProject[] = [];
  while (parser.serial === undefined && first.length === 0) {
    const piece = await entries.next();
    if (piece.done === true) break;
    first.push(...piece.value);
  }
  return first;
}

async function* batched(
  entries: AsyncGenerator<ListedProject[], void, undefined>,
  first: ListedProject[],
  parser: ListParser,
  emit: Emit,
): AsyncGenerator<readonly ListedProject[], void, undefined> {
  let batch = first;
  try {
    for await (const piece of entries) {
      if (batch.length >= BATCH_PROJECTS) {
        yield batch;
        batch = [];
      }
      batch.push(...piece);
    }
    if (batch.length > 0) yield batch;
  } finally {
    await entries.return();
  }
  const { count, example } = parser.skipped;
  if (count > 0)
    emit({
      type: 'warning',
      code: 'UPSTREAM_MALFORMED',
      message: `${count} entries of the project list have no valid name and were left out, the first: ${example}`,
    });
}
