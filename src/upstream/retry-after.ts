/** Reads Retry-After (RFC 9110 §10.2.3): whole seconds or an HTTP date, as milliseconds from now. */
import { parseHttpDate } from './http-date.ts';

/** A longer wait than this is no answer to a request any more; what upstream asks for is cut to it. */
export const RETRY_AFTER_MS_MAX = 6 * 3_600_000;

/**
 * The wait that upstream asked for, in milliseconds from `nowMs`, at most `RETRY_AFTER_MS_MAX`; null when it said nothing
 * that can be read, or a time that has passed.
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Math.min(RETRY_AFTER_MS_MAX, Number(text) * 1000);
  const dateMs = parseHttpDate(text);
  if (dateMs === null || dateMs < nowMs) return null;
  return Math.min(RETRY_AFTER_MS_MAX, dateMs - nowMs);
}
