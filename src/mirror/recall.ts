/** Before step 6: what is to be brought in and lies in the trash comes back from there, by its digest, without a request. */
import { asJubjubError, isJubjubError } from '../errors.ts';
import type { FileCount } from '../events.ts';
import { metadataPath, trashPath } from '../pypi/paths.ts';
import type { DocrootPath, Sha256, TrashPath } from '../pypi/types.ts';
import type { TrashMove } from '../store/contract.ts';
import type { MirrorDeps } from './deps.ts';
import { refuseLostLock } from './lost-lock.ts';
import type { PlannedFile } from './plan.ts';
import { plus } from './prune.ts';
import { type Claims, planPage, type WaveProject } from './wave-project.ts';

/** What the projects of a wave got back. */
interface Recalled {
  readonly paths: Set<DocrootPath>;
  /** Why the trash could not be looked into; the files are brought in from upstream then. */
  trouble: string | null;
}

/**
 * Moves what the trash has of the projects' planned files to its place in the docroot, and plans those projects again,
 * now that they have it. The files are written down as intended by then, so that no crash can leave one that nobody
 * remembers; only what has the right digest is moved (P1), never over staging, where until it is placed there would be
 * the only bytes of a file that upstream may take down once more. Returns what came back.
 *
 * A trash that cannot be read gives nothing back, and keeps nothing from the pages either (P6).
 *
 * @throws STORE_*, CATALOGUE_UNREADABLE, LOCK_HELD; an interruption leaves the rest in the trash
 */
export async function recallFiles(
  deps: MirrorDeps,
  projects: readonly WaveProject[],
  claims: Claims,
  signal: AbortSignal,
): Promise<FileCount> {
  let recalled: FileCount = { files: 0, bytes: 0 };
  const back: Recalled = { paths: new Set(), trouble: null };
  for (const project of projects) {
    if (signal.aborted) break;
    recalled = plus(recalled, await recallProject(deps, project, back, signal));
  }
  if (back.trouble !== null) {
    const message = `the trash cannot be read, so that files are brought in from upstream: ${back.trouble}`;
    deps.emit({ type: 'warning', code: 'TRASH_UNREADABLE', message });
  }
  // Two projects may want one file: it came back for both.
  const concerned = projects.filter((project) => lacking(project).some(({ path }) => back.paths.has(path)));
  for (const project of concerned) await planAgain(deps, project, claims, signal);
  return recalled;
}

function lacking({ plan }: WaveProject): readonly PlannedFile[] {
  return plan?.files.filter((file) => file.heldBytes === null) ?? [];
}

/** Adds the paths of files that came back. */
async function recallProject(
  deps: MirrorDeps,
  project: WaveProject,
  back: Recalled,
  signal: AbortSignal,
): Promise<FileCount> {
  const moves: TrashMove[] = [];
  const found: PlannedFile[] = [];
  // One after the other: nearly all of them are not there, and it takes no time to see that.
  for (const file of lacking(project)) {
    if (signal.aborted) break;
    try {
      const some = await movesBack(deps, file, signal);
      if (some.length > 0) found.push(file);
      moves.push(...some);
    } catch (error) {
      if (isJubjubError(error, 'INTERRUPTED')) break;
      if (!isJubjubError(error, 'STORE_IO', 'STORE_NOT_WRITABLE')) throw error;
      back.trouble ??= error.facts.received ?? error.message;
    }
  }
  if (moves.length > 0) refuseLostLock(deps);
  const moved = new Set((await deps.store.unhide(moves)).map(({ from }) => from));
  let count: FileCount = { files: 0, bytes: 0 };
  for (const { path, filename, sizeBytes } of found) {
    if (!moved.has(path)) continue;
    back.paths.add(path);
    const bytes = sizeBytes ?? (await deps.store.size(path)) ?? 0;
    count = plus(count, { files: 1, bytes });
    deps.emit({ type: 'recalled', name: project.due.name, filename, bytes });
  }
  return count;
}

/** With a plan or without one: an interruption leaves the project without, and due. */
async function planAgain(
  deps: MirrorDeps,
  project: WaveProject,
  claims: Claims,
  signal: AbortSignal,
): Promise<void> {
  project.plan = null;
  try {
    await planPage(deps, project, claims, signal);
  } catch (error) {
    const failure = asJubjubError(error);
    if (failure.code !== 'INTERRUPTED') throw failure;
  }
}

/**
 * Where the right bytes lie in the trash, or null: in the one place that a digest and a name have there, whether or not a
 * prune lived to write that down. What is damaged stays, and is brought in anew.
 *
 * @throws STORE_*, INTERRUPTED
 */
export async function findTrashed(
  { store }: Pick<MirrorDeps, 'store'>,
  sha256: Sha256,
  filename: string,
  signal: AbortSignal,
): Promise<TrashPath | null> {
  const path = trashPath(sha256, filename);
  const digest = await store.digestTrashed(path, signal);
  return digest?.sha256 === sha256 ? path : null;
}

/** None when the file is not in the trash. */
async function movesBack(deps: MirrorDeps, file: PlannedFile, signal: AbortSignal): Promise<TrashMove[]> {
  const to = await findTrashed(deps, file.sha256, file.filename, signal);
  return to === null ? [] : [{ from: file.path, to }, ...(await sidecarMoves(deps, file, to, signal))];
}

/** The sidecar comes too when it is the one that is wanted; any other is taken out of the wheel, or asked for. */
async function sidecarMoves(
  { store }: MirrorDeps,
  file: PlannedFile,
  found: TrashPath,
  signal: AbortSignal,
): Promise<TrashMove[]> {
  const wanted = file.metadata?.sha256 ?? null;
  if (wanted === null || file.heldMetadata !== null) return [];
  const to = metadataPath(found);
  const digest = await store.digestTrashed(to, signal);
  const from: DocrootPath = metadataPath(file.path);
  return digest?.sha256 === wanted ? [{ from, to }] : [];
}
