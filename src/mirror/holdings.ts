/** Looks up what the docroot and the catalogue have of one project's files, so that planning can be pure. */
import type { KnownFile } from '../catalogue/contract.ts';
import { interrupted } from '../clock.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { filePath, metadataPath, provenancePath } from '../pypi/paths.ts';
import type { Detail, DistFile, DocrootPath, Sha256 } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import { type Holdings, pathOf } from './plan.ts';

/**
 * A file that the catalogue calls published is trusted when it is there with its size. Anything else that lies at a
 * wanted path (left by a crash between renaming and committing, or by another tool) is hashed before it is trusted.
 * `claims` are the paths that this wave's projects want, and the sidecars' digests, so that two projects never put
 * different bytes at one path.
 */
export async function lookUpHoldings(
  deps: MirrorDeps,
  detail: Detail,
  claims: Map<DocrootPath, Sha256>,
  signal: AbortSignal,
): Promise<Holdings> {
  const known = await trustedRows(deps, detail);
  const digestAt = (path: DocrootPath) =>
    known.get(path)?.sha256 ?? claims.get(path) ?? deps.catalogue.digestAt(path, detail.name);
  const paths = new Map<DistFile, DocrootPath | null>();
  const foreign = new Map<DocrootPath, Sha256>();
  for (const file of offeredFiles(detail)) {
    const path = pathOf(file, digestAt);
    paths.set(file, path);
    if (path === null || file.sha256 === null) continue;
    claims.set(path, file.sha256);
    const sidecar = claimSidecar(deps, detail, file, path, claims);
    if (sidecar !== null) foreign.set(path, sidecar);
  }
  const bytes = new Map<DocrootPath, number>();
  const sidecars = new Map<DocrootPath, Sha256>();
  const attestations = new Map<DocrootPath, KnownFile['provenance']>();
  for (const [file, path] of paths) {
    if (signal.aborted) throw interrupted();
    if (path === null || file.sha256 === null) continue;
    const row = known.get(path);
    const there = await deps.store.size(path);
    // Where nobody has been there is no sidecar either: this saves a look at each file of a first sync.
    if (there === null && row === undefined) continue;
    const held = there === null ? null : await heldBytes(deps, path, file, there, row, signal);
    if (held !== null) bytes.set(path, held);
    const sidecar = await heldSidecar(deps, path, file.coreMetadata?.sha256 ?? null, row, signal);
    if (sidecar !== null) sidecars.set(path, sidecar);
    if (row?.state !== 'published' || row.provenance === null || deps.distrust?.path(path)) continue;
    const attested = await deps.store.size(provenancePath(path));
    if (attested !== null) attestations.set(path, row.provenance);
  }
  return {
    pathOf: (file) => paths.get(file) ?? null,
    heldBytes: (path) => bytes.get(path) ?? null,
    isPublished: (path) => known.get(path)?.state === 'published',
    heldMetadata: (path) => sidecars.get(path) ?? null,
    foreignMetadata: (path) => foreign.get(path) ?? null,
    heldProvenance: (path) => attestations.get(path) ?? null,
  };
}

/** Our own rows by path, without those of plans that never came to anything: nothing lies there, so nothing is claimed. */
async function trustedRows(deps: MirrorDeps, detail: Detail): Promise<Map<DocrootPath, KnownFile>> {
  const rows = new Map<DocrootPath, KnownFile>();
  const offered = new Map(offeredFiles(detail).map((file) => [filePath(file), file.sha256]));
  for (const row of deps.catalogue.filesOf(detail.name)) {
    if (row.state === 'intended' && (await deps.store.size(row.path)) === null) continue;
    if (deps.distrust?.path(row.path) === true && offered.get(row.path) !== row.sha256) continue;
    rows.set(row.path, row);
  }
  return rows;
}

/** Claims the sidecar of a path; returns the digest that another project has for it, when that is another one. */
function claimSidecar(
  deps: MirrorDeps,
  detail: Detail,
  file: DistFile,
  path: DocrootPath,
  claims: Map<DocrootPath, Sha256>,
): Sha256 | null {
  if (file.coreMetadata === null) return null;
  const sidecar = metadataPath(path);
  const theirs = claims.get(sidecar) ?? deps.catalogue.metadataAt(path, detail.name);
  if (theirs !== null) return theirs === file.coreMetadata.sha256 ? null : theirs;
  if (file.coreMetadata.sha256 !== null) claims.set(sidecar, file.coreMetadata.sha256);
  return null;
}

async function heldBytes(
  deps: MirrorDeps,
  path: DocrootPath,
  file: DistFile,
  there: number,
  row: KnownFile | undefined,
  signal: AbortSignal,
): Promise<number | null> {
  const distrusted = deps.distrust?.path(path) === true;
  const trusted = row?.state === 'published' && row.sha256 === file.sha256 && !distrusted;
  if (trusted && row.sizeBytes === there) return there;
  if (file.sizeBytes !== null && file.sizeBytes !== there) return null;
  const digest = await deps.store.digest(path, signal);
  return digest !== null && digest.sha256 === file.sha256 ? digest.sizeBytes : null;
}

async function heldSidecar(
  deps: MirrorDeps,
  path: DocrootPath,
  advertised: Sha256 | null,
  row: KnownFile | undefined,
  signal: AbortSignal,
): Promise<Sha256 | null> {
  const sidecar = metadataPath(path);
  if (row?.state === 'published' && row.metadataSha256 !== null && deps.distrust?.path(path) !== true) {
    return (await deps.store.size(sidecar)) === null ? null : row.metadataSha256;
  }
  if (advertised === null || (await deps.store.size(sidecar)) === null) return null;
  const digest = await deps.store.digest(sidecar, signal);
  return digest?.sha256 ?? null;
}
