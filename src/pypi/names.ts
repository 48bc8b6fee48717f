/** Project names: what PEP 508 allows, in the one spelling that PEP 503 gives them. */
import { JubjubError } from '../errors.ts';
import { describe } from './quote.ts';
import type { ProjectName } from './types.ts';

/** A name is one path component of the docroot; PyPI's longest are far below this. */
export const PROJECT_NAME_CHARS_MAX = 244;

// PEP 508: ASCII letters and digits at both ends. No `i` flag together with `u`: it would let U+212A pass for a K.
const VALID_NAME = /^(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])$/;

/** The normalized name (PEP 503), or null when it is no valid project name (PEP 508) or longer than the limit. */
export function tryNormalizeName(raw: unknown): ProjectName | null {
  if (typeof raw !== 'string' || raw.length > PROJECT_NAME_CHARS_MAX || !VALID_NAME.test(raw)) return null;
  return raw.replace(/[-_.]+/g, '-').toLowerCase() as ProjectName;
}

/**
 * The normalized name (PEP 503).
 *
 * @throws JubjubError UPSTREAM_MALFORMED when it is no valid project name (PEP 508) or longer than the limit.
 */
export function normalizeName(raw: string): ProjectName {
  const name = tryNormalizeName(raw);
  if (name !== null) return name;
  throw new JubjubError('UPSTREAM_MALFORMED', `not a project name: ${describe(raw)}`, {
    expected: `1 to ${PROJECT_NAME_CHARS_MAX} ASCII letters, digits, "-", "_" and ".", a letter or digit at both ends (PEP 508)`,
    received:
      typeof raw === 'string' && raw.length > PROJECT_NAME_CHARS_MAX
        ? `${raw.length} characters`
        : describe(raw),
    effect: 'nothing is stored under this name',
  });
}
