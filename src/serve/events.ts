/** What a server can say while it runs, as data; only cli/ turns it into text. */
import type { JubjubError } from '../errors.ts';

export type ServeEvent =
  /** A request is over; `complete` is false when the client left, or reading broke, before its last byte. */
  | {
      readonly type: 'answered';
      readonly method: string;
      /** As it stood in the request line. */
      readonly target: string;
      readonly status: number;
      readonly complete: boolean;
    }
  /** Something could not be read; the client heard no more than a 500. Without a target: a connection was not had. */
  | { readonly type: 'failed'; readonly target: string; readonly error: JubjubError };

export type ServeEmit = (event: ServeEvent) => void;
