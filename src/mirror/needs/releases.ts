/** Which files of a project tell what it needs: of each release one for each core metadata that its kept files have. */
import { offeredFiles } from '../../pypi/detail.ts';
import { asVersion } from '../../pypi/file-versions.ts';
import { releaseOf } from '../../pypi/filenames.ts';
import type { Detail, DistFile, DocrootPath, ProjectName, Sha256 } from '../../pypi/types.ts';
import { versionKey } from '../../pypi/version-key.ts';
import type { Ask } from '../../selection/asks.ts';
import { keptOf } from '../chosen.ts';
import type { MirrorDeps } from '../deps.ts';

/** A file that speaks for its release. */
export interface SpeakingFile {
  readonly project: ProjectName;
  readonly filename: string;
  /** As its name has it; null when that does not say. */
  readonly version: string | null;
  readonly isWheel: boolean;
  /** null: upstream gives none, and nothing can be remembered of it. */
  readonly sha256: Sha256 | null;
  /** Where it lies; null when files stay upstream. */
  readonly path: DocrootPath | null;
  /** Digest of its `.metadata`: of the one in the docroot, or, when files stay upstream, of upstream's. */
  readonly metadataSha256: Sha256 | null;
  /** Compares as versions do: that of a newer release is greater. */
  readonly rank: string;
}

export type ReleasesDeps = Pick<MirrorDeps, 'catalogue' | 'selection' | 'clock'> & {
  readonly settings: Pick<MirrorDeps['settings'], 'mirrorFiles'>;
};

/** `flask 3.0.2`; the file's name when its version cannot be told. */
export function releaseName({ project, version, filename }: SpeakingFile): string {
  return version === null ? filename : `${project} ${version}`;
}

/** The version in a file's name, as PEP 440 writes it; null when it does not say. */
export function versionOf(filename: string, project: ProjectName): string | null {
  const written = releaseOf(filename, project);
  return written === null ? null : asVersion(written);
}

/**
 * The files on a published project's page that are kept when it is asked for so, and that speak for their releases. `asks` null: it was
 * planned for just these, so that what is on the page is what is kept, and its detail need not be read.
 */
export function speakingFiles(
  deps: ReleasesDeps,
  project: ProjectName,
  asks: readonly Ask[] | null,
): readonly SpeakingFile[] {
  const { catalogue, settings } = deps;
  if (asks === null && settings.mirrorFiles) return spokesmen(pageFiles(deps, project));
  const packed = catalogue.knownDetail(project);
  if (packed === null) return [];
  const detail = catalogue.unpack(packed, project);
  const kept = keptDetail(deps, detail, asks ?? catalogue.needsOf(project));
  if (kept === null) return [];
  if (!settings.mirrorFiles) return spokesmen(offeredFiles(kept).map((file) => linked(project, file)));
  const names = new Set(kept.files.map(({ filename }) => filename));
  return spokesmen(pageFiles(deps, project).filter(({ filename }) => names.has(filename)));
}

/** What of a detail is kept; null when the whole project is not. */
export function keptDetail(deps: ReleasesDeps, detail: Detail, needs: readonly Ask[]): Detail | null {
  const { catalogue, selection, clock } = deps;
  const info = selection.wantsInfo ? (catalogue.info(detail.name)?.info ?? null) : null;
  const judgement = selection.judge({ detail, info, needs }, clock.now());
  return judgement.drop === null ? keptOf(detail, judgement) : null;
}

/** Files that the page links to, in the docroot. */
function pageFiles({ catalogue }: ReleasesDeps, project: ProjectName): SpeakingFile[] {
  const files = catalogue.filesOf(project).filter(({ state }) => state === 'published');
  return files.map((file) => speaking(project, file));
}

/** A file that stays upstream, and whose core metadata does, too. */
function linked(project: ProjectName, { filename, sha256, coreMetadata }: DistFile): SpeakingFile {
  return speaking(project, { filename, sha256, path: null, metadataSha256: coreMetadata?.sha256 ?? null });
}

type Named = Pick<SpeakingFile, 'filename' | 'sha256' | 'path' | 'metadataSha256'>;

function speaking(project: ProjectName, { filename, sha256, path, metadataSha256 }: Named): SpeakingFile {
  const isWheel = filename.endsWith('.whl');
  const { version, rank } = rankedVersion(versionOf(filename, project));
  return { project, filename, version, rank, isWheel, sha256, path, metadataSha256 };
}

interface RankedVersion {
  readonly version: string | null;
  readonly rank: string;
}

/** Versions that are remembered with their order: projects count their releases in the same few ways. */
const VERSIONS_REMEMBERED_MAX = 20_000;
const ranked = new Map<string, RankedVersion>();

function rankedVersion(version: string | null): RankedVersion {
  if (version === null) return { version, rank: '' };
  const known = ranked.get(version);
  if (known !== undefined) return known;
  if (ranked.size >= VERSIONS_REMEMBERED_MAX) ranked.clear();
  const made = { version, rank: versionKey(version) };
  ranked.set(version, made);
  return made;
}

/**
 * Of each release its wheels, one for each core metadata among them; without wheels its sdist, without that any file. What the sdist
 * of a release with wheels would say is what they say, as far as an sdist knows at all (PEP 643). The newest release comes first.
 */
function spokesmen(files: readonly SpeakingFile[]): readonly SpeakingFile[] {
  const chosen = new Map<string, SpeakingFile>();
  const wheeled = new Set(files.filter(({ isWheel }) => isWheel).map(releaseName));
  for (const file of files) {
    const release = releaseName(file);
    if (!file.isWheel && wheeled.has(release)) continue;
    const key = file.isWheel ? `${release}\n${file.metadataSha256 ?? file.filename}` : release;
    const before = chosen.get(key);
    if (before === undefined || comesBefore(file, before)) chosen.set(key, file);
  }
  return [...chosen.values()].sort((one, other) => (one.rank < other.rank ? 1 : -1));
}

const SDIST = /\.(?:tar\.gz|zip|tar\.bz2|tgz|tar\.xz)$/;

/** Always the same one of a release, whatever order files come in: what is known of it is asked for once. */
function comesBefore(one: SpeakingFile, other: SpeakingFile): boolean {
  const [isSdist, otherIs] = [SDIST.test(one.filename), SDIST.test(other.filename)];
  return isSdist === otherIs ? one.filename < other.filename : isSdist;
}
