/** Files for which upstream gives no sha256: brought in before the plan, to learn where they belong and what they are. */
import type { LearnedFile } from '../catalogue/contract.ts';
import { asJubjubError, type JubjubError } from '../errors.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { sha256Of } from '../pypi/digests.ts';
import { digestFilePath, filePath } from '../pypi/paths.ts';
import type { Detail, DistFile, DocrootPath, Sha256 } from '../pypi/types.ts';
import { isProjectsOwn } from './ask.ts';
import type { MirrorDeps } from './deps.ts';
import { parallel } from './parallel.ts';
import { transferUnknown } from './transfer.ts';
import { isRevalidation, type WaveProject } from './wave-project.ts';

/**
 * Fills in the digests that a project's page lacks. A file that is known already is asked for conditionally when its
 * project is looked at again: without a digest nothing else tells that its bytes were replaced. What was brought in
 * lies in staging, under the path that its digest gives it, where the transfer finds it.
 */
export async function learnDigests(
  deps: MirrorDeps,
  projects: readonly WaveProject[],
  dryRun: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (!deps.settings.mirrorFiles) return;
  for (const project of projects) {
    if (project.page?.digestless !== true || signal.aborted) continue;
    await learnProject(deps, project, dryRun, signal);
  }
}

async function learnProject(
  deps: MirrorDeps,
  project: WaveProject,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { page, due } = project;
  if (page === null) return;
  const detail = deps.catalogue.unpack(page.detail, due.name);
  const known = new Map(deps.catalogue.learnedOf(due.name).map((file) => [file.url, file]));
  const found = new Map<string, LearnedFile>();
  const failures = new Map<string, JubjubError>();
  const again = isRevalidation(due);
  await parallel(
    offeredFiles(detail).filter((file) => lacksDigest(file, known.get(file.url))),
    deps.settings.fileConnections,
    signal,
    async (file, either) => {
      const before = known.get(file.url) ?? null;
      if (!deps.upstream.mayLinkTo(file.url)) return;
      if (before !== null && (dryRun || !again || before.validator === null)) found.set(file.url, before);
      else if (!dryRun) await learnFile(deps, file, before, { found, failures }, either);
    },
  );
  project.learned = [...found.values()];
  project.unlearned = failures;
  const complete = withLearned(detail, found);
  project.page = { ...page, detail: deps.catalogue.pack(complete) };
}

/** Of a page that was committed the digest is there, but it is ours. */
function lacksDigest(file: DistFile, learned: LearnedFile | undefined): boolean {
  return file.sha256 === null || (learned !== undefined && learned.sha256 === file.sha256);
}

interface Lessons {
  readonly found: Map<string, LearnedFile>;
  readonly failures: Map<string, JubjubError>;
}

async function learnFile(
  deps: MirrorDeps,
  file: DistFile,
  before: LearnedFile | null,
  lessons: Lessons,
  signal: AbortSignal,
): Promise<void> {
  // By its address until its digest is known: no two addresses share a place.
  const aside = digestFilePath(sha256Of(file.url), file.filename);
  try {
    const came = await transferUnknown(
      deps,
      { ...file, path: aside, validator: before?.validator ?? null },
      signal,
    );
    if (came === null) {
      if (before !== null) lessons.found.set(file.url, before);
      return;
    }
    const { sha256, sizeBytes } = came.digest;
    await deps.store.restage(aside, placeOf(file, sha256));
    lessons.found.set(file.url, { url: file.url, sha256, sizeBytes, validator: came.validator });
  } catch (error) {
    const failure = asJubjubError(error);
    if (!isProjectsOwn(failure)) throw failure;
    // What we know stays true as far as anybody can tell; it is owed all the same.
    if (before !== null && failure.code !== 'UPSTREAM_ABSENT') lessons.found.set(file.url, before);
    else lessons.failures.set(file.url, failure);
  }
}

function placeOf(file: DistFile, sha256: Sha256): DocrootPath {
  return filePath({ ...file, sha256 }) ?? digestFilePath(sha256, file.filename);
}

/** The page with the digests that we learnt, so that whoever reads ours can verify what upstream's readers cannot. */
export function withLearned(detail: Detail, found: ReadonlyMap<string, LearnedFile>): Detail {
  const files = detail.files.map((file) => {
    const sha256 = found.get(file.url)?.sha256 ?? null;
    if (sha256 === null || sha256 === file.sha256) return file;
    const hashes = file.raw['hashes'];
    const others = typeof hashes === 'object' && hashes !== null && !Array.isArray(hashes) ? hashes : {};
    return { ...file, sha256, raw: { ...file.raw, hashes: { ...others, sha256 } } };
  });
  return { ...detail, files, raw: { ...detail.raw, files: files.map((file) => file.raw) } };
}
