/** Restore: brings withdrawn files of a project back into the docroot by the operator's will, and lets them go again. */
import type { KnownFile, TrashedFile, WithdrawnFile } from '../catalogue/contract.ts';
import { interrupted } from '../clock.ts';
import { isJubjubError } from '../errors.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { metadataPath, provenancePath, trashPath } from '../pypi/paths.ts';
import type { DocrootPath, ProjectName, Sha256, TrashPath } from '../pypi/types.ts';
import type { TrashMove } from '../store/contract.ts';
import { demandWithoutChange } from './demands.ts';
import type { MirrorDeps } from './deps.ts';
import { refuseLostLock } from './lost-lock.ts';
import { findTrashed } from './recall.ts';

/** What became of a file. */
export type RestoreState =
  /** Back out of the trash. */
  | 'restored'
  /** It was still in the docroot, and is held there now. */
  | 'held'
  /** It was held before. */
  | 'already'
  /** Its bytes, in the docroot or in the trash, are not what they were; they stay there. */
  | 'damaged'
  /** It is not in the trash any more. */
  | 'missing'
  /** Other bytes have its place in the docroot; they stay. */
  | 'taken';

export interface RestoredFile {
  readonly filename: string;
  readonly path: DocrootPath;
  readonly sha256: Sha256;
  readonly bytes: number;
  readonly state: RestoreState;
  /** Why it had left its page. */
  readonly why: string;
  /** The page that upstream gave last lists it: the next sync publishes it. */
  readonly listed: boolean;
}

/** A file of a project that may be brought back, from the docroot or from the trash. */
export interface Restorable {
  readonly filename: string;
  readonly path: DocrootPath;
  readonly sha256: Sha256;
  readonly sizeBytes: number;
  readonly metadataSha256: Sha256 | null;
  /** null: only the trash knows it. */
  readonly withdrawn: WithdrawnFile | null;
  readonly trashed: TrashedFile | null;
}

/** What can be asked for, by filename. A file that came back and left again is one file. */
export function restorable({ catalogue }: Pick<MirrorDeps, 'catalogue'>, name: ProjectName): Restorable[] {
  const byPath = new Map<DocrootPath, Restorable>();
  for (const trashed of catalogue.trashOf(name)) {
    if (trashed.returned || trashed.sha256 === null) continue;
    const { filename, docrootPath: path, sha256, sizeBytes, metadataSha256 } = trashed;
    byPath.set(path, { filename, path, sha256, sizeBytes, metadataSha256, withdrawn: null, trashed });
  }
  for (const withdrawn of catalogue.withdrawnOf(name)) {
    const { filename, path, sha256, sizeBytes, metadataSha256 } = withdrawn.file;
    const trashed = byPath.get(path)?.trashed ?? null;
    byPath.set(path, { filename, path, sha256, sizeBytes, metadataSha256, withdrawn, trashed });
  }
  return [...byPath.values()].sort((a, b) => (a.filename < b.filename ? -1 : 1));
}

/**
 * Puts each file at its address again, verified, with its sidecars, and holds it there. Pages stay what upstream says (P6):
 * a file that is not on upstream's page is reachable, not listed. Asks nobody. One that cannot be had stops no other.
 *
 * @throws STORE_*, CATALOGUE_UNREADABLE, LOCK_HELD, INTERRUPTED; what was done until then stays
 */
export async function restore(
  deps: MirrorDeps,
  name: ProjectName,
  files: readonly Restorable[],
  signal: AbortSignal,
): Promise<RestoredFile[]> {
  const listed = listedBy(deps, name);
  const done: RestoredFile[] = [];
  for (const file of files) {
    if (signal.aborted) throw interrupted();
    refuseLostLock(deps);
    const { filename, path, sha256, sizeBytes: bytes } = file;
    const isListed = listed.get(filename) === sha256;
    const state = await bringBack(deps, name, file, signal);
    const why = file.withdrawn?.why ?? file.trashed?.why ?? '';
    done.push({ filename, path, sha256, bytes, state, why, listed: isListed });
  }
  if (done.some((file) => file.listed && isThere(file)))
    deps.catalogue.addDue([demandWithoutChange(name, null, 'operator')]);
  return done;
}

export function isThere({ state }: RestoredFile): boolean {
  return state === 'restored' || state === 'held' || state === 'already';
}

/** Files that are held, published ones too, are the operator's no more. Returns those that were. */
export function release(
  { catalogue, clock }: MirrorDeps,
  name: ProjectName,
  files: readonly KnownFile[],
): readonly WithdrawnFile[] {
  const paths = files.map(({ path }) => path);
  return catalogue.setHeld(name, paths, false, clock.now());
}

/** The digests of the files on the page that upstream gave last. */
function listedBy({ catalogue }: MirrorDeps, name: ProjectName): ReadonlyMap<string, Sha256 | null> {
  const detail = catalogue.detail(name);
  return new Map(detail === null ? [] : offeredFiles(detail).map((file) => [file.filename, file.sha256]));
}

async function bringBack(
  deps: MirrorDeps,
  name: ProjectName,
  file: Restorable,
  signal: AbortSignal,
): Promise<RestoreState> {
  const { catalogue, store } = deps;
  const { path, sha256, withdrawn } = file;
  const isThereNow = (await store.size(path)) !== null;
  if (isThereNow && (await hasRightBytes(deps, file, signal))) {
    if (withdrawn?.held === true) return 'already';
    note(deps, name, file);
    return withdrawn === null ? 'restored' : 'held';
  }
  // A withdrawn file that lies there has gone bad; anything else may be anybody's.
  if (isThereNow && withdrawn === null) return 'taken';
  // Another project is about to have other bytes there.
  if ((catalogue.digestAt(path, name) ?? sha256) !== sha256) return 'taken';
  const found = await findTrashed(deps, sha256, file.filename, signal);
  if (found === null) return isThereNow || (await isInTrash(deps, file)) ? 'damaged' : 'missing';
  const moves = [...(await sidecarMoves(deps, file, found, signal)), { from: path, to: found }];
  // Noted first: from here on the catalogue knows the file in the docroot, and as long as it is not there, prune leaves its
  // bytes in the trash. Killed between the two, the next `restore` goes on.
  note(deps, name, file);
  await store.unhide(moves);
  return 'restored';
}

/** What cannot be read is not right. @throws INTERRUPTED */
async function hasRightBytes(
  { store }: MirrorDeps,
  { path, sha256 }: Restorable,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await store.digest(path, signal))?.sha256 === sha256;
  } catch (error) {
    if (!isJubjubError(error, 'STORE_IO', 'STORE_NOT_WRITABLE')) throw error;
    return false;
  }
}

function note({ catalogue, clock }: MirrorDeps, name: ProjectName, file: Restorable): void {
  if (file.withdrawn !== null) catalogue.setHeld(name, [file.path], true, clock.now());
  else if (file.trashed !== null) catalogue.noteRestored(file.trashed, clock.now());
}

async function isInTrash({ store }: MirrorDeps, { sha256, filename }: Restorable): Promise<boolean> {
  return (await store.trashedSize(trashPath(sha256, filename))) !== null;
}

/** What lies in the docroot already stays: another page may link to it. Attestations have no digest to hold them against. */
async function sidecarMoves(
  { store }: MirrorDeps,
  file: Restorable,
  found: TrashPath,
  signal: AbortSignal,
): Promise<TrashMove[]> {
  const moves: TrashMove[] = [];
  const metadata = { from: metadataPath(file.path), to: metadataPath(found) };
  if (file.metadataSha256 !== null && (await store.size(metadata.from)) === null) {
    const digest = await store.digestTrashed(metadata.to, signal);
    if (digest?.sha256 === file.metadataSha256) moves.push(metadata);
  }
  const provenance = { from: provenancePath(file.path), to: provenancePath(found) };
  if ((await store.size(provenance.from)) === null) moves.push(provenance);
  return moves;
}
