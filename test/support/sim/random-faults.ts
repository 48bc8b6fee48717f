/**
 * Faults by chance, the same for the same seed: each request's fate hangs on its line and on how often that line was
 * asked before, so that what else is in flight does not change it.
 *
 * They are all that an index behind a CDN and a network may do to a request (fault-catalogue.ts), now and then one after
 * the other to everything of a kind. A mirror must survive all of them at once, and owe what it could not get.
 */
import { isJsonApiPath } from '../../../src/demo/origin-json.ts';
import { hash32, seeded } from '../prng.ts';
import type { RequestGroup } from './fault-catalogue.ts';
import { FAULT_MAKERS, type FaultMaker, STORM_MAKERS } from './fault-makers.ts';
import type { FaultRule } from './faults.ts';
import type { SimRequest } from './request-log.ts';

/** What a request is about; null for what no fault is meant for. */
export function requestGroup({ rpc, path }: SimRequest): RequestGroup | null {
  if (rpc !== null) return 'call';
  if (path.startsWith('/packages/')) return 'file';
  if (path === '/simple/') return 'list';
  if (path.startsWith('/simple/')) return 'page';
  return path.startsWith('/integrity/') || isJsonApiPath(path) ? 'document' : null;
}

/** Of the requests that meet a fault, this share may meet one that ends the run. */
const RARE_SHARE = 0.15;

/** Which of the faults a line meets on this visit; -1: none. Some last over several visits. */
class Fates {
  readonly #seed: number;
  readonly #share: number;
  readonly #makers: readonly FaultMaker[];
  readonly #visits = new Map<string, number>();
  readonly #lasting = new Map<string, { readonly fate: number; left: number }>();
  /** A rule's match is asked once for each rule. */
  readonly #known = new WeakMap<SimRequest, number>();

  constructor(seed: number, share: number, makers: readonly FaultMaker[]) {
    this.#seed = seed;
    this.#share = share;
    this.#makers = makers;
  }

  of(request: SimRequest): number {
    const fate = this.#known.get(request) ?? this.#lastingFate(request) ?? this.#draw(request);
    this.#known.set(request, fate);
    return fate;
  }

  #lastingFate({ line }: SimRequest): number | null {
    const lasting = this.#lasting.get(line);
    if (lasting === undefined || lasting.left === 0) return null;
    lasting.left -= 1;
    return lasting.fate;
  }

  #draw(request: SimRequest): number {
    const { line } = request;
    const visit = (this.#visits.get(line) ?? 0) + 1;
    this.#visits.set(line, visit);
    const prng = seeded(hash32(`${this.#seed}/${line}/${visit}`));
    if (!prng.chance(this.#share)) return -1;
    const isRare = prng.chance(RARE_SHARE);
    const possible = this.#makers.flatMap(({ only, rare = false }, index) =>
      only?.(request) === false || (rare && !isRare) ? [] : [index],
    );
    const fate = prng.pick(possible);
    const lasts = this.#makers[fate]?.lasts ?? 1;
    if (lasts > 1) this.#lasting.set(line, { fate, left: lasts - 1 });
    return fate;
  }
}

function rulesFor(seed: number, share: number, group: RequestGroup): FaultRule[] {
  const makers = FAULT_MAKERS[group];
  const fates = new Fates(seed, share, makers);
  return makers.map(({ id, fault }, index) => ({
    id,
    match: (request) => requestGroup(request) === group && fates.of(request) === index,
    fault,
  }));
}

/** The share of seeds with a storm: of one kind, to everything of that group, for a while. */
const STORM_SHARE = 0.15;

function stormRules(seed: number): FaultRule[] {
  const prng = seeded(seed).fork('storm');
  if (!prng.chance(STORM_SHARE)) return [];
  const { id, group, fault } = prng.pick(STORM_MAKERS);
  const [calmRequests, stormyRequests] = [prng.pick([0, 3, 20]), prng.pick([5, 40, 400])];
  let seen = 0;
  const match = (request: SimRequest) => {
    if (requestGroup(request) !== group) return false;
    seen += 1;
    return seen > calmRequests && seen <= calmRequests + stormyRequests;
  };
  return [{ id, match, fault }];
}

/** Rules for a fault table: `share` of all requests, in [0, 1], meets a fault; with a share of 0 none does. */
export function randomFaults(seed: number, share: number): FaultRule[] {
  if (share === 0) return [];
  const groups = Object.keys(FAULT_MAKERS) as RequestGroup[];
  return [...stormRules(seed), ...groups.flatMap((group) => rulesFor(seed, share, group))];
}
