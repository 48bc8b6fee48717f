/** Looks up what the docroot and the catalogue have of one project's files, so that planning can be pure. */

import PQueue from 'p-queue';
import type { KnownFile } from '../catalogue/contract.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { metadataPath } from '../pypi/paths.ts';
import type { Detail, DocrootPath, Sha256 } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import { type Holdings, pathOf } from './plan.ts';

const LOOKUPS_PARALLEL = 8;

/**
 * A file that the catalogue calls published is trusted when it is there with its size. Anything else that lies at a
 * wanted path (left by a crash between renaming and committing, or by another tool) is hashed before it is trusted.
 * `claims` are the paths that this wave's projects want, so that two of them never put different bytes at one path.
 */
export async function lookUpHoldings(
  deps: MirrorDeps,
  detail: Detail,
  claims: Map<DocrootPath, Sha256>,
  signal: AbortSignal,
): Promise<Holdings> {
  const { catalogue } = deps;
  const known = new Map(catalogue.filesOf(detail.name).map((file) => [file.path, file]));
  const digestAt = (path: DocrootPath) =>
    known.get(path)?.sha256 ?? claims.get(path) ?? catalogue.digestAt(path);
  for (const file of offeredFiles(detail)) {
    const path = pathOf(file, digestAt);
    if (path !== null && file.sha256 !== null) claims.set(path, file.sha256);
  }
  const bytes = new Map<DocrootPath, number>();
  const sidecars = new Map<DocrootPath, Sha256>();
  const queue = new PQueue({ concurrency: LOOKUPS_PARALLEL });
  const looks = offeredFiles(detail).map((file) =>
    queue.add(async () => {
      const path = pathOf(file, digestAt);
      if (path === null || file.sha256 === null) return;
      const row = known.get(path);
      const held = await heldBytes(deps, path, file.sha256, file.sizeBytes, row, signal);
      if (held !== null) bytes.set(path, held);
      const sidecar = await heldSidecar(deps, path, file.coreMetadata?.sha256 ?? null, row, signal);
      if (sidecar !== null) sidecars.set(path, sidecar);
    }),
  );
  await Promise.all(looks);
  return {
    digestAt,
    heldBytes: (path) => bytes.get(path) ?? null,
    heldMetadata: (path) => sidecars.get(path) ?? null,
  };
}

async function heldBytes(
  deps: MirrorDeps,
  path: DocrootPath,
  sha256: Sha256,
  sizeBytes: number | null,
  row: KnownFile | undefined,
  signal: AbortSignal,
): Promise<number | null> {
  const there = await deps.store.size(path);
  if (there === null) return null;
  const trusted = row?.state === 'published' && row.sha256 === sha256;
  if (trusted && row.sizeBytes === there) return there;
  if (sizeBytes !== null && sizeBytes !== there) return null;
  const digest = await deps.store.digest(path, signal);
  return digest?.sha256 === sha256 ? digest.sizeBytes : null;
}

async function heldSidecar(
  deps: MirrorDeps,
  path: DocrootPath,
  advertised: Sha256 | null,
  row: KnownFile | undefined,
  signal: AbortSignal,
): Promise<Sha256 | null> {
  const sidecar = metadataPath(path);
  if (row?.state === 'published' && row.metadataSha256 !== null) {
    return (await deps.store.size(sidecar)) === null ? null : row.metadataSha256;
  }
  if (advertised === null || (await deps.store.size(sidecar)) === null) return null;
  const digest = await deps.store.digest(sidecar, signal);
  return digest?.sha256 ?? null;
}
