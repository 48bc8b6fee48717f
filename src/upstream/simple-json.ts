/** Asking for the JSON of the Simple API (PEP 691) and checking that it is what came. */
import { JubjubError } from '../errors.ts';
import { quote } from '../pypi/quote.ts';
import { mediaType } from './body.ts';
import type { HttpResponse } from './http.ts';
import { malformed } from './malformed.ts';

export const SIMPLE_JSON = 'application/vnd.pypi.simple.v1+json';

/** Throws UPSTREAM_MALFORMED for another media type, UPSTREAM_API_VERSION for another major version of the API. Parameters are tolerated. */
export function expectSimpleJson(response: HttpResponse): void {
  const type = mediaType(response);
  if (type === SIMPLE_JSON) return;
  response.body.destroy();
  const header = response.header('content-type');
  const received = header === null ? 'no content type' : quote(header);
  if (/^application\/vnd\.pypi\.simple\.v\d+\+json$/.test(type))
    throw new JubjubError('UPSTREAM_API_VERSION', `upstream speaks another version: ${response.what}`, {
      url: response.url,
      expected: SIMPLE_JSON,
      received,
      hint: 'a newer jubjub may know this version of the Simple API',
    });
  throw malformed(response, `content type ${SIMPLE_JSON}`, received, {
    // Protocol trap 19: PyPI answers HTML with 200, never 406, when Accept does not reach it.
    hint: 'PyPI answers HTML when the Accept header is lost: look for a proxy that drops it, or an index without JSON (PEP 691)',
  });
}
