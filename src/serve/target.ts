/** The request target as decoded path segments, refusing everything that a file system could read as a way out. */
import { UNSAFE_IN_COMPONENT } from '../pypi/filenames.ts';
import { decodeComponent } from '../pypi/paths.ts';

export interface Target {
  /** Decoded; none is `.`, `..`, or holds a slash, a backslash or a control character. An empty one stands for `//`. */
  readonly segments: readonly string[];
  /** The path ends in a slash. */
  readonly slash: boolean;
  /** As it came, with its `?`; empty when there is none. */
  readonly query: string;
}

/** Absolute-form (`GET http://host/simple/`), as sent to proxies; RFC 9112 makes every server accept it. */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/** One decoded segment, or null for a broken escape, broken UTF-8, or anything that leads elsewhere. */
function decodeSegment(raw: string): string | null {
  const decoded = decodeComponent(raw);
  if (decoded === null || decoded === '.' || decoded === '..') return null;
  return UNSAFE_IN_COMPONENT.test(decoded) ? null : decoded;
}

/**
 * Parses what stands after the method. Null means malformed: not a path, a fragment, a bad escape, a dot segment
 * (clients resolve those themselves), a backslash, NUL, or an encoded slash.
 */
export function parseTarget(raw: string): Target | null {
  const relative = raw.replace(ABSOLUTE_FORM, '');
  const queryAt = relative.indexOf('?');
  const path = queryAt === -1 ? relative : relative.slice(0, queryAt);
  const query = queryAt === -1 ? '' : relative.slice(queryAt);
  if (path === '' && relative !== raw) return { segments: [], slash: true, query };
  if (!path.startsWith('/') || raw.includes('#')) return null;
  const segments: string[] = [];
  for (const rawSegment of path.slice(1).split('/')) {
    const segment = decodeSegment(rawSegment);
    if (segment === null) return null;
    segments.push(segment);
  }
  const slash = segments.at(-1) === '';
  if (slash) segments.pop();
  return { segments, slash, query };
}

/** The first value of a query parameter, percent-decoded; `+` stays a plus, for media types are full of them. */
export function queryValue(query: string, name: string): string | undefined {
  for (const pair of query.slice(1).split('&')) {
    const [key, ...rest] = pair.split('=');
    if (key !== name) continue;
    return decodeComponent(rest.join('=')) ?? undefined;
  }
  return undefined;
}
