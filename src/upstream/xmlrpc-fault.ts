/** What an XML-RPC fault means: wait and ask again, ask again, or never ask again. Faults come with HTTP 200 (trap 1). */
import { JubjubError } from '../errors.ts';
import { harmless } from '../pypi/quote.ts';
import { RETRY_AFTER_MS_MAX } from './retry-after.ts';
import type { XmlRpcValue } from './xmlrpc-values.ts';

/** Waited when a rate-limit fault does not say for how long; PyPI's default window is an hour of 3600 calls. */
export const RATE_LIMIT_WAIT_MS = 60_000;

const FAULT_CHARS_MAX = 500;

const RATE_LIMITED = /^HTTPTooManyRequests\b|too many requests/i;
const RESET = /Limit may reset in (\d{1,9}) seconds?/;

/** A fault as it came, the cause of its error. */
export class XmlRpcFault extends Error {
  readonly faultCode: number;

  constructor(faultCode: number, text: string) {
    super(harmless(text, FAULT_CHARS_MAX));
    this.name = 'XmlRpcFault';
    this.faultCode = faultCode;
  }
}

/** Protocol §1.3: what every XML-RPC library says of a method that it does not have. */
const METHOD_NOT_FOUND = -32601;
/** Protocol §1.2: how methods that are switched off for good are told, by PyPI and by others. */
const METHOD_GONE =
  /\bdeprecated\b|no longer support|unknown method|\bmethod\b.{0,100}\b(?:not (?:found|supported|implemented|available)|does not exist|removed|disabled)\b/i;

/** Whether an error says that the server has no such method, and will not have it the next time either. */
export function saysNoSuchMethod(error: JubjubError): boolean {
  const { cause } = error;
  if (error.code !== 'UPSTREAM_FAULT' || !(cause instanceof XmlRpcFault)) return false;
  return cause.faultCode === METHOD_NOT_FOUND || METHOD_GONE.test(cause.message);
}

/** A fault as an error: UPSTREAM_RATE_LIMITED with the wait it asks for, else UPSTREAM_FAULT. */
export function faultError(fault: XmlRpcValue, what: string, url: string): JubjubError {
  const { code, text } = readFault(fault);
  const received = `fault ${code}: ${harmless(text, FAULT_CHARS_MAX)}`;
  if (code === -32500 && RATE_LIMITED.test(text)) {
    const seconds = RESET.exec(text)?.[1];
    return new JubjubError('UPSTREAM_RATE_LIMITED', `upstream asks us to slow down: ${what}`, {
      url,
      received,
      retryable: true,
      // The sentence counts whole seconds and may have been rounded down: one more is safe (protocol §1.6).
      retryAfterMs:
        seconds === undefined
          ? RATE_LIMIT_WAIT_MS
          : Math.min(RETRY_AFTER_MS_MAX, (Number(seconds) + 1) * 1000),
    });
  }
  // A crash of the server or its temporary absence; every other fault would only be repeated (protocol §1.3).
  const retryable = (code === -32500 && text === 'application error') || code === -32403;
  return new JubjubError('UPSTREAM_FAULT', `upstream refused the call: ${what}`, {
    url,
    expected: 'a value',
    received,
    retryable,
    cause: new XmlRpcFault(code, text),
  });
}

function readFault(fault: XmlRpcValue): { code: number; text: string } {
  const struct = typeof fault === 'object' && fault !== null && !Array.isArray(fault) ? fault : {};
  const { faultCode, faultString } = struct as { readonly [name: string]: XmlRpcValue };
  return {
    code: typeof faultCode === 'number' ? faultCode : Number.NaN,
    text: typeof faultString === 'string' ? faultString : '',
  };
}
