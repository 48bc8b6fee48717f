/** Sends a document that publishing replaces by rename: every header and byte of an answer from one open file. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { JubjubError } from '../errors.ts';
import { gzipPath } from '../pypi/paths.ts';
import type { DocumentAnswer } from './answer.ts';
import { type OpenDocument, openDocument } from './docroot.ts';
import { prefersGzip } from './encoding.ts';
import type { DocumentFacts, FactsMemory } from './facts.ts';

const CHUNK_BYTES = 64 * 1024;

/** RFC 9110 §13.1.2: a list of tags or `*`, compared weakly. Our tags hold no comma, so a comma only ever separates. */
export function matchesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '');
    return bare === etag || bare === '*';
  });
}

/** The bytes that a client gets: the page itself, or its gzipped twin. */
interface Chosen {
  readonly document: OpenDocument;
  readonly facts: DocumentFacts;
  readonly gzipped: boolean;
}

/** What sending a document needs of its server. */
export interface DocumentContext {
  readonly docroot: string;
  readonly memory: FactsMemory;
  /** Hears of a twin that could not be read: the page itself goes out in its place. */
  readonly twinFailed: (error: unknown) => void;
}

/** The twin's serial is read from its own bytes, so that header and body agree between the renames of the two. */
async function chooseTwin(context: DocumentContext, answer: DocumentAnswer): Promise<Chosen | null> {
  let document: OpenDocument | null = null;
  try {
    document = await openDocument(context.docroot, gzipPath(answer.path));
    if (document === null) return null;
    const facts = await context.memory.of(document, answer.serialPlace, 'gzip');
    return { document, facts, gzipped: true };
  } catch (error) {
    await document?.handle.close();
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
  const document = await openDocument(context.docroot, answer.path);
  if (document === null) return null;
  try {
    const facts = await context.memory.of(document, answer.serialPlace);
    return { document, facts, gzipped: false };
  } catch (error) {
    await document.handle.close();
    throw error;
  }
}

/** Headers that a 200 and a 304 share. */
function setHeaders(response: ServerResponse, answer: DocumentAnswer, facts: DocumentFacts): string {
  const etag = `"${facts.digest}-${answer.variant}"`;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.setHeader('ETag', etag);
  // PEP 691 knows no serial header; PyPI, bandersnatch and devpi do (protocol §2.3, trap 20). No Last-Modified, as on
  // PyPI: with its whole seconds a page that changed twice in one would be taken for unchanged.
  if (facts.serial !== null) response.setHeader('X-PyPI-Last-Serial', String(facts.serial));
  return etag;
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
  const { document, facts, gzipped } = chosen;
  try {
    const etag = setHeaders(response, answer, facts);
    if (matchesTag(request.headers['if-none-match'], etag)) {
      response.removeHeader('Content-Type');
      response.writeHead(304).end();
      return true;
    }
    if (gzipped) response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Content-Length', String(document.stat.size));
    if (request.method === 'HEAD') response.end();
    else await pipeline(bytesOf(document), response);
    return true;
  } finally {
    await document.handle.close();
  }
}
