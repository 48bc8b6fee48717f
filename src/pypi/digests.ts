/** Digests, in the one spelling in which they may be compared. */
import { hash } from 'node:crypto';
import type { Sha256 } from './types.ts';

/** A sha256 as 64 hex digits, made lower case; null for everything else. */
export function parseSha256(value: unknown): Sha256 | null {
  if (typeof value !== 'string' || !/^[0-9a-fA-F]{64}$/.test(value)) return null;
  return value.toLowerCase() as Sha256;
}

/** The sha256 of bytes, or of a text in UTF-8. */
export function sha256Of(content: Uint8Array | string): Sha256 {
  return hash('sha256', content, 'hex') as Sha256;
}
