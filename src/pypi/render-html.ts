/** The HTML page of a project (PEP 503), in the shape that PyPI's has had since PEP 833 froze it (protocol §2.6). */
import { offeredFiles } from './detail.ts';
import { fieldOf } from './fields.ts';
import { escapeHtml } from './html.ts';
import { isJsonObject } from './json.ts';
import type { Place, Placement } from './placement.ts';
import type { CoreMetadata, Detail, DistFile } from './types.ts';

/**
 * The page's text, derived from the same detail as the JSON page; it lacks what HTML cannot say.
 * Files that `place` leaves out, and all of a quarantined project, are not listed.
 */
export function renderDetailHtml(detail: Detail, place: Place): string {
  const links = offeredFiles(detail).flatMap((file) => {
    const placement = place(file);
    return placement === null ? [] : [`    ${link(file, placement)}<br />\n`];
  });
  const title = `Links for ${escapeHtml(detail.name)}`;
  return [
    '<!DOCTYPE html>\n<html lang="en">\n  <head>\n',
    `    ${meta('repository-version', detail.apiVersion)}\n`, // PEP 629
    ...statusMetas(detail).map((element) => `    ${element}\n`),
    `    <title>${title}</title>\n  </head>\n  <body>\n    <h1>${title}</h1>\n`,
    ...links,
    '  </body>\n</html>\n',
    // A number, so nothing in it can close the comment.
    detail.serial === null ? '' : `<!--SERIAL ${detail.serial}-->`,
  ].join('');
}

/** PEP 792: the status, and the reason where there is one. */
function statusMetas(detail: Detail): string[] {
  const raw = fieldOf(detail.raw, 'project-status');
  const reason = isJsonObject(raw) ? fieldOf(raw, 'reason') : undefined;
  const status = meta('project-status', detail.status);
  return typeof reason === 'string' ? [status, meta('project-status-reason', reason)] : [status];
}

function meta(name: string, content: string): string {
  return `<meta name="pypi:${name}" content="${escapeHtml(content)}">`;
}

function link(file: DistFile, placement: Placement): string {
  const fragment = file.sha256 === null ? '' : `#sha256=${file.sha256}`;
  return `<a href="${escapeHtml(placement.href + fragment)}"${attributes(file, placement)}>${escapeHtml(file.filename)}</a>`;
}

function attributes(file: DistFile, placement: Placement): string {
  const metadata = placement.coreMetadata ? metadataDigest(file.coreMetadata) : null;
  const pairs: readonly (readonly [string, string | null])[] = [
    ['data-requires-python', file.requiresPython], // PEP 503
    ['data-yanked', file.yanked === true ? '' : file.yanked || null], // PEP 592: a value is the reason
    ['data-dist-info-metadata', metadata], // PEP 658
    ['data-core-metadata', metadata], // PEP 714: both must say the same
    ['data-provenance', file.provenance], // PEP 740
  ];
  return pairs.map(([key, value]) => (value === null ? '' : ` ${key}="${escapeHtml(value)}"`)).join('');
}

function metadataDigest(metadata: CoreMetadata | null): string | null {
  if (metadata === null) return null;
  return metadata.sha256 === null ? 'true' : `sha256=${metadata.sha256}`;
}
