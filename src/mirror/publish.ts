/** Steps 6 and 7, render and publish: flush what is staged, files into place, then the pages in the order of their changes. */
import { gunzipSync } from 'node:zlib';
import type { KnownFile, KnownProject, ProjectUpdate } from '../catalogue/contract.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { sha256Of } from '../pypi/digests.ts';
import { apiPath, detailPaths, gzipPath } from '../pypi/paths.ts';
import type { Place } from '../pypi/placement.ts';
import { renderDetailHtml } from '../pypi/render-html.ts';
import { renderDetailJson } from '../pypi/render-json.ts';
import type { Detail, DistFile, DocrootPath, ProjectName, Sha256 } from '../pypi/types.ts';
import { takenBack } from './attestations.ts';
import { choose } from './chosen.ts';
import type { MirrorDeps } from './deps.ts';
import { refuseLostLock } from './lost-lock.ts';
import type { Outcome } from './outcome.ts';
import { placeMirrored, placeUpstream } from './plan.ts';

/** What publishing did, and what is left to do once the root index does not list it any more. */
export interface Published {
  /** Whose pages were written. */
  readonly written: ReadonlySet<ProjectName>;
  /** Digests of the JSON pages, those that were not written too. */
  readonly pages: ReadonlyMap<ProjectName, Sha256>;
  /** Pages that are to leave. */
  readonly leaving: readonly DocrootPath[];
  /** Everyone whose pages were looked after. */
  readonly touched: readonly ProjectName[];
}

/** Makes the docroot show what the outcomes say. Idempotent: pages that say the same stay untouched (P5). */
export async function publishWave(deps: MirrorDeps, outcomes: readonly Outcome[]): Promise<Published> {
  const inOrder = outcomes
    .filter((outcome) => outcome.update !== null || outcome.gone !== null || outcome.failure !== null)
    .sort((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1));
  const files = [...new Set(inOrder.flatMap((outcome) => outcome.staged))];
  const written = new Set<ProjectName>();
  const pages: DocrootPath[] = [];
  const digests = new Map<ProjectName, Sha256>();
  const leaving: DocrootPath[] = [];
  for (const outcome of inOrder) {
    // What the catalogue has of it is in doubt, and upstream could not be asked: what lies there stays.
    if (isUnrepaired(deps, outcome)) continue;
    const shown = shownOf(deps, outcome);
    if (shown === null) {
      // Failed, and we know nothing of it: what lies there may be another tool's, and no failure removes it (P7).
      if (outcome.gone === null && deps.catalogue.project(outcome.name) === null) continue;
      // Also when they are gone: a crash may have come between the last page and its directory.
      leaving.push(...allPaths(outcome.name));
      continue;
    }
    const upstream = leadsUpstream(deps, outcome);
    if (upstream === null) continue;
    const { staged, jsonSha256 } = await stagePages(deps, shown, upstream);
    digests.set(shown.name, jsonSha256);
    if (outcome.document === 'staged') staged.push(apiPath(outcome.name));
    if (staged.length > 0) written.add(outcome.name);
    pages.push(...staged);
    leaving.push(...(await leftovers(deps, outcome)));
  }
  await deps.store.flushStaged([...files, ...pages]);
  // A flush takes its time, and another writer may have begun meanwhile (P9).
  refuseLostLock(deps);
  // P1: a page may only link to what already lies, flushed, in its place.
  await deps.store.place(files);
  // Placing ends with a flush, too. Files that lie there without their pages are as after a crash (P4).
  refuseLostLock(deps);
  await deps.store.place(pages);
  return { written, pages: digests, leaving, touched: inOrder.map(({ name }) => name) };
}

function isUnrepaired(deps: MirrorDeps, { name, update, gone }: Outcome): boolean {
  return update === null && gone === null && deps.distrust?.project(name) === true;
}

/**
 * Is what the docroot is to show of it to lead upstream? null: nobody knows, and what lies there stays. P7: committed while files stayed
 * upstream, and what is to lie here in their place could not be had yet: without its links it would offer nothing.
 */
function leadsUpstream(deps: MirrorDeps, { name, update, gone }: Outcome): boolean | null {
  const { catalogue, settings } = deps;
  if (!settings.mirrorFiles) return true;
  if (update !== null || gone !== null) return false;
  const known = catalogue.project(name);
  if (known === null || !mayBeMadeOfLinks(known)) return false;
  const detail = catalogue.detail(name);
  if (detail === null || !offeredFiles(detail).some(linkable(deps, detail, known.selectedMs))) return false;
  return isMadeOfLinks(deps, known, detail) ? true : null;
}

/** A published project without files of its own. */
function mayBeMadeOfLinks({ published, files, missing }: KnownProject): boolean {
  return published && files === 0 && missing === 0;
}

/** Was the page that is committed made while files stayed upstream? One that the rules had left empty looks the same in the catalogue. */
export function isMadeOfLinks(
  deps: Parameters<typeof renderPages>[0],
  known: KnownProject,
  detail: Detail | null,
): boolean {
  if (!mayBeMadeOfLinks(known) || detail === null) return false;
  const { json } = renderPages(deps, detail, [], known.selectedMs, true);
  return sha256Of(json[1]) === known.pageSha256;
}

/** Everything that a project may have in the docroot besides its files. */
function allPaths(name: ProjectName): DocrootPath[] {
  const { html, json } = detailPaths(name);
  return [html, json, gzipPath(html), gzipPath(json), apiPath(name)];
}

/** What earlier settings, or an upstream that takes something back, have left of a project that stays. */
async function leftovers(deps: MirrorDeps, outcome: Outcome): Promise<DocrootPath[]> {
  const { html, json } = detailPaths(outcome.name);
  const unwanted: DocrootPath[] = [];
  if (!deps.settings.precompress) unwanted.push(gzipPath(html), gzipPath(json));
  if (outcome.document === 'none' || !deps.settings.jsonApi) unwanted.push(apiPath(outcome.name));
  // P1: a stale twin may still lead to them.
  unwanted.push(...takenBack(deps, outcome));
  const there: DocrootPath[] = [];
  // A stale twin would be sent in place of its page.
  for (const path of unwanted) if ((await deps.store.size(path)) !== null) there.push(path);
  return there;
}

/** A page: where it stands, and its text. */
export type RenderedPage = readonly [path: DocrootPath, text: string];

/**
 * Both forms of a project's page, as the docroot is to have them; `files` are those that it may link to. Where files stay
 * upstream (`leadsUpstream`) there are none, and what was selected at `selectedMs` decides (null: nothing was left out).
 */
export function renderPages(
  deps: Pick<MirrorDeps, 'upstream' | 'settings' | 'selection' | 'catalogue'>,
  detail: Detail,
  files: readonly KnownFile[],
  selectedMs: number | null,
  leadsUpstream = !deps.settings.mirrorFiles,
): { readonly html: RenderedPage; readonly json: RenderedPage } {
  const place: Place = leadsUpstream
    ? placeUpstream(linkable(deps, detail, selectedMs))
    : placeMirrored(files, deps.settings.baseUrl);
  const { html, json } = detailPaths(detail.name);
  return { html: [html, renderDetailHtml(detail, place)], json: [json, renderDetailJson(detail, place)] };
}

/** Which of a project's files a page may link to where they are upstream. */
export function linkable(
  deps: Pick<MirrorDeps, 'upstream' | 'selection' | 'catalogue'>,
  detail: Detail,
  selectedMs: number | null,
): (file: DistFile) => boolean {
  const mayLinkTo = (file: DistFile) => deps.upstream.mayLinkTo(file.url);
  if (selectedMs === null || !deps.selection.judgesDetails) return mayLinkTo;
  const { files } = choose(deps, detail, selectedMs);
  return (file) => !files.has(file.filename) && mayLinkTo(file);
}

type Shown = Pick<ProjectUpdate, 'name' | 'detail' | 'files'> & { readonly selectedMs: number | null };

/**
 * What the docroot is to show of a project; null: nothing. One that failed shows what is committed: a run that was
 * killed before its commit may have left a newer page, half of one, or one whose files nobody answers for.
 */
function shownOf(deps: MirrorDeps, outcome: Outcome): Shown | null {
  if (outcome.update !== null || outcome.gone !== null) return outcome.update;
  const detail = deps.catalogue.packed(outcome.name);
  if (detail === null) return null;
  const files = deps.catalogue.filesOf(outcome.name).filter((file) => file.state === 'published');
  const selectedMs = deps.catalogue.project(outcome.name)?.selectedMs ?? null;
  return { name: outcome.name, detail, files, selectedMs };
}

/** Stages the pages that differ from what is published; returns their paths, and the digest of the JSON page. */
export async function stagePages(
  deps: MirrorDeps,
  shown: Shown,
  leadsUpstream = !deps.settings.mirrorFiles,
): Promise<{ readonly staged: DocrootPath[]; readonly jsonSha256: Sha256 }> {
  const detail = deps.catalogue.unpack(shown.detail, shown.name);
  const pages = renderPages(deps, detail, shown.files, shown.selectedMs, leadsUpstream);
  const staged: DocrootPath[] = [];
  for (const [path, text] of [pages.html, pages.json]) {
    const bytes = Buffer.from(text, 'utf8');
    const there = await deps.store.read(path);
    if (there === null || !bytes.equals(there)) {
      await deps.store.stageBytes(path, bytes);
      staged.push(path);
    }
    if (!deps.settings.precompress || (await hasTwin(deps.store, path, bytes))) continue;
    await deps.store.stageGzip(gzipPath(path), [text]);
    staged.push(gzipPath(path));
  }
  return { staged, jsonSha256: sha256Of(pages.json[1]) };
}

/** Does the compressed twin that lies there say the same? Compared unpacked: another zlib may pack otherwise. */
export async function hasTwin(
  store: Pick<MirrorDeps['store'], 'read'>,
  path: DocrootPath,
  bytes: Uint8Array,
): Promise<boolean> {
  const there = await store.read(gzipPath(path));
  if (there === null) return false;
  try {
    return gunzipSync(there, { maxOutputLength: bytes.length + 1 }).equals(bytes);
  } catch {
    return false; // Not what we wrote, or cut short.
  }
}
