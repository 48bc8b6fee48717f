/**
 * Files that are nobody's, into the trash. What is about to go is written down first, so that no kill can leave bytes in the
 * trash that nobody knows of; what was written down and not moved is finished by the next one.
 */
import type { SweptFile } from '../catalogue/contract.ts';
import { isoTime } from '../clock.ts';
import { isJubjubError, type JubjubError } from '../errors.ts';
import { sweptPath } from '../pypi/paths.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';

type Deps = Pick<MirrorDeps, 'catalogue' | 'clock' | 'store'>;

export interface PutAway {
  /** Where something lay that is in the trash now. */
  readonly moved: Set<DocrootPath>;
  /** What could not be moved, and why. */
  readonly stuck: Map<DocrootPath, JubjubError>;
}

/**
 * Moves files to `state/trash/swept/<time>/`. One that cannot be moved keeps no other from going.
 * @throws STORE_FULL, CATALOGUE_UNREADABLE; what has gone until then is written down
 */
export async function putAway(deps: Deps, files: readonly Omit<SweptFile, 'to'>[]): Promise<PutAway> {
  const result: PutAway = { moved: new Set(), stuck: new Map() };
  if (files.length === 0) return result;
  const stamp = isoTime(deps.clock.now()).replaceAll(/[-:]/g, '');
  const begun = await begunBefore(deps);
  const placed: SweptFile[] = [];
  for (const file of files)
    placed.push({ ...file, to: begun.get(file.path) ?? (await freePlace(deps, stamp, file.path)) });
  const fresh = placed.filter(({ path }) => !begun.has(path));
  deps.catalogue.noteSwept(fresh, deps.clock.now());
  try {
    await move(deps, placed, result);
  } finally {
    const left = placed.filter(({ path }) => !result.moved.has(path));
    if (left.length > 0) deps.catalogue.noteNotSwept(left, deps.clock.now());
  }
  return result;
}

/** What one that was killed had written down and not moved: where it was to go. */
async function begunBefore({ catalogue, store }: Deps): Promise<ReadonlyMap<DocrootPath, SweptFile['to']>> {
  const begun = new Map<DocrootPath, SweptFile['to']>();
  for (const { docrootPath, path } of catalogue.lastSwept())
    if ((await store.trashedSize(path).catch(() => 0)) === null) begun.set(docrootPath, path);
  return begun;
}

async function move(deps: Deps, files: readonly SweptFile[], { moved, stuck }: PutAway): Promise<void> {
  try {
    const hidden = await deps.store.hide(files.map(({ path: from, to }) => ({ from, to })));
    for (const { from } of hidden) moved.add(from);
    return;
  } catch (error) {
    // Those before it have gone, and nobody else would know of them any more.
    for (const { path, to } of files) if (await isInTrash(deps, to)) moved.add(path);
    if (!isJubjubError(error, 'STORE_IO', 'STORE_NOT_WRITABLE')) throw error;
    const [one] = files;
    if (files.length === 1 && one !== undefined) {
      if (!moved.has(one.path)) stuck.set(one.path, error);
      return;
    }
  }
  for (const file of files) if (!moved.has(file.path)) await move(deps, [file], { moved, stuck });
}

/** In the trash that something is wrong with: what cannot be looked at is not counted on. */
async function isInTrash({ store }: Deps, to: SweptFile['to']): Promise<boolean> {
  return (await store.trashedSize(to).catch(() => null)) !== null;
}

/** Two sweeps in one second, of a file that somebody put there again: nothing in the trash is written over. */
async function freePlace({ store }: Deps, stamp: string, path: DocrootPath): Promise<SweptFile['to']> {
  for (let number = 1; ; number++) {
    const to = sweptPath(number === 1 ? stamp : `${stamp}-${number}`, path);
    if ((await store.trashedSize(to)) === null) return to;
  }
}
