/** What bandersnatch and shadowmire make of a document of PyPI's JSON API (protocol §7). */

export interface ToolFile {
  readonly filename: string;
  readonly url: string;
  readonly digests: { readonly sha256: string };
  readonly requires_python: string | null;
  readonly size: number;
  readonly upload_time_iso_8601: string;
  readonly yanked: boolean;
  readonly yanked_reason: string | null;
  readonly 'core-metadata': { readonly sha256: string } | false;
}

export interface ToolDocument {
  readonly info: { readonly name: string };
  readonly last_serial: number;
  readonly releases: Readonly<Record<string, readonly ToolFile[]>>;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
};

/** As Python's `html.escape`. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Of all releases, sorted by filename. */
export function toolFiles(document: ToolDocument): ToolFile[] {
  return Object.values(document.releases)
    .flat()
    .sort((a, b) => (a.filename < b.filename ? -1 : 1));
}

/** The path alone is kept, so that `+` and `!` stay as PyPI writes them. */
function localUrl(file: ToolFile): string {
  return `../..${file.url.replace(/^https?:\/\/[^/]+/, '')}`;
}

/** The serial is a string; what is yanked lost its reason; neither status nor provenance is left. */
export function toolDetailJson(name: string, document: ToolDocument, isShadowmire: boolean): string {
  const files = toolFiles(document).map((file) => {
    const metadata = file['core-metadata'];
    return {
      filename: file.filename,
      hashes: { sha256: file.digests.sha256 },
      'requires-python': file.requires_python ?? '',
      size: file.size,
      'upload-time': file.upload_time_iso_8601,
      url: localUrl(file),
      yanked: file.yanked,
      ...(metadata === false ? {} : { 'core-metadata': metadata }),
      ...(metadata === false || !isShadowmire ? {} : { 'data-dist-info-metadata': metadata }),
    };
  });
  return JSON.stringify({
    files,
    meta: { 'api-version': '1.1', '_last-serial': String(document.last_serial) },
    // Trap 23: shadowmire says the display name here.
    name: isShadowmire ? document.info.name : name,
    versions: Object.keys(document.releases).sort(),
  });
}

function fileTags(file: ToolFile): string {
  const python =
    file.requires_python === null ? '' : ` data-requires-python="${escaped(file.requires_python)}"`;
  return file.yanked ? `${python} data-yanked="${escaped(file.yanked_reason ?? '')}"` : python;
}

/** Repository version 1.0, the display name in the title, the serial in a comment at the end. */
export function toolDetailHtml(document: ToolDocument): string {
  const { name } = document.info;
  const links = toolFiles(document).map(
    (file) =>
      `    <a href="${localUrl(file)}#sha256=${file.digests.sha256}"${fileTags(file)}>${file.filename}</a><br/>`,
  );
  return `<!DOCTYPE html>
<html>
  <head>
    <meta name="pypi:repository-version" content="1.0">
    <title>Links for ${name}</title>
  </head>
  <body>
    <h1>Links for ${name}</h1>
${links.join('\n')}
  </body>
</html>
<!--SERIAL ${document.last_serial}-->`;
}

/** Names alone: no project has a serial here. */
export function toolListJson(serial: number, names: readonly string[]): string {
  return JSON.stringify({
    meta: { '_last-serial': serial, 'api-version': '1.1' },
    projects: names.map((name) => ({ name })),
  });
}

export function toolListHtml(names: readonly string[]): string {
  const links = names.map((name) => `    <a href="${name}/">${name}</a><br/>\n`);
  return `<!DOCTYPE html>
<html>
  <head>
    <meta name="pypi:repository-version" content="1.0">
    <title>Simple Index</title>
  </head>
  <body>
${links.join('')}  </body>
</html>`;
}
