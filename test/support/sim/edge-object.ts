/** Which object of the edge answers a request, and what the edge asks the origin for when it has none (protocol §2.1, §3, §5.4). */
import { normalize } from '../../../src/demo/distribution.ts';
import { acceptsGzip, type OriginRequest } from '../../../src/demo/http-message.ts';
import { JSON_TYPE, negotiateSimple } from '../../../src/demo/negotiate.ts';

export interface EdgeObject {
  /** Apart from the point of presence: representation, encoding and path. */
  readonly key: string;
  /** What the origin is asked. */
  readonly request: OriginRequest;
  /** The type that a 200 is delivered as; null leaves the origin's. */
  readonly contentType: string | null;
}

/** A GET for the whole object. Trap 28: neither queries nor conditions reach the origin. */
function originRequest(path: string, accept: string | undefined, gzip: boolean): OriginRequest {
  const headers = {
    ...(accept === undefined ? {} : { accept }),
    ...(gzip ? { 'accept-encoding': 'gzip' } : {}),
  };
  return { method: 'GET', path, query: '', headers, body: '' };
}

/** The edge answers for every spelling of a name by itself; the origin alone would redirect (protocol §3). */
function normalizedJsonPath(path: string): string {
  return path.replace(/^\/pypi\/([^/]+)/, (_whole, name: string) => `/pypi/${normalize(name)}`);
}

/** The object for a request; null for what is not kept at the edge: calls, files, everything that is no GET or HEAD. */
export function edgeObject(asked: OriginRequest): EdgeObject | null {
  if (asked.method !== 'GET' && asked.method !== 'HEAD') return null;
  const gzip = acceptsGzip(asked.headers['accept-encoding']);
  const encoding = gzip ? 'gzip' : 'identity';
  const { path } = asked;
  if (/^\/simple(\/|$)/.test(path)) {
    const contentType = negotiateSimple(asked.headers['accept'], asked.query);
    const isJson = contentType === JSON_TYPE;
    const accept = isJson ? JSON_TYPE : 'application/vnd.pypi.simple.v1+html';
    const key = `${isJson ? 'json' : 'html'}|${encoding}|${path}`;
    return { key, request: originRequest(path, accept, gzip), contentType };
  }
  if (/^\/pypi\/[^/]+(\/[^/]+)?\/json\/?$/.test(path)) {
    const normalized = normalizedJsonPath(path);
    const key = `api|${encoding}|${normalized}`;
    return { key, request: originRequest(normalized, undefined, gzip), contentType: null };
  }
  if (path.startsWith('/integrity/')) {
    const accept = asked.headers['accept'];
    const key = `integrity ${accept ?? ''}|${encoding}|${path}`;
    return { key, request: originRequest(path, accept, gzip), contentType: null };
  }
  return null;
}
