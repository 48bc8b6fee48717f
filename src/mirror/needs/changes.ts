/** What other needs than before make due: projects to be asked for, planned anew, or withdrawn. */
import type { Demand, Need } from '../../catalogue/contract.ts';
import type { Detail, ProjectName } from '../../pypi/types.ts';
import type { Ask } from '../../selection/asks.ts';
import { demandWithoutChange } from '../demands.ts';
import type { MirrorDeps } from '../deps.ts';
import { asksTheSame, sameMembers, specifiersOf } from './asks.ts';
import { keptDetail } from './releases.ts';

export type NeedsByName = ReadonlyMap<ProjectName, readonly Need[]>;

const NONE: readonly Need[] = [];

export function byName(needs: readonly Need[]): NeedsByName {
  return Map.groupBy(needs, ({ name }) => name);
}

/** The demands that turn what is kept for the needs of before into what is kept for those of now. */
export function demandsOfChange(deps: MirrorDeps, before: NeedsByName, now: NeedsByName): Demand[] {
  const demands: Demand[] = [];
  const due = (name: ProjectName, source: Demand['source'] | null) => {
    if (source !== null) demands.push(demandWithoutChange(name, null, source));
  };
  for (const [name, needs] of now) due(name, sourceOfNeeded(deps, name, before.get(name) ?? NONE, needs));
  for (const [name, needs] of before) if (!now.has(name)) due(name, sourceOfOther(deps, name, needs, NONE));
  for (const name of unwanted(deps, now)) due(name, 'selection');
  return demands;
}

/** Why a needed project is to be looked at; null when it is as it is to be. */
function sourceOfNeeded(
  deps: MirrorDeps,
  name: ProjectName,
  before: readonly Need[],
  now: readonly Need[],
): Demand['source'] | null {
  const { catalogue, selection } = deps;
  if (selection.judgeName(name, now) !== null) return null;
  if (catalogue.isPublished(name)) return sourceOfOther(deps, name, before, now);
  if (catalogue.due(name) !== null) return null;
  const packed = catalogue.knownDetail(name);
  if (packed !== null) {
    const isKept = keptDetail(deps, catalogue.unpack(packed, name), specifiersOf(now)) !== null;
    return isKept ? 'settings' : null;
  }
  // What upstream did not have when it was asked comes with its changelog row, or the list.
  const wasAsked = before.length > 0 && catalogue.project(name)?.leftOut == null;
  return wasAsked ? null : 'needed';
}

/** A published project of which something else is needed is planned anew, when that keeps other files. */
function sourceOfOther(
  deps: MirrorDeps,
  name: ProjectName,
  before: readonly Need[],
  now: readonly Need[],
): Demand['source'] | null {
  const { catalogue, selection } = deps;
  if (asksTheSame(before, now) || !catalogue.isPublished(name)) return null;
  if (selection.judgeName(name, now) !== null) return null;
  const packed = catalogue.knownDetail(name);
  if (packed === null) return 'settings';
  const detail = catalogue.unpack(packed, name);
  const files = (needs: readonly Ask[]) => namesOf(keptDetail(deps, detail, specifiersOf(needs)));
  return sameMembers(files(before), files(now)) ? null : 'settings';
}

function namesOf(detail: Detail | null): Set<string> {
  return new Set(detail?.files.map(({ filename }) => filename));
}

/** Published, not asked for, and not needed any more: they leave, and the removal limit counts them. */
function* unwanted({ catalogue, selection }: MirrorDeps, now: NeedsByName): Generator<ProjectName> {
  for (const name of catalogue.publishedNames()) {
    if (selection.judgeName(name, []) === null) continue;
    if (selection.judgeName(name, now.get(name) ?? NONE) === null) continue;
    if (catalogue.due(name)?.source !== 'selection') yield name;
  }
}
