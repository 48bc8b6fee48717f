/** Answers for `/simple/` and below, as PyPI's application sends them to its CDN (protocol §2.2, §2.3). */
import { type OriginReply, type OriginRequest, textReply } from './http-message.ts';
import type { IndexState } from './index-state.ts';
import { JSON_TYPE, negotiateSimple } from './negotiate.ts';
import {
  CORS_HEADERS,
  cacheControl,
  notFound,
  projectSurrogateKey,
  redirect,
  refusedMethod,
  surrogateHeaders,
  validated,
} from './origin-headers.ts';
import { detailHtml, indexHtml } from './render-html.ts';
import { detailJson, indexJson, type OriginUrls } from './render-json.ts';

const CACHE_CONTROL = cacheControl(600);

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
  return validated(request, plain);
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
  const refusal = refusedMethod(request);
  if (refusal !== null) return refusal;
  if (request.path === '/simple/') return indexReply(state, request);
  const name = /^\/simple\/([^/]+)\/$/.exec(request.path)?.[1];
  if (name !== undefined) return detailReply(state, urls, request, name);
  if (/^\/simple(\/[^/]+)?$/.test(request.path)) return redirect(`${request.path}/`);
  return notFound();
}
