/** Steps 6 and 7, render and publish: flush what is staged, files into place, then the pages in the order of their changes. */
import type { ProjectUpdate } from '../catalogue/contract.ts';
import { detailPaths } from '../pypi/paths.ts';
import type { Place } from '../pypi/placement.ts';
import { renderDetailHtml } from '../pypi/render-html.ts';
import { renderDetailJson } from '../pypi/render-json.ts';
import type { DocrootPath, ProjectName } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import type { Outcome } from './outcome.ts';
import { placeMirrored, placeUpstream } from './plan.ts';

/** Changes the docroot so that it shows what the outcomes say. Idempotent: pages that say the same stay untouched (P5). Returns whose were written. */
export async function publishWave(
  deps: MirrorDeps,
  outcomes: readonly Outcome[],
): Promise<ReadonlySet<ProjectName>> {
  const inOrder = outcomes
    .filter((outcome) => outcome.update !== null || outcome.gone !== null || outcome.failure !== null)
    .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  const files = [...new Set(inOrder.flatMap((outcome) => outcome.staged))];
  const written = new Set<ProjectName>();
  const steps: { readonly remove: boolean; readonly paths: DocrootPath[] }[] = [];
  for (const outcome of inOrder) {
    const shown = shownOf(deps, outcome);
    const remove = shown === null;
    // Also when they are gone: a crash may have come between the last page and its directory.
    const paths = remove ? pagesOf(outcome) : await stagePages(deps, shown);
    if (!remove && paths.length > 0) written.add(outcome.name);
    const last = steps.at(-1);
    if (last?.remove === remove) last.paths.push(...paths);
    else steps.push({ remove, paths });
  }
  const pages = steps.flatMap((step) => (step.remove ? [] : step.paths));
  await deps.store.flushStaged([...files, ...pages]);
  // P1: a page may only link to what already lies, flushed, in its place.
  await deps.store.place(files);
  for (const step of steps)
    await (step.remove ? deps.store.remove(step.paths) : deps.store.place(step.paths));
  return written;
}

type Shown = Pick<ProjectUpdate, 'name' | 'detail' | 'files'>;

/**
 * What the docroot is to show of a project; null: nothing. One that failed shows what is committed: a run that was
 * killed before its commit may have left a newer page, half of one, or one whose files nobody answers for.
 */
function shownOf(deps: MirrorDeps, outcome: Outcome): Shown | null {
  if (outcome.update !== null || outcome.gone !== null) return outcome.update;
  const detail = deps.catalogue.detail(outcome.name);
  if (detail === null) return null;
  const files = deps.catalogue.filesOf(outcome.name).filter((file) => file.state === 'published');
  return { name: outcome.name, detail: deps.catalogue.pack(detail), files };
}

function pagesOf(outcome: Outcome): DocrootPath[] {
  const { html, json } = detailPaths(outcome.name);
  return [html, json];
}

/** Stages the pages that differ from what is published; returns their paths. */
async function stagePages(deps: MirrorDeps, shown: Shown): Promise<DocrootPath[]> {
  const detail = deps.catalogue.unpack(shown.detail, shown.name);
  const place: Place = deps.settings.mirrorFiles ? placeMirrored(shown.files) : placeUpstream;
  const paths = detailPaths(shown.name);
  const pages: readonly (readonly [DocrootPath, string])[] = [
    [paths.html, renderDetailHtml(detail, place)],
    [paths.json, renderDetailJson(detail, place)],
  ];
  const staged: DocrootPath[] = [];
  for (const [path, text] of pages) {
    const bytes = Buffer.from(text, 'utf8');
    const there = await deps.store.read(path);
    if (there !== null && bytes.equals(there)) continue;
    await deps.store.stageBytes(path, bytes);
    staged.push(path);
  }
  return staged;
}
