/** The whole origin as one function from request to reply: pages, JSON API, XML-RPC, files, integrity. */
import { compressed, type OriginReply, type OriginRequest, textReply } from './http-message.ts';
import type { IndexState } from './index-state.ts';
import { answerFile } from './origin-files.ts';
import { notFound } from './origin-headers.ts';
import { answerIntegrity } from './origin-integrity.ts';
import { answerJsonApi, isJsonApiPath } from './origin-json.ts';
import { answerPage } from './origin-pages.ts';
import { answerRpc } from './origin-rpc.ts';
import type { OriginUrls } from './render-json.ts';

export interface OriginSettings {
  readonly urls: OriginUrls;
  /** Rows in one answer of changelog_since_serial, at most. */
  readonly changelogRowsMax: number;
}

/** PyPI's own cap (protocol §1.4). */
export const DEFAULT_CHANGELOG_ROWS_MAX = 50_000;

/** protocol §1.1: three paths, recognized by method and content type. */
export function isRpcRequest(request: OriginRequest): boolean {
  return (
    request.method === 'POST' &&
    /^\/(pypi\/?|RPC2)$/.test(request.path) &&
    (request.headers['content-type'] ?? '').startsWith('text/xml')
  );
}

/** An XML-RPC body as a reply: status 200 whatever it says (trap 1). */
export function rpcReply(
  request: OriginRequest,
  xml: string,
  headers: Record<string, string> = {},
): OriginReply {
  const plain = textReply(200, 'text/xml; charset=UTF-8', xml, { vary: 'Accept-Encoding', ...headers });
  return compressed(plain, request.headers['accept-encoding']);
}

/** Answers one request from the state as it is now. */
export function answerOrigin(
  state: IndexState,
  settings: OriginSettings,
  request: OriginRequest,
): OriginReply {
  if (isRpcRequest(request))
    return rpcReply(request, answerRpc(state, request.body, settings.changelogRowsMax));
  if (/^\/simple(\/|$)/.test(request.path)) return answerPage(state, settings.urls, request);
  if (isJsonApiPath(request.path)) return answerJsonApi(state, settings.urls, request);
  if (request.path.startsWith('/packages/')) return answerFile(state, request);
  if (request.path.startsWith('/integrity/')) return answerIntegrity(state, request);
  return notFound();
}
