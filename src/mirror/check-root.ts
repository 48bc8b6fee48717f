/** Looks at the root index and the completeness proof without writing: are they what the catalogue says? */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { gzipPath } from '../pypi/paths.ts';
import type { DocrootPath, Sha256 } from '../pypi/types.ts';
import { expectedManifest } from './manifest.ts';
import { listDocuments, type RootDeps, worthwhile } from './root-index.ts';

/** One document that is not what it must be. */
export interface RootTrouble {
  readonly path: DocrootPath;
  /** null: it must not be there. */
  readonly expected: Sha256 | null;
  /** null: it is not there. Of a gzipped twin this is the digest of what it unpacks to, or of its bytes when it does not. */
  readonly received: Sha256 | null;
}

/**
 * Tells each document that differs; nothing when all is well, or when there is nothing to see before a first sync is over.
 * Repaired by `rewriteRoot`. Memory does not grow with the number of projects.
 *
 * @throws INTERRUPTED
 */
export async function* checkRoot(deps: RootDeps, signal: AbortSignal): AsyncGenerator<RootTrouble> {
  const { catalogue, store, settings } = deps;
  const { serial } = catalogue.progress();
  if (!worthwhile({ serial, remaining: catalogue.untriedCount() })) return;
  for (const [path, render] of listDocuments(deps, serial)) {
    const expected = sha256OfPieces(render());
    const received = (await store.digest(path, signal))?.sha256 ?? null;
    if (received !== expected) yield { path, expected, received };
    const twin = gzipPath(path);
    const wanted = settings.precompress ? expected : null;
    const packed = await sha256OfTwin(deps, twin);
    if (packed !== wanted) yield { path: twin, expected: wanted, received: packed };
  }
  for (const [path, expected] of expectedManifest(deps, serial)) {
    const received = (await store.digest(path, signal))?.sha256 ?? null;
    if (received !== expected) yield { path, expected, received };
  }
}

/** The digest of a text that is never in memory as a whole. */
export function sha256OfPieces(pieces: Iterable<string>): Sha256 {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece, 'utf8');
  return hash.digest('hex') as Sha256;
}

/** Of what a twin unpacks to: another zlib may pack otherwise. */
async function sha256OfTwin({ store }: RootDeps, twin: DocrootPath): Promise<Sha256 | null> {
  const bytes = await store.read(twin);
  if (bytes === null) return null;
  const hash = createHash('sha256');
  try {
    for await (const chunk of Readable.from([bytes]).pipe(createGunzip())) hash.update(chunk as Buffer);
    return hash.digest('hex') as Sha256;
  } catch {
    return createHash('sha256').update(bytes).digest('hex') as Sha256;
  }
}
