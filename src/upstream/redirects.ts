/** Where a redirect leads, and whether we may go there: counted, http(s) only, known hosts only, never from https down to http. */
import { JubjubError } from '../errors.ts';
import { harmless, quote } from '../pypi/quote.ts';
import { type HostRules, isLoopback } from './hosts.ts';

/** Redirects followed for one request; one more is UPSTREAM_REDIRECT. */
export const REDIRECTS_MAX = 5;

const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];
/** The ones that keep method and body, so that a POST may follow them (RFC 9110 §15.4). */
const METHOD_KEEPING: readonly number[] = [307, 308];

export interface Hop {
  readonly from: URL;
  readonly status: number;
  readonly location: string | null;
  readonly method: 'GET' | 'POST';
  /** Redirects followed so far for this request. */
  readonly followed: number;
  readonly what: string;
}

export function isRedirect(status: number): boolean {
  return REDIRECT_STATUSES.includes(status);
}

/** The next address of a redirect. Throws UPSTREAM_REDIRECT when it may not be followed. */
export function redirectTarget(rules: HostRules, allowHttp: boolean, hop: Hop): URL {
  const { from, location, status } = hop;
  if (hop.followed >= REDIRECTS_MAX)
    throw refused(hop, `at most ${REDIRECTS_MAX} redirects`, `one more, to ${quote(location ?? '')}`);
  if (location === null || !URL.canParse(location, from.href))
    throw refused(
      hop,
      'a Location that is a URL',
      location === null ? 'no Location header' : quote(location),
    );
  const target = new URL(location, from);
  if (hop.method === 'POST' && !METHOD_KEEPING.includes(status))
    throw refused(
      hop,
      'an answer to the POST, or a 307 or 308',
      `${status} to ${harmless(target.href)}`,
      target,
    );
  const downgrade = from.protocol === 'https:' && target.protocol === 'http:';
  if (downgrade && !allowHttp && !isLoopback(target.hostname))
    throw refused(hop, 'https all the way', harmless(target.href), target);
  const refusal = rules.refusal(target);
  if (refusal !== null) throw refused(hop, `an address at one of: ${rules.allowed}`, refusal, target);
  // Credentials in a Location are upstream's invention, never ours to send.
  target.username = '';
  target.password = '';
  target.hash = '';
  return target;
}

function refused(hop: Hop, expected: string, received: string, target: URL | null = null): JubjubError {
  const where =
    target === null || target.host === '' ? 'leads where it must not' : `to ${target.host} is not followed`;
  return new JubjubError('UPSTREAM_REDIRECT', `a redirect ${where}: ${hop.what}`, {
    url: hop.from.href,
    expected,
    received,
    httpStatus: hop.status,
    hint: 'if the index has moved, set url in [upstream] to its new address; if its files have, add the host to file-hosts',
  });
}
