/** Serials, in every form that an index writes them. */
import type { Serial } from './types.ts';

/** PyPI counts in int4, and its XML-RPC can write nothing larger: above this there is no serial (protocol §1.4). */
export const SERIAL_MAX = 2 ** 31 - 1;

/**
 * A serial from an integer or a string of decimal digits; null for everything else.
 * PyPI's pages have integers, other mirrors' have strings, headers always do (protocol trap 24).
 */
export function parseSerial(value: unknown): Serial | null {
  const number = typeof value === 'string' && /^[0-9]{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return null;
  // One beyond the range would be committed, and nothing that comes after it would ever be above it.
  if (number < 0 || number > SERIAL_MAX) return null;
  return number === 0 ? 0 : number; // -0 is 0
}
