/** Steps 6 and 7, render and publish: flush what is staged, files into place, then the pages in the order of their changes. */
import type { ProjectUpdate } from '../catalogue/contract.ts';
import { detailPaths } from '../pypi/paths.ts';
import type { Place } from '../pypi/placement.ts';
import { renderDetailHtml } from '../pypi/render-html.ts';
import { renderDetailJson } from '../pypi/render-json.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import type { Outcome } from './outcome.ts';
import { placeMirrored, placeUpstream } from './plan.ts';

/** Changes the docroot so that it shows what the outcomes say. Idempotent: pages that say the same stay untouched (P5). */
export async function publishWave(deps: MirrorDeps, outcomes: readonly Outcome[]): Promise<void> {
  const inOrder = outcomes
    .filter((outcome) => outcome.update !== null || outcome.gone !== null)
    .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  const files = [...new Set(inOrder.flatMap((outcome) => outcome.staged))];
  const steps: { readonly remove: boolean; readonly paths: DocrootPath[] }[] = [];
  for (const outcome of inOrder) {
    const remove = outcome.gone !== null;
    const paths = remove ? await pagesThere(deps, outcome) : await stagePages(deps, outcome.update);
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
}

async function pagesThere(deps: MirrorDeps, outcome: Outcome): Promise<DocrootPath[]> {
  const { html, json } = detailPaths(outcome.name);
  const sizes = await Promise.all([deps.store.size(html), deps.store.size(json)]);
  return [html, json].filter((_, index) => sizes[index] !== null);
}

/** Stages the pages that differ from what is published; returns their paths. */
async function stagePages(deps: MirrorDeps, update: ProjectUpdate | null): Promise<DocrootPath[]> {
  if (update === null) return [];
  const detail = deps.catalogue.unpack(update.detail, update.name);
  const place: Place = deps.settings.mirrorFiles ? placeMirrored(update.files) : placeUpstream;
  const paths = detailPaths(update.name);
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
