/** Pages of an old tree: read as the detail that they stand for, and cut down to the files that we really have. Pure. */
import type { KnownFile } from '../catalogue/contract.ts';
import { parseDetailText } from '../pypi/detail.ts';
import { parseDetailHtml } from '../pypi/detail-html.ts';
import { isJsonObject } from '../pypi/json.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import { filePath } from '../pypi/paths.ts';
import type { Detail, DistFile, DocrootPath, JsonObject, ProjectName, Sha256 } from '../pypi/types.ts';

/** A larger page is none that these tools ever wrote; reading one takes up to nine times its size. */
export const OLD_PAGE_BYTES_MAX = 16 * 1024 ** 2;

/** The forms of a page, the one that says most first. */
export const OLD_PAGE_NAMES = ['index.v1_json', 'index.html', 'index.v1_html'] as const;

/**
 * Reads a page. Its links are relative to where the index would have it, whatever directory it was found in: so the path
 * part of each is the file's own, and the host is upstream's. The serial is dropped: it is another tool's word.
 *
 * @throws UPSTREAM_MALFORMED, UPSTREAM_API_VERSION as for upstream's own pages
 */
export function readOldPage(form: string, bytes: Uint8Array, name: ProjectName, identity: string): Detail {
  const text = Buffer.from(bytes).toString('utf8');
  const context = { name, url: `${identity}/simple/${name}/`, headerSerial: null };
  const detail = form.endsWith('_json') ? parseDetailText(text, context) : parseDetailHtml(text, context);
  const meta = { ...(isJsonObject(detail.raw['meta']) ? detail.raw['meta'] : {}) };
  delete meta['_last-serial'];
  return { ...detail, serial: null, raw: { ...detail.raw, meta } };
}

/** Where an old tree, and we, keep a file: by the content address at the end of its URL; null when that is none. */
export function placeInTree(file: DistFile): DocrootPath | null {
  return filePath({ ...file, sha256: null });
}

/**
 * The detail that a page of ours may show before upstream was asked: what was known of the project, and of the old page the
 * files of `taken`, by name, with the digests that they turned out to have.
 */
export function provisionalDetail(
  known: Detail | null,
  page: Detail,
  taken: ReadonlyMap<string, KnownFile>,
): Detail {
  const before = known?.files ?? [];
  const have = new Set(before.map(({ filename }) => filename));
  const added = page.files.flatMap((file) => {
    const ours = taken.get(file.filename);
    return ours === undefined || have.has(file.filename) ? [] : [withDigest(file, ours.sha256)];
  });
  const files = [...before, ...added];
  const base = known ?? page;
  return { ...base, files, raw: { ...base.raw, files: files.map(({ raw }) => raw) } };
}

/** As its owner writes it, when the page says so. */
export function displayNameOf(page: Detail): string | null {
  const { name } = page.raw;
  return typeof name === 'string' && name !== page.name && tryNormalizeName(name) === page.name ? name : null;
}

function withDigest(file: DistFile, sha256: Sha256): DistFile {
  if (file.sha256 !== null) return file;
  const { hashes } = file.raw;
  const raw: JsonObject = { ...file.raw, hashes: { ...(isJsonObject(hashes) ? hashes : {}), sha256 } };
  return { ...file, sha256, raw };
}
