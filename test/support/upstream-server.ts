/** Real HTTP servers on loopback, with a log of what was asked, for the tests of upstream/. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { TEST_CERTIFICATE, TEST_KEY } from './upstream-tls.ts';

export interface Asked {
  readonly method: string;
  /** Path and query; an absolute URL when the server was asked as a proxy. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly socket: Socket;
}

export type Answer = (request: Asked, response: ServerResponse) => void;

export interface TestServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Every request so far, in the order they came. */
  readonly asked: Asked[];
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Tunnels that were asked for with CONNECT. */
  readonly tunnels: string[];
}

export interface ServerOptions {
  readonly tls?: boolean;
  /** As a proxy: the loopback port that every tunnel leads to; without it tunnels are refused. */
  readonly tunnelTo?: number;
}

/** A server that ends with the test. It answers with `answer`; what fails there fails the request with 599. */
export async function startServer(
  t: Pick<TestContext, 'after'>,
  answer: Answer,
  options: ServerOptions = {},
): Promise<TestServer> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const tunnels: string[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const entry = { method, url, headers, socket, body: Buffer.concat(chunks).toString() };
      asked.push(entry);
      try {
        answer(entry, response);
      } catch (error) {
        response.writeHead(599, { 'content-type': 'text/plain' }).end(String(error));
      }
    });
  };
  const server = options.tls
    ? createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, listener)
    : createServer(listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    tunnels.push(request.url ?? '');
    if (options.tunnelTo === undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const target = connect(options.tunnelTo, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    for (const end of [socket, target]) end.on('error', () => {});
    socket.on('close', () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  return { url: `${options.tls ? 'https' : 'http'}://${host}`, host, port, asked, sockets, tunnels };
}

/** Answers one after the other; the last one stays. */
export function inTurn(...answers: readonly Answer[]): Answer {
  let next = 0;
  return (request, response) => {
    const answer = answers[Math.min(next++, answers.length - 1)];
    answer?.(request, response);
  };
}

/** An answer with this status, body and headers. */
export function reply(
  status: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Answer {
  return (_request, response) => {
    response.writeHead(status, headers).end(body);
  };
}

export const SIMPLE_JSON = 'application/vnd.pypi.simple.v1+json';

/** A page or a project list. */
export function json(document: unknown, headers: Record<string, string> = {}): Answer {
  return reply(200, JSON.stringify(document), { 'content-type': SIMPLE_JSON, ...headers });
}

/** An XML-RPC answer. */
export function xml(body: string): Answer {
  return reply(200, body, { 'content-type': 'text/xml; charset=UTF-8' });
}

/** Promises `length` bytes, sends this much, and breaks the connection. */
export function cut(
  body: string | Uint8Array,
  length: number,
  headers: Record<string, string>,
  status = 200,
): Answer {
  return (request, response) => {
    response.writeHead(status, { ...headers, 'content-length': String(length) });
    response.write(body, () => request.socket.destroy());
  };
}

/** Sends this much and then nothing, keeping the connection. */
export function stall(body: string | Uint8Array, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(200, headers);
    response.write(body);
  };
}

/** Sends a byte at a time, so that there is never silence. */
export function drip(body: Uint8Array, everyMs: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(200, headers);
    let at = 0;
    const timer = setInterval(() => {
      if (at < body.byteLength) response.write(body.subarray(at, ++at));
      else response.end();
      if (response.writableEnded || response.destroyed) clearInterval(timer);
    }, everyMs);
  };
}

/** Interim answers (RFC 8297) again and again, and never the answer. */
export const hints: Answer = (request) => {
  const timer = setInterval(() => {
    if (request.socket.destroyed) clearInterval(timer);
    else request.socket.write('HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n');
  }, 20);
};

/** Never ends: sends the piece again and again, as fast as it is read. */
export function endless(piece: Uint8Array, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(200, headers);
    const send = () => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once('drain', send);
    };
    send();
  };
}
