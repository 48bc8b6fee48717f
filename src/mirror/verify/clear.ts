/** Moves into the trash what is nobody's, or in the way of something of ours; nothing is deleted. */
import type { SweptFile } from '../../catalogue/contract.ts';
import { bucketPath, gzipPath, MANIFEST_PATH, parseDocrootPath, ROOT_PATHS } from '../../pypi/paths.ts';
import type { DocrootPath } from '../../pypi/types.ts';
import { refuseLostLock } from '../lost-lock.ts';
import { putAway } from '../put-away.ts';
import { type Finding, isOfOneThing, reasonOf } from './damage.ts';
import type { Leftover } from './leftovers.ts';
import type { OneProject } from './mend.ts';
import type { VerifyDeps } from './options.ts';

type Swept = Omit<SweptFile, 'to'>;

/** Moves leftovers away; returns the findings of those that are gone. */
export async function moveLeftovers(deps: VerifyDeps, leftovers: readonly Leftover[]): Promise<Finding[]> {
  const moving = new Map<DocrootPath, Leftover>();
  for (const leftover of leftovers) {
    const { path } = leftover.finding;
    // A link, a device, a name that no path of ours can have: somebody's purpose, and for a person to look at.
    const from = path === null || leftover.byHand ? null : parseDocrootPath(path);
    if (from !== null) moving.set(from, leftover);
  }
  const files = [...moving].map(([path, { sizeBytes }]) => ({ path, sizeBytes, why: 'nobody knows it' }));
  const moved = await moveAway(deps, files);
  return [...moving].flatMap(([path, { finding }]) => (moved.has(path) ? [finding] : []));
}

/** Tells what cannot be moved. Returns where something lay that is gone now. @throws LOCK_HELD */
async function moveAway(deps: VerifyDeps, files: readonly Swept[]): Promise<ReadonlySet<DocrootPath>> {
  refuseLostLock(deps);
  const { moved, stuck } = await putAway(deps, files);
  for (const [path, error] of stuck) {
    const message = `${path} could not be moved into the trash: ${reasonOf(error)}`;
    deps.tell({ type: 'warning', code: 'NOT_MOVED', message });
  }
  return moved;
}

/**
 * Moves away what stands where something of these projects is to stand and cannot be read: a broken file, a directory.
 * Returns the projects that nothing is in the way of any more.
 */
export async function clearTheWay(
  deps: VerifyDeps,
  projects: readonly OneProject[],
  signal: AbortSignal,
): Promise<readonly OneProject[]> {
  const blocked = new Map<DocrootPath, OneProject>();
  for (const project of projects) {
    for (const { kind, path } of project.findings) {
      const parsed = kind === 'unreadable' && path !== null ? parseDocrootPath(path) : null;
      if (parsed !== null) blocked.set(parsed, project);
    }
  }
  if (blocked.size === 0) return projects;
  await clearPaths(deps, [...blocked.keys()], signal);
  const stuck = new Set<OneProject>();
  for (const [path, project] of blocked) if (!(await isReadable(deps, path, signal))) stuck.add(project);
  return projects.filter((project) => !stuck.has(project));
}

async function clearPaths(
  deps: VerifyDeps,
  paths: readonly DocrootPath[],
  signal: AbortSignal,
): Promise<void> {
  const why = 'it could not be read, or stood in the way';
  await moveAway(
    deps,
    paths.map((path) => ({ path, sizeBytes: 0, why })),
  );
  const left: DocrootPath[] = [];
  for (const path of paths) if (!(await isReadable(deps, path, signal))) left.push(path);
  if (left.length === 0) return;
  // Directories: what is in them goes, and they go with it.
  const inside: Swept[] = [];
  for await (const { path, sizeBytes } of deps.store.walk(signal)) {
    const parsed = left.some((directory) => path.startsWith(`${directory}/`)) ? parseDocrootPath(path) : null;
    if (parsed !== null) inside.push({ path: parsed, sizeBytes, why });
  }
  await moveAway(deps, inside);
}

async function isReadable({ store }: VerifyDeps, path: DocrootPath, signal: AbortSignal): Promise<boolean> {
  try {
    // What has no size is not there, or is something else than a file, and then cannot be read.
    if ((await store.size(path)) === null) await store.read(path);
    else await store.digest(path, signal);
    return true;
  } catch (error) {
    if (!isOfOneThing(error)) throw error;
    return false;
  }
}

/** Whatever cannot be read where the root index and the proof are to stand. */
export async function clearRootPaths(deps: VerifyDeps, signal: AbortSignal): Promise<void> {
  const { html, json } = ROOT_PATHS;
  const buckets = deps.catalogue.buckets().map(({ id }) => bucketPath(id));
  const blocked: DocrootPath[] = [];
  for (const path of [html, json, gzipPath(html), gzipPath(json), MANIFEST_PATH, ...buckets])
    if (!(await isReadable(deps, path, signal))) blocked.push(path);
  if (blocked.length > 0) await clearPaths(deps, blocked, signal);
}
