/** The project list at `/simple/`: its serial first, then its entries in batches, streamed. */
import type { Emit } from '../events.ts';
import { parseSerial } from '../pypi/serials.ts';
import type { ListedProject } from '../pypi/types.ts';
import { type BodyLimits, bodyChunks } from './body.ts';
import type { ProjectListing } from './contract.ts';
import type { Http, HttpResponse } from './http.ts';
import { createListParser, type ListParser } from './list-parser.ts';
import { named } from './malformed.ts';
import { expectSimpleJson, SIMPLE_JSON } from './simple-json.ts';

/** 42 MB at 0.8 million projects (protocol §8); streamed, so this bounds work rather than memory. */
const LIST: BodyLimits = {
  name: 'projectListBytesMax',
  wireBytesMax: 256 * 1024 * 1024,
  bodyBytesMax: 512 * 1024 * 1024,
};
const BATCH_PROJECTS = 1000;

/** Asks for the list once and reads until its serial is known. Retrying is the caller's. */
export async function openProjectList(
  http: Http,
  { simpleUrl, deadlineMs }: { readonly simpleUrl: string; readonly deadlineMs: number },
  emit: Emit,
  signal: AbortSignal,
): Promise<ProjectListing> {
  const response = await http.send(
    {
      kind: 'page',
      method: 'GET',
      url: simpleUrl,
      what: 'the project list',
      headers: { accept: SIMPLE_JSON, 'accept-encoding': 'gzip' },
      deadlineMs,
    },
    signal,
  );
  if (response.status !== 200) throw await http.unexpectedStatus(response, 'HTTP 200');
  expectSimpleJson(response);
  const parser = createListParser();
  const entries = readEntries(response, parser);
  const headerSerial = parseSerial(response.header('x-pypi-last-serial'));
  if (headerSerial !== null) return { serial: headerSerial, batches: batched(entries, [], parser, emit) };
  // Without the header the document says it: `meta` stands before `projects` on PyPI (keys are sorted), so a first piece is
  // enough. Where it stands behind them, the serial stays unknown.
  const first: ListedProject[] = [];
  while (parser.serial === undefined && first.length === 0) {
    const piece = await entries.next();
    if (piece.done === true) break;
    first.push(...piece.value);
  }
  return { serial: parser.serial ?? null, batches: batched(entries, first, parser, emit) };
}

async function* readEntries(
  response: HttpResponse,
  parser: ListParser,
): AsyncGenerator<ListedProject[], void, undefined> {
  for await (const chunk of bodyChunks(response, 'gzip', LIST))
    yield named(response, () => parser.push(chunk));
  named(response, () => parser.end());
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
      batch.push(...piece);
      if (batch.length < BATCH_PROJECTS) continue;
      yield batch;
      batch = [];
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
