/** One connection of HTTP/2: how many streams it may have, how much they may hold, and when it is of no use any more. */

import type { ClientHttp2Session } from 'node:http2';
import { createRequire } from 'node:module';
import type { TLSSocket } from 'node:tls';
import { afterRealTime } from '../clock.ts';
import type { Carrier, Exchange } from './h2-exchange.ts';
import { STREAMS_PER_CONNECTION_MAX } from './protocols.ts';
import { loadErrors } from './undici.ts';

/** How much upstream may send of a body before its reader has taken it. A file on a line of 20 ms comes at 12 MB/s with it. */
const STREAM_WINDOW_BYTES = 256 * 1024;
/** All streams together: none of them waits for another one's reader. */
const CONNECTION_WINDOW_BYTES = STREAMS_PER_CONNECTION_MAX * STREAM_WINDOW_BYTES;
/** Headers of an answer; larger ones end its stream, and what is smaller is measured once more (h2-exchange.ts). */
const HEADER_LIST_BYTES_MAX = 64 * 1024;
/** RFC 9113 §7: PROTOCOL_ERROR, COMPRESSION_ERROR, INADEQUATE_SECURITY, HTTP_1_1_REQUIRED. They come again however often we try. */
const NOT_WITH_US: ReadonlySet<number> = new Set([0x1, 0x9, 0xc, 0xd]);

const load = createRequire(import.meta.url);

/** Who the connection belongs to. */
export interface Owner {
  /** Its settings have come. */
  sound(streamsMax: number): void;
  /** There is room for one stream more, or it is gone. */
  changed(): void;
  /** The two sides do not understand each other. */
  broken(): void;
  /** See `Carrier`. */
  takesBack(connection: H2Connection, exchange: Exchange, code: number, error: Error): boolean;
  /** Nothing came on one of its streams for too long. */
  silent(connection: H2Connection): void;
}

export class H2Connection implements Carrier {
  readonly #session: ClientHttp2Session;
  readonly #owner: Owner;
  readonly #keepAliveMs: number;
  #streams = 0;
  #streamsMax = STREAMS_PER_CONNECTION_MAX;
  #isSound = false;
  #isRetired = false;
  #isGone = false;
  #stopIdling: () => void = () => {};

  /** Takes over a socket on which ALPN has settled HTTP/2. */
  constructor(socket: TLSSocket, origin: string, keepAliveMs: number, owner: Owner) {
    this.#owner = owner;
    this.#keepAliveMs = keepAliveMs;
    const http2: typeof import('node:http2') = load('node:http2');
    const session = http2.connect(origin, {
      createConnection: () => socket,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: HEADER_LIST_BYTES_MAX,
      },
    });
    this.#session = session;
    session
      .once('connect', () => {
        // Rubbish may have come with the handshake, and ended it.
        if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
      })
      .on('remoteSettings', ({ maxConcurrentStreams = Number.POSITIVE_INFINITY }) => {
        this.#isSound = true;
        this.#streamsMax = Math.min(STREAMS_PER_CONNECTION_MAX, maxConcurrentStreams);
        owner.sound(this.#streamsMax);
        owner.changed();
      })
      .on('goaway', (code) => {
        this.retire();
        if (NOT_WITH_US.has(code)) owner.broken();
      })
      .on('error', (error: NodeJS.ErrnoException) => {
        this.#isRetired = true;
        // nghttp2's own words for bytes that are no HTTP/2.
        if (error.code === 'ERR_HTTP2_ERROR') owner.broken();
      })
      .on('close', () => {
        this.#isRetired = true;
        this.#isGone = true;
        this.#stopIdling();
        owner.changed();
      });
    // Node would wait for its own side to be flushed.
    socket.once('end', () => session.destroy(new (loadErrors().SocketError)('other side closed')));
    this.#rest();
  }

  get isSound(): boolean {
    return this.#isSound;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** How many streams it has. */
  get streams(): number {
    return this.#streams;
  }

  get hasRoom(): boolean {
    // A session that has broken says so later than its streams do.
    const isOpen = !this.#isRetired && !this.#session.closed && !this.#session.destroyed;
    return isOpen && this.#streams < this.#streamsMax;
  }

  send(exchange: Exchange): void {
    this.#stopIdling();
    if (this.#streams === 0) this.#session.ref();
    this.#streams += 1;
    exchange.send(this.#session, this);
  }

  closed(): void {
    this.#streams -= 1;
    if (this.#streams === 0) this.#rest();
    this.#owner.changed();
  }

  silent(): void {
    // Perhaps nobody is there any more: what is under way may go on, what comes next takes another one.
    this.retire();
    this.#owner.silent(this);
  }

  broken(): void {
    this.#owner.broken();
  }

  takesBack(exchange: Exchange, code: number, error: Error): boolean {
    return this.#owner.takesBack(this, exchange, code, error);
  }

  /** Takes no more streams, and ends with its last one. */
  retire(): void {
    this.#isRetired = true;
    if (this.#streams === 0) this.destroy();
  }

  destroy(error?: Error): void {
    this.#isRetired = true;
    this.#session.destroy(error);
  }

  /** Without streams it keeps no process alive, and goes after a while. */
  #rest(): void {
    if (this.#isRetired) this.destroy();
    if (this.#session.destroyed) return;
    this.#session.unref();
    this.#stopIdling = afterRealTime(this.#keepAliveMs, () => this.destroy());
  }
}
