/** What a plain index writes: PEP 503 pages, and the JSON of PEP 691 where it is asked for. */
import { createHash } from 'node:crypto';
import { escapeHtml } from '../../../src/demo/render-html.ts';
import { relativeLink } from './controls.ts';
import type { Shelf, ShelfFile, ShelfProject } from './shelf.ts';

export interface PlainLayout {
  readonly indexPath: string;
  readonly fragments: 'sha256' | 'md5' | 'none';
  readonly baseHref: boolean;
  readonly metadata: 'none' | 'digest' | 'bare';
  readonly pathOf: (project: ShelfProject, file: ShelfFile) => string;
}

/** Where `<base>` leads, as a path; links below it are shorter. */
const BASE_PATH = '/packages/';

/** The project list: normalized links under the names that people gave. */
export function plainList(shelf: Shelf, layout: PlainLayout, asJson: boolean): string {
  const { projects } = shelf;
  if (asJson)
    return JSON.stringify({
      meta: { 'api-version': '1.0' },
      projects: projects.map(({ displayName }) => ({ name: displayName })),
    });
  const links = projects.map(
    ({ normalized, displayName }) => `    <a href="${normalized}/">${escapeHtml(displayName)}</a><br/>\n`,
  );
  const base = layout.baseHref ? `<base href="${layout.indexPath}">` : '';
  return `<!DOCTYPE html>\n<html>\n  <head>${base}<title>Simple index</title></head>\n  <body>\n${links.join('')}  </body>\n</html>\n`;
}

/** The value of `core-metadata`; null: not advertised. */
function advertised(file: ShelfFile, layout: PlainLayout): { readonly sha256: string } | true | null {
  if (file.metadata === null || layout.metadata === 'none') return null;
  if (layout.metadata === 'bare') return true;
  return { sha256: createHash('sha256').update(file.metadata).digest('hex') };
}

function jsonFile(project: ShelfProject, file: ShelfFile, layout: PlainLayout): Record<string, unknown> {
  const metadata = advertised(file, layout);
  return {
    filename: file.filename,
    url: relativeLink(`${layout.indexPath}${project.normalized}/`, layout.pathOf(project, file)),
    hashes: layout.fragments === 'none' ? {} : { [layout.fragments]: file[layout.fragments] },
    ...(file.requiresPython === null ? {} : { 'requires-python': file.requiresPython }),
    ...(file.yanked === false ? {} : { yanked: file.yanked }),
    ...(metadata === null ? {} : { 'core-metadata': metadata }),
  };
}

function htmlFile(project: ShelfProject, file: ShelfFile, layout: PlainLayout): string {
  const page = layout.baseHref ? BASE_PATH : `${layout.indexPath}${project.normalized}/`;
  const fragment = layout.fragments === 'none' ? '' : `#${layout.fragments}=${file[layout.fragments]}`;
  let attributes = `href="${escapeHtml(relativeLink(page, layout.pathOf(project, file)))}${fragment}"`;
  if (file.requiresPython !== null)
    attributes += ` data-requires-python="${escapeHtml(file.requiresPython)}"`;
  if (file.yanked !== false)
    attributes += ` data-yanked="${file.yanked === true ? '' : escapeHtml(file.yanked)}"`;
  const metadata = advertised(file, layout);
  if (metadata !== null) {
    const value = metadata === true ? 'true' : `sha256=${metadata.sha256}`;
    attributes += ` data-core-metadata="${value}" data-dist-info-metadata="${value}"`;
  }
  return `    <a ${attributes}>${escapeHtml(file.filename)}</a><br/>\n`;
}

/** A project's page, files by name. JSON has no `<base>`: its links are relative to the page. */
export function plainDetail(project: ShelfProject, layout: PlainLayout, asJson: boolean): string {
  const files = [...project.files.values()].sort((a, b) => (a.filename < b.filename ? -1 : 1));
  if (asJson)
    return JSON.stringify({
      meta: { 'api-version': '1.0' },
      name: project.normalized,
      files: files.map((file) => jsonFile(project, file, layout)),
    });
  const links = files.map((file) => htmlFile(project, file, layout));
  const base = layout.baseHref ? `<base href="${BASE_PATH}">` : '';
  const title = `Links for ${escapeHtml(project.displayName)}`;
  return `<!DOCTYPE html>\n<html>\n  <head>${base}<title>${title}</title></head>\n  <body>\n    <h1>${title}</h1>\n${links.join('')}  </body>\n</html>\n`;
}
