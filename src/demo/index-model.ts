/** The things that an index holds, as plain data: projects, releases, files, and what a transaction tells the CDN. */
import type { ChangelogRow, JsonObject } from '../pypi/types.ts';

export interface IndexFile {
  readonly filename: string;
  /** `/packages/aa/bb/<60 hex>/<filename>`, unescaped. */
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** sha256 of the core metadata; null when there is none. */
  readonly metadataSha256: string | null;
  /** Milliseconds since the epoch. */
  readonly uploadedMs: number;
  /** Attestations (PEP 740), as the integrity API serves them. */
  readonly provenance: JsonObject | null;
}

export interface IndexRelease {
  readonly version: string;
  /** On PyPI this belongs to the release, not to each file. */
  readonly requiresPython: string | null;
  /** PEP 592: false, true, or the reason. */
  yanked: boolean | string;
  quarantined: boolean;
  readonly files: Map<string, IndexFile>;
}

export interface IndexProject {
  readonly displayName: string;
  readonly normalized: string;
  lastSerial: number;
  /** PEP 792, as far as PyPI uses it. */
  status: 'active' | 'archived' | 'quarantined';
  readonly releases: Map<string, IndexRelease>;
}

/** What is told after a transaction, as PyPI tells its CDN. */
export interface Commit {
  readonly normalized: string;
  /** Whether the project's pages are purged (protocol §1.7, column "purge"). */
  readonly purges: boolean;
  readonly rows: readonly ChangelogRow[];
}

/** A row to be written as it stands, for what no operation writes: nil fields, historic actions, bulk deletions. */
export interface RawRow {
  readonly name: string | null;
  readonly version?: string | null;
  readonly action: string | null;
  /** @default true */
  readonly purges?: boolean;
}
