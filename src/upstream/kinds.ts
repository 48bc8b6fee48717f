/** The kinds of upstream, one line each: how they tell what has changed, and in which formats they speak. */
import type { UpstreamKind } from './contract.ts';
import { type Formats, JSON_OF_ANY_NAME, JSON_ONLY, JSON_OR_HTML } from './formats.ts';

export interface Kind {
  /** Whether there is an XML-RPC changelog. */
  readonly changelog: boolean;
  /** Whether the project list must have a serial for each project. */
  readonly listSerials: boolean;
  readonly list: Formats;
  readonly page: Formats;
}

export const KINDS: Readonly<Record<UpstreamKind, Kind>> = {
  changelog: { changelog: true, listSerials: false, list: JSON_ONLY, page: JSON_ONLY },
  // A static mirror's pages may be there in HTML alone; their serial is then in a comment.
  list: { changelog: false, listSerials: true, list: JSON_OF_ANY_NAME, page: JSON_OR_HTML },
  poll: { changelog: false, listSerials: false, list: JSON_OR_HTML, page: JSON_OR_HTML },
};
