/** The things that an index holds, as plain data: projects, releases, files, and what a transaction tells the CDN. */
import type { ChangelogRow, JsonObject } from '../pypi/types.ts';

export interface IndexFile {
  readonly filename: string;
  /** `/packages/aa/bb/<60 hex>/<filename>`, unescaped. */
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly md5: string;
  /** sha256 of the core metadata that pages advertise; null when they advertise none. */
  readonly metadataSha256: string | null;
  /** Core metadata that the file has and pages do not advertise yet: what a back-fill will add. */
  readonly withheldMetadata: Buffer | null;
  /** The form's pyversion field: `py3`, `source`, … */
  readonly pythonVersion: string;
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
  /** What the form of its first upload said: core metadata as text, or empty. Only the JSON API shows it. */
  readonly formMetadata: string;
  /** As the JSON API shows them (protocol §3). */
  vulnerabilities: readonly JsonObject[];
  readonly files: Map<string, IndexFile>;
}

/** PEP 792. PyPI uses the first three; other indexes may use all, and give reasons. */
export type ProjectStatus = 'active' | 'archived' | 'quarantined' | 'deprecated';

export interface RoleHolder {
  readonly role: 'Owner' | 'Maintainer';
  readonly user: string;
}

export interface IndexProject {
  readonly displayName: string;
  readonly normalized: string;
  lastSerial: number;
  status: ProjectStatus;
  /** PEP 792: shown beside the status; null for none. */
  statusReason: string | null;
  /** Only the JSON API shows these (`ownership`, since 2026-02). */
  roles: readonly RoleHolder[];
  organization: string | null;
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
