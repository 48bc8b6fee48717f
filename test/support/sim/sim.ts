/**
 * The simulated upstream: PyPI's origin behind PyPI's CDN, in process or on real sockets, in simulated time, with faults
 * on request.
 *
 * Which faults it may make, and why a mirror must survive them, stands in the heads of its parts: the edge in cdn.ts,
 * the limit on calls in rate-limit.ts, everything that is done on request in faults.ts. Without any of these it is honest.
 */
import type { OriginReply, OriginRequest } from '../../../src/demo/http-message.ts';
import { IndexState } from '../../../src/demo/index-state.ts';
import {
  answerOrigin,
  DEFAULT_CHANGELOG_ROWS_MAX,
  isRpcRequest,
  rpcReply,
} from '../../../src/demo/origin.ts';
import { notFound } from '../../../src/demo/origin-headers.ts';
import { isRpcMethod } from '../../../src/demo/origin-rpc.ts';
import type { ConnectionsFactory } from '../../../src/upstream/index.ts';
import { seeded } from '../prng.ts';
import { Cdn, type CdnOptions } from './cdn.ts';
import { manualClock, type SimClock } from './clock.ts';
import type { EdgeFaultId } from './fault-catalogue.ts';
import { rateLimitedXml } from './fault-replies.ts';
import type { FaultTable } from './faults.ts';
import { FaultyHost } from './faulty-host.ts';
import type { ListsGiven } from './lists-given.ts';
import { type RateLimit, RateLimiter } from './rate-limit.ts';
import type { LogEntry, SimRequest } from './request-log.ts';
import { type WirePlace, wireTo } from './wire.ts';

export interface SimOptions {
  /** Decides every gap, loss and point of presence. @default 1 */
  readonly seed?: number;
  /** @default manualClock(seed); wallClock() for mirrors that run as processes */
  readonly clock?: SimClock;
  /** false: no CDN, every answer is the origin's. @default { } */
  readonly cdn?: Partial<CdnOptions> | false;
  /** @default 50_000 */
  readonly changelogRowsMax?: number;
  /** The largest gap between two serials. @default 2 */
  readonly gapMax?: number;
  /** @default none */
  readonly rateLimit?: RateLimit;
  /** Serves files from a port of their own, as PyPI does from a host of its own. @default false */
  readonly separateFileHost?: boolean;
  /** Listens on loopback ports too, for processes of their own and for tests whose point is sockets. @default false */
  readonly sockets?: boolean;
  /** Tells the addresses of two simulations apart, when they have no sockets. @default 'index' */
  readonly name?: string;
  /** The longest way of a request over the wire, in simulated time. @default 0 */
  readonly latencyMsMax?: number;
  /** false: calls are 404, as on the day after XML-RPC: what changed stands in the project list alone. @default true */
  readonly xmlRpc?: boolean;
}

export interface Sim {
  /** The site: `/simple/`, `/pypi`, `/pypi/<name>/json`, `/integrity/`. */
  readonly url: string;
  /** Where files are; the same as `url` unless they have a host of their own. */
  readonly filesUrl: string;
  /** The way to it without sockets: see wire.ts. */
  readonly connections: ConnectionsFactory;
  readonly state: IndexState;
  readonly clock: SimClock;
  readonly cdn: Cdn;
  readonly faults: FaultTable;
  /** The project lists that were given out. */
  readonly lists: ListsGiven;
  /** Everything asked so far; may be emptied. */
  readonly requests: LogEntry[];
  /** How often which fault was done so far, the edge's included, by the ids of fault-catalogue.ts. */
  readonly faultCounts: ReadonlyMap<string, number>;
  /** Moves the simulated time. */
  advance(durationMs: number): void;
  /** Opens every gate, drops every connection, stops listening. */
  close(): Promise<void>;
}

/** A name that never leaves this machine, of a port where nobody listens: on the wire alone it leads somewhere. */
function wireUrl(name: string): string {
  return `http://${name}.localhost:1`;
}

/** A state whose serials have gaps by seed. */
function newState(seed: number, clock: SimClock, gapMax: number): IndexState {
  const prng = seeded(seed).fork('gaps');
  return new IndexState({ now: clock.now, gap: () => prng.int(gapMax + 1) });
}

/** The honest answer: limiter, then edge, then origin. */
function honestAnswer(
  cdn: Cdn,
  limiter: RateLimiter | null,
  request: SimRequest,
  note: (fault: EdgeFaultId) => void,
): OriginReply {
  if (limiter === null || !isRpcRequest(request)) return cdn.answer(request);
  // Methods that do not exist are not counted.
  if (request.rpc === null || !isRpcMethod(request.rpc)) return cdn.answer(request);
  const verdict = limiter.hit();
  if (!verdict.allowed) {
    note('limit-reached');
    return rpcReply(request, rateLimitedXml(verdict.resetS), verdict.headers);
  }
  const reply = cdn.answer(request);
  return { ...reply, headers: { ...reply.headers, ...verdict.headers } };
}

/** Starts the simulated upstream. The caller closes it. */
export async function startSim(options: SimOptions = {}): Promise<Sim> {
  const seed = options.seed ?? 1;
  const clock = options.clock ?? manualClock(seed);
  const state = newState(seed, clock, options.gapMax ?? 2);
  const limiter = options.rateLimit === undefined ? null : new RateLimiter(options.rateLimit, clock.now);
  const urls = { site: '', files: '' };
  const changelogRowsMax = options.changelogRowsMax ?? DEFAULT_CHANGELOG_ROWS_MAX;
  const origin = (request: OriginRequest) => answerOrigin(state, { urls, changelogRowsMax }, request);
  const front = new FaultyHost(clock);
  const note = (fault: EdgeFaultId) => front.noteFault(fault);
  const cdnOptions = options.cdn === false ? {} : options.cdn;
  const cdn = new Cdn(origin, clock.now, seeded(seed).fork('cdn'), cdnOptions, note);
  cdn.enabled = options.cdn !== false;
  state.onCommit((commit) => cdn.onCommit(commit));
  const answer = (request: SimRequest) =>
    options.xmlRpc === false && isRpcRequest(request)
      ? notFound()
      : honestAnswer(cdn, limiter, request, note);
  const name = options.name ?? 'index';
  const isApart = options.separateFileHost === true;
  urls.site = options.sockets === true ? (await front.listen(answer, 'site')).url : wireUrl(name);
  urls.files = urls.site;
  if (isApart)
    urls.files =
      options.sockets === true ? (await front.listen(answer, 'files')).url : wireUrl(`files.${name}`);
  const places: readonly WirePlace[] = [
    { origin: urls.site, host: 'site', answer },
    ...(isApart ? [{ origin: urls.files, host: 'files', answer } as const] : []),
  ];
  const latencyMsMax = options.latencyMsMax ?? 0;
  return {
    url: urls.site,
    filesUrl: urls.files,
    connections: wireTo(front, { clock, seed, latencyMsMax, places }),
    state,
    clock,
    cdn,
    faults: front.faults,
    lists: front.lists,
    requests: front.requests,
    faultCounts: front.faultCounts,
    advance: clock.advance,
    close: () => front.close(),
  };
}
