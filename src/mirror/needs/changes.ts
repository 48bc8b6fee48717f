/** What other needs than before make due: projects to be asked for, planned anew, or withdrawn. */
import type { Demand } from '../../catalogue/contract.ts';
import type { Detail, ProjectName } from '../../pypi/types.ts';
import { demandWithoutChange } from '../demands.ts';
import type { MirrorDeps } from '../deps.ts';
import { asksWith, type PlannedFor, sameMembers, specifiersOf } from './asks.ts';
import type { Needs } from './gathered.ts';
import { keptDetail } from './releases.ts';

const NONE: ReadonlySet<string> = new Set();

/** The demands that turn what is kept for the needs of before into what is kept for those of now. */
export function demandsOfChange(deps: MirrorDeps, before: PlannedFor, now: Needs): Demand[] {
  const demands: Demand[] = [];
  const due = (name: ProjectName, source: Demand['source'] | null) => {
    if (source !== null) demands.push(demandWithoutChange(name, null, source));
  };
  const needed = new Set<ProjectName>();
  for (const name of now.names()) {
    needed.add(name);
    due(name, sourceOfNeeded(deps, name, before.get(name) ?? NONE, specifiersOf(now.needsOf(name))));
  }
  for (const [name, asked] of before)
    if (!needed.has(name)) due(name, sourceOfOther(deps, name, asked, NONE));
  for (const name of unwanted(deps, now)) due(name, 'selection');
  return demands;
}

/** Why a needed project is to be looked at; null when it is as it is to be. */
function sourceOfNeeded(
  deps: MirrorDeps,
  name: ProjectName,
  before: ReadonlySet<string>,
  now: ReadonlySet<string>,
): Demand['source'] | null {
  const { catalogue, selection } = deps;
  if (selection.judgeName(name, asksWith(name, now)) !== null) return null;
  if (catalogue.isPublished(name)) return sourceOfOther(deps, name, before, now);
  if (catalogue.due(name) !== null) return null;
  const packed = catalogue.knownDetail(name);
  if (packed !== null) {
    const isKept = keptDetail(deps, catalogue.unpack(packed, name), asksWith(name, now)) !== null;
    return isKept ? 'settings' : null;
  }
  // What upstream did not have when it was asked comes with its changelog row, or the list.
  const wasAsked = before.size > 0 && catalogue.project(name)?.leftOut == null;
  return wasAsked ? null : 'needed';
}

/** A published project of which something else is needed is planned anew, when that keeps other files. */
function sourceOfOther(
  deps: MirrorDeps,
  name: ProjectName,
  before: ReadonlySet<string>,
  now: ReadonlySet<string>,
): Demand['source'] | null {
  const { catalogue, selection } = deps;
  if (sameMembers(before, now) || !catalogue.isPublished(name)) return null;
  if (selection.judgeName(name, asksWith(name, now)) !== null) return null;
  const packed = catalogue.knownDetail(name);
  if (packed === null) return 'settings';
  const detail = catalogue.unpack(packed, name);
  const files = (asked: ReadonlySet<string>) => namesOf(keptDetail(deps, detail, asksWith(name, asked)));
  return sameMembers(files(before), files(now)) ? null : 'settings';
}

function namesOf(detail: Detail | null): Set<string> {
  return new Set(detail?.files.map(({ filename }) => filename));
}

/** Published, not asked for, and not needed any more: they leave, and the removal limit counts them. */
function* unwanted({ catalogue, selection }: MirrorDeps, now: Needs): Generator<ProjectName> {
  for (const name of catalogue.publishedNames()) {
    if (selection.judgeName(name, []) === null) continue;
    if (selection.judgeName(name, now.needsOf(name)) === null) continue;
    if (catalogue.due(name)?.source !== 'selection') yield name;
  }
}
