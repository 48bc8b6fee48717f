/** Who wants a project: lines of requirement files, releases of other projects, and the chain of needs that brought it in. */
import type { Need } from '../../catalogue/contract.ts';
import type { ProjectName } from '../../pypi/types.ts';
import { chainOf, unmetNeeds } from '../needs/needs.ts';
import type { ExplainDeps } from './known.ts';
import type { NeedReport, WantedExplanation } from './report.ts';

export function explainWanted(deps: ExplainDeps, name: ProjectName): WantedExplanation {
  const { catalogue, selection } = deps;
  const keptByName = (one: ProjectName) => selection.judgeName(one, []) === null;
  const requirements = selection.asksOf(name);
  const own = { byName: keptByName(name), requirements };
  if (!selection.followsDependencies) return { ...own, needs: [], chain: [], unmet: [], unclear: [] };
  const unmet = unmetNeeds(deps).filter(({ need }) => need.name === name || need.of === name);
  return {
    ...own,
    needs: catalogue.needsOf(name).map(needReport),
    chain: chainOf(catalogue, keptByName, name).map(needReport),
    unmet: unmet.map(({ need, why }) => ({ ...needReport(need), why })),
    unclear: unclearNeeds(deps, name),
  };
}

function needReport({ name, of, by, specifier, extras }: Need): NeedReport {
  return { name, of, by, specifier, extras };
}

function unclearNeeds({ catalogue }: ExplainDeps, name: ProjectName): WantedExplanation['unclear'] {
  const files = catalogue.filesOf(name).filter(({ state }) => state === 'published');
  const known = catalogue.fileNeeds(files.map(({ sha256 }) => sha256));
  return files.flatMap(({ filename: file, sha256 }) => {
    const why = known.get(sha256)?.trouble ?? null;
    return why === null ? [] : [{ file, why }];
  });
}
