/** Reads a mirror over HTTP, within limits: sizes, silences, tries. No redirect is followed and nothing decoded unasked. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { afterRealTime, type Clock, interrupted } from '../clock.ts';
import { JubjubError } from '../errors.ts';
import { quote } from '../pypi/quote.ts';
import type { Sha256 } from '../pypi/types.ts';
import { type RetryPolicy, retrying } from '../retry.ts';
import { networkError } from './http-errors.ts';
import type { Site } from './site.ts';

/** Requests at the same time. */
export const CONNECTIONS_MAX = 8;
/** No byte for this long is a failure. */
const SILENCE_MS_MAX = 30_000;
const CONNECT_MS_MAX = 10_000;
/** A document that is still not there after this long is a failure, however it trickles; files may take their time. */
const DOCUMENT_MS_MAX = 10 * 60_000;
/** Of a body that nobody wants, at most this much is read to keep its connection. */
const DRAINED_BYTES_MAX = 16 * 1024;

const RETRY: RetryPolicy = { attemptsMax: 3, firstWaitMs: 500, waitMsMax: 10_000, retryAfterMsMax: 60_000 };

export interface Asked {
  /** Below the site, as it stands in the URL; begins with a slash. */
  readonly path: string;
  /** Names the thing in errors: `the manifest`. */
  readonly what: string;
  /** A larger body is UPSTREAM_TOO_LARGE. */
  readonly bytesMax: number;
  readonly accept?: string;
}

export interface Reply {
  readonly url: string;
  readonly status: number;
  /** A header by its lower-case name; null when absent. */
  header(name: string): string | null;
}

/** The answer with its whole body, which is empty unless the status is 200. */
export interface WholeReply extends Reply {
  readonly bytes: Buffer;
}

/** The answer with the digest of its body; both numbers are those of nothing unless the status is 200. */
export interface HashedReply extends Reply {
  readonly sha256: Sha256;
  readonly sizeBytes: number;
}

/**
 * Every method tries again what may pass by itself. Any status below 500 but 429 is an answer, redirects too.
 *
 * @throws UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT, UPSTREAM_STATUS, UPSTREAM_TOO_LARGE, UPSTREAM_MALFORMED, INTERRUPTED
 */
export interface SiteReader {
  readonly url: string;
  readonly requestsMade: number;
  /** A small document; one that comes as gzip though nobody asked for it is unpacked. */
  whole(asked: Asked, signal: AbortSignal): Promise<WholeReply>;
  /** Anything, hashed as it comes over the wire. */
  hashed(asked: Asked, signal: AbortSignal): Promise<HashedReply>;
  close(): Promise<void>;
}

export interface ReaderOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  /** Where proxies are looked up: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, lower case first. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function createReader(site: Site, options: ReaderOptions): SiteReader {
  const dispatcher = dispatcherFor(options.env);
  let requestsMade = 0;

  async function once<T>(
    asked: Asked,
    signal: AbortSignal,
    read: (data: Dispatcher.ResponseData, reply: Reply) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw interrupted();
    requestsMade++;
    const target = new URL(`${site.url}${asked.path}`);
    try {
      const data = await dispatcher.request({
        origin: target.origin,
        path: `${target.pathname}${target.search}`,
        method: 'GET',
        headers: {
          'user-agent': options.userAgent,
          accept: asked.accept ?? '*/*',
          // What is hashed must be the thing itself, as pip asks for files.
          'accept-encoding': 'identity',
          ...(site.authorization === null ? {} : { authorization: site.authorization }),
        },
        signal,
        headersTimeout: SILENCE_MS_MAX,
        bodyTimeout: SILENCE_MS_MAX,
      });
      data.body.on('error', () => {}); // It may break before anyone reads it; the reader finds out.
      const reply = replyOf(data, target.href);
      if (reply.status === 429 || reply.status >= 500) {
        drain(data);
        throw troubled(reply, asked.what);
      }
      return await read(data, reply);
    } catch (error) {
      if (signal.aborted) throw interrupted();
      throw networkError(error, asked.what, target.href);
    }
  }

  const again = <T>(signal: AbortSignal, action: () => Promise<T>) =>
    retrying(options.clock, RETRY, signal, () => {}, action);

  return {
    url: site.url,
    get requestsMade() {
      return requestsMade;
    },
    whole: (asked, signal) =>
      again(signal, () => once(asked, signal, (data, reply) => readWhole(data, reply, asked))),
    hashed: (asked, signal) =>
      again(signal, () => once(asked, signal, (data, reply) => readHashed(data, reply, asked))),
    close: () => dispatcher.destroy(),
  };
}

function dispatcherFor(env: ReaderOptions['env']): Dispatcher {
  const connect = { timeout: CONNECT_MS_MAX, allowH2: false };
  const pool: Agent.Options = { connections: CONNECTIONS_MAX, pipelining: 1, allowH2: false, connect };
  const httpProxy = env['http_proxy'] ?? env['HTTP_PROXY'] ?? '';
  const httpsProxy = env['https_proxy'] ?? env['HTTPS_PROXY'] ?? '';
  if (httpProxy === '' && httpsProxy === '') return new Agent(pool);
  return new EnvHttpProxyAgent({
    ...pool,
    httpProxy,
    httpsProxy,
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
  });
}

function replyOf(data: Dispatcher.ResponseData, url: string): Reply {
  return {
    url,
    status: data.statusCode,
    header: (name) => {
      const value = data.headers[name];
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
    },
  };
}

function troubled(reply: Reply, what: string): JubjubError {
  const retryAfter = reply.header('retry-after') ?? '';
  return new JubjubError('UPSTREAM_STATUS', `the server answered ${reply.status}: ${what}`, {
    url: reply.url,
    httpStatus: reply.status,
    received: `HTTP ${reply.status}`,
    retryable: true,
    ...(/^\d{1,6}$/.test(retryAfter) ? { retryAfterMs: Number(retryAfter) * 1000 } : {}),
  });
}

async function readWhole(data: Dispatcher.ResponseData, reply: Reply, asked: Asked): Promise<WholeReply> {
  if (reply.status !== 200) {
    drain(data);
    return { ...reply, bytes: Buffer.alloc(0) };
  }
  const stop = afterRealTime(DOCUMENT_MS_MAX, () => data.body.destroy(overdue(reply, asked)));
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of limited(data, reply, asked)) chunks.push(chunk);
  } finally {
    stop();
  }
  const bytes = Buffer.concat(chunks);
  return { ...reply, bytes: isGzip(reply) ? unpacked(bytes, reply, asked) : bytes };
}

async function readHashed(data: Dispatcher.ResponseData, reply: Reply, asked: Asked): Promise<HashedReply> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  if (reply.status === 200) {
    for await (const chunk of limited(data, reply, asked)) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
    }
  } else drain(data);
  return { ...reply, sha256: hash.digest('hex') as Sha256, sizeBytes };
}

/** Leaving the loop early closes the connection. */
async function* limited(
  data: Dispatcher.ResponseData,
  reply: Reply,
  asked: Asked,
): AsyncGenerator<Uint8Array> {
  const announced = Number(reply.header('content-length') ?? 0);
  let bytes = 0;
  try {
    if (announced > asked.bytesMax) throw tooLarge(reply, asked, `${announced} bytes announced`);
    for await (const chunk of data.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > asked.bytesMax) throw tooLarge(reply, asked, 'more');
      yield chunk;
    }
  } finally {
    data.body.destroy();
  }
}

function isGzip(reply: Reply): boolean {
  return /^(?:x-)?gzip$/i.test(reply.header('content-encoding')?.trim() ?? '');
}

function unpacked(bytes: Buffer, reply: Reply, asked: Asked): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: asked.bytesMax });
  } catch (error) {
    throw new JubjubError('UPSTREAM_MALFORMED', `the body is no gzip, or too large: ${asked.what}`, {
      url: reply.url,
      expected: `at most ${asked.bytesMax} bytes of gzip, as its headers say`,
      received: quote(error instanceof Error ? error.message : String(error)),
      cause: error,
    });
  }
}

function tooLarge(reply: Reply, asked: Asked, received: string): JubjubError {
  return new JubjubError('UPSTREAM_TOO_LARGE', `the body is too large: ${asked.what}`, {
    url: reply.url,
    expected: `at most ${asked.bytesMax} bytes`,
    received,
  });
}

function overdue(reply: Reply, asked: Asked): JubjubError {
  return new JubjubError('UPSTREAM_TIMEOUT', `the answer took too long in all: ${asked.what}`, {
    url: reply.url,
    expected: `the whole of it within ${DOCUMENT_MS_MAX} ms`,
    received: 'bytes, but not enough of them',
  });
}

/** Reads a little of what nobody wants, so that its connection can be used again. */
function drain({ body }: Dispatcher.ResponseData): void {
  let bytes = 0;
  const stop = afterRealTime(SILENCE_MS_MAX, () => body.destroy());
  body.once('close', stop);
  body.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > DRAINED_BYTES_MAX) body.destroy();
  });
}
