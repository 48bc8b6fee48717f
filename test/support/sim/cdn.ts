/**
 * A CDN in front of an index's pages, JSON API and provenance, as PyPI's behaves (protocol §5).
 *
 * Faults it may make, and why a mirror must survive them:
 * - after a purge the first request still gets the old page (soft purge and stale-while-revalidate): a 200 proves
 *   nothing about how new a page is, its serial does;
 * - variants (JSON or HTML, gzip or identity), the JSON API's documents and points of presence are separate objects: they may disagree, and asking
 *   again may give something older;
 * - a purge comes late or never, and rows that change no page purge nothing: a page may stay behind its serial for a day;
 * - a 404 is remembered for a minute and no purge takes it away: absence right after a `create` means nothing;
 * - the project list is never purged: it is up to half an hour behind;
 * - while the origin is down the edge serves what it has: an old page is a normal 200.
 */
import {
  conditional,
  type OriginReply,
  type OriginRequest,
  textReply,
} from '../../../src/demo/http-message.ts';
import type { Commit } from '../../../src/demo/index-model.ts';
import { projectSurrogateKey } from '../../../src/demo/origin-headers.ts';
import { hash32, type Prng, seeded } from '../prng.ts';
import { edgeObject } from './edge-object.ts';
import type { EdgeFaultId } from './fault-catalogue.ts';

export interface CdnOptions {
  /** How long a 404 or a redirect without a lifetime of its own is remembered. @default 60_000 */
  readonly shortTtlMs: number;
  /** From the commit to the moment when its purge takes effect. @default 0 */
  readonly purgeDelayMs: number;
  /** The share of purges that never arrive, in [0, 1]. @default 0 */
  readonly lostPurgeShare: number;
  /** From a stale answer to the moment when its refresh, rendered at once, replaces it. @default 0 */
  readonly refreshDelayMs: number;
  /** Points of presence, each with objects of its own; requests are spread over them by seed. @default 1 */
  readonly pops: number;
}

export const DEFAULT_CDN: CdnOptions = {
  shortTtlMs: 60_000,
  purgeDelayMs: 0,
  lostPurgeShare: 0,
  refreshDelayMs: 0,
  pops: 1,
};

interface CachedObject {
  readonly reply: OriginReply;
  readonly keys: readonly string[];
  readonly expiresMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  /** When a soft purge made it stale before its time. */
  purgedMs: number | null;
  refreshing: boolean;
  /** Why it is still here though its project has changed since. */
  readonly missed: Set<EdgeFaultId>;
}

interface Refresh {
  readonly objectKey: string;
  readonly reply: OriginReply;
  readonly dueMs: number;
}

interface Purge {
  readonly key: string;
  readonly dueMs: number;
}

const SERVICE_UNAVAILABLE_HTML =
  '<!DOCTYPE html>\n<html><head><title>Sorry, something went wrong</title></head>' +
  '<body><h1>Service Unavailable</h1></body></html>\n';

/** What the edge says when it has nothing to say: HTML, whatever was asked for. */
export function htmlUnavailable(): OriginReply {
  return textReply(503, 'text/html; charset=utf-8', SERVICE_UNAVAILABLE_HTML);
}

const MAX_AGE = /(?:^|[ ,])max-age=(\d+)/;
const STALE_WHILE_REVALIDATE = /(?:^|[ ,])stale-while-revalidate=(\d+)/;
const STALE_IF_ERROR = /(?:^|[ ,])stale-if-error=(\d+)/;

function seconds(surrogateControl: string | undefined, directive: RegExp): number | null {
  const match = directive.exec(surrogateControl ?? '');
  return match === null ? null : Number(match[1]) * 1000;
}

export class Cdn {
  /** May be changed at any time; purges already sent keep their times. */
  options: CdnOptions;
  /** While true the origin answers nothing: stale objects are served, else 503. */
  originDown = false;
  /** Set to false to pass everything to the origin. */
  enabled = true;
  readonly #origin: (request: OriginRequest) => OriginReply;
  readonly #now: () => number;
  readonly #prng: Prng;
  readonly #popSeed: number;
  readonly #note: (fault: EdgeFaultId) => void;
  readonly #popOfLastVisit = new Map<string, number>();
  readonly #objects = new Map<string, CachedObject>();
  readonly #visits = new Map<string, number>();
  #purges: Purge[] = [];
  #refreshes: Refresh[] = [];
  #losses: { readonly matches: (normalized: string) => boolean; left: number }[] = [];

  constructor(
    origin: (request: OriginRequest) => OriginReply,
    now: () => number,
    prng: Prng,
    options: Partial<CdnOptions> = {},
    /** Hears of each fault that comes about. */
    note: (fault: EdgeFaultId) => void = () => {},
  ) {
    this.#note = note;
    this.#origin = origin;
    this.#now = now;
    this.#prng = prng;
    this.#popSeed = prng.fork('pop').float();
    this.options = { ...DEFAULT_CDN, ...options };
  }

  /** Loses the purges of the next `times` transactions of these projects (all projects when none is named). */
  losePurges(names: readonly string[] = [], times = 1): void {
    const matches = (normalized: string) => names.length === 0 || names.includes(normalized);
    this.#losses.push({ matches, left: times });
  }

  /** Forgets everything at once, as no purge of PyPI does: for tests that want the state of the origin. */
  clear(): void {
    this.#objects.clear();
    this.#purges = [];
    this.#refreshes = [];
  }

  /** A transaction of the origin: its purge is sent, lost, or not due at all. */
  onCommit(commit: Commit): void {
    if (commit.normalized === '') return;
    const key = projectSurrogateKey(commit.normalized);
    if (!commit.purges) {
      this.#missed(key, 'edge-not-purged');
      return;
    }
    const loss = this.#losses.find((one) => one.left > 0 && one.matches(commit.normalized));
    if (loss !== undefined) loss.left -= 1;
    if (loss !== undefined || this.#prng.chance(this.options.lostPurgeShare)) {
      this.#missed(key, 'edge-purge-lost');
      return;
    }
    if (this.options.purgeDelayMs > 0) this.#missed(key, 'edge-purge-late');
    this.#purges.push({ key, dueMs: this.#now() + this.options.purgeDelayMs });
  }

  /** What is kept of a project is older than the project from now on: counted whenever somebody is given it. */
  #missed(key: string, fault: EdgeFaultId): void {
    for (const cached of this.#objects.values()) if (cached.keys.includes(key)) cached.missed.add(fault);
  }

  /** The edge's answer. Pages, the JSON API and provenance are kept here; anything else passes. */
  answer(request: OriginRequest): OriginReply {
    const wanted = this.enabled ? edgeObject(request) : null;
    if (wanted === null) return this.#ask(request) ?? this.#unavailable();
    this.#settle();
    const pop = this.#popOf(request);
    const { reply, hit } = this.#lookup(`${pop}|${wanted.key}`, wanted.request);
    if (hit && reply.status === 404) this.#note('edge-cached-404');
    if (hit && request.path === '/simple/') this.#note('edge-list-from-cache');
    const delivered = deliver(reply, wanted.contentType, request, {
      'x-cache': hit ? 'HIT' : 'MISS',
      'x-served-by': `cache-sim-${pop}`,
    });
    return conditional(delivered, request.headers['if-none-match']);
  }

  #ask(request: OriginRequest): OriginReply | null {
    return this.originDown ? null : this.#origin(request);
  }

  /** Which point of presence answers: by seed, path and visit, so that other requests in flight do not matter. */
  #popOf(request: OriginRequest): number {
    if (this.options.pops <= 1) return 0;
    const visit = this.#visits.get(request.path) ?? 0;
    this.#visits.set(request.path, visit + 1);
    const pop = seeded(hash32(`${this.#popSeed}/${request.path}/${visit}`)).int(this.options.pops);
    if ((this.#popOfLastVisit.get(request.path) ?? pop) !== pop) this.#note('edge-other-pop');
    this.#popOfLastVisit.set(request.path, pop);
    return pop;
  }

  /** Refreshes and purges take effect in the order of their times. */
  #settle(): void {
    const nowMs = this.#now();
    const isDue = ({ dueMs }: { readonly dueMs: number }) => dueMs <= nowMs;
    const refreshes = this.#refreshes.filter(isDue).map((refresh) => ({
      dueMs: refresh.dueMs,
      apply: () => this.#refresh(refresh),
    }));
    const purges = this.#purges.filter(isDue).map((purge) => ({
      dueMs: purge.dueMs,
      apply: () => this.#softPurge(purge),
    }));
    this.#refreshes = this.#refreshes.filter((refresh) => !isDue(refresh));
    this.#purges = this.#purges.filter((purge) => !isDue(purge));
    for (const event of [...refreshes, ...purges].sort((a, b) => a.dueMs - b.dueMs)) event.apply();
  }

  #refresh(refresh: Refresh): void {
    this.#store(refresh.objectKey, refresh.reply, refresh.dueMs);
  }

  #softPurge(purge: Purge): void {
    for (const cached of this.#objects.values()) {
      if (!cached.keys.includes(purge.key)) continue;
      cached.purgedMs ??= purge.dueMs;
      cached.missed.delete('edge-purge-late');
    }
  }

  #store(key: string, reply: OriginReply, storedMs: number): OriginReply {
    const control = reply.headers['surrogate-control'];
    const ttlMs = seconds(control, MAX_AGE) ?? this.options.shortTtlMs;
    this.#objects.set(key, {
      reply,
      keys: (reply.headers['surrogate-key'] ?? '').split(' '),
      expiresMs: storedMs + ttlMs,
      staleWhileRevalidateMs: seconds(control, STALE_WHILE_REVALIDATE) ?? 0,
      staleIfErrorMs: seconds(control, STALE_IF_ERROR) ?? 0,
      purgedMs: null,
      refreshing: false,
      missed: new Set(),
    });
    return reply;
  }

  #lookup(key: string, request: OriginRequest): { reply: OriginReply; hit: boolean } {
    const nowMs = this.#now();
    const cached = this.#objects.get(key);
    const staleSinceMs = Math.min(cached?.purgedMs ?? Number.POSITIVE_INFINITY, cached?.expiresMs ?? nowMs);
    if (cached !== undefined && nowMs < staleSinceMs) return this.#hit(cached);
    if (cached !== undefined && nowMs - staleSinceMs < cached.staleWhileRevalidateMs) {
      this.#note(cached.purgedMs === null ? 'edge-stale-after-lifetime' : 'edge-stale-after-purge');
      // Trap 8: the old page for this one, a refresh in the background for the next.
      const fresh = cached.refreshing ? null : this.#ask(request);
      if (fresh !== null) {
        cached.refreshing = true;
        this.#refreshes.push({ objectKey: key, reply: fresh, dueMs: nowMs + this.options.refreshDelayMs });
      }
      return this.#hit(cached);
    }
    const fetched = this.#ask(request);
    if (fetched !== null) return { reply: this.#store(key, fetched, nowMs), hit: false };
    if (cached !== undefined && nowMs - staleSinceMs < cached.staleIfErrorMs) {
      this.#note('edge-stale-if-error');
      return this.#hit(cached);
    }
    return { reply: this.#unavailable(), hit: false };
  }

  #hit({ reply, missed }: CachedObject): { reply: OriginReply; hit: boolean } {
    for (const fault of missed) this.#note(fault);
    return { reply, hit: true };
  }

  #unavailable(): OriginReply {
    this.#note('edge-origin-down');
    return htmlUnavailable();
  }
}

/** What leaves the edge: the exact type that was asked for, without the origin's notes to the edge (protocol §2.1, §2.3). */
function deliver(
  reply: OriginReply,
  contentType: string | null,
  request: OriginRequest,
  extra: Record<string, string>,
): OriginReply {
  const headers: Record<string, string> = { ...reply.headers, ...extra };
  if (reply.status === 200 && contentType !== null) headers['content-type'] = contentType;
  if (request.headers['fastly-debug'] !== '1') {
    delete headers['surrogate-control'];
    delete headers['surrogate-key'];
  }
  return { ...reply, headers };
}
