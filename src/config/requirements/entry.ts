/** What requirement and lock files are made of, before anyone looks at environments and constraints. */
import { type ErrorFacts, JubjubError } from '../../errors.ts';
import type { Marker } from '../../pypi/marker.ts';
import type { ProjectName, Sha256 } from '../../pypi/types.ts';

/** Things asked for by all files together; a larger number is no list of requirements. */
export const ASKS_MAX = 200_000;

/** A file that has been read. */
export interface TextFile {
  /** Absolute. */
  readonly path: string;
  /** For people: relative to the folder of mirror.toml where it lies in there. */
  readonly shown: string;
  readonly text: string;
}

/** A marker, and the extras that count as asked for when it is looked at. */
export interface Condition {
  readonly marker: Marker;
  readonly extras: readonly string[];
}

/** A line of a requirements file, or an entry of a lock file. */
export interface Entry {
  readonly name: ProjectName;
  readonly specifier: string;
  readonly extras: readonly string[];
  readonly sha256s: readonly Sha256[];
  /** It counts when any of them holds; empty: always. */
  readonly conditions: readonly Condition[];
  readonly by: string;
}

export interface ParsedFile {
  readonly entries: readonly Entry[];
  /** They narrow entries of the same name, and ask for nothing. */
  readonly constraints: readonly Entry[];
  readonly notes: readonly string[];
}

/** The error for a file that cannot be understood; @param line from 1, or null for the file as a whole */
export function badFile(
  { path, shown }: Pick<TextFile, 'path' | 'shown'>,
  line: number | null,
  facts: ErrorFacts,
): JubjubError {
  return new JubjubError('CONFIG_INVALID', `what is required cannot be read: ${shown}`, {
    path: line === null ? path : `${path}:${line}`,
    effect: 'nothing is selected by a file that is understood in part only',
    ...facts,
  });
}

/** The error for a file that has more than a limit. @param most with what it counts */
export function tooMuch(file: Pick<TextFile, 'path' | 'shown'>, most: string): JubjubError {
  return badFile(file, null, { expected: `at most ${most}`, received: 'more', hint: 'ask for less' });
}
