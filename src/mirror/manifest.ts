/** The completeness proof beside the root index: bucket documents and `manifest.json`, written when they say something new. */
import type { Bucket, CommitResult } from '../catalogue/contract.ts';
import { isJubjubError } from '../errors.ts';
import { sha256Of } from '../pypi/digests.ts';
import { bucketOf, type Manifest, manifestOf, renderBucket, renderManifest } from '../pypi/manifest.ts';
import { parseManifest } from '../pypi/parse-manifest.ts';
import { bucketPath, MANIFEST_PATH } from '../pypi/paths.ts';
import type { DocrootPath, ProjectName, Serial, Sha256 } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import { toldSerial } from './dialect.ts';
import { refuseLostLock } from './lost-lock.ts';
import { halfGone } from './removal-limit.ts';

type CatalogueOnly = Pick<MirrorDeps, 'catalogue'>;
type ManifestDeps = Pick<MirrorDeps, 'catalogue' | 'store' | 'holdsLock'>;

/** Documents that are compared, flushed and placed together. */
const DOCUMENTS_AT_ONCE = 256;

const NEVER: AbortSignal = new AbortController().signal;

/** What the catalogue makes of a bucket now, and the text of its document. */
export function bucketDocument(
  { catalogue }: CatalogueOnly,
  id: string,
  without: ReadonlySet<ProjectName> = new Set(),
): { readonly bucket: Bucket; readonly text: string } {
  const entries = catalogue.bucketEntries(id).filter(({ name }) => !without.has(name));
  const text = renderBucket(entries);
  return { bucket: { id, sha256: sha256Of(text), projects: entries.length }, text };
}

/** The manifest over these buckets at a committed serial, with the counts of the catalogue. */
export function manifestOver(
  deps: CatalogueOnly,
  committed: Serial | null,
  buckets: readonly Bucket[],
): Manifest {
  const { files, bytes } = deps.catalogue.publishedCounts();
  return manifestOf({
    serial: toldSerial(deps, committed),
    projects: buckets.reduce((sum, { projects }) => sum + projects, 0),
    files,
    bytes,
    buckets: new Map(buckets.map(({ id, sha256 }) => [id, sha256])),
  });
}

/**
 * Makes the proof say what the catalogue says; called inside the commit, which the catalogue already shows. Looked at are
 * the buckets that have changed, and those of `touched`, the projects of the wave: a run that was killed before its commit
 * may have left theirs as that commit would have had them, and the catalogue remembers nothing of it. A proof that is not
 * there yet, or not any more, is written as a whole, once everything that is due has been tried.
 */
export async function publishManifest(
  deps: ManifestDeps,
  committing: Pick<CommitResult, 'serial' | 'remaining' | 'rootChanged'>,
  touched: readonly ProjectName[],
): Promise<void> {
  const gone = await halfGone(deps);
  // A removal that a killed run has begun may have taken a document away that the catalogue still counts on.
  const again = [...deps.catalogue.dueRemovals(), ...touched];
  const ids = new Set([...deps.catalogue.changedBuckets(), ...again.map(bucketOf)]);
  const isThere = (await deps.store.size(MANIFEST_PATH)) !== null;
  // Neither a page nor the serial has changed: the proof is not even looked at.
  if (isThere && ids.size === 0 && !committing.rootChanged) return;
  // Until this catalogue has made a first one, its documents are in the making.
  if (isThere && deps.catalogue.buckets().length > 0)
    await writeManifest(deps, committing.serial, [...ids], gone);
  else if (committing.remaining === 0) await rewriteManifest(deps, committing.serial);
}

/** Compares the whole proof with what lies there, and writes what differs. */
export async function rewriteManifest(deps: ManifestDeps, committed: Serial | null): Promise<void> {
  const known = deps.catalogue.buckets().map(({ id }) => id);
  const ids = new Set([...deps.catalogue.changedBuckets(), ...known, ...(await bucketsThere(deps))]);
  await writeManifest(deps, committed, [...ids], await halfGone(deps));
}

/**
 * P1: the documents that the manifest which lies there promises. A run that was killed before its commit may have left one with more than
 * the catalogue knows of.
 */
export async function promisedDocuments(deps: Pick<MirrorDeps, 'store'>): Promise<ReadonlySet<string>> {
  return new Set((await bucketsThere(deps)).map((id) => bucketPath(id)));
}

/** The buckets of the manifest that lies there: another catalogue may have left some that have no projects any more. */
async function bucketsThere({ store }: Pick<MirrorDeps, 'store'>): Promise<readonly string[]> {
  const bytes = await store.read(MANIFEST_PATH);
  if (bytes === null) return [];
  try {
    return [...parseManifest(Buffer.from(bytes).toString('utf8'), MANIFEST_PATH).buckets.keys()];
  } catch (error) {
    if (isJubjubError(error)) return []; // Not ours, or damaged: it is about to be replaced.
    throw error;
  }
}

async function writeManifest(
  deps: ManifestDeps,
  committed: Serial | null,
  ids: readonly string[],
  without: ReadonlySet<ProjectName>,
): Promise<void> {
  const { catalogue, store } = deps;
  const inOrder = [...ids].sort();
  const empty: DocrootPath[] = [];
  for (let at = 0; at < inOrder.length; at += DOCUMENTS_AT_ONCE) {
    const documents = inOrder
      .slice(at, at + DOCUMENTS_AT_ONCE)
      .map((id) => bucketDocument(deps, id, without));
    const changed: DocrootPath[] = [];
    for (const { bucket, text } of documents) {
      const path = bucketPath(bucket.id);
      if (bucket.projects > 0) changed.push(...(await stagedIfNew(deps, path, text, bucket.sha256)));
      else if ((await store.size(path)) !== null) empty.push(path);
    }
    await store.flushStaged(changed);
    refuseLostLock(deps);
    await store.place(changed);
    catalogue.setBuckets(documents.map(({ bucket }) => bucket));
  }
  // The manifest promises its buckets: it comes after them, and before those go that it does not have any more.
  const text = renderManifest(manifestOver(deps, committed, catalogue.buckets()));
  const changed = await stagedIfNew(deps, MANIFEST_PATH, text, sha256Of(text));
  await store.flushStaged(changed);
  refuseLostLock(deps);
  await store.place(changed);
  await store.remove(empty);
}

/** P5: stages only what is not there already. */
async function stagedIfNew(
  { store }: ManifestDeps,
  path: DocrootPath,
  text: string,
  sha256: Sha256,
): Promise<DocrootPath[]> {
  const there = await store.digest(path, NEVER);
  if (there?.sha256 === sha256) return [];
  await store.stageBytes(path, Buffer.from(text, 'utf8'));
  return [path];
}

/** What the documents of the proof must be, by path, the manifest last; nothing while there is none yet. */
export function* expectedManifest(
  deps: CatalogueOnly,
  committed: Serial | null,
): Generator<readonly [path: DocrootPath, sha256: Sha256]> {
  const known = deps.catalogue.buckets();
  if (known.length === 0) return;
  const buckets: Bucket[] = [];
  for (const { id } of known) {
    // From the projects, not from the memory of the bucket: one of the two may be wrong.
    const { bucket } = bucketDocument(deps, id);
    buckets.push(bucket);
    yield [bucketPath(id), bucket.sha256];
  }
  yield [MANIFEST_PATH, sha256Of(renderManifest(manifestOver(deps, committed, buckets)))];
}
