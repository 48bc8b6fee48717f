/** Whether an entry counts in the environments that the operator declared. */
import { evaluateMarker, type MarkerVariables, markerVariables } from '../../pypi/marker.ts';
import type { Environment } from '../../selection/settings.ts';
import type { Condition } from './entry.ts';

/** An environment as markers see it; null: any, for none is declared. */
export type Known = MarkerVariables | null;

/** The declared environments as markers see them, or the one that stands for all. */
export function knownEnvironments(environments: readonly Environment[]): readonly Known[] {
  if (environments.length === 0) return [null];
  return environments.map(({ python, platform }) => markerVariables(python, platform));
}

/** Could it count? What cannot be told is taken for yes. */
export function mayCount(conditions: readonly Condition[], known: Known): boolean {
  if (conditions.length === 0 || known === null) return true;
  return conditions.some(({ marker, extras }) => evaluateMarker(marker, known, extras) !== false);
}

/** Does it count, for certain? */
export function surelyCounts(conditions: readonly Condition[], known: Known): boolean {
  if (conditions.length === 0) return true;
  if (known === null) return false;
  return conditions.some(({ marker, extras }) => evaluateMarker(marker, known, extras) === true);
}
