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
