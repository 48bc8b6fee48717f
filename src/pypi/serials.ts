/** Serials, in every form that an index writes them. */
import type { Serial } from './types.ts';

/**
 * A serial from an integer or a string of decimal digits; null for everything else.
 * PyPI's pages have integers, other mirrors' have strings, headers always do (protocol trap 24).
 */
export function parseSerial(value: unknown): Serial | null {
  const number = typeof value === 'string' && /^[0-9]{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) return null;
  return number === 0 ? 0 : number; // -0 is 0
}
