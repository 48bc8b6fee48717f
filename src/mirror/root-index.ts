/** Step 8, the root index: the project list, from the catalogue, written only when it says something new. */
import type { CommitResult } from '../catalogue/contract.ts';
import { gzipPath, ROOT_PATHS } from '../pypi/paths.ts';
import { renderListHtml, renderListJson } from '../pypi/render-list.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { Digest } from '../store/contract.ts';
import type { MirrorDeps } from './deps.ts';
import { toldSerial } from './dialect.ts';

/** During a first sync the list is of use to nobody before the end, and writing it after each wave would be most of the work. */
function worthwhile(committing: CommitResult): boolean {
  return committing.serial !== null || committing.remaining === 0;
}

/** Called inside the commit, so that the catalogue already shows what is about to be committed. */
export async function publishRoot(deps: MirrorDeps, committing: CommitResult): Promise<void> {
  const twins = [gzipPath(ROOT_PATHS.html), gzipPath(ROOT_PATHS.json)];
  const wanted = [ROOT_PATHS.json, ROOT_PATHS.html, ...(deps.settings.precompress ? twins : [])];
  let missing = false;
  for (const path of wanted) missing ||= (await deps.store.size(path)) === null;
  if (worthwhile(committing) && (committing.rootChanged || missing)) await writeRoot(deps, committing);
  if (deps.settings.precompress) return;
  const stale: DocrootPath[] = [];
  for (const twin of twins) if ((await deps.store.size(twin)) !== null) stale.push(twin);
  if (stale.length > 0) await deps.store.remove(stale);
}

async function writeRoot(deps: MirrorDeps, committing: CommitResult): Promise<void> {
  const serial = toldSerial(deps, committing.serial);
  const documents = [
    [ROOT_PATHS.html, () => renderListHtml(serial, deps.catalogue.rootEntries())],
    [ROOT_PATHS.json, () => renderListJson(serial, deps.catalogue.rootEntries())],
  ] as const;
  const changed: DocrootPath[] = [];
  for (const [path, render] of documents) {
    changed.push(...(await ifNew(deps, path, await deps.store.stageText(path, render()))));
    if (!deps.settings.precompress) continue;
    const twin = gzipPath(path);
    changed.push(...(await ifNew(deps, twin, await deps.store.stageGzip(twin, render()))));
  }
  await deps.store.flushStaged(changed);
  await deps.store.place(changed);
}

async function ifNew(deps: MirrorDeps, path: DocrootPath, staged: Digest): Promise<DocrootPath[]> {
  const there = await deps.store.digest(path, new AbortController().signal);
  return there?.sha256 === staged.sha256 ? [] : [path];
}
