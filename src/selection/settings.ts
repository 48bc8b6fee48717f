/**
 * What the operator wrote of the selection, checked. Empty lists and nulls leave everything in.
 *
 * Lists of patterns under `[files]` and `[projects.metadata]`, and `versions`, hold what to keep and, after a `!`, what to block; with nothing to keep,
 * everything that is not blocked is kept.
 */
import type { Ask } from './asks.ts';

export interface ProjectRules {
  /** Patterns of normalized names: globs, or `/regular expressions/`. */
  readonly allow: readonly string[];
  readonly block: readonly string[];
  readonly reserved: readonly string[];
  /** What requirement and lock files ask for; null: there are none. Empty: they ask for nothing. */
  readonly requirements: readonly Ask[] | null;
  readonly dependencies: boolean;
  /** PEP 792 states that are kept. */
  readonly status: readonly string[];
  /** Of all files of a project together. */
  readonly maxBytes: number | null;
  readonly maxVersions: number | null;
  /** Names that `max-size` and `max-versions` do not touch. */
  readonly maxExempt: readonly string[];
  readonly minVersions: number | null;
  /** Names that `min-versions` does not touch. */
  readonly minVersionsExempt: readonly string[];
  /** By field of the core metadata, as the JSON API's `info` names it (`classifiers`, `license`, `requires_python`). */
  readonly metadata: Readonly<Record<string, readonly string[]>>;
}

export interface ReleaseRules {
  /** PEP 508-style: a name or glob, and PEP 440 specifiers. */
  readonly allow: readonly string[];
  readonly block: readonly string[];
  /** Patterns of versions as upstream spells them, with `!` entries. */
  readonly versions: readonly string[];
  readonly prereleases: boolean | 'if-needed';
  readonly latest: number | null;
  /** Which releases `latest` counts: final ones (and keeps what is newer than the oldest of them), all by version, all by upload time. */
  readonly latestOf: 'final' | 'all' | 'uploaded';
  /** False: yanked files are left out. */
  readonly yanked: boolean;
  readonly notBeforeMs: number | null;
  readonly notAfterMs: number | null;
  /** 0: none. */
  readonly minAgeMs: number;
  readonly minAgeExempt: readonly string[];
}

export interface FileRules {
  readonly types: readonly string[];
  readonly python: readonly string[];
  /** `3.12`, or `3.12.4` for exactly that; `!` alone blocks files without Requires-Python. */
  readonly requiresPython: readonly string[];
  readonly platforms: readonly string[];
  readonly abi: readonly string[];
  readonly names: readonly string[];
  readonly maxBytes: number | null;
}

/** Other values of keys for some projects; of several that name a project, the later ones count, key by key. */
export interface ExceptionRules {
  readonly projects: readonly string[];
  readonly releases: Partial<ReleaseRules>;
  readonly files: Partial<FileRules>;
}

/** A Python somewhere, for which dependencies are to be complete. */
export interface Environment {
  /** `3.12` or `3.12.4`. */
  readonly python: string;
  /** Such as `linux_x86_64`, `macos_arm64`, `win_amd64`. */
  readonly platform: string;
}

export interface SelectionSettings {
  readonly projects: ProjectRules;
  readonly releases: ReleaseRules;
  readonly files: FileRules;
  readonly exceptions: readonly ExceptionRules[];
  readonly environments: readonly Environment[];
}

/** Keeps everything. */
export const EVERYTHING: SelectionSettings = {
  projects: {
    allow: [],
    block: [],
    reserved: [],
    requirements: null,
    dependencies: false,
    status: [],
    maxBytes: null,
    maxVersions: null,
    maxExempt: [],
    minVersions: null,
    minVersionsExempt: [],
    metadata: {},
  },
  releases: {
    allow: [],
    block: [],
    versions: [],
    prereleases: true,
    latest: null,
    latestOf: 'final',
    yanked: true,
    notBeforeMs: null,
    notAfterMs: null,
    minAgeMs: 0,
    minAgeExempt: [],
  },
  files: { types: [], python: [], requiresPython: [], platforms: [], abi: [], names: [], maxBytes: null },
  exceptions: [],
  environments: [],
};
