/** What PyPI's application says of every page beside its body: CORS, lifetimes, and its notes to the CDN (protocol §2.3). */
import {
  compressed,
  conditional,
  type OriginReply,
  type OriginRequest,
  tagged,
  textReply,
} from './http-message.ts';

/** On 200, 301 and 404 alike. */
export const CORS_HEADERS = {
  'access-control-allow-headers':
    'Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since',
  'access-control-allow-methods': 'GET',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'X-PyPI-Last-Serial',
  'access-control-max-age': '86400',
};

/** How long a client may keep it. */
export function cacheControl(maxAgeS: number): Record<string, string> {
  return { 'cache-control': `max-age=${maxAgeS}, public` };
}

/** What a purge names: every page of one project. */
export function projectSurrogateKey(normalized: string): string {
  return `project/${normalized}`;
}

/** What the CDN obeys and takes off. */
export function surrogateHeaders(maxAgeS: number, key: string): Record<string, string> {
  return {
    'surrogate-control': `max-age=${maxAgeS}, stale-while-revalidate=300, stale-if-error=86400`,
    'surrogate-key': key,
  };
}

/** A page with a validator, in the encoding that the request allows, or the 304 that saves it. */
export function validated(request: OriginRequest, plain: OriginReply): OriginReply {
  const encoded = tagged(compressed(plain, request.headers['accept-encoding']));
  return conditional(encoded, request.headers['if-none-match']);
}

/** 301, with CORS. */
export function redirect(location: string, headers: Record<string, string> = {}): OriginReply {
  return textReply(301, 'text/plain; charset=UTF-8', '301 Moved Permanently', {
    ...CORS_HEADERS,
    location,
    ...headers,
  });
}

/** PyPI's 404, with no lifetime of its own: the edge remembers it for a minute (trap 21). */
export function notFound(): OriginReply {
  return textReply(404, 'text/plain; charset=UTF-8', '404 Not Found', CORS_HEADERS);
}

/** The answer to a method that changes things; null for GET and HEAD. */
export function refusedMethod(request: OriginRequest): OriginReply | null {
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  return textReply(405, 'text/plain; charset=UTF-8', '405 Method Not Allowed', { allow: 'GET, HEAD' });
}
