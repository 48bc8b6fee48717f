/** What the selection keeps, as the engine asks it: with what others need, and with what is known of a project's metadata. */
import type { Catalogue } from '../catalogue/contract.ts';
import type { Detail, ProjectName } from '../pypi/types.ts';
import type { Ask } from '../selection/asks.ts';
import type { Selection } from '../selection/selection.ts';
import type { Drop, Judgement } from '../selection/verdict.ts';

export interface ChoosingDeps {
  readonly selection: Selection;
  readonly catalogue: Pick<Catalogue, 'needsOf' | 'info'>;
}

const NO_NEEDS: readonly Ask[] = [];

/** Why a project is left out, as far as its name tells; null when it is not. */
export function nameDrop({ selection, catalogue }: ChoosingDeps, name: ProjectName): Drop | null {
  const drop = selection.judgeName(name, NO_NEEDS);
  if (drop === null || !selection.followsDependencies) return drop;
  // Needs only ever keep: most names are settled without a look at them.
  const needs = catalogue.needsOf(name);
  return needs.length === 0 ? drop : selection.judgeName(name, needs);
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
      needs: selection.followsDependencies ? distinct(catalogue.needsOf(detail.name)) : NO_NEEDS,
    },
    nowMs,
  );
}

/** Thousands may need the same of a project: one of them is as good as all, for what is kept. */
function distinct(needs: readonly Ask[]): readonly Ask[] {
  return [...new Map(needs.map((need) => [need.specifier, need])).values()];
}

/** The detail without the files that are left out; `raw` stays upstream's word. */
export function keptOf(detail: Detail, { files }: Judgement): Detail {
  if (files.size === 0) return detail;
  return { ...detail, files: detail.files.filter(({ filename }) => !files.has(filename)) };
}
