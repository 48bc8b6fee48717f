/** What is asked of a project, brought down to what decides which of its files are kept. */
import type { Ask } from '../../selection/asks.ts';

/** One for each specifier: who asks, and with which extras, keeps and drops nothing. */
export function specifiersOf<A extends Ask>(asks: readonly A[]): readonly A[] {
  return [...new Map(asks.map((ask) => [ask.specifier, ask])).values()];
}

/** Do these let the same files through? */
export function asksTheSame(one: readonly Ask[], other: readonly Ask[]): boolean {
  return sameMembers(specifierSet(one), specifierSet(other));
}

export function specifierSet(asks: readonly Ask[]): ReadonlySet<string> {
  return new Set(asks.map(({ specifier }) => specifier));
}

export function sameMembers(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((member) => other.has(member));
}
