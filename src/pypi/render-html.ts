/** The HTML page of a project (PEP 503), in the shape that PyPI's has had since PEP 833 froze it (protocol §2.6). */
import { offeredFiles } from './detail.ts';
import { fieldOf } from './fields.ts';
import { escapeHtml } from './html.ts';
import { isJsonObject } from './json.ts';
import type { Place, Placement } from './placement.ts';
import { inPypiOrder } from './pypi-order.ts';
import type { CoreMetadata, Detail, DistFile } from './types.ts';

/**
 * The page's text, derived from the same detail as the JSON page; it lacks what HTML cannot say. Line by line it is
 * PyPI's, but for the space that PyPI's template leaves before some `>`.
 * Files that `place` leaves out, and all of a quarantined project, are not listed.
 */
export function renderDetailHtml(detail: Detail, place: Place): string {
  const links = offeredFiles(inPypiOrder(detail)).flatMap((file) => {
    const placement = place(file);
    return placement === null ? [] : [`${link(file, placement)}<br />\n`];
  });
  const title = `Links for ${escapeHtml(detail.name)}`;
  return [
    '<!DOCTYPE html>\n<html lang="en">\n  <head>\n',
    `    ${meta('repository-version', detail.apiVersion)}\n`, // PEP 629
    // PyPI's template has no line break here, and it is frozen.
    `${statusMetas(detail).join('\n')}    <title>${title}</title>\n`,
    `  </head>\n  <body>\n    <h1>${title}</h1>\n`,
    ...links,
    '</body>\n</html>\n',
    // A number, so nothing in it can close the comment.
    detail.serial === null ? '' : `<!--SERIAL ${detail.serial}-->`,
  ].join('');
}

/** PEP 792: the status, and the reason, as far as upstream says them. */
function statusMetas(detail: Detail): string[] {
  const said = fieldOf(detail.raw, 'project-status');
  if (!isJsonObject(said)) return [];
  const parts = [
    ['project-status', fieldOf(said, 'status')],
    ['project-status-reason', fieldOf(said, 'reason')],
  ] as const;
  return parts.flatMap(([name, value]) => (typeof value === 'string' ? [meta(name, value)] : []));
}

function meta(name: string, content: string): string {
  return `<meta name="pypi:${name}" content="${escapeHtml(content)}">`;
}

function link(file: DistFile, placement: Placement): string {
  const href = escapeHtml(placement.href + fragment(file));
  return `<a href="${href}"${attributes(file, placement)}>${escapeHtml(file.filename)}</a>`;
}

/** What PEP 503 recommends, and else the best of the digests that upstream gives. */
const OTHER_DIGESTS = ['sha512', 'sha384', 'blake2b', 'blake2b_256', 'sha224', 'sha1', 'md5'] as const;

function fragment(file: DistFile): string {
  if (file.sha256 !== null) return `#sha256=${file.sha256}`;
  const hashes = fieldOf(file.raw, 'hashes');
  if (!isJsonObject(hashes)) return '';
  for (const name of OTHER_DIGESTS) {
    const digest = fieldOf(hashes, name);
    if (typeof digest === 'string' && /^[0-9a-z]+$/i.test(digest)) return `#${name}=${digest}`;
  }
  return '';
}

function attributes(file: DistFile, placement: Placement): string {
  const metadata = placement.coreMetadata ? metadataDigest(file.coreMetadata) : null;
  const signed = fieldOf(file.raw, 'gpg-sig');
  const provenance = file.provenance === null ? null : (placement.provenance ?? file.provenance);
  const pairs: readonly (readonly [string, string | null])[] = [
    ['data-gpg-sig', typeof signed === 'boolean' ? String(signed) : null], // PEP 503
    ['data-requires-python', file.requiresPython], // PEP 503
    ['data-yanked', file.yanked === true ? '' : file.yanked || null], // PEP 592: a value is the reason
    ['data-dist-info-metadata', metadata], // PEP 658
    ['data-core-metadata', metadata], // PEP 714: both must say the same
    ['data-provenance', provenance], // PEP 740
  ];
  return pairs.map(([key, value]) => (value === null ? '' : ` ${key}="${escapeHtml(value)}"`)).join('');
}

function metadataDigest(metadata: CoreMetadata | null): string | null {
  if (metadata === null) return null;
  return metadata.sha256 === null ? 'true' : `sha256=${metadata.sha256}`;
}
