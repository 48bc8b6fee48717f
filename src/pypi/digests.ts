/** Digests, in the one spelling in which they may be compared. */
import type { Sha256 } from './types.ts';

/** A sha256 as 64 hex digits, made lower case; null for everything else. */
export function parseSha256(value: unknown): Sha256 | null {
  if (typeof value !== 'string' || !/^[0-9a-fA-F]{64}$/.test(value)) return null;
  return value.toLowerCase() as Sha256;
}
