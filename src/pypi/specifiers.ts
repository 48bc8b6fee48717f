/** Version specifiers (PEP 440) held against versions, as pip and PyPI have them. */
import { compareCodePoints } from './json.ts';
import { patchesOf } from './python-patches.ts';
import { remembered } from './remembered.ts';
import { type Clause, readLenientClause, type Subject, subjectOf } from './specifier-clause.ts';
import { isPrereleaseOf, partsOf } from './version-parts.ts';

/** Nobody's specifiers are this long; the longest that exclude Pythons one by one have some hundred characters. */
export const SPECIFIERS_CHARS_MAX = 4_000;

/** Bounds what is remembered to some MB, whatever the texts are. */
const ANSWERS_MAX = 500;
/** Of Pythons that an operator names. */
const PYTHONS_MAX = 20;

/** Null for text that is no list of specifiers. Prereleases count as any other version: who wants none of them says so elsewhere. */
export type Matches = (version: string) => boolean | null;

/**
 * A test whether a version is among what the specifiers let through (`''` lets everything through); its answer is null for a
 * version that is not PEP 440 and cannot be compared. Null for what are no specifiers.
 */
export function specifierTest(specifier: string): Matches | null {
  const clauses = readClauses(specifier);
  if (clauses === null) return null;
  return (version) => (clauses.length === 0 ? true : allHold(clauses, subjectOf(version)));
}

/** The specifiers in one spelling: normalized versions, sorted, without spaces; null for what are none. */
export function normalizeSpecifier(specifier: string): string | null {
  const clauses = readClauses(specifier);
  if (clauses === null) return null;
  return [...new Set(clauses.map(({ normal }) => normal))].sort(compareCodePoints).join(',');
}

/** The specifiers as they were written, without spaces; what only old tools understood as PEP 440 has it. Null for what are none. */
export function tidySpecifier(specifier: string): string | null {
  return (
    readClauses(specifier)
      ?.map(({ written }) => written)
      .join(',') ?? null
  );
}

/**
 * Does `Requires-Python` let some patch release of a Python (`3.12`, or exactly `3.12.4`) in? Null for what are no specifiers.
 */
export function admitsPython(requiresPython: string, python: string): boolean | null {
  return admittedBy(python)(requiresPython);
}

const admittedBy = remembered(PYTHONS_MAX, (python: string) =>
  remembered(ANSWERS_MAX, (requiresPython) => admits(requiresPython, python)),
);

function admits(requiresPython: string, python: string): boolean | null {
  const clauses = readClauses(requiresPython);
  if (clauses === null || partsOf(python) === null) return null;
  const patches = patchesOf(
    python,
    clauses.map(({ release }) => release),
  );
  return patches.some((patch) => allHold(clauses, subjectOf(patch)) === true);
}

/** A pre-release or development release by PEP 440; null for a version that is not PEP 440. */
export function isPrerelease(version: string): boolean | null {
  const parts = partsOf(version);
  return parts === null ? null : isPrereleaseOf(parts);
}

/** As packaging reads them: empty places between commas do not count. */
const readClauses = remembered(ANSWERS_MAX, (specifier: string): readonly Clause[] | null => {
  if (specifier.length > SPECIFIERS_CHARS_MAX) return null;
  const clauses: Clause[] = [];
  for (const text of specifier.split(',')) {
    if (text.trim() === '') continue;
    const clause = readLenientClause(text);
    if (clause === null) return null;
    clauses.push(clause);
  }
  return clauses;
});

function allHold(clauses: readonly Clause[], subject: Subject): boolean | null {
  let result: boolean | null = true;
  for (const { holds } of clauses) {
    const answer = holds(subject);
    if (answer === false) return false;
    result = answer === null ? null : result;
  }
  return result;
}
