/** What the selection keeps, as the engine asks it: with what others need, and with what is known of a project's metadata. */
import type { Catalogue } from '../catalogue/contract.ts';
import type { Clock } from '../clock.ts';
import type { Detail, ProjectName } from '../pypi/types.ts';
import type { Ask } from '../selection/asks.ts';
import type { Selection } from '../selection/selection.ts';
import type { Drop, Judgement } from '../selection/verdict.ts';

export interface ChoosingDeps {
  readonly selection: Selection;
  readonly catalogue: Pick<Catalogue, 'needsOf' | 'info' | 'isPublished' | 'due'>;
}

const NO_NEEDS: readonly Ask[] = [];

/** Why a project is left out, as far as its name tells; null when it is not. */
export function nameDrop({ selection, catalogue }: ChoosingDeps, name: ProjectName): Drop | null {
  const drop = selection.judgeName(name, NO_NEEDS);
  if (drop === null || !selection.followsDependencies) return drop;
  // Needs only ever keep: most names are settled without a look at them.
  const needs = needsOf({ selection, catalogue }, name);
  return needs.length === 0 ? drop : selection.judgeName(name, needs);
}

/**
 * What others need of a project. Of one that is published and of which nothing is known to be needed that has not been counted yet:
 * it stays as it is until it has (needs/needs.ts then makes it due as no longer selected), or rules that come with `dependencies` would
 * withdraw what they bring back in the same run.
 */
function needsOf({ selection, catalogue }: ChoosingDeps, name: ProjectName): readonly Ask[] {
  const needs = catalogue.needsOf(name);
  if (needs.length > 0 || !catalogue.isPublished(name)) return needs;
  // Asked for anyway: no need is lacking.
  if (selection.judgeName(name, NO_NEEDS) === null) return needs;
  if (catalogue.due(name)?.source === 'selection') return NO_NEEDS;
  return [{ name, specifier: '', extras: [], sha256s: [], by: '' }];
}

export function keepsName(deps: ChoosingDeps, name: ProjectName): boolean {
  return nameDrop(deps, name) === null;
}

/** What of a project is kept at a time. */
export function choose(deps: ChoosingDeps, detail: Detail, nowMs: number): Judgement {
  const { selection, catalogue } = deps;
  return selection.judge(
    {
      detail,
      info: selection.wantsInfo ? (catalogue.info(detail.name)?.info ?? null) : null,
      needs: selection.followsDependencies
        ? distinct(needsOf({ selection, catalogue }, detail.name))
        : NO_NEEDS,
    },
    nowMs,
  );
}

/** Thousands may need the same of a project: one of them is as good as all, for what is kept. */
function distinct(needs: readonly Ask[]): readonly Ask[] {
  return [...new Map(needs.map((need) => [need.specifier, need])).values()];
}

/**
 * The time to judge a project by: ours, and never before what it was the last time: a clock that was set back must not take away
 * what was old enough already.
 */
export function selectionTime({ clock, selection, catalogue }: TimingDeps, name: ProjectName): number {
  const nowMs = clock.now();
  // Without rules time decides nothing, and most mirrors have none: their rows need not be read for it.
  return selection.judgesDetails ? Math.max(nowMs, catalogue.project(name)?.selectedMs ?? 0) : nowMs;
}

interface TimingDeps {
  readonly clock: Clock;
  readonly selection: Selection;
  readonly catalogue: Pick<Catalogue, 'project'>;
}

/** The detail without the files that are left out; `raw` stays upstream's word. */
export function keptOf(detail: Detail, { files }: Judgement): Detail {
  if (files.size === 0) return detail;
  return { ...detail, files: detail.files.filter(({ filename }) => !files.has(filename)) };
}
