/** The simple API's documents as PyPI sends them: every key of protocol §2.4 and §2.5, in Python's sorted, compact layout. */
import { isoTime } from '../clock.ts';
import type { JsonObject, JsonValue } from '../pypi/types.ts';
import type { IndexFile, IndexProject, IndexRelease } from './index-model.ts';
import type { IndexState } from './index-state.ts';
import { compareVersions } from './version-order.ts';

/** Where pages say that things are; no trailing slashes. */
export interface OriginUrls {
  readonly site: string;
  readonly files: string;
}

export const API_VERSION = '1.4';

/** One file as both representations show it. */
export interface FileEntry extends JsonObject {
  readonly 'core-metadata': { sha256: string } | false;
  readonly filename: string;
  readonly hashes: { sha256: string };
  readonly provenance: string | null;
  readonly 'requires-python': string | null;
  readonly url: string;
  readonly yanked: boolean | string;
}

/** PyPI's layout: keys sorted at every level, no spaces, raw UTF-8, one line feed at the end. */
export function sortedJson(value: JsonValue): string {
  return `${JSON.stringify(value, (_key, part: JsonValue) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  })}\n`;
}

/** Six digits of a second, none at all when they are zero (protocol §2.5). */
export function uploadTime(timeMs: number): string {
  const whole = isoTime(timeMs);
  const fractionMs = timeMs % 1000;
  return fractionMs === 0 ? whole : whole.replace('Z', `.${String(fractionMs).padStart(3, '0')}000Z`);
}

function fileEntry(
  project: IndexProject,
  release: IndexRelease,
  file: IndexFile,
  urls: OriginUrls,
): FileEntry {
  const coreMetadata = file.metadataSha256 === null ? false : { sha256: file.metadataSha256 };
  const integrity = `${urls.site}/integrity/${project.normalized}/${release.version}/${file.filename}/provenance`;
  return {
    'core-metadata': coreMetadata,
    // Trap 34: PyPI's historic misspelling of the legacy key.
    'data-dist-info-metadata': coreMetadata,
    filename: file.filename,
    hashes: { sha256: file.sha256 },
    provenance: file.provenance === null ? null : integrity,
    'requires-python': release.requiresPython === '' ? null : release.requiresPython,
    size: file.sizeBytes,
    'upload-time': uploadTime(file.uploadedMs),
    url: `${urls.files}${file.path}`,
    yanked: release.yanked,
  };
}

/** Releases that pages show, in PyPI's order: quarantined ones vanish, and so does everything of a quarantined project. */
function visibleReleases(project: IndexProject): IndexRelease[] {
  if (project.status === 'quarantined') return [];
  return [...project.releases.values()]
    .filter((release) => !release.quarantined && release.files.size > 0)
    .sort((a, b) => compareVersions(a.version, b.version));
}

/** What a project's page lists: by version, then by filename. */
export function fileEntries(project: IndexProject, urls: OriginUrls): FileEntry[] {
  return visibleReleases(project).flatMap((release) =>
    [...release.files.values()]
      .sort((a, b) => (a.filename < b.filename ? -1 : 1))
      .map((file) => fileEntry(project, release, file, urls)),
  );
}

/** `/simple/<normalized>/` as JSON. Trap 22: versions without a visible file are not listed. */
export function detailJson(project: IndexProject, urls: OriginUrls): string {
  return sortedJson({
    files: fileEntries(project, urls),
    meta: { '_last-serial': project.lastSerial, 'api-version': API_VERSION },
    // Trap 23: normalized here, the display name in the index.
    name: project.normalized,
    'project-status': {
      status: project.status,
      ...(project.statusReason === null ? {} : { reason: project.statusReason }),
    },
    versions: visibleReleases(project).map((release) => release.version),
  });
}

/** The projects that `/simple/` lists: not the quarantined ones, by normalized name. */
export function listedProjects(state: IndexState): IndexProject[] {
  return [...state.projects]
    .filter((project) => project.status !== 'quarantined')
    .sort((a, b) => (a.normalized < b.normalized ? -1 : 1));
}

/** `/simple/` as JSON. */
export function indexJson(state: IndexState): string {
  return sortedJson({
    meta: { '_last-serial': state.lastSerial ?? 0, 'api-version': API_VERSION },
    projects: listedProjects(state).map((project) => ({
      '_last-serial': project.lastSerial,
      name: project.displayName,
    })),
  });
}
