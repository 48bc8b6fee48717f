/** Listeners whose answers pass a table of faults and are logged: what the simulated PyPI and the other dialects stand behind. */
import type { ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../../src/clock.ts';
import type { OriginReply, OriginRequest } from '../../../src/demo/http-message.ts';
import {
  listenLoopback,
  type RunningServer,
  readRequest,
  sendReply,
  TOO_LARGE,
} from '../../../src/demo/http-origin.ts';
import { deliverReply } from './fault-delivery.ts';
import { needsBody, replyUnderFault } from './fault-replies.ts';
import { type Fault, type FaultHandle, type FaultRule, FaultTable, type Match, type Stop } from './faults.ts';
import { ListsGiven } from './lists-given.ts';
import { describeRequest, type LogEntry, logEntry, type SimRequest } from './request-log.ts';

/** Takes the conditions off, so that the answer has a body to be spoilt. */
function unconditional(request: SimRequest): SimRequest {
  const headers = { ...request.headers, 'if-none-match': undefined, 'if-modified-since': undefined };
  return { ...request, headers };
}

/** How much of a body `cutNext` lets through unless told otherwise. */
const CUT_AFTER_BYTES = 10;

/** True for a fault under which not even a status is sent. */
function isSilent(fault: Fault | null): boolean {
  return fault?.kind === 'disconnect' || (fault?.kind === 'stall' && fault.afterBytes === undefined);
}

/** Does it conceal projects that the client knows? */
function isLie(rule: FaultRule | null): boolean {
  return rule?.id?.startsWith('list-lacks-') === true;
}

/** What is to be sent, and what is to be done to it while it is sent. */
export interface Decision {
  readonly reply: OriginReply;
  readonly fault: Fault | null;
}

/** A request that has come in and is in the log. */
export interface Arrival {
  readonly entry: LogEntry;
  /** Where it has to wait: before it is decided about, or inside the body. */
  readonly stop: Stop | null;
  /** Takes its fault, and makes its answer of the state as it is now. To be called once. */
  decide(): Decision;
}

export class FaultyHost {
  readonly faults = new FaultTable();
  readonly lists = new ListsGiven();
  /** Everything asked so far, on all listeners; may be emptied. */
  readonly requests: LogEntry[] = [];
  /** How often what was done so far, by the ids of fault-catalogue.ts. */
  readonly faultCounts = new Map<string, number>();
  readonly #clock: Clock;
  readonly #servers: RunningServer[] = [];
  #arrivals = 0;
  #answering: LogEntry | null = null;
  readonly #firstPages = new Map<string, OriginReply>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Opens a listener on an ephemeral loopback port. */
  async listen(
    answer: (request: SimRequest) => OriginReply,
    host: SimRequest['host'] = 'site',
  ): Promise<RunningServer> {
    const server = await listenLoopback(async (incoming, response) => {
      const received = await readRequest(incoming);
      if (received === null) sendReply(response, TOO_LARGE);
      else await serve(this.arrive(received, answer, host), response, this.#clock);
    });
    this.#servers.push(server);
    return server;
  }

  /** Takes a request in, however it came. */
  arrive(
    received: OriginRequest,
    answer: (request: SimRequest) => OriginReply,
    host: SimRequest['host'],
  ): Arrival {
    this.#arrivals += 1;
    const request = describeRequest(received, this.#arrivals, host);
    const entry = logEntry(request);
    this.requests.push(entry);
    return {
      entry,
      stop: this.faults.stopFor(request),
      decide: () => {
        this.#answering = entry;
        const mayBe = this.lists.mayBeMissing(request);
        const mayBeByChance = this.lists.mayBeMissingByChance(request);
        const taken = this.faults.take(request);
        const isTold = mayBe && (mayBeByChance || taken?.id === undefined);
        const rule = taken?.fault.kind === 'missing' && !isTold ? null : taken;
        const fault = rule?.fault ?? null;
        if (rule !== null) this.noteFault(rule.id ?? rule.fault.kind);
        const asked = fault !== null && needsBody(fault) ? unconditional(request) : request;
        let whole: OriginReply | null = null;
        const honest = () => {
          whole = answer(asked);
          return whole;
        };
        const reply =
          fault === null
            ? honest()
            : replyUnderFault(fault, asked, honest, {
                nowMs: this.#clock.now(),
                earlier: this.#earlier(asked),
                knownList: () => this.lists.knownTo(request),
              });
        if (fault === null) this.#remember(asked, reply);
        // What breaks off before its end tells a client nothing.
        if (fault === null || !/^(?:stall|disconnect|truncate)$/.test(fault.kind))
          this.lists.remember(request, reply, isLie(rule) ? whole : null);
        this.#answering = null;
        entry.fault = fault?.kind ?? null;
        if (!isSilent(fault)) entry.status = reply.status;
        return { reply, fault };
      },
    };
  }

  #earlier({ path, headers }: SimRequest): OriginReply | null {
    return this.#firstPages.get(`${path} ${headers['accept']} ${headers['accept-encoding']}`) ?? null;
  }

  /** Keeps the first page of each project in each form. */
  #remember({ path, headers }: SimRequest, reply: OriginReply): void {
    if (reply.status !== 200 || !path.startsWith('/simple/') || path === '/simple/') return;
    const key = `${path} ${headers['accept']} ${headers['accept-encoding']}`;
    if (!this.#firstPages.has(key)) this.#firstPages.set(key, reply);
  }

  /** Counts what is done: to the request that is being answered, if there is one. */
  noteFault(id: string): void {
    this.faultCounts.set(id, (this.faultCounts.get(id) ?? 0) + 1);
    this.#answering?.faultIds.push(id);
  }

  /** The next matching request gets this status. @default match: every request; times: 1 */
  failNext(
    status: number,
    {
      match = /./,
      times = 1,
      headers = {},
    }: { match?: Match; times?: number; headers?: Record<string, string> } = {},
  ): FaultHandle {
    return this.faults.add({ match, times, fault: { kind: 'status', status, headers } });
  }

  /** The next matching answer breaks off after so many bytes of the announced length. @default afterBytes: 10 */
  cutNext({
    match = /./,
    times = 1,
    afterBytes = CUT_AFTER_BYTES,
  }: {
    match?: Match;
    times?: number;
    afterBytes?: number;
  } = {}): FaultHandle {
    return this.faults.add({ match, times, fault: { kind: 'truncate', afterBytes } });
  }

  /** Every matching request is a 404 until the handle is removed. */
  notFoundStorm(match: Match = /./): FaultHandle {
    return this.faults.add({ match, fault: { kind: 'missing' } });
  }

  /** Opens every gate, drops every connection, stops listening. */
  async close(): Promise<void> {
    this.faults.clear();
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}

/** Over a socket: one request from arrival to the end of its answer. */
async function serve({ stop, decide }: Arrival, response: ServerResponse, clock: Clock): Promise<void> {
  if (stop !== null && stop.afterBytes === null) await stop.wait();
  const { reply, fault } = decide();
  await deliverReply(response, reply, fault, stop?.afterBytes === null ? null : stop, clock);
}
