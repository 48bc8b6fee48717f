/** What the simulated upstream was asked, in the order of arrival. */

import type { OriginRequest } from '../../../src/demo/http-message.ts';
import { isRpcRequest } from '../../../src/demo/origin.ts';
import { parseCall } from '../../../src/demo/origin-rpc.ts';

export interface SimRequest extends OriginRequest {
  /** Counts from 1. */
  readonly number: number;
  /** The XML-RPC method; null for anything else. */
  readonly rpc: string | null;
  /** What rules are matched against: `GET /simple/vorpal/`, `POST /pypi changelog_since_serial`. */
  readonly line: string;
  /** Which listener got it. */
  readonly host: 'site' | 'files';
}

export interface LogEntry {
  readonly request: SimRequest;
  readonly line: string;
  readonly method: string;
  readonly path: string;
  readonly headers: SimRequest['headers'];
  /** null until an answer begins; stays null for a request that got none. */
  status: number | null;
  /** The kind of the fault that was done to it; null for an honest answer. */
  fault: string | null;
  /** All that was done to it, the edge's doings included, by their ids of fault-catalogue.ts, or the kind of what has none. */
  readonly faultIds: string[];
}

/** Adds what rules and tests want to know of a request. */
export function describeRequest(
  request: OriginRequest,
  number: number,
  host: SimRequest['host'],
): SimRequest {
  const rpc = isRpcRequest(request) ? (parseCall(request.body)?.method ?? null) : null;
  const line = `${request.method} ${request.path}${rpc === null ? '' : ` ${rpc}`}`;
  return { ...request, number, rpc, line, host };
}

export function logEntry(request: SimRequest): LogEntry {
  const { line, method, path, headers } = request;
  return { request, line, method, path, headers, status: null, fault: null, faultIds: [] };
}
