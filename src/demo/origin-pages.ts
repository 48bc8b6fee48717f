/** Answers for `/simple/` and below, as PyPI's application sends them to its CDN (protocol §2.2, §2.3). */
import {
  compressed,
  conditional,
  type OriginReply,
  type OriginRequest,
  tagged,
  textReply,
} from './http-message.ts';
import type { IndexState } from './index-state.ts';
import { JSON_TYPE, negotiateSimple } from './negotiate.ts';
import { detailHtml, indexHtml } from './render-html.ts';
import { detailJson, indexJson, type OriginUrls } from './render-json.ts';

/** On 200, 301 and 404 alike. */
const CORS_HEADERS = {
  'access-control-allow-headers':
    'Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since',
  'access-control-allow-methods': 'GET',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'X-PyPI-Last-Serial',
  'access-control-max-age': '86400',
};
const CACHE_CONTROL = { 'cache-control': 'max-age=600, public' };

/** What a purge names: every page of one project. */
export function projectSurrogateKey(normalized: string): string {
  return `project/${normalized}`;
}

/** What the CDN obeys and takes off (protocol §2.3). */
function surrogateHeaders(maxAgeS: number, key: string): Record<string, string> {
  return {
    'surrogate-control': `max-age=${maxAgeS}, stale-while-revalidate=300, stale-if-error=86400`,
    'surrogate-key': key,
  };
}

function pageReply(
  request: OriginRequest,
  serial: number,
  page: { json: () => string; html: () => string },
  surrogate: (isJson: boolean) => Record<string, string>,
): OriginReply {
  const type = negotiateSimple(request.headers['accept'], request.query);
  const isJson = type === JSON_TYPE;
  // protocol §2.1: the bare application adds a charset to text/html, and to nothing else.
  const contentType = type === 'text/html' ? 'text/html; charset=UTF-8' : type;
  const plain = textReply(200, contentType, isJson ? page.json() : page.html(), {
    ...CORS_HEADERS,
    ...CACHE_CONTROL,
    ...surrogate(isJson),
    vary: 'Accept, Accept-Encoding',
    'x-pypi-last-serial': String(serial),
  });
  const encoded = tagged(compressed(plain, request.headers['accept-encoding']));
  return conditional(encoded, request.headers['if-none-match']);
}

function redirect(location: string, headers: Record<string, string> = {}): OriginReply {
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

function detailReply(state: IndexState, urls: OriginUrls, request: OriginRequest, name: string): OriginReply {
  const project = state.project(name);
  if (project === undefined) return notFound();
  const surrogate = surrogateHeaders(
    86_400,
    `all-html ${projectSurrogateKey(project.normalized)} warehouse:templates/api/simple/detail.html`,
  );
  if (name !== project.normalized)
    return redirect(`/simple/${project.normalized}/`, { ...CACHE_CONTROL, ...surrogate });
  const page = { json: () => detailJson(project, urls), html: () => detailHtml(project, urls) };
  return pageReply(request, project.lastSerial, page, () => surrogate);
}

function indexReply(state: IndexState, request: OriginRequest): OriginReply {
  const page = { json: () => indexJson(state), html: () => indexHtml(state) };
  // No project key: the index is never purged (protocol §5.6).
  return pageReply(request, state.lastSerial ?? 0, page, (isJson) =>
    surrogateHeaders(isJson ? 1800 : 86_400, 'all-html warehouse:templates/api/simple/index.html'),
  );
}

/** The answer for a path that begins with `/simple`. */
export function answerPage(state: IndexState, urls: OriginUrls, request: OriginRequest): OriginReply {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return textReply(405, 'text/plain; charset=UTF-8', '405 Method Not Allowed', { allow: 'GET, HEAD' });
  if (request.path === '/simple/') return indexReply(state, request);
  const name = /^\/simple\/([^/]+)\/$/.exec(request.path)?.[1];
  if (name !== undefined) return detailReply(state, urls, request, name);
  if (/^\/simple(\/[^/]+)?$/.test(request.path)) return redirect(`${request.path}/`);
  return notFound();
}
