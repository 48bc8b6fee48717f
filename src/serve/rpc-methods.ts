/** The XML-RPC methods of PyPI that mirrors use, from the journal; every other call gets the fault that PyPI gives it. */
import type { JournalSource, JournalView } from './journal.ts';
import { parseCall, type RpcParam } from './rpc-call.ts';
import { faultXml, integerXml, projectsXml, rowsXml } from './rpc-xml.ts';

/** As PyPI answers at most (protocol §1.4, trap 4); a client asks on until the answer is empty. */
const CHANGELOG_ROWS_MAX = 50_000;

export interface RpcAnswer {
  /** Whole, or in pieces, which may throw midway: then the answer must break off. */
  readonly xml: string | AsyncIterable<string>;
  /** To be called once the answer is over, however it ended. */
  close(): void;
}

const HELP =
  'See https://warehouse.pypa.io/api-reference/xml-rpc.html#deprecated-methods for more information.';

function retired(method: string, instead: string): string {
  return `RuntimeError: PyPI no longer supports the XMLRPC ${method} method. Use ${instead} instead. ${HELP}`;
}

/** PyPI's own words, so that whatever matches on them goes on working (protocol §1.2). */
const RETIRED_METHODS: ReadonlyMap<string, string> = new Map([
  ['changelog', 'ValueError: The changelog method has been deprecated, use changelog_since_serial instead.'],
  ['list_packages', retired('list_packages', 'Simple API')],
  ['package_releases', retired('package_releases', 'JSON or Simple API')],
  ['release_urls', retired('release_urls', 'JSON or Simple API')],
  ['release_data', retired('release_data', 'JSON or Simple API')],
  [
    'search',
    "RuntimeError: PyPI no longer supports 'pip search' (or XML-RPC search). " +
      `Please use https://pypi.org/search (via a browser) instead. ${HELP}`,
  ],
  ['package_data', `RuntimeError: This API has been deprecated. ${HELP}`],
  ['package_urls', `RuntimeError: This API has been deprecated. ${HELP}`],
  ['top_packages', `RuntimeError: This API has been removed. Use BigQuery instead. ${HELP}`],
  [
    'system.multicall',
    'ValueError: MultiCall requests have been deprecated, use individual requests instead.',
  ],
]);

/** What the method makes of its parameters: the argument, or what is wrong with them in pydantic's words. */
type Checked = { readonly argument: number } | { readonly wrong: readonly string[] };

interface Method {
  readonly check: (params: readonly RpcParam[]) => Checked;
  readonly answer: (journal: JournalView, argument: number) => RpcAnswer['xml'];
}

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['changelog_last_serial', { check: noParams, answer: (journal) => integerXml(journal.lastSerial() ?? 0) }],
  [
    'changelog_since_serial',
    { check: oneSerial, answer: (journal, since) => rowsXml(journal.since(since, CHANGELOG_ROWS_MAX)) },
  ],
  ['list_packages_with_serial', { check: noParams, answer: (journal) => projectsXml(journal.projects()) }],
]);

function unexpected(params: readonly RpcParam[], from: number): string[] {
  return params.slice(from).map((_, at) => `${from + at}: Unexpected positional argument`);
}

function noParams(params: readonly RpcParam[]): Checked {
  return params.length === 0 ? { argument: 0 } : { wrong: unexpected(params, 0) };
}

/** Strict typing: a string, a double or a boolean is no integer. */
function oneSerial(params: readonly RpcParam[]): Checked {
  const [serial] = params;
  if (serial === undefined) return { wrong: ['serial: Missing required argument'] };
  const more = unexpected(params, 1);
  if (serial === 'other') return { wrong: ['serial: Input should be a valid integer', ...more] };
  return more.length === 0 ? { argument: serial.integer } : { wrong: more };
}

function fault(code: number, text: string): RpcAnswer {
  return { xml: faultXml({ code, text }), close: () => {} };
}

/** Answered instead of a call when too many are under way: the words that clients of PyPI wait upon (protocol §1.6). */
export const BUSY: RpcAnswer = fault(
  -32500,
  'HTTPTooManyRequests: The action could not be performed because there were too many requests by the client. ' +
    'Limit may reset in 5 seconds.',
);

/** Answered when the journal cannot be read; why is for the operator only. */
export const RPC_FAILED: RpcAnswer = fault(-32500, 'application error');

/**
 * The answer to a call's body. The caller closes it.
 * @throws JubjubError when the journal cannot be read
 */
export function answerCall(journals: JournalSource, body: string): RpcAnswer {
  const call = parseCall(body);
  if (call === null) return fault(-32700, 'parse error; not well formed');
  const isRetired = RETIRED_METHODS.get(call.method);
  if (isRetired !== undefined) return fault(-32500, isRetired);
  const method = METHODS.get(call.method);
  if (method === undefined) return fault(-32601, 'server error; requested method not found');
  const checked = method.check(call.params);
  if ('wrong' in checked) return fault(-32602, `client error; ${checked.wrong.join('; ')}`);
  const journal = journals.open();
  if (journal === null)
    return fault(-32500, 'RuntimeError: this mirror is empty: its first sync has not begun.');
  try {
    const lacking = lackOf(journal, call.method);
    if (lacking === null)
      return { xml: method.answer(journal, checked.argument), close: () => journal.close() };
    journal.close();
    return fault(-32500, lacking);
  } catch (error) {
    journal.close();
    throw error;
  }
}

/** Why nothing can be said in serials, for now or for good; null when it can. */
function lackOf(journal: JournalView, method: string): string | null {
  if (journal.lastSerial() === null)
    return 'RuntimeError: this mirror has no serial yet: its first sync is not finished.';
  if (journal.hasSerials()) return null;
  // In words that clients take for "never", so that one which chooses for itself goes on without serials.
  return `RuntimeError: the ${method} method is not supported by this mirror: its upstream gives no serials. Use Simple API instead.`;
}
