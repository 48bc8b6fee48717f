/** Answers of the integrity API (PEP 740; protocol §4.5): the attestations of one file. */
import { type OriginReply, type OriginRequest, textReply } from './http-message.ts';
import type { IndexState } from './index-state.ts';
import { bestOffer } from './negotiate.ts';
import {
  CORS_HEADERS,
  cacheControl,
  projectSurrogateKey,
  refusedMethod,
  surrogateHeaders,
  validated,
} from './origin-headers.ts';
import { sortedJson } from './render-json.ts';

/** In the order of preference among equals. */
const TYPES = ['application/vnd.pypi.integrity.v1+json', 'application/json'] as const;

const UNKNOWN_HTML =
  '<!DOCTYPE html>\n<html lang="en"><head><title>Page Not Found (404)</title></head><body></body></html>\n';

function parts(path: string): readonly string[] | null {
  const match = /^\/integrity\/([^/]+)\/([^/]+)\/([^/]+)\/provenance$/.exec(path);
  try {
    return match === null ? null : match.slice(1).map(decodeURIComponent);
  } catch {
    return null;
  }
}

/** `/integrity/<project>/<version>/<filename>/provenance`: in the compact layout, without a line feed at the end. */
export function answerIntegrity(state: IndexState, request: OriginRequest): OriginReply {
  const refusal = refusedMethod(request);
  if (refusal !== null) return refusal;
  const [name = '', version = '', filename = ''] = parts(request.path) ?? [];
  const project = state.project(name);
  const file = project?.releases.get(version)?.files.get(filename);
  if (project === undefined || file === undefined || project.status === 'quarantined')
    return textReply(404, 'text/html; charset=UTF-8', UNKNOWN_HTML);
  const headers = {
    ...cacheControl(600),
    ...surrogateHeaders(86_400, projectSurrogateKey(project.normalized)),
    vary: 'Accept, Accept-Encoding',
  };
  const type = bestOffer(request.headers['accept'], TYPES);
  if (type === null)
    return textReply(406, 'application/json', '{"message": "Request not acceptable"}', headers);
  if (file.provenance === null) {
    const message = `No provenance available for ${filename}`;
    return textReply(404, 'application/json', JSON.stringify({ message }), headers);
  }
  const body = sortedJson(file.provenance).trimEnd();
  return validated(request, textReply(200, type, body, { ...CORS_HEADERS, ...headers }));
}
