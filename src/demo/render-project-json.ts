/** The JSON API's documents with every key of protocol §3, in Python's sorted, compact layout. */
import { isoTime } from '../clock.ts';
import type { JsonObject, JsonValue } from '../pypi/types.ts';
import type { IndexFile, IndexProject, IndexRelease } from './index-model.ts';
import { type OriginUrls, sortedJson, uploadTime } from './render-json.ts';
import { compareVersions, isPrerelease } from './version-order.ts';

/** Headers of a core metadata document (RFC 822 as far as the built-in upstream writes it), by lower-case name. */
function metadataFields(text: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  for (const line of (text.split('\n\n')[0] ?? '').split('\n')) {
    const match = /^([A-Za-z-]+): (.*)$/.exec(line);
    if (match === null) continue;
    const name = (match[1] ?? '').toLowerCase();
    fields.set(name, [...(fields.get(name) ?? []), match[2] ?? '']);
  }
  return fields;
}

function yankedFields(release: IndexRelease): JsonObject {
  return {
    yanked: release.yanked !== false,
    yanked_reason: typeof release.yanked === 'string' ? release.yanked : null,
  };
}

/** PyPI's name for what a filename ends with. */
function packageType(filename: string): string {
  if (filename.endsWith('.whl')) return 'bdist_wheel';
  return filename.endsWith('.egg') ? 'bdist_egg' : 'sdist';
}

function fileObject(release: IndexRelease, file: IndexFile, urls: OriginUrls): JsonObject {
  // The path is made of the digest that names the file; see index-state.ts for what it is here.
  const blake2b = file.path.split('/').slice(2, 5).join('');
  return {
    comment_text: null,
    'core-metadata': file.metadataSha256 === null ? false : { sha256: file.metadataSha256 },
    digests: { blake2b_256: blake2b, md5: file.md5, sha256: file.sha256 },
    downloads: -1,
    filename: file.filename,
    has_sig: false,
    md5_digest: file.md5,
    packagetype: packageType(file.filename),
    python_version: file.pythonVersion,
    requires_python: release.requiresPython,
    size: file.sizeBytes,
    upload_time: isoTime(file.uploadedMs).replace('Z', ''),
    upload_time_iso_8601: uploadTime(file.uploadedMs),
    url: `${urls.files}${file.path}`,
    ...yankedFields(release),
  };
}

function fileObjects(release: IndexRelease, urls: OriginUrls): JsonValue[] {
  return [...release.files.values()]
    .sort((a, b) => (a.filename < b.filename ? -1 : 1))
    .map((file) => fileObject(release, file, urls));
}

function info(project: IndexProject, release: IndexRelease, urls: OriginUrls): JsonObject {
  const fields = metadataFields(release.formMetadata);
  const one = (name: string) => fields.get(name)?.[0] ?? null;
  const many = (name: string) => [...(fields.get(name) ?? [])];
  const page = `${urls.site}/project/${project.displayName}/`;
  return {
    author: one('author'),
    author_email: one('author-email'),
    bugtrack_url: null,
    classifiers: many('classifier'),
    description: '',
    description_content_type: null,
    docs_url: null,
    download_url: null,
    downloads: { last_day: -1, last_month: -1, last_week: -1 },
    dynamic: null,
    home_page: null,
    keywords: null,
    license: null,
    license_expression: null,
    license_files: null,
    maintainer: null,
    maintainer_email: null,
    name: project.displayName,
    package_url: page,
    platform: null,
    project_url: page,
    project_urls: null,
    provides_extra: fields.has('provides-extra') ? many('provides-extra') : null,
    release_url: `${page}${release.version}/`,
    requires_dist: fields.has('requires-dist') ? many('requires-dist') : null,
    requires_python: release.requiresPython,
    summary: one('summary'),
    version: release.version,
    ...yankedFields(release),
  };
}

/** Not quarantined; a release without files counts (trap 22). Nothing of a quarantined project does. */
function knownReleases(project: IndexProject): IndexRelease[] {
  if (project.status === 'quarantined') return [];
  return [...project.releases.values()]
    .filter((release) => !release.quarantined)
    .sort((a, b) => compareVersions(a.version, b.version));
}

/** protocol §3, "latest": not yanked first, then finals before pre-releases, then PyPI's order. */
function latest(releases: readonly IndexRelease[]): IndexRelease | undefined {
  const rank = (release: IndexRelease) =>
    (release.yanked === false ? 2 : 0) + (isPrerelease(release.version) ? 0 : 1);
  return releases.toSorted((a, b) => rank(a) - rank(b) || compareVersions(a.version, b.version)).at(-1);
}

function documentOf(project: IndexProject, release: IndexRelease, urls: OriginUrls): JsonObject {
  return {
    info: info(project, release, urls),
    last_serial: project.lastSerial,
    ownership: {
      organization: project.organization,
      roles: project.roles.map(({ role, user }) => ({ role, user })),
    },
    urls: fileObjects(release, urls),
    vulnerabilities: [...release.vulnerabilities],
  };
}

/** `/pypi/<name>/json`; null where PyPI says 404: quarantined, or no release. */
export function projectJson(project: IndexProject, urls: OriginUrls): string | null {
  const known = knownReleases(project);
  const shown = latest(known);
  if (shown === undefined) return null;
  const releases = Object.fromEntries(known.map((release) => [release.version, fileObjects(release, urls)]));
  return sortedJson({ ...documentOf(project, shown, urls), releases });
}

/** `/pypi/<name>/<version>/json`, in any spelling that means one release only; null where PyPI says 404 (trap 27). */
export function releaseJson(project: IndexProject, version: string, urls: OriginUrls): string | null {
  const known = knownReleases(project);
  const exact = known.find((release) => release.version === version);
  const alike = known.filter((release) => compareVersions(release.version, version) === 0);
  const shown = exact ?? (alike.length === 1 ? alike[0] : undefined);
  return shown === undefined ? null : sortedJson(documentOf(project, shown, urls));
}
