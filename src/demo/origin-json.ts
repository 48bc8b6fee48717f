/** Answers of the JSON API: `/pypi/<name>/json` and `/pypi/<name>/<version>/json` (protocol §3). */
import { type OriginReply, type OriginRequest, textReply } from './http-message.ts';
import type { IndexState } from './index-state.ts';
import {
  CORS_HEADERS,
  cacheControl,
  projectSurrogateKey,
  redirect,
  refusedMethod,
  surrogateHeaders,
  validated,
} from './origin-headers.ts';
import type { OriginUrls } from './render-json.ts';
import { projectJson, releaseJson } from './render-project-json.ts';

const PATH = /^\/pypi\/([^/]+)(?:\/([^/]+))?\/json(\/?)$/;

/** True for what the JSON API answers; everything else below `/pypi` is XML-RPC or nothing. */
export function isJsonApiPath(path: string): boolean {
  return PATH.test(path);
}

/** JSON here, plain text on `/simple/`: unknown, quarantined, and registered without a release all look like this. */
export function unknownProject(): OriginReply {
  return textReply(404, 'application/json; charset=UTF-8', '{"message": "Not Found"}', CORS_HEADERS);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The answer for a path of the JSON API. */
export function answerJsonApi(state: IndexState, urls: OriginUrls, request: OriginRequest): OriginReply {
  const refusal = refusedMethod(request);
  if (refusal !== null) return refusal;
  const [, name = '', version, slash] = PATH.exec(request.path) ?? [];
  if (slash === '/') return redirect(request.path.slice(0, -1));
  const project = state.project(name);
  if (project === undefined) return unknownProject();
  const surrogate = surrogateHeaders(
    86_400,
    `all-legacy-json ${version === undefined ? 'project' : 'release'}-legacy-json ` +
      projectSurrogateKey(project.normalized),
  );
  // The application knows the normalized name only; the edge answers for the others by itself.
  if (name !== project.normalized)
    return redirect(
      `/pypi/${project.normalized}${version === undefined ? '' : `/${version}`}/json`,
      surrogate,
    );
  const body =
    version === undefined ? projectJson(project, urls) : releaseJson(project, decoded(version), urls);
  if (body === null) return unknownProject();
  const plain = textReply(200, 'application/json', body, {
    ...CORS_HEADERS,
    ...cacheControl(900),
    ...surrogate,
    vary: 'Accept-Encoding',
    'x-pypi-last-serial': String(project.lastSerial),
  });
  return validated(request, plain);
}
