/** Servers that speak HTTP/2 over TLS on loopback: a real one, and one of bare frames that says whatever a test wants, right or wrong. */
import { writeFileSync } from 'node:fs';
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import { withTempDir } from './temp.ts';
import { type Kit, openUpstream } from './upstream-kit.ts';
import { TEST_AUTHORITY, TEST_CERTIFICATE, TEST_KEY } from './upstream-tls.ts';

/** The site whose certificate these servers have. */
export const H2_SITE = 'https://pypi.example';
const TLS = { cert: TEST_CERTIFICATE, key: TEST_KEY };

async function listening(t: Pick<TestContext, 'after'>, server: Server): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return (server.address() as AddressInfo).port;
}

export interface Held {
  readonly path: string;
  readonly stream: ServerHttp2Stream;
}

export interface H2Server {
  readonly port: number;
  /** Streams in the order they came. */
  readonly asked: Held[];
  readonly sessions: Set<ServerHttp2Session>;
  /** How many sessions there have been. */
  readonly opened: () => number;
}

export type StreamAnswer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** A server as Node has it. */
export async function startH2(
  t: Pick<TestContext, 'after'>,
  answer: StreamAnswer,
  options: SecureServerOptions = {},
  /** What comes over HTTP/1.1, where that is allowed. */
  plain: (request: Http2ServerRequest, response: Http2ServerResponse) => void = () => {},
): Promise<H2Server> {
  const asked: Held[] = [];
  const sessions = new Set<ServerHttp2Session>();
  let opened = 0;
  const server = createSecureServer({ ...TLS, ...options });
  server.on('session', (session) => {
    opened += 1;
    sessions.add(session);
    session.on('error', () => {}).on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    asked.push({ path: headers[':path'] ?? '', stream });
    answer(stream, headers);
  });
  server.on('request', (request, response) => {
    if (request.httpVersionMajor === 1) plain(request, response);
  });
  const port = await listening(t, server);
  return { port, asked, sessions, opened: () => opened };
}

/** An upstream behind such a server. */
export function openH2(
  t: Pick<TestContext, 'after'>,
  port: number,
  more: Partial<UpstreamSettings> = {},
  options: Parameters<typeof openUpstream>[3] = {},
): Kit {
  const caFile = join(withTempDir(t), 'ca.pem');
  writeFileSync(caFile, TEST_AUTHORITY);
  return openUpstream(t, H2_SITE, { connectTo: { host: '127.0.0.1', port }, caFile, ...more }, options);
}

/** RFC 9113 §6. */
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION] = [0, 1, 3, 4, 6, 7, 9] as const;
const [END_STREAM, ACK, END_HEADERS] = [0x1, 0x1, 0x4] as const;
const PREFACE_BYTES = 24;

/** The server's side of a connection, frame by frame. */
export class Frames {
  readonly socket: TLSSocket;
  /** For a test to note which streams it has met. */
  readonly begun: number[] = [];
  /** Frames of these streams that reset them came from the other side, with their codes. */
  readonly resets = new Map<number, number>();

  constructor(socket: TLSSocket) {
    this.socket = socket;
  }

  write(type: number, flags: number, id: number, payload: Uint8Array = new Uint8Array()): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(id, 5);
    this.socket.write(Buffer.concat([head, payload]));
  }

  settings(payload: Uint8Array = new Uint8Array()): void {
    this.write(SETTINGS, 0, 0, payload);
  }

  head(id: number, fields: Readonly<Record<string, string>> = {}): void {
    this.#headers(id, '200', fields, false);
  }

  /** An answer without a body. */
  status(id: number, status: string, fields: Readonly<Record<string, string>> = {}): void {
    this.#headers(id, status, fields, true);
  }

  /** Literal fields without indexing (RFC 7541 §6.2.2). */
  #headers(id: number, status: string, fields: Readonly<Record<string, string>>, isEnd: boolean): void {
    const block = Buffer.concat(Object.entries({ ':status': status, ...fields }).map(field));
    const pieces = Math.ceil(block.length / 16_384);
    for (let at = 0; at < pieces; at++) {
      const flags = (at === pieces - 1 ? END_HEADERS : 0) | (at === 0 && isEnd ? END_STREAM : 0);
      const piece = block.subarray(at * 16_384, (at + 1) * 16_384);
      this.write(at === 0 ? HEADERS : CONTINUATION, flags, id, piece);
    }
  }

  data(id: number, text: string, isEnd = false): void {
    this.write(DATA, isEnd ? END_STREAM : 0, id, Buffer.from(text));
  }

  reset(id: number, code: number): void {
    this.write(RST_STREAM, 0, id, uint32(code));
  }

  goaway(lastId: number, code: number): void {
    this.write(GOAWAY, 0, 0, Buffer.concat([uint32(lastId), uint32(code)]));
  }

  /** Hears what comes; `ask` of each request. */
  hear(ask: (id: number) => void): void {
    let rest = Buffer.alloc(0);
    let isGreeted = false;
    this.socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      if (!isGreeted && rest.length < PREFACE_BYTES) return;
      if (!isGreeted) rest = rest.subarray(PREFACE_BYTES);
      isGreeted = true;
      while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const end = 9 + rest.readUIntBE(0, 3);
        const [type, flags, id] = [rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5)];
        const payload = rest.subarray(9, end);
        rest = rest.subarray(end);
        if (type === HEADERS) ask(id);
        if (type === RST_STREAM) this.resets.set(id, payload.readUInt32BE(0));
        if (type === SETTINGS && flags === 0) this.write(SETTINGS, ACK, 0);
        if (type === PING && flags === 0) this.write(PING, ACK, 0, payload);
      }
    });
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function field([name, value]: [string, string]): Buffer {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/** RFC 7541 §5.2, with the length as §5.1 has it. */
function text(value: string): Buffer {
  const length: number[] = [];
  let left = value.length;
  if (left < 127) length.push(left);
  else {
    length.push(127);
    for (left -= 127; left >= 128; left = Math.floor(left / 128)) length.push(128 + (left % 128));
    length.push(left);
  }
  return Buffer.concat([Buffer.from(length), Buffer.from(value)]);
}

export interface FrameServer {
  readonly port: number;
  readonly connections: Frames[];
}

/**
 * A server of bare frames, which says its settings by itself; `ask` hears of each request, with the number of its stream.
 * @param text what it answers over HTTP/1.1; without it it speaks HTTP/2 alone
 */
export async function startFrames(
  t: Pick<TestContext, 'after'>,
  ask: (frames: Frames, id: number, at: number) => void,
  text?: string,
): Promise<FrameServer> {
  const connections: Frames[] = [];
  let asked = 0;
  const ALPNProtocols = text === undefined ? ['h2'] : ['h2', 'http/1.1'];
  const server = createTlsServer({ ...TLS, ALPNProtocols }, (socket) => {
    socket.on('error', () => {});
    if (socket.alpnProtocol !== 'h2') {
      answerPlainly(socket, text ?? '');
      return;
    }
    const frames = new Frames(socket);
    connections.push(frames);
    frames.settings();
    frames.hear((id) => ask(frames, id, asked++));
  });
  return { port: await listening(t, server), connections };
}

function answerPlainly(socket: TLSSocket, text: string): void {
  socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`));
}

/**
 * A server that chooses HTTP/2 and then does `rubbish`; who offers HTTP/1.1 alone is answered in it.
 * @param ALPNProtocols what it speaks; with 'http/1.1' alone it is no liar
 */
export async function startLiar(
  t: Pick<TestContext, 'after'>,
  rubbish: (socket: TLSSocket) => void,
  ALPNProtocols: string[] = ['h2', 'http/1.1'],
): Promise<{ readonly port: number; readonly chosen: string[] }> {
  const chosen: string[] = [];
  const server = createTlsServer({ ...TLS, ALPNProtocols }, (socket) => {
    socket.on('error', () => {});
    chosen.push(String(socket.alpnProtocol));
    if (socket.alpnProtocol === 'h2') rubbish(socket);
    else answerPlainly(socket, 'file');
  });
  return { port: await listening(t, server), chosen };
}
