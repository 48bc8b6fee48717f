/** Is this path ours? What each path of the docroot is, by the catalogue and the settings. */
import type { Catalogue } from '../catalogue/contract.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import { MANIFEST_PATH, parseDocrootPath, ROOT_PATHS } from '../pypi/paths.ts';
import type { DocrootPath, ProjectName } from '../pypi/types.ts';
import type { MirrorSettings } from './deps.ts';

/**
 * What a path of the docroot is. `orphan`: it lies where only we write, and nothing that we know wants it. `foreign`:
 * it lies elsewhere, and is none of our business (a web server's own files, an operator's notes).
 */
export type PathKind =
  | 'page'
  | 'twin'
  | 'document'
  | 'file'
  | 'sidecar'
  | 'root'
  | 'manifest'
  | 'report'
  | 'orphan'
  | 'foreign';

export interface KnownPathsDeps {
  readonly catalogue: Pick<Catalogue, 'project' | 'due' | 'knowsFile' | 'bucketEntries'>;
  readonly settings: Pick<MirrorSettings, 'jsonApi' | 'precompress'>;
}

/** The folders of the docroot in which nobody but us writes. */
const AREAS: ReadonlySet<string> = new Set(['simple', 'packages', 'pypi', 'manifest']);
const REPORTS: ReadonlySet<string> = new Set(['status.json', 'last-modified']);
const SIDECAR = /\.(?:metadata|provenance)$/;
const BUCKET = /^manifest\/([0-9a-f]{3})\.sha256$/;
/** Names that tools give to what is not complete yet: hidden, or with the endings of temporary files. */
const TEMPORARY = /(?:^|\/)(?:\.[^/]*|[^/]*(?:~|\.tmp|\.temp|\.part|\.partial|\.incomplete))$/;

/** Is this the name of something half-written, ours or another tool's? To be asked about orphans only. */
export function looksTemporary(path: string): boolean {
  return TEMPORARY.test(path);
}

/** `raw` is as a walk through the docroot tells it; it need not be a path that we could have made. */
export function kindOfPath(raw: string, deps: KnownPathsDeps): PathKind {
  if (REPORTS.has(raw)) return 'report';
  if (raw === MANIFEST_PATH) return 'manifest';
  const [area = '', ...rest] = raw.split('/');
  // An area itself may be a link or a mount that the operator made.
  if (!AREAS.has(area) || rest.length === 0) return 'foreign';
  const path = parseDocrootPath(raw);
  if (path === null) return 'orphan';
  if (area === 'simple') return kindInSimple(path, rest, deps);
  if (area === 'packages') return kindInPackages(path, deps);
  if (area === 'pypi') return isDocument(rest, deps) ? 'document' : 'orphan';
  return isBucket(path, deps) ? 'manifest' : 'orphan';
}

function kindInSimple(path: DocrootPath, rest: readonly string[], deps: KnownPathsDeps): PathKind {
  const isTwin = path.endsWith('.gz');
  // A twin that is not wanted would be sent in place of its page, and nobody would renew it.
  if (isTwin && !deps.settings.precompress) return 'orphan';
  const plain = isTwin ? path.slice(0, -'.gz'.length) : path;
  if (plain === ROOT_PATHS.html || plain === ROOT_PATHS.json) return 'root';
  const [name = '', document = '', ...more] = plain.slice('simple/'.length).split('/');
  const isPage = rest.length === 2 && more.length === 0 && /^index\.(?:html|v1_json)$/.test(document);
  if (!isPage || !isShownOrDue(name, deps)) return 'orphan';
  return isTwin ? 'twin' : 'page';
}

function kindInPackages(path: DocrootPath, { catalogue }: KnownPathsDeps): PathKind {
  if (catalogue.knowsFile(path)) return 'file';
  const beside = parseDocrootPath(path.replace(SIDECAR, ''));
  return beside !== null && beside !== path && catalogue.knowsFile(beside) ? 'sidecar' : 'orphan';
}

function isDocument([name = '', document, ...more]: readonly string[], deps: KnownPathsDeps): boolean {
  return deps.settings.jsonApi && document === 'json' && more.length === 0 && isShownOrDue(name, deps);
}

function isBucket(path: DocrootPath, { catalogue }: KnownPathsDeps): boolean {
  const id = BUCKET.exec(path)?.[1];
  return id !== undefined && catalogue.bucketEntries(id).length > 0;
}

/** Of a project that is due a killed run may have left pages; the next run settles what is to become of them. */
function isShownOrDue(raw: string, { catalogue }: KnownPathsDeps): boolean {
  const name: ProjectName | null = tryNormalizeName(raw);
  if (name === null || name !== raw) return false;
  return catalogue.project(name)?.published === true || catalogue.due(name) !== null;
}
