/** Sends a document that publishing replaces by rename: every header and byte of an answer from one open file. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { JubjubError } from '../errors.ts';
import { gzipPath } from '../pypi/paths.ts';
import type { DocrootPath } from '../pypi/types.ts';
import { type DocumentAnswer, NOSNIFF, type SerialPlace } from './answer.ts';
import { type OpenDocument, openDocument, readSmall } from './docroot.ts';
import { prefersGzip } from './encoding.ts';
import { type DocumentFacts, type FactsMemory, factsOfBytes, type StoredAs } from './facts.ts';
import type { KeptDocuments } from './kept.ts';

const CHUNK_BYTES = 64 * 1024;
const TYPE = 'Content-Type';

/** RFC 9110 §13.1.2: a list of tags or `*`, compared weakly. Our tags hold no comma, so a comma only ever separates. */
export function matchesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '');
    return bare === etag || bare === '*';
  });
}

/** The bytes that a client gets: the page itself, or its gzipped twin; from memory when they are small. */
type Chosen = {
  readonly facts: DocumentFacts;
  readonly gzipped: boolean;
} & ({ readonly bytes: Buffer } | { readonly document: OpenDocument });

/** What sending a document needs of its server. */
export interface DocumentContext {
  readonly docroot: string;
  readonly memory: FactsMemory;
  readonly kept: KeptDocuments;
  /** Hears of a twin that could not be read: the page itself goes out in its place. */
  readonly twinFailed: (error: unknown) => void;
}

/** Opens what has to be read. What is small is read whole, kept, and closed again. Null when nothing is there. */
async function openAndChoose(
  { docroot, memory, kept }: DocumentContext,
  path: DocrootPath,
  place: SerialPlace,
  as: StoredAs,
): Promise<Chosen | null> {
  const document = await openDocument(docroot, path);
  if (document === null) return null;
  const gzipped = as === 'gzip';
  let isClosedHere = true;
  try {
    const bytes = document.stat.size <= kept.documentBytesMax ? await readSmall(document) : null;
    const known = bytes === null ? null : factsOfBytes(bytes, place, as);
    if (bytes !== null && known !== null) {
      kept.keep(docroot, path, document.stat, { facts: known, bytes });
      return { facts: known, gzipped, bytes };
    }
    const facts = await memory.of(document, place, as);
    isClosedHere = false;
    return { facts, gzipped, document };
  } finally {
    if (isClosedHere) await document.handle.close();
  }
}

/** The twin's serial is read from its own bytes, so that header and body agree between the renames of the two. */
async function chooseTwin(context: DocumentContext, answer: DocumentAnswer): Promise<Chosen | null> {
  const path = gzipPath(answer.path);
  const look = context.kept.look(context.docroot, path);
  if (look === 'absent') return null;
  if (look !== 'unknown') return { ...look, gzipped: true };
  try {
    return await openAndChoose(context, path, answer.serialPlace, 'gzip');
  } catch (error) {
    context.twinFailed(error);
    return null;
  }
}

async function choose(
  context: DocumentContext,
  answer: DocumentAnswer,
  acceptEncoding: string | undefined,
): Promise<Chosen | null> {
  const twin = answer.twin && prefersGzip(acceptEncoding) ? await chooseTwin(context, answer) : null;
  if (twin !== null) return twin;
  const look = context.kept.look(context.docroot, answer.path);
  if (look === 'absent') return null;
  if (look !== 'unknown') return { ...look, gzipped: false };
  return openAndChoose(context, answer.path, answer.serialPlace, 'plain');
}

/** Headers that a 200 and a 304 share (all but those of the body); in one list, which Node writes without looking at each of them. */
function headersOf(answer: DocumentAnswer, { serial }: DocumentFacts, etag: string): string[] {
  const headers = [...NOSNIFF, 'ETag', etag];
  for (const [name, value] of Object.entries(answer.headers)) if (name !== TYPE) headers.push(name, value);
  // PEP 691 knows no serial header; PyPI, bandersnatch and devpi do (protocol §2.3, trap 20). No Last-Modified, as on
  // PyPI: with its whole seconds a page that changed twice in one would be taken for unchanged.
  if (serial !== null) headers.push('X-PyPI-Last-Serial', String(serial));
  return headers;
}

function cutShort(expectedBytes: number, receivedBytes: number): JubjubError {
  return new JubjubError('STORE_IO', 'a document became shorter while it was read', {
    expected: `${expectedBytes} bytes`,
    received: `${receivedBytes} bytes`,
    effect: 'the connection was closed in the middle',
    hint: 'jubjub replaces documents whole: something else writes in the docroot',
  });
}

/** The bytes. A document that ends before the size announced breaks the connection: no one may take it for whole. */
async function* bytesOf({ handle, stat }: OpenDocument): AsyncGenerator<Uint8Array> {
  const sizeBytes = Number(stat.size);
  for (let position = 0; position < sizeBytes; ) {
    const length = Math.min(CHUNK_BYTES, sizeBytes - position);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0) throw cutShort(sizeBytes, position);
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

/** Answers with the document, a 304, or its headers alone. False, and nothing sent, when there is no such document. */
export async function sendDocument(
  context: DocumentContext,
  answer: DocumentAnswer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const chosen = await choose(context, answer, request.headers['accept-encoding']);
  if (chosen === null) return false;
  try {
    await sendChosen(chosen, answer, request, response);
    return true;
  } finally {
    if ('document' in chosen) await chosen.document.handle.close();
  }
}

async function sendChosen(
  chosen: Chosen,
  answer: DocumentAnswer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const etag = `"${chosen.facts.digest}-${answer.variant}"`;
  const headers = headersOf(answer, chosen.facts, etag);
  if (matchesTag(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  headers.push(TYPE, answer.headers[TYPE] ?? 'application/octet-stream');
  if (chosen.gzipped) headers.push('Content-Encoding', 'gzip');
  const isSmall = 'bytes' in chosen;
  headers.push('Content-Length', String(isSmall ? chosen.bytes.length : chosen.document.stat.size));
  response.writeHead(200, headers);
  if (request.method === 'HEAD') response.end();
  else if (isSmall) response.end(chosen.bytes);
  else await pipeline(bytesOf(chosen.document), response);
}
