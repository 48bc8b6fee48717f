/** Conditional requests: what a response leaves to ask with the next time, and the header that asks with it (RFC 9110 §13). */
import type { JubjubError } from '../errors.ts';
import type { Encoding, Validator } from './contract.ts';
import type { HttpResponse } from './http.ts';
import { parseHttpDate } from './http-date.ts';
import { malformed } from './malformed.ts';

const ETAG_CHARS_MAX = 256;
const ETAG = /^(W\/)?"[\x21\x23-\x7e]*"$/;

/** Trap 17: gzip and identity are different objects with different ETags. A validator of the other one counts as none. */
export function usable(validator: Validator | null | undefined, encoding: Encoding): Validator | null {
  return validator?.encoding === encoding ? validator : null;
}

/** If-None-Match for an ETag, If-Modified-Since for a date, nothing for nothing. */
export function conditionalHeaders(validator: Validator | null): Record<string, string> {
  if (validator === null) return {};
  const { etag } = validator;
  return etag.endsWith('"') ? { 'if-none-match': etag } : { 'if-modified-since': etag };
}

/**
 * The ETag with the encoding that was asked for, else the Last-Modified date; null when neither can be relied on.
 * One that is not of RFC 9110's form could not be sent back.
 */
export function validatorOf(response: HttpResponse, encoding: Encoding): Validator | null {
  const etag = response.header('etag') ?? '';
  if (etag.length <= ETAG_CHARS_MAX && ETAG.test(etag)) return { etag, encoding };
  const modified = response.header('last-modified') ?? '';
  return isSettled(modified, response.header('date') ?? '') ? { etag: modified, encoding } : null;
}

/**
 * RFC 9110 §8.8.2.2: within the second that a document was modified in, it may change again and keep its date. A server
 * whose files have dates of another clock compares them for equality, which is as good.
 */
function isSettled(modified: string, date: string): boolean {
  const [modifiedMs, sentMs] = [parseHttpDate(modified), parseHttpDate(date)];
  return modifiedMs !== null && sentMs !== null && modifiedMs !== sentMs;
}

/** What If-Range may say (RFC 9110 §13.1.5): a strong ETag, or where there is no ETag a date that is settled. */
export function strongValidatorOf(response: HttpResponse): string | null {
  const validator = validatorOf(response, 'identity')?.etag ?? null;
  return validator?.startsWith('W/') ? null : validator;
}

/** The error for a 304 to a request without conditions. */
export function notAsked(response: HttpResponse): JubjubError {
  return malformed(response, 'an answer in full, for nothing was sent to compare with', 'HTTP 304');
}
