/** XML-RPC over HTTP: reads the body of a call, and sends what the methods answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { afterRealTime } from '../clock.ts';
import { asJubjubError, type JubjubError } from '../errors.ts';
import { NOSNIFF, plain } from './answer.ts';
import { prefersGzip } from './encoding.ts';
import type { JournalSource } from './journal.ts';
import { sendPlain } from './plain.ts';
import { answerCall, BUSY, RPC_FAILED, type RpcAnswer } from './rpc-methods.ts';

/** A call of ours takes 200 bytes. */
const BODY_BYTES_MAX = 64 * 1024;
/** Calls at a time; each has the catalogue open, and may be a list of all projects. */
const CALLS_AT_ONCE_MAX = 16;

const TOO_LARGE = plain(413, '413 Content Too Large');

/** PyPI's exact words; no caching of any kind (protocol §1.1). */
const HEADERS = {
  [NOSNIFF[0]]: NOSNIFF[1],
  'Content-Type': 'text/xml; charset=UTF-8',
  Vary: 'Accept-Encoding',
};

/** The calls of one server. */
export class RpcDesk {
  readonly #journals: JournalSource;
  readonly #timeoutMs: number;
  #underWay = 0;

  /** A client that has not taken its answer after `timeoutMs` is let go. */
  constructor(journals: JournalSource, timeoutMs: number) {
    this.#journals = journals;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Answers a call. Rejects when reading the journal fails in the middle of an answer, or the client leaves.
   * `failed` hears why a call got the fault that tells nothing.
   */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    failed: (error: JubjubError) => void,
  ): Promise<void> {
    const body = await readBody(request);
    if (body === null) {
      sendPlain(response, TOO_LARGE);
      return;
    }
    // Counted from here: a client that sends its call slowly, or never ends it, takes nobody's place.
    if (this.#underWay >= CALLS_AT_ONCE_MAX) {
      await send(BUSY, request, response);
      return;
    }
    this.#underWay += 1;
    const inTime = afterRealTime(this.#timeoutMs, () => response.destroy());
    try {
      await send(this.#answer(body, failed), request, response);
    } finally {
      inTime();
      this.#underWay -= 1;
    }
  }

  #answer(body: string, failed: (error: JubjubError) => void): RpcAnswer {
    try {
      return answerCall(this.#journals, body);
    } catch (error) {
      failed(asJubjubError(error));
      return RPC_FAILED;
    }
  }
}

/** The body as text; null when it is too large. What is no UTF-8 becomes text that is no call. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return null;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed when the reading stops: the answer goes out on the same connection, and Node throws the rest away.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function send(answer: RpcAnswer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const gzip = prefersGzip(request.headers['accept-encoding']);
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (gzip) response.setHeader('Content-Encoding', 'gzip');
    if (typeof answer.xml === 'string') {
      const bytes = gzip ? gzipSync(answer.xml) : Buffer.from(answer.xml);
      response.writeHead(200, { 'Content-Length': String(bytes.length) }).end(bytes);
    } else if (gzip) await pipeline(answer.xml, createGzip(), response);
    else await pipeline(answer.xml, response);
  } finally {
    answer.close();
  }
}
