/** The kinds of values that only the selection takes: its lists of entries, sizes, limits, dates, environments. */
import { markerVariables } from '../pypi/marker.ts';
import { PLATFORM_NAMES } from '../pypi/wheel-platforms.ts';
import {
  checkAbiEntry,
  checkMetadataPattern,
  checkNamePattern,
  checkPlatformEntry,
  checkPythonEntry,
  checkReleaseEntry,
  checkRequiresPythonEntry,
  checkTypeEntry,
  checkVersionPattern,
} from '../selection/selection.ts';
import * as check from './check.ts';
import { type Kind, listOf, parsed, patterns, refuse } from './kinds.ts';
import { ABIS, METADATA_FIELDS, PYTHONS, STATUSES, TYPES } from './known-words.ts';
import { nearest } from './nearest.ts';
import { formatOf, REQUIREMENT_FILE_NAMES } from './requirements/formats.ts';
import { parseInstant, parseSize } from './values.ts';

/** What is wrong with a text, or null. */
type Problem = (text: string) => string | null;

/** A list of entries that the selection has a language for. */
function entries(expected: string, problemOf: Problem, known: readonly string[]): Kind<string[]> {
  return listOf<string>(expected, (text) => {
    const problem = problemOf(text);
    return problem === null ? text : { expected, hint: advice(problem, text.replace(/^!/, ''), known) };
  });
}

function advice(problem: string, text: string, known: readonly string[]): string {
  const near = nearest(text, known);
  return near === null || problem.includes(`"${near}"`) ? problem : `${problem}; did you mean "${near}"?`;
}

/** A name that is one of a few. */
function oneOf(expected: string, known: readonly string[]): Kind<string[]> {
  return entries(expected, (text) => (known.includes(text) ? null : `there is ${known.join(', ')}`), known);
}

export const releases = entries(
  'a list of projects with versions, such as ["django>=4,<6"]',
  checkReleaseEntry,
  [],
);
export const versions = entries(
  'a list of versions or globs of them, such as ["!*.post*"]',
  checkVersionPattern,
  [],
);
export const statuses = oneOf('a list of states of projects (PEP 792), such as ["active"]', STATUSES);
export const types = entries('a list of types of files, such as ["wheel", "sdist"]', checkTypeEntry, TYPES);
export const pythons = entries(
  'a list of versions of Python, such as ["3.11", "3.12"]',
  checkPythonEntry,
  PYTHONS,
);
export const requiredPythons = entries(
  'a list of versions of Python, such as ["3.11", "3.12.4"]',
  checkRequiresPythonEntry,
  PYTHONS,
);
export const platforms = entries(
  'a list of platforms, such as ["linux_x86_64", "macos_arm64", "any"]',
  checkPlatformEntry,
  PLATFORM_NAMES,
);
export const abis = entries('a list of ABIs of wheels, such as ["abi3", "none"]', checkAbiEntry, ABIS);
export const fileNames = entries(
  'a list of names or globs of files, such as ["!*-nightly-*"]',
  checkNamePattern,
  [],
);

/** Patterns of projects, at least one. */
export const somePatterns: Kind<string[]> = {
  check: patterns.check.refine((list) => list.length > 0),
  expected: 'a list of at least one project name or glob, such as ["tensorflow*"]',
};

export const prereleases: Kind<boolean | 'if-needed'> = {
  check: check.either(check.flag, check.oneOf('if-needed')),
  expected: 'true, false or "if-needed"',
};

export const latestOf: Kind<'final' | 'all' | 'uploaded'> = {
  check: check.oneOf('final', 'all', 'uploaded'),
  expected: '"final", "all" or "uploaded"',
};

/** A number above 0; 0 stands for none. */
export function limit(max: number): Kind<number | null> {
  return {
    check: check.wholeNumber(0, max).transform((value) => (value === 0 ? null : value)),
    expected: `a whole number up to ${max}, or 0 for no limit`,
  };
}

const SIZE_EXPECTED = 'a size with its unit, such as "100MB" or "2GiB", or "" for no limit';
/** Bytes; the empty text stands for none. */
export const size: Kind<number | null> = parsed<number | null>(SIZE_EXPECTED, (text) => {
  if (text === '') return null;
  const bytes = parseSize(text);
  return bytes === null || bytes === 0 ? { expected: SIZE_EXPECTED } : bytes;
});

const INSTANT_EXPECTED = 'a date such as 2024-01-31 or 2024-01-31T12:00:00Z, or "" for none';
const DAY_MS = 86_400_000;

/** Milliseconds since 1970: a TOML date, or the same as text. Of a date without a time the first or the last of its day; UTC. */
function instant(end: 'first' | 'last'): Kind<number | null> {
  return {
    check: check.either(check.text(), check.date).transform((value, tell) => {
      if (value === '') return null;
      // A date of the TOML parser gives back what was written: a time without date is no instant.
      const text = typeof value === 'string' ? value : value.toISOString();
      const ms = parseInstant(text);
      if (ms === null) return refuse(tell, { expected: INSTANT_EXPECTED });
      return end === 'last' && /^[\d-]+$/.test(text) ? ms + DAY_MS - 1 : ms;
    }),
    expected: INSTANT_EXPECTED,
  };
}

export const notBefore: Kind<number | null> = instant('first');
export const notAfter: Kind<number | null> = instant('last');

const PYTHON_EXPECTED = 'a version of Python, such as "3.12" or "3.12.4"';
export const environmentPython: Kind<string> = parsed<string>(PYTHON_EXPECTED, (text) =>
  /^(?:2\.7|3\.\d{1,2})(?:\.\d{1,3})?$/.test(text) ? text : { expected: PYTHON_EXPECTED },
);

const PLATFORM_EXPECTED =
  'a platform as wheels have it, such as "linux_x86_64", "macos_arm64" or "win_amd64"';
export const environmentPlatform: Kind<string> = parsed<string>(PLATFORM_EXPECTED, (text) => {
  if (markerVariables('3.12', text) !== null) return text;
  const near = nearest(
    text,
    PLATFORM_NAMES.filter((platform) => markerVariables('3.12', platform) !== null),
  );
  return near === null
    ? { expected: PLATFORM_EXPECTED }
    : { expected: PLATFORM_EXPECTED, hint: `did you mean "${near}"?` };
});

const FILES_EXPECTED = 'a list of requirement or lock files, such as ["requirements.txt", "uv.lock"]';
/** Paths, of files whose names tell what they are. */
export const requirementFiles: Kind<string[]> = listOf<string>(FILES_EXPECTED, (text) => {
  if (text !== '' && !text.includes('\0') && formatOf(text) !== null) return text;
  const names = REQUIREMENT_FILE_NAMES.join(', ');
  return {
    expected: FILES_EXPECTED,
    hint: advice(`the name must tell what it is: ${names}`, text, REQUIREMENT_FILE_NAMES),
  };
});

const METADATA_EXPECTED = 'fields of the metadata with lists of patterns, such as { license = ["MIT*"] }';
const metadataPatterns = entries('a list of patterns, such as ["MIT*", "!GPL*"]', checkMetadataPattern, []);
/** Lists of patterns by the name that the JSON API's `info` has for the field. */
export const metadata: Kind<Record<string, string[]>> = {
  check: check.tableOf(metadataPatterns.check).transform((fields, tell) => {
    const byField: Record<string, string[]> = {};
    for (const [written, list] of Object.entries(fields)) {
      const field = written.toLowerCase().replaceAll('-', '_');
      if (METADATA_FIELDS.includes(field)) byField[field] = [...(byField[field] ?? []), ...list];
      else tell(fieldMeant(field), { told: true, path: [written] });
    }
    return byField;
  }),
  expected: METADATA_EXPECTED,
};

function fieldMeant(written: string): string {
  const near = nearest(written, METADATA_FIELDS);
  return near === null ? `one of ${METADATA_FIELDS.join(', ')}` : `${near}, the nearest known`;
}
