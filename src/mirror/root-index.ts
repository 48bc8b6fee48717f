/** Step 8, the root index: the project list, from the catalogue, written only when it says something new. */
import type { CommitResult } from '../catalogue/contract.ts';
import { ROOT_PATHS } from '../pypi/paths.ts';
import { renderListHtml, renderListJson } from '../pypi/render-list.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';

/** During a first sync the list is of use to nobody before the end, and writing it after each wave would be most of the work. */
function worthwhile(committing: CommitResult): boolean {
  return committing.serial !== null || committing.remaining === 0;
}

/** Called inside the commit, so that the catalogue already shows what is about to be committed. */
export async function publishRoot(deps: MirrorDeps, committing: CommitResult): Promise<void> {
  const missing =
    (await deps.store.size(ROOT_PATHS.json)) === null || (await deps.store.size(ROOT_PATHS.html)) === null;
  if (!worthwhile(committing) || !(committing.rootChanged || missing)) return;
  const { serial } = committing;
  const entries = () => deps.catalogue.rootEntries();
  const changed = [
    await stageIfNew(deps, ROOT_PATHS.html, renderListHtml(serial, entries())),
    await stageIfNew(deps, ROOT_PATHS.json, renderListJson(serial, entries())),
  ].filter((path) => path !== null);
  await deps.store.flushStaged(changed);
  await deps.store.place(changed);
}

async function stageIfNew(
  deps: MirrorDeps,
  path: DocrootPath,
  pieces: Iterable<string>,
): Promise<DocrootPath | null> {
  const staged = await deps.store.stageText(path, pieces);
  const there = await deps.store.digest(path, new AbortController().signal);
  return there?.sha256 === staged.sha256 ? null : path;
}
