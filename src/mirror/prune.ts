/**
 * Step 10, prune: what no page links to any more leaves the docroot after its grace, and the trash long after that.
 *
 * Each step is safe to die after. Hiding moves the bytes first and writes it down second: what was moved and not written
 * down is still withdrawn, lies where its digest says, and is found there. Deleting comes after all hiding, because a file
 * that was moved and not written down may lie where an older one is to be deleted. The work is proportional to what was
 * withdrawn, not to the tree.
 */
import type { HiddenFile, TrashedFile, WithdrawnFile } from '../catalogue/contract.ts';
import { interrupted } from '../clock.ts';
import type { FileCount } from '../events.ts';
import { metadataPath, provenancePath, trashPath } from '../pypi/paths.ts';
import type { DocrootPath, ProjectName, TrashPath } from '../pypi/types.ts';
import type { TrashMove } from '../store/contract.ts';
import { audited } from './audit.ts';
import { demandWithoutChange } from './demands.ts';
import type { MirrorDeps } from './deps.ts';
import { refuseLostLock } from './lost-lock.ts';
import { linkedFromPages } from './page-links.ts';

/** Files moved, or deleted, and written down together. */
const FILES_PER_BATCH = 500;

/** What was done so far; told when something ends the work, too. */
export class PruneTally {
  hidden: FileCount = { files: 0, bytes: 0 };
  deleted: FileCount = { files: 0, bytes: 0 };
}

export interface PruneOptions {
  /** Tell what would go. The catalogue must be a pretended one; the store is only looked at. */
  readonly dryRun: boolean;
}

/** `jubjub prune`: by itself, outside a sync. @throws as `prune` */
export async function pruneAlone(
  deps: MirrorDeps,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<PruneTally> {
  const tally = new PruneTally();
  if (options.dryRun) await prune(deps, tally, options, signal);
  else {
    await flushAfterKill(deps);
    await audited(deps, () => prune(deps, tally, options, signal));
  }
  return tally;
}

/** What a killed run moved and did not live to flush must not be counted on before it is flushed. */
export async function flushAfterKill({ catalogue, store }: MirrorDeps): Promise<void> {
  if (!catalogue.endedCleanly()) await store.flushDocroot();
}

/** @throws STORE_*, CATALOGUE_UNREADABLE, LOCK_HELD, INTERRUPTED; what was done until then is written down */
export async function prune(
  deps: MirrorDeps,
  tally: PruneTally,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<void> {
  const nowMs = deps.clock.now();
  const { hideAfterMs, deleteAfterMs } = deps.settings;
  await inBatches(
    deps,
    signal,
    (limit) => deps.catalogue.hideable(nowMs - hideAfterMs, limit),
    ({ name, file }) => `${name}/${file.path}`,
    (batch) => hideBatch(deps, batch, tally, options),
  );
  await inBatches(
    deps,
    signal,
    (limit) => deps.catalogue.deletable(nowMs - deleteAfterMs, limit),
    ({ id }) => String(id),
    (batch) => deleteBatch(deps, batch, tally, options),
  );
}

/** A file with what lies beside it, in the docroot as in the trash. */
export function withSidecars<P extends DocrootPath | TrashPath>(path: P): readonly [P, P, P] {
  return [path, metadataPath(path), provenancePath(path)];
}

/** The moves of a file and its sidecars. */
export function movesOf(path: DocrootPath, to: TrashPath): TrashMove[] {
  const targets = withSidecars(to);
  return withSidecars(path).map((from, at) => ({ from, to: targets[at] ?? to }));
}

/** Works off what `next` gives; `work` answers with what it left as it was, which is not given to it again. */
async function inBatches<T>(
  deps: MirrorDeps,
  signal: AbortSignal,
  next: (limit: number) => readonly T[],
  keyOf: (item: T) => string,
  work: (batch: readonly T[]) => Promise<readonly T[]>,
): Promise<void> {
  const left = new Set<string>();
  for (;;) {
    if (signal.aborted) throw interrupted();
    refuseLostLock(deps);
    const batch = next(FILES_PER_BATCH + left.size).filter((item) => !left.has(keyOf(item)));
    if (batch.length === 0) return;
    for (const item of await work(batch)) left.add(keyOf(item));
  }
}

async function hideBatch(
  deps: MirrorDeps,
  batch: readonly WithdrawnFile[],
  tally: PruneTally,
  { dryRun }: PruneOptions,
): Promise<readonly WithdrawnFile[]> {
  const linked = await stillLinked(deps, batch);
  const leaving = batch.filter((withdrawn) => !linked.includes(withdrawn));
  const moved = await moveAway(deps, leaving, dryRun);
  const hidden: HiddenFile[] = [];
  let foundMoved = false;
  for (const { name, file, why, serial } of leaving) {
    const to = trashPath(file.sha256, file.filename);
    const isMoved = moved.has(file.path);
    const wasMoved = !isMoved && (await deps.store.trashedSize(to)) !== null;
    foundMoved ||= wasMoved;
    hidden.push({ name, file, to, moved: isMoved || wasMoved, why, serial });
  }
  // By a run that did not live to make it durable: a power cut would bring back a file that nobody knows any more.
  if (foundMoved && !dryRun) await deps.store.flushDocroot();
  deps.catalogue.noteHidden(hidden, deps.clock.now());
  for (const { name, file, moved: isMoved, why, serial } of hidden) {
    if (!isMoved) continue;
    tally.hidden = plus(tally.hidden, { files: 1, bytes: file.sizeBytes });
    const { filename, sizeBytes } = file;
    deps.emit({ type: 'hidden', name, filename, bytes: sizeBytes, why, serial });
  }
  return linked;
}

/** Returns the paths at which something lay. */
async function moveAway(
  deps: MirrorDeps,
  leaving: readonly WithdrawnFile[],
  dryRun: boolean,
): Promise<ReadonlySet<DocrootPath>> {
  if (!dryRun) {
    const moves = leaving.flatMap(({ file }) => movesOf(file.path, trashPath(file.sha256, file.filename)));
    return new Set((await deps.store.hide(moves)).map(({ from }) => from));
  }
  const there = new Set<DocrootPath>();
  for (const { file } of leaving) if ((await deps.store.size(file.path)) !== null) there.add(file.path);
  return there;
}

/**
 * P1, looked at once more where it counts: what a page in the docroot names stays, although no page should. Its project
 * is pending, so that this run does not end with 0 (P8), and planned anew by the next one, which puts the page right.
 */
async function stillLinked(deps: MirrorDeps, batch: readonly WithdrawnFile[]): Promise<WithdrawnFile[]> {
  const byProject = new Map<ProjectName, WithdrawnFile[]>();
  for (const one of batch) byProject.set(one.name, [...(byProject.get(one.name) ?? []), one]);
  const linked: WithdrawnFile[] = [];
  for (const [name, files] of byProject) {
    const paths = files.map(({ file }) => file.path);
    const named = await linkedFromPages(deps, name, paths);
    if (named.size === 0) continue;
    linked.push(...files.filter(({ file }) => named.has(file.path)));
    const code = 'PRUNE_LINKED';
    const message = `a page in the docroot links to files that are withdrawn; they stay until it is put right: ${name}`;
    const nowMs = deps.clock.now();
    deps.catalogue.addDue([demandWithoutChange(name, null, 'operator')]);
    deps.catalogue.fail([{ name, code, message, nextTryMs: nowMs }], nowMs);
    deps.emit({ type: 'warning', code, message });
  }
  return linked;
}

async function deleteBatch(
  deps: MirrorDeps,
  batch: readonly TrashedFile[],
  tally: PruneTally,
  { dryRun }: PruneOptions,
): Promise<readonly TrashedFile[]> {
  const { catalogue, store } = deps;
  const nowMs = deps.clock.now();
  const kept: TrashedFile[] = [];
  const gone: TrashedFile[] = [];
  for (const file of batch) {
    if (await isOnlyCopy(deps, file)) kept.push(file);
    // Another project's row stands for the same bytes: they stay, and go with the last of them.
    else if (catalogue.sharesTrash(file)) catalogue.noteDeleted([file], nowMs);
    else gone.push(file);
  }
  if (!dryRun) await store.deleteTrashed(gone.flatMap(({ path }) => withSidecars(path)));
  catalogue.noteDeleted(gone, nowMs);
  for (const file of batch) {
    // What has returned lies in the docroot: only its old place is cleared.
    if (file.returned || kept.includes(file)) continue;
    tally.deleted = plus(tally.deleted, { files: 1, bytes: file.sizeBytes });
    const { name, filename, sizeBytes, why } = file;
    deps.emit({ type: 'deleted', name, filename, bytes: sizeBytes, why });
  }
  return kept;
}

/**
 * The catalogue knows a file for its place in the docroot, and nothing lies there: it was moved here and that was not noted,
 * or it was to be restored and that was not done. Whoever died then did not mean to leave nothing.
 */
async function isOnlyCopy({ catalogue, store }: MirrorDeps, file: TrashedFile): Promise<boolean> {
  // A sweep that was killed has not moved it yet, and the next one will: nothing is deleted that never came here.
  if (file.name === null && (await store.trashedSize(file.path)) === null)
    return (await store.size(file.docrootPath)) !== null;
  if (file.name === null || !catalogue.knowsFile(file.docrootPath)) return false;
  return (await store.size(file.docrootPath)) === null && (await store.trashedSize(file.path)) !== null;
}

export function plus(one: FileCount, other: FileCount): FileCount {
  return { files: one.files + other.files, bytes: one.bytes + other.bytes };
}
