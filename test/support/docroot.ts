/** A small docroot written by hand, without any of jubjub's own code: what a web server finds after a sync. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface DocrootFile {
  readonly filename: string;
  readonly bytes: Buffer;
  /** Core metadata (PEP 658); advertised and put beside the file when given. */
  readonly metadata?: Buffer | null;
  /** Attestations (PEP 740); put beside the file when given. */
  readonly provenance?: Buffer;
  readonly requiresPython?: string | null;
}

export interface DocrootProject {
  /** Normalized (PEP 503). */
  readonly name: string;
  readonly displayName: string;
  readonly serial: number;
  readonly files: readonly DocrootFile[];
}

export interface BuiltDocroot {
  readonly directory: string;
  /** Docroot paths (`packages/…`) by filename. */
  readonly paths: ReadonlyMap<string, string>;
  /** Hex digests by filename. */
  readonly sha256: ReadonlyMap<string, string>;
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Where a file goes when its URL upstream says nothing: aa/bb/rest of its sha256. */
export function packagePath(file: DocrootFile): string {
  const digest = sha256Hex(file.bytes);
  return `packages/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest.slice(4)}/${file.filename}`;
}

/** What stands in the one bucket of the completeness proof; its project is on no list. */
export const BUCKET_TEXT = `${'0'.repeat(64)}  simple/boojum/index.v1_json\n`;

function put(directory: string, docrootPath: string, content: string | Buffer): void {
  const target = path.join(directory, docrootPath);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function fileLink(file: DocrootFile): string {
  const attributes: string[] = [];
  if (file.requiresPython) attributes.push(` data-requires-python="${escaped(file.requiresPython)}"`);
  if (file.metadata) {
    const value = `sha256=${sha256Hex(file.metadata)}`;
    attributes.push(` data-dist-info-metadata="${value}" data-core-metadata="${value}"`);
  }
  const href = `../../${packagePath(file)}#sha256=${sha256Hex(file.bytes)}`;
  return `<a href="${href}"${attributes.join('')}>${file.filename}</a><br />\n`;
}

function fileEntry(file: DocrootFile): object {
  const metadata = file.metadata ? { sha256: sha256Hex(file.metadata) } : false;
  return {
    'core-metadata': metadata,
    filename: file.filename,
    hashes: { sha256: sha256Hex(file.bytes) },
    'requires-python': file.requiresPython ?? null,
    size: file.bytes.length,
    url: `../../${packagePath(file)}`,
    yanked: false,
  };
}

/** The HTML page of a project (PEP 503). */
export function detailHtml(project: DocrootProject): string {
  const links = project.files.map(fileLink).join('');
  return `<!DOCTYPE html>\n<html><body>\n${links}</body></html>\n<!--SERIAL ${project.serial}-->`;
}

/** The JSON page of a project (PEP 691): `meta` stands after the files, as keys in order do. */
export function detailJson(project: DocrootProject): string {
  const page = {
    files: project.files.map(fileEntry),
    meta: { '_last-serial': project.serial, 'api-version': '1.4' },
    name: project.name,
    versions: project.files.map((file) => file.filename.split('-')[1]),
  };
  return `${JSON.stringify(page)}\n`;
}

/** The project list as JSON. */
export function listJson(projects: readonly DocrootProject[]): string {
  const serial = Math.max(0, ...projects.map((project) => project.serial));
  const entries = projects.map(({ displayName, serial }) => ({ '_last-serial': serial, name: displayName }));
  return `${JSON.stringify({ meta: { '_last-serial': serial, 'api-version': '1.4' }, projects: entries })}\n`;
}

/** The project list as HTML. */
export function listHtml(projects: readonly DocrootProject[]): string {
  const serial = Math.max(0, ...projects.map((project) => project.serial));
  const links = projects.map(({ name, displayName }) => `<a href="${name}/">${displayName}</a>\n`).join('');
  return `<!DOCTYPE html>\n<html><body>\n${links}</body></html>\n<!--SERIAL ${serial}-->`;
}

/** Writes the docroot of these projects into a directory. */
export function buildDocroot(directory: string, projects: readonly DocrootProject[]): BuiltDocroot {
  const paths = new Map<string, string>();
  const sha256 = new Map<string, string>();
  for (const project of projects) {
    for (const file of project.files) {
      const docrootPath = packagePath(file);
      paths.set(file.filename, docrootPath);
      sha256.set(file.filename, sha256Hex(file.bytes));
      put(directory, docrootPath, file.bytes);
      if (file.metadata) put(directory, `${docrootPath}.metadata`, file.metadata);
      if (file.provenance) put(directory, `${docrootPath}.provenance`, file.provenance);
    }
    put(directory, `simple/${project.name}/index.html`, detailHtml(project));
    put(directory, `simple/${project.name}/index.v1_json`, detailJson(project));
  }
  put(directory, 'simple/index.html', listHtml(projects));
  put(directory, 'simple/index.v1_json', listJson(projects));
  put(directory, 'last-modified', '2026-01-01T00:00:00Z\n');
  put(directory, 'status.json', '{"serial":7}\n');
  put(directory, 'manifest.json', '{"version":1}\n');
  put(directory, 'manifest/0a3.sha256', BUCKET_TEXT);
  return { directory, paths, sha256 };
}
