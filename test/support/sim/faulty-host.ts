/** Listeners whose answers pass a table of faults and are logged: what the simulated PyPI and the other dialects stand behind. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OriginReply } from '../../../src/demo/http-message.ts';
import {
  listenLoopback,
  type RunningServer,
  readRequest,
  sendReply,
  TOO_LARGE,
} from '../../../src/demo/http-origin.ts';
import { deliverReply } from './fault-delivery.ts';
import { needsBody, replyUnderFault } from './fault-replies.ts';
import { type FaultHandle, FaultTable, type Match } from './faults.ts';
import { describeRequest, type LogEntry, logEntry, type SimRequest } from './request-log.ts';

/** Takes the conditions off, so that the answer has a body to be spoilt. */
function unconditional(request: SimRequest): SimRequest {
  const headers = { ...request.headers, 'if-none-match': undefined, 'if-modified-since': undefined };
  return { ...request, headers };
}

/** How much of a body `cutNext` lets through unless told otherwise. */
const CUT_AFTER_BYTES = 10;

export class FaultyHost {
  readonly faults = new FaultTable();
  /** Everything asked so far, on all listeners; may be emptied. */
  readonly requests: LogEntry[] = [];
  readonly #servers: RunningServer[] = [];
  #arrivals = 0;

  /** Opens a listener on an ephemeral loopback port. */
  async listen(
    answer: (request: SimRequest) => OriginReply,
    host: SimRequest['host'] = 'site',
  ): Promise<RunningServer> {
    const server = await listenLoopback((incoming, response) => {
      this.#arrivals += 1;
      return this.#handle(answer, host, incoming, response, this.#arrivals);
    });
    this.#servers.push(server);
    return server;
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

  /** One request from arrival to the end of its answer. */
  async #handle(
    answer: (request: SimRequest) => OriginReply,
    host: SimRequest['host'],
    incoming: IncomingMessage,
    response: ServerResponse,
    number: number,
  ): Promise<void> {
    const received = await readRequest(incoming);
    if (received === null) {
      sendReply(response, TOO_LARGE);
      return;
    }
    const request = describeRequest(received, number, host);
    const entry = logEntry(request);
    this.requests.push(entry);
    const stop = this.faults.stopFor(request);
    if (stop !== null && stop.afterBytes === null) await stop.wait();
    const fault = this.faults.take(request);
    const asked = fault !== null && needsBody(fault) ? unconditional(request) : request;
    const reply = fault === null ? answer(asked) : replyUnderFault(fault, asked, () => answer(asked));
    entry.fault = fault?.kind ?? null;
    const silent =
      fault?.kind === 'disconnect' || (fault?.kind === 'stall' && fault.afterBytes === undefined);
    if (!silent) entry.status = reply.status;
    await deliverReply(response, reply, fault, stop?.afterBytes === null ? null : stop);
  }
}
