/**
 * The in-process network: undici's requests reach the simulated hosts without sockets, in simulated time, so that a seed
 * decides what happens when, and nothing else does.
 *
 * Liberties it takes: what comes compressed is handed out decoded, because a reader's gunzip works in threads, whose
 * order is nobody's; the edge keeps its variants by Accept-Encoding all the same, with validators of their own, and a
 * body that gunzip would find damaged breaks off with gunzip's error. A host that nobody has put on the wire refuses
 * connections. A mirror must survive it for what it keeps of the real thing: answers overtake each other, bodies come
 * in pieces cut anywhere, connections are few, break and fall silent.
 */
import { Dispatcher, errors } from 'undici';
import type { OriginReply, OriginRequest } from '../../../src/demo/http-message.ts';
import type { ConnectionsFactory } from '../../../src/upstream/index.ts';
import { hash32, type Prng, seeded } from '../prng.ts';
import type { SimClock } from './clock.ts';
import type { FaultyHost } from './faulty-host.ts';
import type { SimRequest } from './request-log.ts';
import { Exchange } from './wire-exchange.ts';
import { type Moment, script } from './wire-script.ts';

/** Who answers at an origin, `http://127.0.0.1:8080`. */
export interface WirePlace {
  readonly origin: string;
  readonly host: SimRequest['host'];
  readonly answer: (request: SimRequest) => OriginReply;
}

export interface WireOptions {
  readonly clock: SimClock;
  readonly seed: number;
  /** The longest way of a request; each takes its own by seed, line and visit. */
  readonly latencyMsMax: number;
  readonly places: readonly WirePlace[];
}

/** A wire that leads to these places of the host. */
export function wireTo(host: FaultyHost, options: WireOptions): ConnectionsFactory {
  const visits = new Map<string, number>();
  const chanceFor = (line: string): Prng => {
    const visit = (visits.get(line) ?? 0) + 1;
    visits.set(line, visit);
    return seeded(hash32(`${options.seed}/wire/${line}/${visit}`));
  };
  return ({ connectionsMax }) => {
    const dispatcher = new WireDispatcher(host, options, chanceFor, connectionsMax);
    return {
      towards: () => dispatcher,
      destroy: () => dispatcher.destroy(),
      limit: options.clock.limit,
    };
  };
}

/** The connections to one origin: so many exchanges at a time, the others in the order of their coming. */
class Line {
  readonly #under = new Set<Exchange>();
  readonly #waiting: Exchange[] = [];
  readonly #connectionsMax: number;

  constructor(connectionsMax: number) {
    this.#connectionsMax = connectionsMax;
  }

  enter(exchange: Exchange): void {
    this.#waiting.push(exchange);
    this.#startNext();
  }

  leave(exchange: Exchange): void {
    this.#under.delete(exchange);
    this.#startNext();
  }

  /** What is on its way fails, and what waits does. */
  cut(error: Error): void {
    for (const exchange of [...this.#waiting.splice(0), ...this.#under]) exchange.fail(error);
  }

  #startNext(): void {
    while (this.#under.size < this.#connectionsMax) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#under.add(next);
      next.start();
    }
  }
}

class WireDispatcher extends Dispatcher {
  readonly #host: FaultyHost;
  readonly #options: WireOptions;
  readonly #chanceFor: (line: string) => Prng;
  readonly #connectionsMax: number;
  readonly #lines = new Map<string, Line>();
  #isDestroyed = false;

  constructor(
    host: FaultyHost,
    options: WireOptions,
    chanceFor: (line: string) => Prng,
    connectionsMax: number,
  ) {
    super();
    this.#host = host;
    this.#options = options;
    this.#chanceFor = chanceFor;
    this.#connectionsMax = connectionsMax;
  }

  override dispatch(asked: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (this.#isDestroyed) throw new errors.ClientDestroyedError();
    const { clock, latencyMsMax } = this.#options;
    const origin = String(asked.origin);
    const request = originRequest(origin, asked);
    // By line and visit, so that what else is in flight does not matter.
    const chance = this.#chanceFor(`${request.method} ${request.path} ${request.body}`);
    const line = this.#lineTo(origin);
    const exchange: Exchange = new Exchange({
      clock,
      handler,
      latencyMs: chance.int(latencyMsMax + 1),
      headersTimeoutMs: asked.headersTimeout ?? 0,
      bodyTimeoutMs: asked.bodyTimeout ?? 0,
      answer: () => this.#answer(origin, request, chance),
      onOver: () => line.leave(exchange),
    });
    line.enter(exchange);
    return true;
  }

  override async destroy(): Promise<void> {
    this.#isDestroyed = true;
    for (const line of this.#lines.values()) line.cut(new errors.ClientDestroyedError());
  }

  override close(): Promise<void> {
    return this.destroy();
  }

  #lineTo(origin: string): Line {
    const line = this.#lines.get(origin) ?? new Line(this.#connectionsMax);
    this.#lines.set(origin, line);
    return line;
  }

  #answer(origin: string, request: OriginRequest, chance: Prng): Iterable<Moment> {
    const place = this.#options.places.find((one) => one.origin === origin);
    if (place === undefined) {
      const refused = Object.assign(new Error(`connect ECONNREFUSED ${origin}`), { code: 'ECONNREFUSED' });
      return [{ kind: 'break', error: refused }];
    }
    const arrival = this.#host.arrive(request, place.answer, place.host);
    return script(arrival, request.method === 'HEAD', chance);
  }
}

/** What undici was asked, as the origin reads it. */
function originRequest(origin: string, asked: Dispatcher.DispatchOptions): OriginRequest {
  const mark = asked.path.indexOf('?');
  const headers: Record<string, string | undefined> = { host: new URL(origin).host };
  for (const [name, value] of Object.entries(asked.headers ?? {}))
    headers[name.toLowerCase()] = String(value);
  return {
    method: asked.method,
    path: mark === -1 ? asked.path : asked.path.slice(0, mark),
    query: mark === -1 ? '' : asked.path.slice(mark + 1),
    headers,
    body: typeof asked.body === 'string' ? asked.body : '',
  };
}
