/** Learns what files need: from the core metadata in the docroot, else from upstream's, else from the JSON API. */
import type { FileNeeds } from '../../catalogue/contract.ts';
import { interrupted, isoTime } from '../../clock.ts';
import { asJubjubError, isJubjubError, type JubjubError } from '../../errors.ts';
import type { DistFile, ProjectName, Sha256 } from '../../pypi/types.ts';
import { isProjectsOwn } from '../ask.ts';
import type { MirrorDeps } from '../deps.ts';
import { OutageWatch } from '../outage.ts';
import { parallel } from '../parallel.ts';
import { REQUIREMENTS_PER_FILE_MAX, sidecarHere, sidecarUpstream } from './core-metadata.ts';
import { isInfoOf, needsInDocument, needsInInfo, type ReleaseNeeds } from './release-document.ts';
import type { SpeakingFile } from './releases.ts';

/** Files whose needs are read from the disk at once. */
const READS_AT_ONCE = 4;

/** A file whose needs could not be asked for just now. */
export interface Unasked {
  readonly project: ProjectName;
  readonly filename: string;
  readonly error: JubjubError;
}

/** Is it to be asked again what a file needs? What could not be had is asked for again once a day, as long as something changes. */
export function isWorthAsking(known: FileNeeds | undefined, nowMs: number): boolean {
  if (known === undefined) return true;
  const asked = /\(asked (\d{4}-\d\d-\d\d)\)$/.exec(known.trouble ?? '')?.[1];
  return asked !== undefined && asked !== dayOf(nowMs);
}

function dayOf(timeMs: number): string {
  return isoTime(timeMs).slice(0, 10);
}

/**
 * Finds out what these files need, and writes it down. What upstream does not know is known to be unknown; what it only fails to say
 * just now is not written down, and returned.
 *
 * @throws INTERRUPTED, STORE_*, an outage (see `OutageWatch`)
 */
export async function learnNeeds(
  deps: MirrorDeps,
  files: readonly SpeakingFile[],
  signal: AbortSignal,
): Promise<readonly Unasked[]> {
  const needs: FileNeeds[] = [];
  const distant: SpeakingFile[] = [];
  await parallel(files, READS_AT_ONCE, signal, async (file) => {
    const known = await sidecarHere(deps, file);
    if (known === null) distant.push(file);
    else needs.push(known);
  });
  const unasked: Unasked[] = [];
  const watch = new OutageWatch(deps, signal);
  await parallel(withPages(deps, distant), deps.settings.pagesAtOnce, signal, async (asked, either) => {
    try {
      needs.push(await askUpstream(deps, asked, either));
      watch.succeeded();
    } catch (error) {
      const failure = asJubjubError(error);
      if (!isProjectsOwn(failure)) throw failure;
      await watch.failed(failure);
      if (mayPass(failure)) unasked.push({ ...namesOf(asked.file), error: failure });
      else needs.push(unknown(asked.file, `${failure.message} ${askedToday(deps)}`));
    }
  });
  deps.catalogue.noteFileNeeds(needs);
  if (signal.aborted) throw interrupted();
  return unasked;
}

function namesOf({ project, filename }: SpeakingFile): Pick<Unasked, 'project' | 'filename'> {
  return { project, filename };
}

function askedToday({ clock }: MirrorDeps): string {
  return `(asked ${dayOf(clock.now())})`;
}

/** It was tried often enough inside; the next run may have more luck. */
function mayPass(error: JubjubError): boolean {
  return (
    error.facts.retryable === true ||
    isJubjubError(error, 'UPSTREAM_UNREACHABLE', 'UPSTREAM_TIMEOUT', 'UPSTREAM_RATE_LIMITED')
  );
}

interface Asked {
  readonly file: SpeakingFile;
  /** As upstream's page has it; null when it is on it no longer. */
  readonly page: DistFile | null;
}

/** One page after the other is read: they are large. */
function withPages({ catalogue }: MirrorDeps, files: readonly SpeakingFile[]): Asked[] {
  return [...Map.groupBy(files, ({ project }) => project)].flatMap(([project, ofProject]) => {
    const packed = catalogue.knownDetail(project);
    const listed = packed === null ? [] : catalogue.unpack(packed, project).files;
    const names = new Set(ofProject.map(({ filename }) => filename));
    const pages = new Map(
      listed.filter(({ filename }) => names.has(filename)).map((page) => [page.filename, page]),
    );
    return ofProject.map((file) => ({ file, page: pages.get(file.filename) ?? null }));
  });
}

async function askUpstream(deps: MirrorDeps, { file, page }: Asked, signal: AbortSignal): Promise<FileNeeds> {
  if (page?.coreMetadata != null) {
    const known = await sidecarUpstream(deps, file, page, signal);
    if (known !== null) return known;
  }
  const { version } = file;
  if (version === null) return unknown(file, 'neither metadata beside it, nor a version in its name');
  const info = deps.catalogue.info(file.project)?.info ?? null;
  if (info !== null && isInfoOf(info, version)) return stated(file, needsInInfo(info));
  const reply = await deps.upstream.document(
    { what: 'json-api', name: file.project, version, validator: null, encoding: 'gzip' },
    signal,
  );
  if (reply.kind === 'document') return stated(file, needsInDocument(reply.bytes, file.project, version));
  return unknown(file, `upstream has no JSON API document of ${file.project} ${version} ${askedToday(deps)}`);
}

/** Of a wheel nothing stated is nothing needed; an sdist may not know it before it is built (PEP 643). */
function stated(file: SpeakingFile, { requiresDist, requiresPython }: ReleaseNeeds): FileNeeds {
  if (requiresDist === null && !file.isWheel)
    return unknown(file, 'upstream states no requirements of an sdist, which may have some all the same');
  const count = requiresDist?.length ?? 0;
  if (count > REQUIREMENTS_PER_FILE_MAX)
    return unknown(file, `${count} requirements, where at most ${REQUIREMENTS_PER_FILE_MAX} are read`);
  return {
    sha256: digestOf(file),
    source: 'json-api',
    requiresDist: requiresDist ?? [],
    requiresPython,
    trouble: null,
  };
}

function unknown(file: SpeakingFile, trouble: string): FileNeeds {
  return { sha256: digestOf(file), source: 'unknown', requiresDist: [], requiresPython: null, trouble };
}

/** Only of files with a digest it is asked what they need. */
function digestOf({ sha256 }: SpeakingFile): Sha256 {
  return sha256 as Sha256;
}
