/** PyPI's XML-RPC methods as a mirror meets them: three that work, and the faults of all others (protocol §1.2, §1.3). */
import type { IndexState } from './index-state.ts';
import { changelogRow, type RpcFault, type RpcValue, renderFault, renderResponse } from './render-xmlrpc.ts';

export interface RpcCall {
  readonly method: string;
  /** Type tag and text of each parameter: `['int', '17']`. */
  readonly params: readonly (readonly [type: string, text: string])[];
}

const HELP =
  'See https://warehouse.pypa.io/api-reference/xml-rpc.html#deprecated-methods for more information.';

function retired(method: string, instead: string): string {
  return `RuntimeError: PyPI no longer supports the XMLRPC ${method} method. Use ${instead} instead. ${HELP}`;
}

const RETIRED_METHODS: Readonly<Record<string, string>> = {
  changelog: 'ValueError: The changelog method has been deprecated, use changelog_since_serial instead.',
  list_packages: retired('list_packages', 'Simple API'),
  package_releases: retired('package_releases', 'JSON or Simple API'),
  release_urls: retired('release_urls', 'JSON or Simple API'),
  release_data: retired('release_data', 'JSON or Simple API'),
  search:
    "RuntimeError: PyPI no longer supports 'pip search' (or XML-RPC search). " +
    `Please use https://pypi.org/search (via a browser) instead. ${HELP}`,
  package_data: `RuntimeError: This API has been deprecated. ${HELP}`,
  package_urls: `RuntimeError: This API has been deprecated. ${HELP}`,
  top_packages: `RuntimeError: This API has been removed. Use BigQuery instead. ${HELP}`,
  'system.multicall': 'ValueError: MultiCall requests have been deprecated, use individual requests instead.',
};

class Fault extends Error {
  readonly fault: RpcFault;

  constructor(code: number, message: string) {
    super(message);
    this.fault = { code, message };
  }
}

/** The call in a request's body; null when it is not well formed. Enough of XML-RPC for scalar parameters. */
export function parseCall(body: string): RpcCall | null {
  const method = /<methodCall>\s*<methodName>\s*([^<\s]+)\s*<\/methodName>/.exec(body)?.[1];
  if (method === undefined || !/<\/methodCall>\s*$/.test(body)) return null;
  const params = [...body.matchAll(/<param>\s*<value>\s*(?:<(\w+)>)?([^<]*)/g)].map(
    (match) => [match[1] ?? 'string', match[2] ?? ''] as const,
  );
  return { method, params };
}

/** Strict typing: only integers count as integers. */
function serialParam(params: RpcCall['params']): number {
  const [param, extra] = params;
  if (param === undefined) throw new Fault(-32602, 'client error; serial: Missing required argument');
  const [type, text] = param;
  if (!['int', 'i4', 'i8'].includes(type) || !/^\s*-?\d+\s*$/.test(text))
    throw new Fault(-32602, 'client error; serial: Input should be a valid integer');
  if (extra !== undefined) throw new Fault(-32602, 'client error; 1: Unexpected positional argument');
  return Number(text);
}

function noParams(params: RpcCall['params']): void {
  if (params.length > 0) throw new Fault(-32602, 'client error; 0: Unexpected positional argument');
}

/** jsonb's order of keys: shorter names first, then bytewise. */
function jsonbOrder(left: string, right: string): number {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length - b.length || Buffer.compare(a, b);
}

type Method = (state: IndexState, params: RpcCall['params'], changelogRowsMax: number) => RpcValue;

const METHODS: Readonly<Record<string, Method>> = {
  changelog_last_serial: (state, params) => {
    noParams(params);
    return state.lastSerial;
  },
  // Trap 4: the cap comes without a flag.
  changelog_since_serial: (state, params, changelogRowsMax) =>
    state.rowsSince(serialParam(params), changelogRowsMax).map(changelogRow),
  list_packages_with_serial: (state, params) => {
    noParams(params);
    const entries = [...state.projects].map((project) => [project.displayName, project.lastSerial] as const);
    return new Map(entries.sort(([a], [b]) => jsonbOrder(a, b)));
  },
};

/** True for a method that exists, which is what the rate limit counts. */
export function isRpcMethod(method: string): boolean {
  return Object.hasOwn(METHODS, method) || Object.hasOwn(RETIRED_METHODS, method);
}

/** The XML that answers a call's body; every failure is a fault, never an HTTP status (trap 1). */
export function answerRpc(state: IndexState, body: string, changelogRowsMax: number): string {
  const call = parseCall(body);
  if (call === null) return renderFault({ code: -32700, message: 'parse error; not well formed' });
  if (Object.hasOwn(RETIRED_METHODS, call.method))
    return renderFault({ code: -32500, message: RETIRED_METHODS[call.method] ?? '' });
  const method = Object.hasOwn(METHODS, call.method) ? METHODS[call.method] : undefined;
  if (method === undefined)
    return renderFault({ code: -32601, message: 'server error; requested method not found' });
  try {
    return renderResponse(method(state, call.params, changelogRowsMax));
  } catch (error) {
    if (error instanceof Fault) return renderFault(error.fault);
    throw error;
  }
}
