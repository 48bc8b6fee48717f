/** Files for which upstream gives no sha256: brought in before the plan, to learn where they belong and what they are. */
import type { LearnedFile } from '../catalogue/contract.ts';
import { asJubjubError, type JubjubError } from '../errors.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { sha256Of } from '../pypi/digests.ts';
import { digestFilePath, filePath } from '../pypi/paths.ts';
import type { Detail, DistFile, DocrootPath, Sha256 } from '../pypi/types.ts';
import { isProjectsOwn } from './ask.ts';
import { choose, keptOf, selectionTime } from './chosen.ts';
import { FILES_PER_WAVE_MAX, type MirrorDeps } from './deps.ts';
import { OutageWatch } from './outage.ts';
import { parallel } from './parallel.ts';
import { transferUnknown } from './transfer.ts';
import type { WaveProject } from './wave-project.ts';

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
  const watch = new OutageWatch(deps, signal);
  let files = 0;
  for (const project of projects) {
    if (project.page?.digestless !== true || signal.aborted) continue;
    // The next wave begins with one that does not fit: what is brought in for it now would be brought in again.
    if (files < FILES_PER_WAVE_MAX) files += await learnProject(deps, project, dryRun, watch, signal);
    else Object.assign(project, { answered: null, page: null, failure: null, gone: null });
  }
}

/** Returns how many files its page offers. */
async function learnProject(
  deps: MirrorDeps,
  project: WaveProject,
  dryRun: boolean,
  watch: OutageWatch,
  signal: AbortSignal,
): Promise<number> {
  const { page, due } = project;
  if (page === null) return 0;
  const detail = deps.catalogue.unpack(page.detail, due.name);
  const known = new Map(deps.catalogue.learnedOf(due.name).map((file) => [file.url, file]));
  const lessons: Lessons = { found: new Map(), failures: new Map(), owed: [] };
  const { found } = lessons;
  const again = project.revalidates;
  const offered = offeredFiles(keptOf(detail, choose(deps, detail, selectionTime(deps, due.name))));
  await parallel(
    offered.filter((file) => lacksDigest(file, known.get(file.url))),
    deps.settings.filesAtOnce,
    signal,
    async (file, either) => {
      const before = known.get(file.url) ?? null;
      if (!deps.upstream.mayLinkTo(file.url)) return;
      // Without a validator only all of its bytes tell whether it is another file now: for who wants to look into all.
      const isAsked = again && (before?.validator != null || due.replan);
      if (before !== null && (dryRun || !isAsked)) found.set(file.url, before);
      else if (!dryRun) await learnFile(deps, file, before, lessons, watch, either);
    },
  );
  project.learned = [...found.values()];
  project.unlearned = lessons.failures;
  project.failure ??= lessons.owed[0] ?? null;
  const complete = withLearned(detail, found);
  project.page = { ...page, detail: deps.catalogue.pack(complete) };
  return offered.length;
}

/** Of a page that was committed the digest is there, but it is ours. */
function lacksDigest(file: DistFile, learned: LearnedFile | undefined): boolean {
  return file.sha256 === null || (learned !== undefined && learned.sha256 === file.sha256);
}

interface Lessons {
  readonly found: Map<string, LearnedFile>;
  /** Of files that we have nothing of. */
  readonly failures: Map<string, JubjubError>;
  /** Of files that stay as we know them. */
  readonly owed: JubjubError[];
}

async function learnFile(
  deps: MirrorDeps,
  file: DistFile,
  before: LearnedFile | null,
  lessons: Lessons,
  watch: OutageWatch,
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
      watch.succeeded();
      if (before !== null) lessons.found.set(file.url, before);
      return;
    }
    watch.succeeded();
    const { sha256, sizeBytes } = came.digest;
    await deps.store.restage(aside, placeOf(file, sha256));
    lessons.found.set(file.url, { url: file.url, sha256, sizeBytes, validator: came.validator });
  } catch (error) {
    const failure = asJubjubError(error);
    if (!isProjectsOwn(failure)) throw failure;
    await watch.failed(failure);
    if (before === null) lessons.failures.set(file.url, failure);
    else {
      // P7: what we know stays true as far as anybody can tell, for the page still lists it. It is owed all the same.
      lessons.found.set(file.url, before);
      lessons.owed.push(failure);
    }
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
