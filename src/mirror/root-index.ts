/**
 * Step 8, the root index: the project list, and the completeness proof beside it (manifest.ts), from the catalogue, written
 * only when they say something new.
 */
import type { CommitResult } from '../catalogue/contract.ts';
import { gzipPath, ROOT_PATHS } from '../pypi/paths.ts';
import {
  LIST_HTML,
  LIST_JSON,
  type ListEntry,
  type ListForm,
  renderEntries,
  renderList,
} from '../pypi/render-list.ts';
import type { DocrootPath, ProjectName, Serial } from '../pypi/types.ts';
import type { Digest } from '../store/contract.ts';
import type { MirrorDeps } from './deps.ts';
import { toldSerial } from './dialect.ts';
import { refuseLostLock } from './lost-lock.ts';
import { publishManifest, rewriteManifest } from './manifest.ts';
import { halfGone } from './removal-limit.ts';

export type RootDeps = Pick<MirrorDeps, 'catalogue' | 'store' | 'settings'>;
type PublishDeps = RootDeps & Pick<MirrorDeps, 'holdsLock'>;

const TWINS = [gzipPath(ROOT_PATHS.html), gzipPath(ROOT_PATHS.json)] as const;

/** During a first sync the list is of use to nobody before the end, and writing it after each wave would be most of the work. */
export function worthwhile(committing: Pick<CommitResult, 'serial' | 'remaining'>): boolean {
  return committing.serial !== null || committing.remaining === 0;
}

/**
 * Does a page lie at one of these paths? Also one that nobody has committed: the run that was killed after it may have left a root index
 * that links to it.
 */
export async function anyPageAt(
  { store }: Pick<RootDeps, 'store'>,
  paths: readonly DocrootPath[],
): Promise<boolean> {
  for (const path of paths)
    if (/\/index\.(?:html|v1_json)$/.test(path) && (await store.size(path)) !== null) return true;
  return false;
}

/**
 * Called inside the commit, so that the catalogue already shows what is about to be committed.
 *
 * @param touched the projects whose pages the wave has looked after; see manifest.ts
 */
export async function publishRoot(
  deps: PublishDeps,
  committing: CommitResult,
  touched: readonly ProjectName[],
): Promise<void> {
  const wanted = [ROOT_PATHS.json, ROOT_PATHS.html, ...(deps.settings.precompress ? TWINS : [])];
  let missing = false;
  for (const path of wanted) missing ||= (await deps.store.size(path)) === null;
  if (worthwhile(committing)) {
    if (committing.rootChanged || missing) await writeShown(deps, committing.serial);
    await publishManifest(deps, committing, touched);
  }
  await removeStaleTwins(deps);
}

/**
 * Compares the root index and the proof with what the catalogue says, whatever has changed, and writes what differs. For
 * repairs; the caller holds the lock, and nothing may be committing.
 *
 * @throws LOCK_HELD when it is gone by the time that something is to be placed
 */
export async function rewriteRoot(deps: PublishDeps): Promise<void> {
  const { serial } = deps.catalogue.progress();
  if (!worthwhile({ serial, remaining: deps.catalogue.untriedCount() })) return;
  await writeList(deps, serial);
  await rewriteManifest(deps, serial);
  await removeStaleTwins(deps);
}

/** The pieces of both forms of the list, by path. */
export function listDocuments(
  deps: Pick<MirrorDeps, 'catalogue'>,
  committed: Serial | null,
  without: ReadonlySet<ProjectName> = new Set(),
): readonly (readonly [path: DocrootPath, render: () => Iterable<string>])[] {
  const serial = toldSerial(deps, committed);
  const runs = (form: ListForm) =>
    without.size === 0
      ? deps.catalogue.rootRuns(form)
      : renderEntries(form, listed(deps.catalogue.rootEntries(), without));
  return [
    [ROOT_PATHS.html, () => renderList(LIST_HTML, serial, runs(LIST_HTML))],
    [ROOT_PATHS.json, () => renderList(LIST_JSON, serial, runs(LIST_JSON))],
  ];
}

function* listed(entries: Iterable<ListEntry>, without: ReadonlySet<ProjectName>): Generator<ListEntry> {
  for (const entry of entries) if (!without.has(entry.name)) yield entry;
}

/**
 * P1: a run that was killed while a removal's pages left has committed nothing of it, and a wave without that project may come first
 * (a repair, `--project`): the list goes without it until the removal ends, or its pages are back.
 */
async function writeShown(deps: PublishDeps, committed: Serial | null): Promise<void> {
  const gone = await halfGone(deps);
  await writeList(deps, committed, gone);
  if (gone.size > 0) deps.catalogue.doubtRoot();
}

async function writeList(
  deps: PublishDeps,
  committed: Serial | null,
  without: ReadonlySet<ProjectName> = new Set(),
): Promise<void> {
  const changed: DocrootPath[] = [];
  for (const [path, render] of listDocuments(deps, committed, without)) {
    changed.push(...(await ifNew(deps, path, await deps.store.stageText(path, render()))));
    if (!deps.settings.precompress) continue;
    const twin = gzipPath(path);
    changed.push(...(await ifNew(deps, twin, await deps.store.stageGzip(twin, render()))));
  }
  await deps.store.flushStaged(changed);
  // A flush takes its time, and outside of a commit nothing else keeps another writer off (P9).
  refuseLostLock(deps);
  await deps.store.place(changed);
}

/** A stale twin would be sent in place of its page. */
async function removeStaleTwins(deps: RootDeps): Promise<void> {
  if (deps.settings.precompress) return;
  const stale: DocrootPath[] = [];
  for (const twin of TWINS) if ((await deps.store.size(twin)) !== null) stale.push(twin);
  if (stale.length > 0) await deps.store.remove(stale);
}

async function ifNew(deps: RootDeps, path: DocrootPath, staged: Digest): Promise<DocrootPath[]> {
  const there = await deps.store.digest(path, new AbortController().signal);
  return there?.sha256 === staged.sha256 ? [] : [path];
}
