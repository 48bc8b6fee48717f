/** Which answer a request gets, decided from method, target and headers alone; nothing here touches the disk. */
import { isBucket } from '../pypi/manifest.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import { apiPath, bucketPath, detailPaths, parseDocrootPath, ROOT_PATHS } from '../pypi/paths.ts';
import type { DocrootPath } from '../pypi/types.ts';
import {
  type Answer,
  API_NOT_FOUND,
  BAD_REQUEST,
  type DocumentAnswer,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  type PlainAnswer,
  plain,
} from './answer.ts';
import { negotiate, type PageType } from './negotiate.ts';
import { parseTarget, queryValue, type Target } from './target.ts';
import { welcome } from './welcome.ts';

export interface RouteRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly host: string | undefined;
}

/** As PyPI sends it for pages and redirects (protocol §2.3). */
const PAGE_CACHE_CONTROL = 'max-age=600, public';

/** As PyPI sends it for its JSON API (protocol §3). */
const API_CACHE_CONTROL = 'max-age=900, public';

/** As PyPI's file host sends it (protocol §4.2): the digest is in the path, so the bytes never change. */
const FILE_CACHE_CONTROL = 'max-age=365000000, immutable, public';

/** Kept by caches, but never used without asking: a monitor wants to know how it is now. */
const REPORT_CACHE_CONTROL = 'no-cache';

const VARIANT_BY_TYPE: Readonly<Record<PageType, string>> = {
  'text/html': 'text',
  'application/vnd.pypi.simple.v1+html': 'html',
  'application/vnd.pypi.simple.v1+json': 'json',
};

/** Reports in the docroot's root, with their types. */
const REPORT_TYPES: ReadonlyMap<string, string> = new Map([
  ['last-modified', 'text/plain'], // PEP 381
  ['status.json', 'application/json'],
  ['manifest.json', 'application/json'],
]);

/** A bucket of the completeness proof, below `/manifest/`. */
const BUCKET_DOCUMENT = /^([^/]+)\.sha256$/;

/** Where PyPI takes calls, all the same (protocol §1.1). */
const RPC_PATHS: readonly string[] = ['/pypi', '/pypi/', '/RPC2'];

/** PyPI routes calls by their content type; what else is posted to these addresses is no call. */
function isCall({ method, contentType }: RouteRequest, target: Target | null): boolean {
  if (method !== 'POST' || target === null || !/^text\/xml/i.test(contentType ?? '')) return false;
  return RPC_PATHS.includes(`/${target.segments.join('/')}${target.slash ? '/' : ''}`);
}

/** Decides what to send. What is not in the docroot turns out later, and is answered with a 404 then. */
export function route(request: RouteRequest): Answer {
  if (isCall(request, parseTarget(request.target))) return { kind: 'rpc' };
  if (request.method !== 'GET' && request.method !== 'HEAD') return METHOD_NOT_ALLOWED;
  const target = parseTarget(request.target);
  if (target === null) return BAD_REQUEST;
  const [top, ...rest] = target.segments;
  if (top === undefined) return welcome(request.host);
  if (top === 'simple') return simple(rest, request, target);
  if (top === 'pypi' && rest.length > 1 && rest.at(-1) === 'json') return api(rest.slice(0, -1), target);
  if (target.slash) return NOT_FOUND;
  if (top === 'packages') return file(target.segments);
  if (top === 'manifest' && rest.length === 1) return bucket(rest[0] ?? '');
  return rest.length === 0 ? namedReport(top) : NOT_FOUND;
}

function simple(rest: readonly string[], request: RouteRequest, target: Target): Answer {
  const [asked, ...deeper] = rest;
  if (deeper.length > 0) return NOT_FOUND;
  if (asked === undefined)
    return target.slash ? page(ROOT_PATHS, request, target) : redirect('/simple/', target);
  const name = tryNormalizeName(asked);
  if (name === null) return NOT_FOUND;
  // PEP 503: pages live at the normalized name with a slash; others SHOULD be redirected there.
  if (name !== asked || !target.slash) return redirect(`/simple/${name}/`, target);
  return page(detailPaths(name), request, target);
}

/** PEP 691: one URL, several representations; so caches must look at Accept too. */
function page(
  paths: { readonly html: DocrootPath; readonly json: DocrootPath },
  request: RouteRequest,
  target: Target,
): DocumentAnswer {
  const type = negotiate(request.accept, queryValue(target.query, 'format'));
  const place = type === 'application/vnd.pypi.simple.v1+json' ? 'json' : 'html';
  return {
    kind: 'document',
    path: paths[place],
    twin: true,
    serialPlace: place,
    variant: VARIANT_BY_TYPE[type],
    headers: {
      'Content-Type': type,
      'Cache-Control': PAGE_CACHE_CONTROL,
      // Whether or not there is a twin now: a cache must not go on answering for both once there is one.
      Vary: 'Accept, Accept-Encoding',
    },
    otherwise: NOT_FOUND,
  };
}

/**
 * PyPI's JSON API (protocol §3): a name in any spelling is answered directly, a slash at the end is taken off. The
 * documents of single releases are not mirrored, not even of the latest: a client that gets some of them would take
 * the 404 of the others for releases that were removed.
 */
function api([asked, ...release]: readonly string[], target: Target): Answer {
  const name = tryNormalizeName(asked);
  if (name === null || release.length > 0) return API_NOT_FOUND;
  if (target.slash) return redirect(`/pypi/${name}/json`, target, API_CACHE_CONTROL);
  return {
    kind: 'document',
    path: apiPath(name),
    twin: false,
    serialPlace: 'api',
    variant: 'api',
    headers: { 'Content-Type': 'application/json', 'Cache-Control': API_CACHE_CONTROL },
    otherwise: API_NOT_FOUND,
  };
}

function redirect(path: string, target: Target, cacheControl = PAGE_CACHE_CONTROL): PlainAnswer {
  return plain(301, `Moved to ${path}`, { Location: path + target.query, 'Cache-Control': cacheControl });
}

/**
 * Files and their sidecars. Metadata goes as bytes, not as text: its digest is on the page, so nothing between us and
 * pip may recode it. Attestations have a type of their own, and may be replaced (PEP 740).
 */
function file(segments: readonly string[]): Answer {
  const path = parseDocrootPath(segments.join('/'));
  if (path === null || segments.length === 1 || segments.some((segment) => segment.startsWith('.')))
    return NOT_FOUND;
  const provenance = path.endsWith('.provenance');
  return {
    kind: 'file',
    path,
    headers: {
      'Content-Type': provenance ? 'application/vnd.pypi.integrity.v1+json' : 'application/octet-stream',
      'Cache-Control': provenance ? PAGE_CACHE_CONTROL : FILE_CACHE_CONTROL,
    },
  };
}

function namedReport(name: string): Answer {
  const type = REPORT_TYPES.get(name);
  const path = parseDocrootPath(name);
  return type === undefined || path === null ? NOT_FOUND : report(path, type);
}

function bucket(name: string): Answer {
  const id = BUCKET_DOCUMENT.exec(name)?.[1] ?? '';
  return isBucket(id) ? report(bucketPath(id), 'text/plain') : NOT_FOUND;
}

function report(path: DocrootPath, type: string): DocumentAnswer {
  return {
    kind: 'document',
    path,
    twin: false,
    serialPlace: 'none',
    variant: 'report',
    headers: { 'Content-Type': type, 'Cache-Control': REPORT_CACHE_CONTROL },
    otherwise: NOT_FOUND,
  };
}
