/** XML-RPC calls over HTTP: the request, the checks that every answer must pass, and small answers read whole. */
import { quote } from '../pypi/quote.ts';
import { type BodyLimits, mediaType, readText } from './body.ts';
import type { Http, HttpResponse } from './http.ts';
import { type Answer, malformed, named } from './malformed.ts';
import { faultError } from './xmlrpc-fault.ts';
import {
  checkComplete,
  checkDeclaredEncoding,
  malformedXml,
  only,
  parseXml,
  valuesOf,
  type XmlRpcValue,
} from './xmlrpc-values.ts';

/** A fault or a single value takes a few hundred bytes. */
const SMALL_ANSWER: BodyLimits = {
  name: 'smallAnswerBytesMax',
  wireBytesMax: 64 * 1024,
  bodyBytesMax: 64 * 1024,
};

/** Warehouse routes by text/xml; application/xml is what some proxies make of it. */
const XML_TYPES: readonly string[] = ['text/xml', 'application/xml'];

export interface XmlRpcCall {
  readonly url: string;
  readonly method: string;
  /** Integers only: no method that a mirror calls takes anything else. */
  readonly params: readonly number[];
  /** For the whole answer. */
  readonly deadlineMs: number;
}

/** The body of a call (protocol §1.4). */
export function callBody(call: Omit<XmlRpcCall, 'deadlineMs'>): string {
  const params = call.params.map((param) => `<param><value><int>${param}</int></value></param>`).join('');
  return `<?xml version="1.0"?><methodCall><methodName>${call.method}</methodName><params>${params}</params></methodCall>`;
}

/**
 * Sends a call; the answer is HTTP 200 and XML, but may still be a fault. One try.
 * Throws UPSTREAM_STATUS (an HTML 503 when the server timed out), UPSTREAM_MALFORMED for anything that is not XML.
 */
export async function sendCall(http: Http, call: XmlRpcCall, signal: AbortSignal): Promise<HttpResponse> {
  const what = call.method;
  const response = await http.send(
    {
      kind: 'rpc',
      method: 'POST',
      url: call.url,
      what,
      headers: { 'content-type': 'text/xml', accept: 'text/xml', 'accept-encoding': 'gzip' },
      body: callBody(call),
      deadlineMs: call.deadlineMs,
    },
    signal,
  );
  if (response.status !== 200) throw await http.unexpectedStatus(response, 'HTTP 200 with XML');
  if (XML_TYPES.includes(mediaType(response))) return response;
  throw malformed(response, 'a content type of text/xml', quote(mediaType(response)), {
    hint: 'is XML-RPC at /pypi below the url in [upstream]? a login page or proxy may be answering instead',
  });
}

/** A call that answers with one value. One try; throws what `sendCall` throws, and faults. */
export async function callForValue(http: Http, call: XmlRpcCall, signal: AbortSignal): Promise<XmlRpcValue> {
  const response = await sendCall(http, call, signal);
  const text = await readText(response, 'gzip', SMALL_ANSWER);
  return named(response, () => readAnswer(text, response));
}

/** A whole small answer: its value; a fault is thrown (UPSTREAM_FAULT, UPSTREAM_RATE_LIMITED). */
export function readAnswer(xml: string, context: Answer): XmlRpcValue {
  checkDeclaredEncoding(xml);
  checkComplete(xml);
  const { methodResponse } = only(parseXml(xml), ['methodResponse']);
  const body = only(methodResponse, ['params', 'fault']);
  if ('fault' in body) throw faultError(valuesOf(body['fault'])[0] ?? null, context.what, context.url);
  const values = valuesOf(only(body['params'], ['param'])['param']);
  const [value] = values;
  if (value === undefined || values.length > 1) throw malformedXml('one value', `${values.length} of them`);
  return value;
}
