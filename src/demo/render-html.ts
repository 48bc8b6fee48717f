/** The simple API's pages as PyPI's templates print them, white space included (protocol §2.6; frozen by PEP 833). */
import type { IndexProject } from './index-model.ts';
import type { IndexState } from './index-state.ts';
import { API_VERSION, type FileEntry, fileEntries, listedProjects, type OriginUrls } from './render-json.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

/** As Jinja escapes (trap 33: numeric entities for quotes). */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function anchor(file: FileEntry): string {
  const requiresPython = file['requires-python'];
  const coreMetadata = file['core-metadata'];
  let attributes = `href="${escapeHtml(file.url)}#sha256=${file.hashes.sha256}" `;
  if (requiresPython !== null) attributes += `data-requires-python="${escapeHtml(requiresPython)}" `;
  if (file.yanked !== false)
    attributes += `data-yanked="${file.yanked === true ? '' : escapeHtml(file.yanked)}" `;
  if (coreMetadata !== false) {
    const digest = `sha256=${coreMetadata.sha256}`;
    attributes += `data-dist-info-metadata="${digest}" data-core-metadata="${digest}"`;
  }
  if (file.provenance !== null) attributes += ` data-provenance="${escapeHtml(file.provenance)}"`;
  return `<a ${attributes}>${escapeHtml(file.filename)}</a><br />\n`;
}

/** PEP 792. PyPI gives no reasons yet; other indexes do. */
function statusReason(project: IndexProject): string {
  if (project.statusReason === null) return '';
  return `\n<meta name="pypi:project-status-reason" content="${escapeHtml(project.statusReason)}">`;
}

/** `/simple/<normalized>/` as HTML. The serial comment is the end, without a line feed. */
export function detailHtml(project: IndexProject, urls: OriginUrls): string {
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="${API_VERSION}">
<meta name="pypi:project-status" content="${project.status}">${statusReason(project)}    <title>Links for ${project.normalized}</title>
  </head>
  <body>
    <h1>Links for ${project.normalized}</h1>
${fileEntries(project, urls).map(anchor).join('')}</body>
</html>
<!--SERIAL ${project.lastSerial}-->`;
}

/** `/simple/` as HTML: root-relative links, no serial comment. */
export function indexHtml(state: IndexState): string {
  const anchors = listedProjects(state).map(
    (project) => `<a href="/simple/${project.normalized}/">${escapeHtml(project.displayName)}</a>\n`,
  );
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="${API_VERSION}">
    <title>Simple index</title>
  </head>
  <body>
${anchors.join('')}</body>
</html>`;
}
