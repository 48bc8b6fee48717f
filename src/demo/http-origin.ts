/** The origin behind a real HTTP server on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OriginReply, type OriginRequest, textReply } from './http-message.ts';
import type { IndexState } from './index-state.ts';
import { answerOrigin, DEFAULT_CHANGELOG_ROWS_MAX } from './origin.ts';

const LOOPBACK = '127.0.0.1';
/** A mirror sends calls of a few hundred bytes. */
const REQUEST_BYTES_MAX = 64 * 1024;
export const TOO_LARGE = textReply(413, 'text/plain', '413 Content Too Large', { connection: 'close' });

export interface OriginOptions {
  /** 0 lets the system choose. @default 0 */
  readonly port?: number;
  /** Rows in one answer of changelog_since_serial. @default 50_000 */
  readonly changelogRowsMax?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:<port>`, no trailing slash. */
  readonly url: string;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/** The request as data; null when its body is larger than any call. */
export async function readRequest(incoming: IncomingMessage): Promise<OriginRequest | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > REQUEST_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  const target = incoming.url ?? '/';
  const mark = target.indexOf('?');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return {
    method: incoming.method ?? 'GET',
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers,
    body: Buffer.concat(chunks).toString(),
  };
}

/** Sends a whole reply; a HEAD gets the head of what a GET would have got. */
export function sendReply(response: ServerResponse, reply: OriginReply): void {
  const length = reply.status === 304 ? {} : { 'content-length': String(reply.body.length) };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  response.end(reply.body);
}

/** Listens on loopback; `handle` gets every request once the address is known. */
export async function listenLoopback(
  handle: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>,
  port = 0,
): Promise<RunningServer> {
  const server: Server = createServer((incoming, response) => {
    // A client that goes away, or a body that cannot be read, ends this connection and nothing else.
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Serves the state as a PyPI of its own: pages, XML-RPC and files from one host. The caller closes it. */
export async function startOrigin(state: IndexState, options: OriginOptions = {}): Promise<RunningServer> {
  const changelogRowsMax = options.changelogRowsMax ?? DEFAULT_CHANGELOG_ROWS_MAX;
  let url = '';
  const server = await listenLoopback(async (incoming, response) => {
    const request = await readRequest(incoming);
    if (request === null) return sendReply(response, TOO_LARGE);
    sendReply(response, answerOrigin(state, { urls: { site: url, files: url }, changelogRowsMax }, request));
  }, options.port);
  url = server.url;
  return server;
}
