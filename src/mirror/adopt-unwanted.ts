/**
 * In place: pages of projects that the configuration leaves out by name leave the docroot.
 *
 * An old tool's page goes on being served, and pip goes on installing from it, whatever our rules say: of a reserved name that is the
 * very thing that the rule is to prevent. So reserved names leave before anything else is done, the others at the end, when
 * the root index does not list them any more. Their files stay, for `prune --sweep`; a page can be made again. What we publish
 * ourselves is no concern of this: when rules have changed since, the first sync withdraws it.
 */
import { tryNormalizeName } from '../pypi/names.ts';
import type { DocrootPath, ProjectName } from '../pypi/types.ts';
import type { OldPages, OldProject } from '../store/contract.ts';
import { type Adoption, reading, Unreadable } from './adopt-file.ts';
import { oldPagesOf } from './adopt-old-pages.ts';
import type { AdoptTally } from './adopt-report.ts';
import { keepsName } from './chosen.ts';
import type { MirrorDeps } from './deps.ts';
import { refuseLostLock } from './lost-lock.ts';

/** Pages whose removal is made durable together. */
const PAGES_PER_BATCH = 1_000;

/**
 * Is it left out whatever is found out later? With `dependencies`, what nothing asks for by name may be needed: nobody knows
 * before the first sync has counted.
 */
export function isUnwanted(deps: Pick<MirrorDeps, 'selection' | 'catalogue'>, name: ProjectName): boolean {
  if (keepsName(deps, name)) return false;
  const { selection } = deps;
  if (!selection.followsDependencies) return true;
  return selection.judgeName(name, [{ name, specifier: '', extras: [], sha256s: [], by: '' }]) !== null;
}

/**
 * Takes the pages of reserved names away, counted and told, and answers their directories: nothing else is to be done there.
 * @throws STORE_*, LOCK_HELD
 */
export async function removeReserved(
  adoption: Adoption,
  tally: AdoptTally,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { deps, tree } = adoption;
  const places = new Set<string>();
  if (!tree.isDocroot) return places;
  const isReserved = (name: ProjectName) => deps.selection.isReserved(name);
  await removeEach(adoption, isReserved, signal, (name, { directory }, pages) => {
    if (pages === 0) return;
    places.add(directory);
    tally.leftOut(name, null, 'not-selected', 'it is a reserved name');
    tally.unwanted(pages);
  });
  return places;
}

/**
 * Takes the pages of the others away that are left out by name, and answers whether it came to the end.
 * @throws STORE_*, LOCK_HELD
 */
export async function removeUnwanted(adoption: Adoption, signal: AbortSignal): Promise<boolean> {
  if (!adoption.tree.isDocroot || adoption.dryRun) return true;
  return removeEach(adoption, (name) => isUnwanted(adoption.deps, name), signal);
}

async function removeEach(
  adoption: Adoption,
  isMeant: (name: ProjectName) => boolean,
  signal: AbortSignal,
  tell?: (name: ProjectName, project: OldProject, pages: number) => void,
): Promise<boolean> {
  const { deps, tree, dryRun } = adoption;
  let batch: DocrootPath[] = [];
  const flush = async () => {
    const paths = batch;
    batch = [];
    if (paths.length === 0 || dryRun) return;
    refuseLostLock(deps);
    await deps.store.remove(paths);
  };
  for (const project of (await tree.projects()).each) {
    const name = tryNormalizeName(project.name);
    if (name === null || !isMeant(name)) continue;
    if (signal.aborted) break;
    const paths = await pathsIn(adoption, project, name);
    tell?.(name, project, paths.length);
    batch.push(...paths);
    if (batch.length >= PAGES_PER_BATCH) await flush();
  }
  await flush();
  return !signal.aborted;
}

/** What cannot be read stays; the way through all projects tells of it. */
async function pathsIn(
  adoption: Adoption,
  project: OldProject,
  name: ProjectName,
): Promise<readonly DocrootPath[]> {
  try {
    const pages = await reading(() => adoption.tree.pages(project));
    return pages === null ? [] : unwantedPages(adoption, project, pages, name);
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}

/** What leaves of a project that is left out. */
export function unwantedPages(
  adoption: Adoption,
  project: OldProject,
  pages: OldPages,
  name: ProjectName,
): readonly DocrootPath[] {
  return oldPagesOf(adoption, project, pages, name, adoption.deps.catalogue.isPublished(name));
}
