/** How each fault of the catalogue that is done to a request is made. */
import { normalize } from '../../../src/demo/distribution.ts';
import { acceptsGzip } from '../../../src/demo/http-message.ts';
import type { FaultId, RequestFaultId, RequestGroup } from './fault-catalogue.ts';
import type { Fault } from './faults.ts';
import { listedNames } from './lists-given.ts';
import type { SimRequest } from './request-log.ts';

export interface FaultMaker {
  readonly id: RequestFaultId;
  readonly fault: Fault;
  /** How many visits of one line in a row meet it. @default 1 */
  readonly lasts?: number;
  /** Ends a whole run, so that it must not end every one. @default false */
  readonly rare?: boolean;
  /** Not every request can meet it. @default all can */
  readonly only?: (request: SimRequest) => boolean;
}

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const HOTEL: Fault = { kind: 'replace', body: '<html>Welcome to the hotel</html>', contentType: 'text/html' };
const SILENCE: Fault = { kind: 'stall' };
const RESET: Fault = { kind: 'disconnect' };
const MISSING: Fault = { kind: 'missing' };
const HTML_503: Fault = { kind: 'html-503' };
const ELSEWHERE: Fault = { kind: 'redirect', to: 'http://elsewhere.example/' };
/** Queries are stripped, so that this leads to the same. */
const ITSELF: Fault = { kind: 'redirect', to: '?again=1' };
/** More than the redirects that a client may follow. */
const LOOP_VISITS = 8;
/** Further than any list may be behind its pages. */
const BEYOND_HEAD = 1_000_000;
/** Below the silence that a client bears (upstream-kit.ts has 10 s). */
const LATE: Fault = { kind: 'slow', headMs: 4_000, pieces: 3, gapMs: 2_000 };

function busy(status: number, form: 'seconds' | 'date', afterS: number): Fault {
  return { kind: 'status', status, retryAfter: { form, afterS }, body: 'try again later' };
}

function rewrite(change: Extract<Fault, { kind: 'rewrite' }>['rewrite']): Fault {
  return { kind: 'rewrite', rewrite: change };
}

const WITHOUT_SERIAL = {
  kind: 'rewrite',
  rewrite: (text) => text.replace(/"_last-serial":\d+,/, ''),
  withoutHeader: 'x-pypi-last-serial',
} as const satisfies Fault;

/** As it was once, and nothing tells how old it is. */
export const EARLIER_WITHOUT_SERIAL: Fault = { ...WITHOUT_SERIAL, isEarlier: true };

const isSecondOfThree = (at: number) => at % 3 === 1;
const isNotSecondOfThree = (at: number) => at % 3 !== 1;

/**
 * Some projects are left out, of those that the client's own list has: where there is no changelog, nothing else tells of a new one, so
 * that a list of serial S which lacks it says that there is none. What is no list, because the origin is down, stays what it is.
 */
function without(text: string, isLost: (at: number) => boolean, isKnown: (name: string) => boolean): string {
  if (!text.startsWith('{')) return text;
  const list = JSON.parse(text) as { projects: { name: string }[] };
  const projects = list.projects.filter(({ name }, at) => !isLost(at) || !isKnown(normalize(name)));
  return JSON.stringify({ ...list, projects });
}

function withoutSome(text: string, knownList: () => string | null): string {
  const known = new Set(listedNames(knownList() ?? ''));
  return without(text, isSecondOfThree, (name) => known.has(name));
}

/** What every list of a run lacks, by the names that the client knows for certain, and what it is counted as. */
export function listWithout(
  lost: 'some' | 'most',
  isKnown: (name: string) => boolean,
): { readonly id: FaultId; readonly fault: Fault } {
  const isLost = lost === 'some' ? isSecondOfThree : isNotSecondOfThree;
  return { id: `list-lacks-${lost}`, fault: rewrite((text) => without(text, isLost, isKnown)) };
}

function isJson({ headers }: SimRequest): boolean {
  return headers['accept']?.startsWith(JSON_TYPE) === true;
}

function hasOne({ headers }: SimRequest): boolean {
  return headers['if-none-match'] !== undefined;
}

function isGzip({ headers }: SimRequest): boolean {
  return acceptsGzip(headers['accept-encoding']);
}

const CALLS: readonly FaultMaker[] = [
  { id: 'call-html-503', fault: HTML_503 },
  { id: 'call-rate-limited', fault: { kind: 'rate-limited', waitS: 3 } },
  { id: 'call-rate-limited-no-wait', fault: { kind: 'rate-limited' } },
  {
    id: 'call-application-error',
    rare: true,
    fault: { kind: 'rpc-fault', code: -32500, message: 'application error' },
  },
  {
    id: 'call-unavailable',
    rare: true,
    fault: { kind: 'rpc-fault', code: -32403, message: 'server error; service unavailable' },
  },
  { id: 'call-refused-by-firewall', rare: true, fault: { kind: 'status', status: 403, body: 'Forbidden' } },
  { id: 'call-429-seconds', fault: busy(429, 'seconds', 5) },
  { id: 'call-truncated', fault: { kind: 'truncate', afterBytes: 120 } },
  {
    id: 'call-short-xml',
    rare: true,
    fault: {
      kind: 'replace',
      body: "<?xml version='1.0'?>\n<methodResponse>\n<params>",
      contentType: 'text/xml',
    },
  },
  { id: 'call-html-200', rare: true, fault: HOTEL },
  { id: 'call-reset', fault: RESET },
  { id: 'call-silent', fault: SILENCE },
  { id: 'call-silent-inside', fault: { kind: 'stall', afterBytes: 60 } },
  { id: 'call-slow', fault: LATE },
  {
    id: 'call-old-head',
    rare: true,
    fault: rewrite((text) =>
      text.replace(/<int>(\d+)<\/int>/, (_, head) => `<int>${Number(head) >> 1}</int>`),
    ),
    only: ({ rpc }) => rpc === 'changelog_last_serial',
  },
];

const LISTS: readonly FaultMaker[] = [
  { id: 'list-html-503', fault: HTML_503 },
  { id: 'list-truncated', fault: { kind: 'truncate', afterBytes: 100 } },
  {
    id: 'list-short-json',
    rare: true,
    fault: {
      kind: 'replace',
      body: '{"meta":{"_last-serial":7,"api-version":"1.4"},"proj',
      contentType: JSON_TYPE,
    },
  },
  {
    id: 'list-empty',
    rare: true,
    fault: rewrite((text) => text.replace(/"projects":\[.*\]/s, '"projects":[]')),
    only: isJson,
  },
  // Whoever has had no list yet must believe it: nothing else tells of what it lacks.
  {
    id: 'list-lacks-some',
    fault: rewrite(withoutSome),
    only: (request) => isJson(request) && hasOne(request),
  },
  { id: 'list-html-for-json', rare: true, fault: HOTEL },
  { id: 'list-missing', rare: true, fault: MISSING },
  { id: 'list-silent-inside', fault: { kind: 'stall', afterBytes: 80 } },
];

const PAGES: readonly FaultMaker[] = [
  { id: 'page-html-503', fault: HTML_503 },
  { id: 'page-500', fault: { kind: 'status', status: 500 } },
  { id: 'page-503-date', fault: busy(503, 'date', 4) },
  { id: 'page-429-seconds', fault: busy(429, 'seconds', 7) },
  { id: 'page-truncated', fault: { kind: 'truncate', afterBytes: 100 } },
  { id: 'page-reset', fault: RESET },
  { id: 'page-missing', fault: MISSING },
  {
    id: 'page-short-json',
    fault: { kind: 'replace', body: '{"meta":{"api-version":"1.4"},"files":[', contentType: JSON_TYPE },
  },
  { id: 'page-empty', fault: { kind: 'replace', body: '', contentType: JSON_TYPE } },
  { id: 'page-html-for-json', fault: HOTEL },
  { id: 'page-wrong-type', fault: { kind: 'retype', contentType: 'application/octet-stream' } },
  { id: 'page-damaged-gzip', fault: { kind: 'corrupt' }, only: isGzip },
  {
    id: 'page-of-another',
    fault: rewrite((text) => text.replace(/"name":"[^"]*"/, '"name":"somebody-else"')),
    only: isJson,
  },
  {
    id: 'page-beyond-head',
    fault: rewrite((text) =>
      text.replace(/"_last-serial":(\d+)/, (_, serial) => `"_last-serial":${Number(serial) + BEYOND_HEAD}`),
    ),
    only: isJson,
  },
  { id: 'page-without-serial', fault: WITHOUT_SERIAL, only: isJson },
  { id: 'page-earlier', fault: { kind: 'earlier' } },
  { id: 'page-foreign-links', fault: { kind: 'foreign-host', origin: 'http://elsewhere.example' } },
  { id: 'page-silent', fault: SILENCE },
  { id: 'page-silent-inside', fault: { kind: 'stall', afterBytes: 50 } },
  { id: 'page-slow', fault: LATE },
  { id: 'page-drips', fault: { kind: 'slow', pieces: 50, gapMs: 9_000 } },
  { id: 'page-moved', fault: { kind: 'redirect', to: '?moved=1', status: 301 } },
  { id: 'page-redirect-loop', fault: ITSELF, lasts: LOOP_VISITS },
  { id: 'page-redirect-elsewhere', fault: ELSEWHERE },
  { id: 'page-redirect-inside', fault: { kind: 'redirect', to: 'http://169.254.169.254/latest/' } },
];

const FILES: readonly FaultMaker[] = [
  { id: 'file-503-seconds', fault: busy(503, 'seconds', 2) },
  { id: 'file-503-date', fault: busy(503, 'date', 2) },
  { id: 'file-truncated', fault: { kind: 'truncate', afterBytes: 200 } },
  { id: 'file-reset', fault: RESET },
  { id: 'file-corrupted', fault: { kind: 'corrupt' } },
  { id: 'file-short', fault: { kind: 'short', bytes: 150 } },
  { id: 'file-longer', fault: { kind: 'longer', bytes: 10 } },
  {
    id: 'file-of-another',
    fault: { kind: 'replace', body: Buffer.alloc(700, 'PK'), contentType: 'binary/octet-stream' },
  },
  { id: 'file-html-200', fault: HOTEL },
  { id: 'file-missing', fault: MISSING },
  { id: 'file-403', fault: { kind: 'status', status: 403 } },
  { id: 'file-silent', fault: SILENCE },
  { id: 'file-silent-inside', fault: { kind: 'stall', afterBytes: 100 } },
  { id: 'file-slow', fault: LATE },
  { id: 'file-conveyor', fault: ITSELF },
  { id: 'file-redirect-loop', fault: ITSELF, lasts: LOOP_VISITS },
  { id: 'file-redirect-elsewhere', fault: ELSEWHERE },
];

/** What belongs to a project beside its page: attestations, and the JSON API. */
const DOCUMENTS: readonly FaultMaker[] = [
  { id: 'document-html-503', fault: HTML_503 },
  { id: 'document-truncated', fault: { kind: 'truncate', afterBytes: 40 } },
  { id: 'document-reset', fault: RESET },
  { id: 'document-missing', fault: MISSING },
  {
    id: 'document-short-json',
    fault: { kind: 'replace', body: '{"version":1,', contentType: 'application/json' },
  },
  { id: 'document-html-for-json', fault: HOTEL },
  { id: 'document-not-acceptable', fault: { kind: 'status', status: 406 } },
  { id: 'document-disabled', fault: { kind: 'status', status: 403 } },
  { id: 'document-silent', fault: SILENCE },
];

/** By what the request is about; each request meets one of its group's at a time. */
export const FAULT_MAKERS: Readonly<Record<RequestGroup, readonly FaultMaker[]>> = {
  call: CALLS,
  list: LISTS,
  page: PAGES,
  file: FILES,
  document: DOCUMENTS,
};

export interface StormMaker extends FaultMaker {
  readonly group: RequestGroup;
}

/** What is done to everything of a group for a while. */
export const STORM_MAKERS: readonly StormMaker[] = [
  { id: 'call-503-storm', group: 'call', fault: HTML_503 },
  { id: 'call-limit-storm', group: 'call', fault: { kind: 'rate-limited', waitS: 30 } },
  { id: 'page-404-storm', group: 'page', fault: MISSING },
  { id: 'page-503-storm', group: 'page', fault: HTML_503 },
  { id: 'file-404-storm', group: 'file', fault: MISSING },
  { id: 'file-503-storm', group: 'file', fault: HTML_503 },
];
