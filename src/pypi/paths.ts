/** Paths inside the docroot: the only place that makes them, so that none can leave it. */
import { JubjubError } from '../errors.ts';
import { checkFilename, UNSAFE_IN_COMPONENT } from './filenames.ts';
import { quote } from './quote.ts';
import type { DistFile, DocrootPath, ProjectName, Sha256, TrashPath } from './types.ts';

/** Both renderings of the project list. */
export const ROOT_PATHS = {
  html: 'simple/index.html' as DocrootPath,
  json: 'simple/index.v1_json' as DocrootPath,
} as const;

/** PyPI's own layout: blake2b-256 of the file, split 2/2/60, then its name (protocol §4.1). */
const CONTENT_ADDRESS = /\/packages\/([0-9a-f]{2})\/([0-9a-f]{2})\/([0-9a-f]{60})\/([^/]+)$/;

/** Where a project's detail lives, and the directory that holds nothing else. */
export function detailPaths(name: ProjectName): {
  html: DocrootPath;
  json: DocrootPath;
  directory: DocrootPath;
} {
  const directory = `simple/${name}`;
  return {
    html: `${directory}/index.html` as DocrootPath,
    json: `${directory}/index.v1_json` as DocrootPath,
    directory: directory as DocrootPath,
  };
}

/**
 * Where a file is kept: PyPI's own path when its URL ends in one, else by its sha256.
 * Null when neither is possible, or when the name is no safe path component.
 */
export function filePath(file: Pick<DistFile, 'url' | 'filename' | 'sha256'>): DocrootPath | null {
  if (checkFilename(file.filename) === null) return null;
  const address = URL.canParse(file.url) ? CONTENT_ADDRESS.exec(new URL(file.url).pathname) : null;
  if (address?.[4] !== undefined && decodeComponent(address[4]) === file.filename)
    return `packages/${address[1]}/${address[2]}/${address[3]}/${file.filename}` as DocrootPath;
  return file.sha256 === null ? null : digestFilePath(file.sha256, file.filename);
}

/**
 * Where a file of an upstream without content addresses is kept: its sha256 split like PyPI's, then its name.
 *
 * @throws JubjubError UPSTREAM_MALFORMED when the name is no safe path component (see `checkFilename`).
 */
export function digestFilePath(sha256: Sha256, filename: string): DocrootPath {
  if (checkFilename(filename) === null)
    throw new JubjubError('UPSTREAM_MALFORMED', `not a safe file name: ${quote(filename)}`, {
      expected: 'one path component that is not hidden and not named like a sidecar',
      effect: 'nothing is stored under this name',
    });
  const directory = `packages/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256.slice(4)}`;
  return `${directory}/${filename}` as DocrootPath;
}

/** Where a file's core metadata stands (PEP 658): beside it, in the trash too. */
export function metadataPath<P extends DocrootPath | TrashPath>(path: P): P {
  return `${path}.metadata` as P;
}

/** Where a file's attestations stand (PEP 740): beside it, in the trash too. */
export function provenancePath<P extends DocrootPath | TrashPath>(path: P): P {
  return `${path}.provenance` as P;
}

/** Where a hidden file lies in the trash: by its digest, so that it is found wherever it is to come back. */
export function trashPath(sha256: Sha256, filename: string): TrashPath {
  return `files/${sha256.slice(0, 2)}/${sha256.slice(2)}/${filename}` as TrashPath;
}

/** Where something that a sweep found lies in the trash: in a folder of that sweep, under its docroot path. */
export function sweptPath(stamp: string, path: DocrootPath): TrashPath {
  return `swept/${stamp}/${path}` as TrashPath;
}

/** A path of the trash that was stored, when it is one that stays inside the trash; else null. */
export function parseTrashPath(raw: string): TrashPath | null {
  return parseDocrootPath(raw) === null ? null : (raw as unknown as TrashPath);
}

/** The index of the completeness proof: serial, counts, and a digest over all pages. */
export const MANIFEST_PATH = 'manifest.json' as DocrootPath;

/** One of the proof's buckets, as `sha256sum` writes and checks it; `bucket` is three hex digits. */
export function bucketPath(bucket: string): DocrootPath {
  return `manifest/${bucket}.sha256` as DocrootPath;
}

/** Where a project's JSON API document stands: `/pypi/<name>/json`, as on PyPI (protocol §3). */
export function apiPath(name: ProjectName): DocrootPath {
  return `pypi/${name}/json` as DocrootPath;
}

/** Where the precompressed twin of a page stands: beside it, as web servers look for it. */
export function gzipPath(path: DocrootPath): DocrootPath {
  return `${path}.gz` as DocrootPath;
}

/** The absolute URL of a docroot path. `baseUrl` is where the docroot is served, without a slash at its end. */
export function absoluteUrl(baseUrl: string, path: DocrootPath): string {
  return `${baseUrl}/${path.split('/').map(encodeComponent).join('/')}`;
}

/** A link from a detail page to a file, relative, so that the docroot can be moved or served under any prefix. */
export function hrefFromDetail(path: DocrootPath): string {
  return `../../${path.split('/').map(encodeComponent).join('/')}`;
}

/** A path that was stored or asked for, when it is one that stays inside the docroot; else null. */
export function parseDocrootPath(raw: string): DocrootPath | null {
  const safe = raw.split('/').every((component) => {
    if (component === '' || component === '.' || component === '..') return false;
    return !UNSAFE_IN_COMPONENT.test(component);
  });
  return safe ? (raw as DocrootPath) : null;
}

/** The text of a percent-encoded path component; null when it is not valid percent-encoded UTF-8. */
export function decodeComponent(component: string): string | null {
  try {
    return decodeURIComponent(component);
  } catch {
    return null;
  }
}

/** As PyPI writes it: `+` (local versions) and `!` (epochs) stay readable; decoding gives the exact name back. */
function encodeComponent(component: string): string {
  return encodeURIComponent(component).replaceAll('%2B', '+').replaceAll("'", '%27');
}
