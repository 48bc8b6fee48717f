/** What verify can find: a closed list of kinds of damage, each with its meaning, and one finding. */
import { isJubjubError } from '../../errors.ts';
import type { DocrootPath, ProjectName } from '../../pypi/types.ts';

/** In the order in which they are told. */
export const DAMAGE = {
  catalogue: 'the database itself is not sound',
  'row-unreadable': 'what the catalogue has of a project cannot be read',
  'row-missing': 'upstream lists a file, and the catalogue has no row of it',
  'row-wrong': 'the catalogue says otherwise of a file than upstream did',
  'page-missing': 'a page is not there',
  'page-wrong': 'a page is not what the catalogue would render',
  'twin-wrong': 'the gzipped twin of a page is not there, or says otherwise',
  'document-missing': 'a JSON API document is not there',
  'document-wrong': 'a JSON API document is not the one that was published',
  'file-missing': 'a file that a page links to is not there',
  'file-size': 'a file has another size',
  'file-digest': 'a file has other bytes',
  'sidecar-missing': 'the metadata or the attestations of a file are not there',
  'sidecar-digest': 'the metadata or the attestations of a file have other bytes',
  unreadable: 'something of ours could not be read',
  behind: 'upstream has a newer page, and nothing had said so',
  'half-written': 'something half-written lies around',
  orphan: 'something lies where only jubjub writes, and nothing wants it',
  'root-wrong': 'the root index is not what the catalogue would render',
  'manifest-wrong': 'the completeness proof is not what the catalogue would render',
} as const;

export type DamageKind = keyof typeof DAMAGE;

export const DAMAGE_KINDS = Object.keys(DAMAGE) as readonly DamageKind[];

/** The named steps, in the order in which they are done; `pages` and `files` in one pass over all projects. */
export const STEPS = ['catalogue', 'pages', 'files', 'upstream', 'leftovers', 'root'] as const;

export type VerifyStep = (typeof STEPS)[number];

export interface Finding {
  readonly kind: DamageKind;
  readonly step: VerifyStep;
  readonly project: ProjectName | null;
  /** Below the docroot, as the walk or we call it; null for what has no place there. */
  readonly path: string | null;
  readonly expected: string;
  readonly received: string;
}

export type Counts = Readonly<Record<DamageKind, number>>;

export function noDamage(): Record<DamageKind, number> {
  return Object.fromEntries(DAMAGE_KINDS.map((kind) => [kind, 0])) as Record<DamageKind, number>;
}

/** Two looks at one damage are one. */
export function keyOf({ kind, project, path, expected }: Finding): string {
  // Of the catalogue's own lines, the line itself tells one from the other.
  return JSON.stringify([kind, project, path, path === null ? expected : '']);
}

/** One line of what is wrong with the database itself. */
export function catalogueFinding(line: string): Finding {
  return {
    kind: 'catalogue',
    step: 'catalogue',
    project: null,
    path: null,
    expected: 'a sound database',
    received: line,
  };
}

/** A row that ended a step; `integrity` may have more to say of it. */
export function unreadableRow(step: VerifyStep, error: unknown): Finding {
  return {
    kind: 'row-unreadable',
    step,
    project: null,
    path: null,
    expected: 'rows that can be read',
    received: reasonOf(error),
  };
}

/** Something of ours at a path could not be read; `why` in the words of the system. */
export function unreadable(
  step: VerifyStep,
  project: ProjectName | null,
  path: DocrootPath | string,
  error: unknown,
): Finding {
  return {
    kind: 'unreadable',
    step,
    project,
    path,
    expected: 'something to read',
    received: reasonOf(error),
  };
}

/** Why something failed, in the words of the system where there are any. */
export function reasonOf(error: unknown): string {
  if (isJubjubError(error)) return error.facts.received ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Trouble with one thing on disk, or in one row; anything else ends the run. */
export function isOfOneThing(error: unknown): boolean {
  return isJubjubError(error, 'STORE_IO', 'STORE_NOT_WRITABLE', 'CATALOGUE_UNREADABLE', 'UPSTREAM_MALFORMED');
}
