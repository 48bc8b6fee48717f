/** What is asked of a project, brought down to what decides which of its files are kept: the specifiers. */
import type { ProjectName } from '../../pypi/types.ts';
import type { Ask } from '../../selection/asks.ts';

/** The specifiers with which each project was needed so far: for these its page was planned. */
export type PlannedFor = ReadonlyMap<ProjectName, ReadonlySet<string>>;

export function specifiersOf(asks: readonly Ask[]): ReadonlySet<string> {
  return new Set(asks.map(({ specifier }) => specifier));
}

/** One for each specifier: who asks, and with which extras, keeps and drops nothing. */
export function asksWith(name: ProjectName, specifiers: Iterable<string>): readonly Ask[] {
  return [...specifiers].map((specifier) => ({ name, specifier, extras: [], sha256s: [], by: '' }));
}

export function sameMembers(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  if (one.size !== other.size) return false;
  for (const member of one) if (!other.has(member)) return false;
  return true;
}
