/** Steps 6 and 7, render and publish: flush what is staged, files into place, then the pages in the order of their changes. */
import { gunzipSync } from 'node:zlib';
import type { ProjectUpdate } from '../catalogue/contract.ts';
import { apiPath, detailPaths, gzipPath } from '../pypi/paths.ts';
import type { Place } from '../pypi/placement.ts';
import { renderDetailHtml } from '../pypi/render-html.ts';
import { renderDetailJson } from '../pypi/render-json.ts';
import type { DocrootPath, ProjectName } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import type { Outcome } from './outcome.ts';
import { placeMirrored, placeUpstream } from './plan.ts';

/** What publishing did, and what is left to do once the root index does not list it any more. */
export interface Published {
  /** Whose pages were written. */
  readonly written: ReadonlySet<ProjectName>;
  /** Pages that are to leave. */
  readonly leaving: readonly DocrootPath[];
}

/** Makes the docroot show what the outcomes say. Idempotent: pages that say the same stay untouched (P5). */
export async function publishWave(deps: MirrorDeps, outcomes: readonly Outcome[]): Promise<Published> {
  const inOrder = outcomes
    .filter((outcome) => outcome.update !== null || outcome.gone !== null || outcome.failure !== null)
    .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  const files = [...new Set(inOrder.flatMap((outcome) => outcome.staged))];
  const written = new Set<ProjectName>();
  const pages: DocrootPath[] = [];
  const leaving: DocrootPath[] = [];
  for (const outcome of inOrder) {
    const shown = shownOf(deps, outcome);
    if (shown === null) {
      // Failed, and we know nothing of it: what lies there may be another tool's, and no failure removes it (P7).
      if (outcome.gone === null && deps.catalogue.project(outcome.name) === null) continue;
      // Also when they are gone: a crash may have come between the last page and its directory.
      leaving.push(...allPaths(outcome.name));
      continue;
    }
    const staged = await stagePages(deps, shown);
    if (outcome.document === 'staged') staged.push(apiPath(outcome.name));
    if (staged.length > 0) written.add(outcome.name);
    pages.push(...staged);
    leaving.push(...(await leftovers(deps, outcome)));
  }
  await deps.store.flushStaged([...files, ...pages]);
  // P1: a page may only link to what already lies, flushed, in its place.
  await deps.store.place(files);
  await deps.store.place(pages);
  return { written, leaving };
}

/** Everything that a project may have in the docroot besides its files. */
function allPaths(name: ProjectName): DocrootPath[] {
  const { html, json } = detailPaths(name);
  return [html, json, gzipPath(html), gzipPath(json), apiPath(name)];
}

/** What earlier settings, or an upstream that takes something back, have left of a project that stays. */
async function leftovers(deps: MirrorDeps, outcome: Outcome): Promise<DocrootPath[]> {
  const { html, json } = detailPaths(outcome.name);
  const unwanted = deps.settings.precompress ? [] : [gzipPath(html), gzipPath(json)];
  if (outcome.document === 'none' || !deps.settings.jsonApi) unwanted.push(apiPath(outcome.name));
  const there: DocrootPath[] = [];
  // A stale twin would be sent in place of its page.
  for (const path of unwanted) if ((await deps.store.size(path)) !== null) there.push(path);
  return there;
}

type Shown = Pick<ProjectUpdate, 'name' | 'detail' | 'files'>;

/**
 * What the docroot is to show of a project; null: nothing. One that failed shows what is committed: a run that was
 * killed before its commit may have left a newer page, half of one, or one whose files nobody answers for.
 */
function shownOf(deps: MirrorDeps, outcome: Outcome): Shown | null {
  if (outcome.update !== null || outcome.gone !== null) return outcome.update;
  const detail = deps.catalogue.packed(outcome.name);
  if (detail === null) return null;
  const files = deps.catalogue.filesOf(outcome.name).filter((file) => file.state === 'published');
  return { name: outcome.name, detail, files };
}

/** Stages the pages that differ from what is published; returns their paths. */
async function stagePages(deps: MirrorDeps, shown: Shown): Promise<DocrootPath[]> {
  const detail = deps.catalogue.unpack(shown.detail, shown.name);
  const place: Place = deps.settings.mirrorFiles
    ? placeMirrored(shown.files, deps.settings.baseUrl)
    : placeUpstream((url) => deps.upstream.mayLinkTo(url));
  const paths = detailPaths(shown.name);
  const pages: readonly (readonly [DocrootPath, string])[] = [
    [paths.html, renderDetailHtml(detail, place)],
    [paths.json, renderDetailJson(detail, place)],
  ];
  const staged: DocrootPath[] = [];
  for (const [path, text] of pages) {
    const bytes = Buffer.from(text, 'utf8');
    const there = await deps.store.read(path);
    if (there === null || !bytes.equals(there)) {
      await deps.store.stageBytes(path, bytes);
      staged.push(path);
    }
    if (!deps.settings.precompress || (await hasTwin(deps, path, bytes))) continue;
    await deps.store.stageGzip(gzipPath(path), [text]);
    staged.push(gzipPath(path));
  }
  return staged;
}

/** Does the compressed twin that lies there say the same? Compared unpacked: another zlib may pack otherwise. */
async function hasTwin(deps: MirrorDeps, path: DocrootPath, bytes: Buffer): Promise<boolean> {
  const there = await deps.store.read(gzipPath(path));
  if (there === null) return false;
  try {
    return bytes.equals(gunzipSync(there, { maxOutputLength: bytes.length + 1 }));
  } catch {
    return false; // Not what we wrote, or cut short.
  }
}
