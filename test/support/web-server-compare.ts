/** How the answers of two servers to one request are compared, and in what they may differ. */
import type { Answered } from './http-ask.ts';

/** Headers that mean a list, in which blanks and empty elements mean nothing (RFC 9110 §5.6.1). */
const LISTS = ['vary', 'allow'];

const TEXTS = [
  'content-type',
  'content-encoding',
  'content-range',
  'content-length',
  'cache-control',
  'location',
  'x-content-type-options',
];

function elements(value: string | undefined): string {
  const parts = (value ?? '').split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').join(', ');
}

/** What is compared of an answer, by name. */
function aspects({ status, headers, body }: Answered): Map<string, string> {
  const found = new Map([['status', String(status)]]);
  // A redirect's words are nobody's business, nor are their type and their length.
  const redirect = status === 301;
  for (const name of TEXTS) {
    if (redirect && (name === 'content-type' || name === 'content-length')) continue;
    // A body may also come in chunks.
    if (name === 'content-length' && headers['transfer-encoding'] !== undefined) continue;
    found.set(name, String(headers[name] ?? 'none'));
  }
  for (const name of LISTS) found.set(name, elements(headers[name] as string | undefined));
  // Each server makes its own.
  found.set('etag', headers.etag === undefined ? 'none' : 'some');
  found.set('last-modified', headers['last-modified'] === undefined ? 'none' : 'some');
  if (!redirect) found.set('body', body.toString('latin1'));
  return found;
}

/** The names of what differs, with both values: `{ status: '404, not 200' }`. */
export function differences(expected: Answered, answer: Answered): Record<string, string> {
  const [left, right] = [aspects(expected), aspects(answer)];
  const names = [...left.keys()].filter((name) => {
    if (name === 'content-length' && !right.has(name)) return false;
    return left.get(name) !== right.get(name);
  });
  return Object.fromEntries(names.map((name) => [name, `${right.get(name)}, not ${left.get(name)}`]));
}

/** What a server's configuration language or its HTTP parser does not let us say. */
export interface Exception {
  /** By the name of the case. */
  readonly name: string;
  readonly servers: readonly string[];
  /** What differs; the rest must be as everywhere. */
  readonly aspects: readonly string[];
  readonly why: string;
}

const ERROR_WORDS = ['content-type', 'content-length', 'body', 'x-content-type-options'];
const FILE_SENT = [...ERROR_WORDS, 'status', 'cache-control', 'etag', 'last-modified'];

export const EXCEPTIONS: readonly Exception[] = [
  {
    name: 'the welcome',
    servers: ['nginx', 'caddy', 'apache'],
    aspects: ['content-length', 'body'],
    why: 'the words are fixed, for they cannot depend on the Host header',
  },
  {
    name: 'OPTIONS',
    servers: ['nginx', 'caddy', 'apache'],
    aspects: ['status', 'allow', ...ERROR_WORDS],
    why: '"OPTIONS *" is about the server, which answers it before any configuration',
  },
  {
    name: 'broken UTF-8',
    servers: ['nginx', 'caddy', 'apache'],
    aspects: ['status', 'content-length', 'body'],
    why: 'paths are bytes there: it is an unknown file',
  },
  {
    name: 'a range beyond the end',
    servers: ['nginx'],
    aspects: ['cache-control', 'etag'],
    why: 'headers of the file are said before the range is looked at; no-store is added',
  },
  {
    name: 'a range beyond the end',
    servers: ['caddy'],
    aspects: ['content-type', 'content-length', 'body', 'cache-control', 'etag', 'last-modified'],
    why: 'Go answers it itself',
  },
  {
    name: 'a range beyond the end',
    servers: ['apache'],
    aspects: ['content-range', 'content-length'],
    why: 'an error document has the headers of an error only',
  },
  {
    name: 'a link out of the docroot',
    servers: ['caddy'],
    aspects: FILE_SENT,
    why: 'Caddy follows links',
  },
  {
    name: 'through a link out of the docroot',
    servers: ['caddy'],
    aspects: FILE_SENT,
    why: 'Caddy follows links',
  },
  {
    name: 'through a link out of the docroot',
    servers: ['apache'],
    aspects: ['status', 'content-length', 'body'],
    why: 'Apache says 403 and cannot be told otherwise',
  },
  {
    name: 'a broken escape',
    servers: ['caddy'],
    aspects: ERROR_WORDS,
    why: 'Go answers it itself',
  },
  {
    name: 'NUL',
    servers: ['apache'],
    aspects: ['status', 'content-length', 'body'],
    why: 'Apache says 404 before any configuration',
  },
  {
    name: 'HEAD of a gzipped page',
    servers: ['caddy'],
    aspects: ['content-length'],
    why: 'Go does not say the length of what has a content coding',
  },
];
