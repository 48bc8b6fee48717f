/** The media types of the Simple API (PEP 691): asking for them, and telling which one came. */
import { JubjubError } from '../errors.ts';
import { quote } from '../pypi/quote.ts';
import { mediaType } from './body.ts';
import type { Http, HttpRequest, HttpResponse } from './http.ts';
import { discard } from './http.ts';
import { malformed } from './malformed.ts';

export const SIMPLE_JSON = 'application/vnd.pypi.simple.v1+json';
const SIMPLE_HTML = 'application/vnd.pypi.simple.v1+html';
const HTML_TYPES: readonly string[] = [SIMPLE_HTML, 'text/html'];
const ANY_VERSION = /^application\/vnd\.pypi\.simple\.v\d+\+(?:json|html)$/;

export type Format = 'json' | 'html';

/** What may be asked for and accepted as a page or a list. */
export interface Formats {
  readonly accept: string;
  /** Asked for once more, when a server answers 406 or 300 to all that. */
  readonly acceptInstead: string | null;
  readonly typeByFormat: Readonly<Record<Format, readonly string[]>>;
  /** What to do about another type. */
  readonly hint: string;
}

/** PyPI and what behaves like it: nothing but the JSON. */
export const JSON_ONLY: Formats = {
  accept: SIMPLE_JSON,
  acceptInstead: null,
  typeByFormat: { json: [SIMPLE_JSON], html: [] },
  // Protocol trap 19: PyPI answers HTML with 200, never 406, when Accept does not reach it.
  hint: 'PyPI answers HTML when the Accept header is lost: look for a proxy that drops it, or an index without JSON (PEP 691)',
};

/** A list with serials: only JSON has them. Some servers know no better name for it than application/json. */
export const JSON_OF_ANY_NAME: Formats = {
  ...JSON_ONLY,
  typeByFormat: { json: [SIMPLE_JSON, 'application/json'], html: [] },
  hint: 'serials are in the JSON only; for an index without them, set changes = "poll" in [upstream]',
};

/** Any server of PEP 503 or 691. What HTML cannot say is lost, so JSON is preferred. */
export const JSON_OR_HTML: Formats = {
  accept: `${SIMPLE_JSON}, ${SIMPLE_HTML};q=0.2, text/html;q=0.01`,
  acceptInstead: 'text/html',
  typeByFormat: { json: [SIMPLE_JSON, 'application/json'], html: HTML_TYPES },
  hint: 'is this the address of an index of packages? a login page or a proxy may be answering instead',
};

/**
 * Asks for a page or a list. PEP 691 lets a server that has none of the types answer 406 or 300; then it is asked once
 * more, for HTML alone.
 */
export async function askFor(
  http: Http,
  formats: Formats,
  request: Omit<HttpRequest, 'kind' | 'method'>,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const ask = (accept: string) =>
    http.send({ ...request, kind: 'page', method: 'GET', headers: { ...request.headers, accept } }, signal);
  const response = await ask(formats.accept);
  if (formats.acceptInstead === null || ![300, 406].includes(response.status)) return response;
  discard(response);
  return ask(formats.acceptInstead);
}

/**
 * Which format came: the response's type decides, not what was asked for. Parameters are tolerated.
 * Throws UPSTREAM_MALFORMED for another media type, UPSTREAM_API_VERSION for another major version of the API.
 */
export function formatOf(response: HttpResponse, formats: Formats): Format {
  const type = mediaType(response);
  const { json, html } = formats.typeByFormat;
  if (json.includes(type)) return 'json';
  if (html.includes(type)) return 'html';
  response.body.destroy();
  const expected = `content type ${[...json, ...html].join(', ')}`;
  const header = response.header('content-type');
  const received = header === null ? 'no content type' : quote(header);
  if (ANY_VERSION.test(type) && type !== SIMPLE_HTML)
    throw new JubjubError('UPSTREAM_API_VERSION', `upstream speaks another version: ${response.what}`, {
      url: response.url,
      expected,
      received,
      hint: 'a newer jubjub may know this version of the Simple API',
    });
  throw malformed(response, expected, received, { hint: formats.hint });
}
