/** The words of PyPI as types: names, serials, files, details, changelog rows. */

/** A project name, always normalized (PEP 503): made by `normalizeName` only. */
export type ProjectName = string & { readonly __brand: 'ProjectName' };

/** PyPI's number of an event; an integer from 0 to `SERIAL_MAX`. */
export type Serial = number;

/** 64 lower-case hex digits. Made by `parseSha256` only. */
export type Sha256 = string & { readonly __brand: 'Sha256' };

/** A path inside the docroot, relative, with `/`: made by pypi/paths only, so it cannot leave the docroot. */
export type DocrootPath = string & { readonly __brand: 'DocrootPath' };

/** A path inside the trash, relative, with `/`: made by pypi/paths only, so it cannot leave the trash. */
export type TrashPath = string & { readonly __brand: 'TrashPath' };

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Core metadata that a file advertises (PEP 658/714); the digest is null when upstream says only `true`. */
export interface CoreMetadata {
  readonly sha256: Sha256 | null;
}

/** One wheel or sdist on a detail page, validated; `raw` is everything upstream said of it, unknown keys included. */
export interface DistFile {
  /** Safe as the last part of a path, and equal to the URL's last component. */
  readonly filename: string;
  /** Absolute http(s) URL, no fragment. */
  readonly url: string;
  readonly sha256: Sha256 | null;
  readonly sizeBytes: number | null;
  /** null: not advertised. */
  readonly coreMetadata: CoreMetadata | null;
  /** Absolute URL of the attestations (PEP 740), or null. */
  readonly provenance: string | null;
  readonly requiresPython: string | null;
  /** PEP 592: false, true, or the reason. */
  readonly yanked: boolean | string;
  readonly raw: JsonObject;
}

/** A project's detail document (`/simple/<name>/`, PEP 691), validated. */
export interface Detail {
  readonly name: ProjectName;
  /** From `meta._last-serial`, else the response header; null when neither is there. */
  readonly serial: Serial | null;
  /** PEP 792 status marker; `active` when upstream says nothing. */
  readonly status: string;
  readonly apiVersion: string;
  /** In upstream's order. */
  readonly files: readonly DistFile[];
  /** The whole document; `raw.files` stands in the same order as `files`. */
  readonly raw: JsonObject;
}

/** One row of the changelog, as it came: name, version and action may be missing (protocol §1.4). */
export interface ChangelogRow {
  readonly name: string | null;
  readonly version: string | null;
  /** Unix seconds, not monotonic. */
  readonly timestampS: number;
  readonly action: string | null;
  readonly serial: Serial;
}

/** What a changelog row means for a mirror (protocol §1.7). */
export type RowEffect =
  /** Roles, invitations, teams: nothing that a mirror shows. */
  | { readonly kind: 'none' }
  /** The detail page changed, in a way that only the page tells. */
  | { readonly kind: 'page' }
  | { readonly kind: 'remove-project' }
  | { readonly kind: 'remove-file'; readonly filename: string }
  | { readonly kind: 'remove-release'; readonly version: string }
  | { readonly kind: 'quarantine-project' }
  | { readonly kind: 'clear-project' }
  | { readonly kind: 'quarantine-release'; readonly version: string }
  | { readonly kind: 'clear-release'; readonly version: string };

/** One entry of the project list (`/simple/`). */
export interface ListedProject {
  readonly name: ProjectName;
  readonly displayName: string;
  /** `_last-serial` of the entry, where upstream gives one. */
  readonly serial: Serial | null;
}
