/** Whether a client would rather have gzip (RFC 9110 §12.5.3). */
import Negotiator from 'negotiator';
import { remembering } from './memo.ts';

/** What @types/negotiator does not know yet. */
interface Preferring {
  encoding(available: string[], options: { readonly preferred: readonly string[] }): string | undefined;
}

/** True when gzip is acceptable and liked no less than the plain bytes. Without the header nothing is encoded. */
export const prefersGzip = remembering((acceptEncoding) => {
  // RFC 9110 §8.4.1.3: x-gzip is gzip.
  const accepted = acceptEncoding?.replace(/\bx-gzip\b/gi, 'gzip');
  const negotiator: Preferring = new Negotiator({ headers: { 'accept-encoding': accepted } });
  return negotiator.encoding(['gzip', 'identity'], { preferred: ['gzip'] }) === 'gzip';
});
