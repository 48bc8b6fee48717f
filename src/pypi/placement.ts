/** Where the renderers are told that a file is to be found. */
import type { DistFile } from './types.ts';

/** One file on a page. */
export interface Placement {
  /** A URL reference, already percent-encoded; it becomes a link as it is. */
  readonly href: string;
  /** Whether `<href>.metadata` is there: only then it may be advertised (PEP 658). */
  readonly coreMetadata: boolean;
  /** The absolute URL of our copy of the attestations (PEP 740); null leaves upstream's URL. */
  readonly provenance: string | null;
}

/** Says where a file is; null leaves the file out of the page. */
export type Place = (file: DistFile) => Placement | null;
