/** The mirror's measured error rate: what the looks that no change asked for have found. */
import { type DueProject, FIRST_NONE } from '../catalogue/contract.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOf } from './dialect.ts';
import type { Outcome } from './outcome.ts';
import { isProvisional } from './provisional.ts';
import type { Tally } from './tally.ts';

/** Those of a wave's outcomes; to be asked before the commit. What another tool has left is no error of ours. */
export function looksOf(deps: MirrorDeps, outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(({ name, project }) => isSweep(deps, project.due) && !isProvisional(deps, name));
}

/** Counts what they have found. A change that is newer than what we know of is none. */
export function addDrift(
  deps: MirrorDeps,
  looks: readonly Outcome[],
  written: ReadonlySet<ProjectName>,
  tally: Tally,
): void {
  const discovered = deps.catalogue.progress().discovered ?? 0;
  for (const { name, gone, wasPublished, update, settled } of looks) {
    if (!settled) continue;
    tally.checked += 1;
    const isKnown = update?.serial == null || update.serial <= discovered;
    if (gone !== null ? !wasPublished : !written.has(name) || !isKnown) continue;
    tally.drifted += 1;
    deps.emit({ type: 'drift', name });
  }
}

/** Where no change is announced but by the list, or not at all, what is found there is no drift. */
function isSweep(deps: MirrorDeps, { first, source, required, removed, takedowns }: DueProject): boolean {
  const kind = kindOf(deps);
  if (kind === 'poll' || (kind === 'list' && source !== 'reconcile')) return false;
  const isAsked = required > 0 || removed !== null || takedowns.length > 0 || first !== FIRST_NONE;
  return !isAsked && (source === 'reconcile' || source === 'list' || source === 'unlisted');
}
