/** What devpi writes: project lists, pages and files (protocol §6). */
import type { OriginReply } from '../../../src/demo/http-message.ts';
import { escapeHtml } from '../../../src/demo/render-html.ts';
import { relativeLink } from './controls.ts';
import type { Shelf, ShelfFile, ShelfProject } from './shelf.ts';

/** One index of one server. */
export interface DevpiPlace {
  readonly shelf: Shelf;
  /** `/<user>/<index>`. */
  readonly root: string;
  readonly hashes: 'sha256' | 'md5' | 'none';
  /** null: the index is no mirror. */
  readonly pypiSerials: ReadonlyMap<string, number> | null;
  /** Where the file is. */
  readonly pathOf: (file: ShelfFile) => string;
}

/** `+simple/`: names and nothing else. */
export function devpiList(place: DevpiPlace, asJson: boolean): string {
  const names = place.shelf.projects.map(({ normalized }) => normalized);
  if (asJson)
    return JSON.stringify({ meta: { 'api-version': '1.0' }, projects: names.map((name) => ({ name })) });
  const title = `${place.root.slice(1)}: simple list (including inherited indices)`;
  const links = names.map((name) => `<a href="${name}/">${name}</a><br>\n`);
  return `<!DOCTYPE html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1>${links.join('')}</body></html>`;
}

function jsonFile(place: DevpiPlace, file: ShelfFile, pagePath: string): Record<string, unknown> {
  return {
    filename: file.filename,
    url: relativeLink(pagePath, place.pathOf(file)),
    hashes: place.hashes === 'none' ? {} : { [place.hashes]: file[place.hashes] },
    ...(file.requiresPython === null ? {} : { 'requires-python': file.requiresPython }),
    ...(file.yanked === false ? {} : { yanked: file.yanked }),
  };
}

function htmlFile(place: DevpiPlace, file: ShelfFile, pagePath: string): string {
  const fragment = place.hashes === 'none' ? '' : `#${place.hashes}=${file[place.hashes]}`;
  let attributes = `href="${escapeHtml(relativeLink(pagePath, place.pathOf(file)))}${fragment}"`;
  if (file.requiresPython !== null)
    attributes += ` data-requires-python="${escapeHtml(file.requiresPython)}"`;
  if (file.yanked !== false)
    attributes += ` data-yanked="${file.yanked === true ? '' : escapeHtml(file.yanked)}"`;
  return `${place.root.slice(1)} <a ${attributes}>${escapeHtml(file.filename)}</a><br>\n`;
}

/** A project's page, newest file first as devpi has it; links are relative to the path that was asked for. */
export function devpiDetail(
  place: DevpiPlace,
  project: ShelfProject,
  pagePath: string,
  asJson: boolean,
): string {
  const files = [...project.files.values()].reverse();
  if (asJson)
    return JSON.stringify({
      meta: { 'api-version': '1.0' },
      name: project.normalized,
      files: files.map((file) => jsonFile(place, file, pagePath)),
    });
  const title = `${place.root.slice(1)}: links for ${project.normalized}`;
  const links = files.map((file) => htmlFile(place, file, pagePath));
  return `<!DOCTYPE html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1>\n${links.join('')}</body></html>`;
}

/** A file that is here now: a date, no condition, no range (protocol §6). */
export function devpiFile(place: DevpiPlace, path: string): OriginReply | null {
  for (const project of place.shelf.projects) {
    for (const file of project.files.values()) {
      if (place.pathOf(file) !== path) continue;
      const headers = {
        'cache-control': 'max-age=365000000, immutable, public',
        // devpi prints what Python's mimetypes know of the name, and of wheels they know nothing.
        'content-type': file.filename.endsWith('.tar.gz') ? 'application/x-tar' : 'None',
        'last-modified': new Date(file.modifiedMs).toUTCString(),
      };
      return { status: 200, headers, body: file.bytes };
    }
  }
  return null;
}
