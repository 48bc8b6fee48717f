/**
 * A dispatcher that asks over HTTP/2 whoever offers it, and anyone else over HTTP/1.1. The limit is one of connections, whichever they are.
 *
 * undici could do it itself, but 8.12 fills one connection before it opens another, takes a body that was reset without an error
 * for whole, and goes on using a session that has been destroyed. So the streams are our own, over node:http2.
 */
import type { TLSSocket } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { H2Connection, type Owner } from './h2-connection.ts';
import { Exchange } from './h2-exchange.ts';
import type { Protocols } from './protocols.ts';
import { loadDispatcher, loadErrors } from './undici.ts';

/** RFC 9113 §7. */
const REFUSED_STREAM = 0x7;
const HTTP_1_1_REQUIRED = 0xd;
/** A request that was never looked at is sent again at once so many times: for a limit not known yet, and for a server that says goodbye. */
const REFUSALS_MAX = 2;
/** What Node says of a stream that could not even begin. */
const NEVER_SENT = /^ERR_HTTP2_(GOAWAY|INVALID)_SESSION$/;

export interface H2Options {
  readonly connectionsMax: number;
  readonly keepAliveMs: number;
  readonly protocols: Protocols;
  /** Offers both protocols. */
  readonly connect: buildConnector.connector;
  /** For HTTP/1.1; it is to take over sockets with `adopt`. */
  readonly plain: (adopt: (origin: string) => TLSSocket | undefined) => Dispatcher;
}

export interface H2Dispatcher {
  readonly dispatcher: Dispatcher;
  /** HTTP/1.1 in any case, with connections of its own: for what is to have one for itself. */
  readonly plain: Dispatcher;
  /** Opens a connection to it, when it has none, for what will be asked soon. */
  warm(origin: string): void;
  destroy(): Promise<void>;
}

export function createH2Dispatcher(options: H2Options): H2Dispatcher {
  const lines = new Map<string, Line>();
  const plain = options.plain((origin) => lines.get(origin)?.adopt());
  const dispatcher = new (loadDispatcher())();
  const lineTo = (origin: string): Line => {
    const line = lines.get(origin) ?? new Line(origin, options, plain);
    lines.set(origin, line);
    return line;
  };
  dispatcher.dispatch = (request, handler) => {
    const origin = String(request.origin);
    if (!options.protocols.offers(origin)) return plain.dispatch(request, handler);
    lineTo(origin).take(new Exchange(request, handler));
    return true;
  };
  return {
    dispatcher,
    plain,
    warm(origin) {
      if (options.protocols.offers(origin)) lineTo(origin).warm();
    },
    async destroy() {
      for (const line of lines.values()) line.destroy();
      await plain.destroy();
    },
  };
}

/** The connections to one origin, and who waits for them. */
class Line implements Owner {
  readonly #origin: string;
  readonly #options: H2Options;
  readonly #plain: Dispatcher;
  #connections: H2Connection[] = [];
  #connecting = 0;
  #waiting: Exchange[] = [];
  /** Sockets on which the server chose HTTP/1.1. */
  readonly #spare: TLSSocket[] = [];
  #isDestroyed = false;

  constructor(origin: string, options: H2Options, plain: Dispatcher) {
    this.#origin = origin;
    this.#options = options;
    this.#plain = plain;
  }

  take(exchange: Exchange): void {
    if (this.#isDestroyed) exchange.fail(new (loadErrors().ClientDestroyedError)());
    this.#waiting.push(exchange);
    this.changed();
  }

  warm(): void {
    if (this.#connections.length === 0 && this.#connecting === 0) this.#connect();
  }

  adopt(): TLSSocket | undefined {
    const socket = this.#spare.shift();
    return socket === undefined || !socket.destroyed ? socket : this.adopt();
  }

  sound(streamsMax: number): void {
    this.#options.protocols.sound(this.#origin, streamsMax);
  }

  broken(): void {
    this.#options.protocols.broken(this.#origin);
    this.changed();
  }

  silent(connection: H2Connection): void {
    if (this.#isUnproven(connection)) this.broken();
  }

  takesBack(
    connection: H2Connection,
    exchange: Exchange,
    code: number,
    error: NodeJS.ErrnoException,
  ): boolean {
    if (this.#isDestroyed) return false;
    const isUnseen = code === REFUSED_STREAM || NEVER_SENT.test(error.code ?? '');
    if (code === HTTP_1_1_REQUIRED) this.#options.protocols.refuse(this.#origin);
    else if (this.#isUnproven(connection)) this.#options.protocols.broken(this.#origin);
    else if (!isUnseen || exchange.refusals >= REFUSALS_MAX) return false;
    exchange.refusals += 1;
    exchange.detach();
    this.#waiting.unshift(exchange);
    this.changed();
    return true;
  }

  /** Gives who waits to the connection with the fewest streams, and opens one for each request that is under way, up to the limit. */
  changed(): void {
    if (this.#isDestroyed) return;
    this.#connections = this.#connections.filter(({ isGone }) => !isGone);
    this.#waiting = this.#waiting.filter(({ isOver }) => !isOver);
    const { protocols, connectionsMax } = this.#options;
    if (!protocols.offers(this.#origin)) {
      for (const connection of this.#connections) connection.retire();
      for (const exchange of this.#waiting.splice(0)) exchange.relay(this.#plain);
      return;
    }
    for (let next = this.#roomiest(); next !== undefined; next = this.#roomiest()) {
      const exchange = this.#waiting.shift();
      if (exchange === undefined) break;
      next.send(exchange);
    }
    const underWay = this.#connections.reduce((sum, { streams }) => sum + streams, this.#waiting.length);
    const isKnown = protocols.isSound(this.#origin);
    for (
      let all = this.#connections.length + this.#connecting;
      all < Math.min(connectionsMax, underWay);
      all++
    ) {
      // Until it is known what it speaks one connection finds out for all.
      if (!isKnown && all > 0) break;
      this.#connect();
    }
  }

  destroy(): void {
    this.#isDestroyed = true;
    const error = new (loadErrors().ClientDestroyedError)();
    for (const socket of this.#spare) socket.destroy();
    for (const exchange of this.#waiting.splice(0)) exchange.fail(error);
    for (const connection of this.#connections) connection.destroy(error);
  }

  /** Nobody has seen this server speak HTTP/2 as it should: what goes wrong there may be the protocol's fault. */
  #isUnproven({ isSound }: H2Connection): boolean {
    return !isSound && !this.#options.protocols.isSound(this.#origin);
  }

  #roomiest(): H2Connection | undefined {
    let found: H2Connection | undefined;
    if (this.#waiting.length === 0) return found;
    for (const connection of this.#connections)
      if (connection.hasRoom && (found === undefined || connection.streams < found.streams))
        found = connection;
    return found;
  }

  #connect(): void {
    this.#connecting += 1;
    const { protocol, host, hostname, port } = new URL(this.#origin);
    const bare = hostname.replace(/^\[|\]$/g, '');
    this.#options.connect({ protocol, host, hostname: bare, port }, (error, socket) => {
      this.#connecting -= 1;
      if (error !== null) this.#unconnected(error);
      else if (this.#isDestroyed) socket.destroy();
      else this.#connected(socket as TLSSocket);
    });
  }

  #connected(socket: TLSSocket): void {
    const { protocols, keepAliveMs } = this.#options;
    if (socket.alpnProtocol === 'h2')
      this.#connections.push(new H2Connection(socket, this.#origin, keepAliveMs, this));
    else {
      protocols.refuse(this.#origin);
      this.#spare.push(socket);
    }
    this.changed();
  }

  /** Who waits for nothing else has waited in vain. */
  #unconnected(error: Error): void {
    if (this.#connecting > 0 || this.#connections.length > 0) return;
    for (const exchange of this.#waiting.splice(0)) exchange.fail(error);
  }
}
