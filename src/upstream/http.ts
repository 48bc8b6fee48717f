/** The HTTP client of an upstream: one request with its redirects, every failure as an error of ours; no retries (see retry.ts). */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { afterRealTime, type Clock, interrupted, type TimeLimit } from '../clock.ts';
import type { UpstreamSettings } from '../config/settings.ts';
import { JubjubError } from '../errors.ts';
import { type Emit, silent } from '../events.ts';
import { trustedRoots } from './ca.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import {
  type Connections,
  type ConnectionsFactory,
  createConnections,
  type Environment,
} from './dispatchers.ts';
import { basicAuthorization, checkedUrl, type HostRules, hostRules } from './hosts.ts';
import { networkError, statusError } from './http-errors.ts';
import { createLanes, type Passage } from './lanes.ts';
import { Protocols } from './protocols.ts';
import { Rate, throttled } from './rate.ts';
import { isRedirect, redirectTarget } from './redirects.ts';
import { requestOver } from './undici.ts';

/** Kinds of requests, each with connections of its own, so that large files never keep a page or the changelog waiting. */
export type ConnectionKind = 'page' | 'file' | 'rpc';

/** One for the changelog that is being read, one for a head that is asked for meanwhile. */
const RPC_CONNECTIONS = 2;
const UNLIMITED: Passage = { answered: () => {}, failed: () => {}, leave: () => {} };
/** Of the body of a redirect or an error, at most this much is read to keep its connection. */
const DRAINED_BYTES_MAX = 16 * 1024;
const EXCERPT_CHARS_MAX = 200;
/** A server that repeats what it was asked must not put our password into a log. */
const ECHOED_CREDENTIALS = /\b(Basic|Bearer) +[\w+/=.~-]+/gi;

export interface HttpRequest {
  readonly kind: ConnectionKind;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Names the thing asked for, in errors: `the page of numpy`. */
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** It will take long: it leaves half of the connections to others. @default false */
  readonly isLarge?: boolean;
  /** The list of all projects, which is read while other things are asked for: it takes no place of theirs. @default false */
  readonly isList?: boolean;
  /** For the whole answer, redirects included; of a file for its headers only. Waiting for a place counts as nothing. See deadline.ts. */
  readonly deadlineMs: number;
}

export interface HttpResponse {
  readonly status: number;
  /** The address that answered, after redirects. */
  readonly url: string;
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** The time that its connection lives in. */
  readonly limit: TimeLimit;
  /** A header by its lower-case name; null when absent. */
  header(name: string): string | null;
  /** As on the wire. Must be read, or destroyed, to free its connection. */
  readonly body: Readable;
}

export interface Http {
  /** Requests sent so far, redirects and retries included. */
  readonly requestsMade: number;
  /**
   * Sends a request and follows its redirects. Any status comes back as a response; see `unexpectedStatus`.
   * Throws UPSTREAM_HOST_NOT_ALLOWED, UPSTREAM_REDIRECT, UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT or INTERRUPTED.
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  /** The error for a status that the caller has no use for; gives its connection back. */
  unexpectedStatus(response: HttpResponse, expected: string): Promise<JubjubError>;
  /** Destroys all connections. */
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly env: Environment;
  /** Hears how many requests a server is given at a time, when these become fewer. @default nobody */
  readonly emit?: Emit;
  /** A simulation brings connections of its own, so that no socket and no real time decides what happens when. @default createConnections */
  readonly connections?: ConnectionsFactory | undefined;
}

/** A client for one upstream. Throws CONFIG_INVALID for a bad proxy address or `ca-file`. */
export function createHttp(settings: UpstreamSettings, options: HttpOptions): Http {
  const rules = hostRules(settings);
  const ca = trustedRoots(settings.caFile);
  const connect = options.connections ?? createConnections;
  const protocols = new Protocols(settings.http2);
  const given = { settings, ca, env: options.env, protocols };
  const connections = (connectionsMax: number, hasLarge = false) =>
    connect({ ...given, connectionsMax, hasLarge });
  const byKind: Readonly<Record<ConnectionKind, Connections>> = {
    page: connections(settings.pageConnections),
    file: connections(settings.fileConnections, true),
    rpc: connections(RPC_CONNECTIONS),
  };
  const { pageConnections: page, fileConnections: file } = settings;
  const lanes = createLanes({ page, file }, options.clock, options.emit ?? silent, (origin) =>
    protocols.streams(origin),
  );
  const rate = settings.rateBytesPerSecond === null ? null : new Rate(settings.rateBytesPerSecond);
  const own = new URL(settings.url);
  const ownHeaders = basicAuthorization(own);
  let requestsMade = 0;
  let closed = false;

  async function sendOnce(
    request: HttpRequest,
    url: URL,
    deadline: Deadline,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    if (signal.aborted) throw interrupted();
    requestsMade++;
    const context = { what: request.what, url: url.href, timeoutMs: settings.timeoutMs };
    const connected = byKind[request.kind];
    const direct = connected.towards(url, request.isLarge);
    const towards = rate === null ? direct : throttled(direct, rate, options.clock, deadline.extend);
    let data: Dispatcher.ResponseData;
    try {
      data = await requestOver(towards, {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: request.method,
        // Credentials go to the upstream's own origin only, never along with a redirect.
        headers: {
          'user-agent': options.userAgent,
          ...request.headers,
          ...(url.origin === own.origin ? ownHeaders : {}),
        },
        body: request.body ?? null,
        signal: deadline.signal,
        // Silence, never a whole transfer: the wait for the headers, and each wait between two chunks. undici's clock
        // for it ticks about twice a second, so that a timeout comes up to a second late.
        headersTimeout: settings.timeoutMs,
        bodyTimeout: settings.timeoutMs,
      });
    } catch (error) {
      if (signal.aborted) throw interrupted();
      throw networkError(error, context);
    }
    // A connection may break before anyone reads the body; the reader will find the error then.
    data.body.on('error', () => {});
    return {
      ...context,
      status: data.statusCode,
      signal,
      limit: limitOf(connected),
      body: data.body,
      header: (name) => {
        const value = data.headers[name];
        return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value;
      },
    };
  }

  return {
    get requestsMade() {
      return requestsMade;
    },
    async send(request, signal) {
      let url = checkedUrl(rules, request.url, request.what);
      if (closed) throw new JubjubError('INTERNAL', 'the upstream is closed', { url: url.href });
      const { kind, isLarge = false, isList = false } = request;
      const isFree = kind === 'rpc' || isList;
      // Whoever reads the changelog asks for the list, or for a page, next.
      if (kind === 'rpc' && requestsMade === 0) byKind.page.warm?.(url);
      const passage = isFree ? UNLIMITED : await lanes.enter(kind, url.origin, isLarge, signal);
      const limit = limitOf(byKind[kind]);
      const answer = { what: request.what, url: url.href };
      const deadline = startDeadline(limit, signal, request.deadlineMs, answer);
      try {
        for (let followed = 0; ; followed++) {
          const response = await sendOnce(request, url, deadline, signal);
          if (!isRedirect(response.status)) return accompanied(response, kind, deadline, passage);
          discard(response);
          url = nextUrl(rules, settings.allowHttp, request, response, url, followed);
        }
      } catch (error) {
        deadline.end();
        passage.failed(error);
        passage.leave();
        throw error;
      }
    },
    async unexpectedStatus(response, expected) {
      const excerpt = await readExcerpt(response);
      if (response.signal.aborted) throw interrupted();
      const retryAfter = response.header('retry-after');
      const { what, url, status } = response;
      return statusError({ what, url, status, retryAfter, excerpt, expected, nowMs: options.clock.now() });
    },
    async close() {
      closed = true;
      await Promise.all(Object.values(byKind).map((kind) => kind.destroy()));
    },
  };
}

function limitOf({ limit = afterRealTime }: Connections): TimeLimit {
  return limit;
}

/** The deadline and the passage of an answer, until its body has been read or given up. */
function accompanied(
  response: HttpResponse,
  kind: ConnectionKind,
  deadline: Deadline,
  passage: Passage,
): HttpResponse {
  const { body, status } = response;
  passage.answered(status);
  // Contract: no limit on a whole transfer. Everything else must be over in time.
  if (kind === 'file') deadline.lift();
  body.once('error', (error) => {
    if (!isAbort(error)) passage.failed(networkError(error, response));
  });
  body.once('close', () => {
    deadline.end();
    passage.leave();
  });
  return response;
}

/** What undici says to a body that we gave up ourselves. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UND_ERR_ABORTED';
}

function nextUrl(
  rules: HostRules,
  allowHttp: boolean,
  request: HttpRequest,
  response: HttpResponse,
  from: URL,
  followed: number,
): URL {
  const { status, what } = response;
  const location = response.header('location');
  return redirectTarget(rules, allowHttp, { from, status, location, method: request.method, followed, what });
}

/** Reads a little of a body that nobody wants, so that its connection can be used again; a longer or slower one is cut off. */
export function discard(response: HttpResponse): void {
  let bytes = 0;
  destroyInTime(response);
  response.body.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes > DRAINED_BYTES_MAX) response.body.destroy();
  });
}

/** Not even a trickle may keep a connection for what nobody wants. */
function destroyInTime({ body, limit, timeoutMs }: HttpResponse): void {
  const stop = limit(timeoutMs, () => body.destroy());
  body.once('close', stop);
}

/** What an error body says in a line: plain text as it is, anything else by its media type. */
async function readExcerpt(response: HttpResponse): Promise<string> {
  const type = response.header('content-type') ?? '';
  if (!type.startsWith('text/plain') || response.header('content-encoding') !== null) {
    discard(response);
    return type;
  }
  let text = '';
  destroyInTime(response);
  try {
    for await (const chunk of response.body) {
      text += Buffer.from(chunk).toString('latin1');
      if (text.length > EXCERPT_CHARS_MAX) break;
    }
  } catch {
    // The status is the error; a body that breaks off adds nothing to it.
  }
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .replaceAll(ECHOED_CREDENTIALS, '$1 …')
    .trim()
    .slice(0, EXCERPT_CHARS_MAX);
}
