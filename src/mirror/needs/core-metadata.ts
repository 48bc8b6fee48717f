/** A file's needs by its own word: the core metadata beside it (PEP 658), or inside the wheel. */
import type { FileNeeds } from '../../catalogue/contract.ts';
import { asJubjubError, isJubjubError } from '../../errors.ts';
import { parseCoreMetadata } from '../../pypi/core-metadata.ts';
import { sha256Of } from '../../pypi/digests.ts';
import { metadataPath } from '../../pypi/paths.ts';
import type { DistFile, Sha256 } from '../../pypi/types.ts';
import { retrying } from '../../retry.ts';
import type { MirrorDeps } from '../deps.ts';
import type { SpeakingFile } from './releases.ts';

/** Of a document that is only looked at, and held in memory for that; PyPI's largest are long descriptions of some 100 KiB. */
const LOOKED_AT_BYTES_MAX = 4 * 1024 * 1024;
/** The most that any project states, for all its extras together, is some 1,500. */
export const REQUIREMENTS_PER_FILE_MAX = 10_000;

/** What lies in the docroot says; null when nothing there does. */
export async function sidecarHere({ store }: MirrorDeps, file: SpeakingFile): Promise<FileNeeds | null> {
  const { path, metadataSha256, isWheel } = file;
  if (path === null) return null;
  if (metadataSha256 !== null) {
    const bytes = await store.read(metadataPath(path));
    if (bytes !== null && sha256Of(bytes) === metadataSha256) return needsIn(file, bytes);
  }
  const inside = isWheel ? await store.wheelMetadata(path) : null;
  if (inside === null || (metadataSha256 !== null && sha256Of(inside) !== metadataSha256)) return null;
  return needsIn(file, inside);
}

/** What upstream's core metadata beside the file says; null when it is not there, is another, or too large to be looked at. */
export async function sidecarUpstream(
  deps: MirrorDeps,
  file: SpeakingFile,
  page: DistFile,
  signal: AbortSignal,
): Promise<FileNeeds | null> {
  const advertised = page.coreMetadata?.sha256 ?? null;
  const url = new URL(page.url);
  url.pathname += '.metadata';
  if (!deps.upstream.mayLinkTo(url.href)) return null;
  const { clock, settings } = deps;
  const what = `${file.filename}.metadata`;
  const ask = () => read(deps, url.href, signal);
  try {
    const bytes = await retrying(
      clock,
      settings.fileRetry,
      signal,
      ({ code, message }, attempt, waitMs) =>
        deps.emit({ type: 'retry', what, code, message, attempt, waitMs }),
      ask,
    );
    return advertised === null || sha256Of(bytes) === advertised ? needsIn(file, bytes) : null;
  } catch (error) {
    if (isJubjubError(asJubjubError(error), 'UPSTREAM_ABSENT', 'UPSTREAM_TOO_LARGE')) return null;
    throw error;
  }
}

async function read({ upstream }: MirrorDeps, url: string, signal: AbortSignal): Promise<Uint8Array> {
  const reply = await upstream.file({ url, offsetBytes: 0, bodyBytesMax: LOOKED_AT_BYTES_MAX }, signal);
  const chunks: Uint8Array[] = [];
  for await (const chunk of reply.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Null when the document leaves it open: a build may add requirements (PEP 643); or when they are more than anybody has. */
function needsIn({ sha256, isWheel }: SpeakingFile, document: Uint8Array): FileNeeds | null {
  const { requiresDist, requiresPython, dynamic } = parseCoreMetadata(document);
  if (!isWheel && dynamic.includes('requires-dist')) return null;
  if (requiresDist.length > REQUIREMENTS_PER_FILE_MAX) return null;
  return { sha256: sha256 as Sha256, source: 'metadata', requiresDist, requiresPython, trouble: null };
}
