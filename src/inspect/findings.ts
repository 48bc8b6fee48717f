/** What can be wrong with what a web server gives out of a mirror: a closed list, and how serious each is. */
import { type JubjubError, withoutCredentials } from '../errors.ts';

/** Damage makes `verify --http` end with 5: a client gets something wrong, or nothing. A warning is told, no more. */
export const SEVERITY_BY_KIND = {
  /** The server did not answer, or with a 5xx, however often it was asked. */
  'no-answer': 'damage',
  /** Something that must be there is answered with another status. */
  status: 'damage',
  /** A Content-Type that clients do not take for what it is. */
  type: 'damage',
  /** A content coding that nobody asked for. */
  encoding: 'damage',
  /** Other bytes than the catalogue or the proof says. */
  page: 'damage',
  /** The HTML page offers other files than the JSON page. */
  'html-differs': 'damage',
  'list-differs': 'damage',
  /** The proof is not there, or is that of another state. */
  manifest: 'damage',
  'file-size': 'damage',
  'file-digest': 'damage',
  'sidecar-digest': 'damage',
  /** Something that nobody has made is there. */
  'not-404': 'damage',
  /** The private part of the mirror can be read. */
  exposed: 'damage',
  /** A client that takes HTML only gets something else. */
  unacceptable: 'damage',
  /** One form of the pages whatever the client asks for: a plain web server. */
  'no-negotiation': 'warning',
  /** Another of the accepted types than the client likes best. */
  preference: 'warning',
  /** JSON pages, fetched by their file names, have a type that says nothing. */
  'plain-type': 'warning',
  /** Other spellings of names lead nowhere (PEP 503: SHOULD be redirected). */
  'no-redirect': 'warning',
  /** A directory is listed. */
  listing: 'warning',
  /** What is not there is refused in another way than with 404. */
  'odd-refusal': 'warning',
} as const satisfies Readonly<Record<string, 'damage' | 'warning'>>;

export type SiteKind = keyof typeof SEVERITY_BY_KIND;
export type Severity = (typeof SEVERITY_BY_KIND)[SiteKind];

export interface SiteFinding {
  readonly kind: SiteKind;
  readonly severity: Severity;
  /** null: about the site as a whole. */
  readonly project: string | null;
  /** Without credentials. */
  readonly url: string;
  readonly expected: string;
  readonly received: string;
}

export type Report = (finding: SiteFinding) => void;

/** Where a finding was made. */
export interface Spot {
  readonly project: string | null;
  readonly url: string;
}

export function finding(kind: SiteKind, spot: Spot, expected: string, received: string): SiteFinding {
  const url = withoutCredentials(spot.url);
  return { kind, severity: SEVERITY_BY_KIND[kind], project: spot.project, url, expected, received };
}

/** What did not come, as a finding. */
export function unanswered(error: JubjubError, spot: Spot): SiteFinding {
  return finding('no-answer', spot, 'an answer', `${error.code}: ${error.message}`);
}
