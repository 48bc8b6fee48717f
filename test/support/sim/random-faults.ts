/**
 * Faults by chance, the same for the same seed: each request's fate hangs on its line and on how often that line was
 * asked before, so that what else is in flight does not change it.
 *
 * They are the everyday ones of an index behind a CDN: 5xx, pages of HTML, cut and wrong bodies, 404s that are not true,
 * and limits on calls. A mirror must survive all of them at once, and owe what it could not get.
 */
import { isJsonApiPath } from '../../../src/demo/origin-json.ts';
import { hash32, seeded } from '../prng.ts';
import type { Fault, FaultRule } from './faults.ts';
import type { SimRequest } from './request-log.ts';

const ON_PAGES: readonly Fault[] = [
  { kind: 'html-503' },
  { kind: 'status', status: 500 },
  { kind: 'truncate', afterBytes: 100 },
  { kind: 'disconnect' },
  { kind: 'missing' },
  {
    kind: 'replace',
    body: '{"meta":{"api-version":"1.4"},"files":[',
    contentType: 'application/vnd.pypi.simple.v1+json',
  },
  { kind: 'replace', body: '<html>Welcome to the hotel</html>', contentType: 'text/html' },
];
const ON_FILES: readonly Fault[] = [
  { kind: 'status', status: 503, headers: { 'retry-after': '2' } },
  { kind: 'truncate', afterBytes: 200 },
  { kind: 'disconnect' },
  { kind: 'corrupt' },
  { kind: 'short', bytes: 150 },
  { kind: 'missing' },
];
/** On what belongs to a project beside its page: attestations, and the JSON API. */
const ON_DOCUMENTS: readonly Fault[] = [
  { kind: 'html-503' },
  { kind: 'truncate', afterBytes: 40 },
  { kind: 'disconnect' },
  { kind: 'missing' },
  { kind: 'replace', body: '{"version":1,', contentType: 'application/json' },
  { kind: 'replace', body: '<html>Welcome to the hotel</html>', contentType: 'text/html' },
];
const ON_CALLS: readonly Fault[] = [
  { kind: 'html-503' },
  { kind: 'rate-limited', waitS: 3 },
  { kind: 'truncate', afterBytes: 120 },
  { kind: 'disconnect' },
];

/** The rules for one kind of request: a share of them, in [0, 1], gets one of the faults. */
function rulesFor(
  seed: number,
  share: number,
  faults: readonly Fault[],
  concerns: (request: SimRequest) => boolean,
): FaultRule[] {
  const visits = new Map<string, number>();
  const fates = new WeakMap<SimRequest, number>();
  const fateOf = (request: SimRequest): number => {
    const known = fates.get(request);
    if (known !== undefined) return known;
    const visit = (visits.get(request.line) ?? 0) + 1;
    visits.set(request.line, visit);
    const prng = seeded(hash32(`${seed}/${request.line}/${visit}`));
    const fate = prng.chance(share) ? prng.int(faults.length) : -1;
    fates.set(request, fate);
    return fate;
  };
  return faults.map((fault, index) => ({
    match: (request) => concerns(request) && fateOf(request) === index,
    fault,
  }));
}

/** Rules for a fault table: `share` of all requests, in [0, 1], meets a fault. */
export function randomFaults(seed: number, share: number): FaultRule[] {
  return [
    ...rulesFor(seed, share, ON_CALLS, ({ rpc }) => rpc !== null),
    ...rulesFor(seed, share, ON_FILES, ({ path }) => path.startsWith('/packages/')),
    ...rulesFor(seed, share, ON_PAGES, ({ path }) => path.startsWith('/simple/')),
    ...rulesFor(
      seed,
      share,
      ON_DOCUMENTS,
      ({ path }) => path.startsWith('/integrity/') || isJsonApiPath(path),
    ),
  ];
}
