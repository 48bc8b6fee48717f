/**
 * The simulated upstream: PyPI's origin behind PyPI's CDN, on real sockets, in simulated time, with faults on request.
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
import { seeded } from '../prng.ts';
import { Cdn, type CdnOptions } from './cdn.ts';
import { manualClock, type SimClock } from './clock.ts';
import { rateLimitedXml } from './fault-replies.ts';
import type { FaultTable } from './faults.ts';
import { FaultyHost } from './faulty-host.ts';
import { type RateLimit, RateLimiter } from './rate-limit.ts';
import type { LogEntry, SimRequest } from './request-log.ts';

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
  /** false: calls are 404, as on the day after XML-RPC: what changed stands in the project list alone. @default true */
  readonly xmlRpc?: boolean;
}

export interface Sim {
  /** The site: `/simple/`, `/pypi`, `/pypi/<name>/json`, `/integrity/`. */
  readonly url: string;
  /** Where files are; the same as `url` unless they have a host of their own. */
  readonly filesUrl: string;
  readonly state: IndexState;
  readonly clock: SimClock;
  readonly cdn: Cdn;
  readonly faults: FaultTable;
  /** Everything asked so far; may be emptied. */
  readonly requests: LogEntry[];
  /** Moves the simulated time. */
  advance(durationMs: number): void;
  /** Opens every gate, drops every connection, stops listening. */
  close(): Promise<void>;
}

/** A state whose serials have gaps by seed. */
function newState(seed: number, clock: SimClock, gapMax: number): IndexState {
  const prng = seeded(seed).fork('gaps');
  return new IndexState({ now: clock.now, gap: () => prng.int(gapMax + 1) });
}

/** The honest answer: limiter, then edge, then origin. */
function honestAnswer(cdn: Cdn, limiter: RateLimiter | null, request: SimRequest): OriginReply {
  if (limiter === null || !isRpcRequest(request)) return cdn.answer(request);
  // Methods that do not exist are not counted.
  if (request.rpc === null || !isRpcMethod(request.rpc)) return cdn.answer(request);
  const verdict = limiter.hit();
  if (!verdict.allowed) return rpcReply(request, rateLimitedXml(verdict.resetS), verdict.headers);
  const reply = cdn.answer(request);
  return { ...reply, headers: { ...reply.headers, ...verdict.headers } };
}

/** Starts the simulated upstream on ephemeral loopback ports. The caller closes it. */
export async function startSim(options: SimOptions = {}): Promise<Sim> {
  const seed = options.seed ?? 1;
  const clock = options.clock ?? manualClock(seed);
  const state = newState(seed, clock, options.gapMax ?? 2);
  const limiter = options.rateLimit === undefined ? null : new RateLimiter(options.rateLimit, clock.now);
  const urls = { site: '', files: '' };
  const changelogRowsMax = options.changelogRowsMax ?? DEFAULT_CHANGELOG_ROWS_MAX;
  const origin = (request: OriginRequest) => answerOrigin(state, { urls, changelogRowsMax }, request);
  const cdn = new Cdn(origin, clock.now, seeded(seed).fork('cdn'), options.cdn === false ? {} : options.cdn);
  cdn.enabled = options.cdn !== false;
  state.onCommit((commit) => cdn.onCommit(commit));
  const front = new FaultyHost();
  const answer = (request: SimRequest) =>
    options.xmlRpc === false && isRpcRequest(request) ? notFound() : honestAnswer(cdn, limiter, request);
  const site = await front.listen(answer, 'site');
  const files = options.separateFileHost === true ? await front.listen(answer, 'files') : site;
  urls.site = site.url;
  urls.files = files.url;
  return {
    url: site.url,
    filesUrl: files.url,
    state,
    clock,
    cdn,
    faults: front.faults,
    requests: front.requests,
    advance: clock.advance,
    close: () => front.close(),
  };
}
