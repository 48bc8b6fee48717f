/**
 * A directory of files with a PEP 503 index, as Apache, pypiserver, Artifactory or Nexus serve it.
 *
 * What is unlike PyPI, and why a mirror must survive it: there is no serial at all; validators are dates and tags of a
 * file system, or one of them, or none; digests are another algorithm's or missing, and then a file can be replaced in
 * place without any page changing; links are relative to the page or to a `<base>`; files are at another host; names
 * have one spelling and no redirect to it; taken down is 404.
 */
import { type OriginReply, type OriginRequest, textReply } from '../../../src/demo/http-message.ts';
import { bestOffer, JSON_TYPE } from '../../../src/demo/negotiate.ts';
import { FaultyHost } from '../sim/faulty-host.ts';
import { stamped } from './conditional.ts';
import { controlsOf, type DialectControls, decodedPath } from './controls.ts';
import { type PlainLayout, plainDetail, plainList } from './plain-pages.ts';
import { Shelf, type ShelfFile, type ShelfProject } from './shelf.ts';

export interface PlainIndexOptions {
  /** Where the index is: `/simple/`, or `/` for a server that is nothing else. @default '/simple/' */
  readonly indexPath?: string;
  /** Which digest links carry. @default 'sha256' */
  readonly fragments?: 'sha256' | 'md5' | 'none';
  /** What pages and files can be asked for again with. @default 'both' */
  readonly validators?: 'both' | 'etag' | 'last-modified' | 'none';
  /** Pages have a `<base href>` that links are relative to. @default false */
  readonly baseHref?: boolean;
  /** Files are 302 to a listener of their own, with a signature that is another each time. @default false */
  readonly redirectFiles?: boolean;
  /** Also answers in JSON (PEP 691, api-version 1.0) to those who ask. @default false */
  readonly json?: boolean;
  /** Advertises core metadata: with its digest, or as a bare `true` (PEP 658). @default 'none' */
  readonly metadata?: 'none' | 'digest' | 'bare';
  /** What it serves from the beginning. @default an empty shelf */
  readonly shelf?: Shelf;
}

export interface PlainIndex extends DialectControls {
  /** The site, for `[upstream] url`. */
  readonly url: string;
  /** The project list. */
  readonly indexUrl: string;
  /** Where files are redirected to; the same as `url` unless they are. */
  readonly filesUrl: string;
  /** May be changed at any time. */
  readonly shelf: Shelf;
}

interface Site {
  readonly shelf: Shelf;
  readonly layout: PlainLayout;
  readonly validators: NonNullable<PlainIndexOptions['validators']>;
  readonly json: boolean;
  /** null: files are here. */
  readonly redirect: ((path: string) => string) | null;
}

const DIRECTORY_404 =
  '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>404 Not Found</title>\n</head>' +
  '<body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n';

function notHere(): OriginReply {
  return textReply(404, 'text/html; charset=iso-8859-1', DIRECTORY_404);
}

/** Apache's FileETag: size and time to the microsecond. */
function withValidators(
  site: Site,
  request: OriginRequest,
  reply: OriginReply,
  modifiedMs: number,
): OriginReply {
  const { validators } = site;
  const etag = `"${reply.body.length.toString(16)}-${(modifiedMs * 1000).toString(16)}"`;
  return stamped(request, reply, {
    etag: validators === 'both' || validators === 'etag' ? etag : null,
    modifiedMs: validators === 'both' || validators === 'last-modified' ? modifiedMs : null,
  });
}

/** JSON only where it is offered and liked better; anything unknown is HTML, never 406. */
function pageReply(
  site: Site,
  request: OriginRequest,
  modifiedMs: number,
  render: (asJson: boolean) => string,
) {
  const offers = ['text/html', ...(site.json ? [JSON_TYPE] : [])];
  const type = bestOffer(request.headers['accept'], offers) ?? 'text/html';
  const vary: Record<string, string> = site.json ? { vary: 'Accept' } : {};
  return withValidators(site, request, textReply(200, type, render(type === JSON_TYPE), vary), modifiedMs);
}

/** When the page last became another: where links carry digests, also when a file was replaced. */
function pageModifiedMs(site: Site, project: ShelfProject): number {
  if (site.layout.fragments === 'none') return project.changedMs;
  return Math.max(project.changedMs, ...[...project.files.values()].map(({ modifiedMs }) => modifiedMs));
}

/** The file at a path, or the one whose `.metadata` it is. */
function findFile(site: Site, path: string): { file: ShelfFile; bytes: Buffer } | null {
  for (const project of site.shelf.projects) {
    for (const file of project.files.values()) {
      const own = site.layout.pathOf(project, file);
      if (path === own) return { file, bytes: file.bytes };
      if (path === `${own}.metadata` && file.metadata !== null && site.layout.metadata !== 'none')
        return { file, bytes: file.metadata };
    }
  }
  return null;
}

function fileReply(site: Site, request: OriginRequest, path: string): OriginReply {
  const found = findFile(site, path);
  if (found === null) return notHere();
  const headers = { 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' };
  return withValidators(site, request, { status: 200, headers, body: found.bytes }, found.file.modifiedMs);
}

function answer(site: Site, request: OriginRequest): OriginReply {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return textReply(405, 'text/html; charset=iso-8859-1', 'Method Not Allowed', { allow: 'GET,HEAD' });
  const path = decodedPath(request.path);
  if (path === null) return notHere();
  const { indexPath } = site.layout;
  if (path === indexPath)
    return pageReply(site, request, site.shelf.listChangedMs, (asJson) =>
      plainList(site.shelf, site.layout, asJson),
    );
  if (path.startsWith('/packages/')) {
    if (site.redirect === null) return fileReply(site, request, path);
    if (findFile(site, path) === null) return notHere();
    return textReply(302, 'text/html', '', { location: site.redirect(request.path) });
  }
  const [, name = '', slash] =
    /^([^/]+)(\/?)$/.exec(path.startsWith(indexPath) ? path.slice(indexPath.length) : '') ?? [];
  const project = site.shelf.project(name);
  // A directory has one name: other spellings are not redirected, they are not there.
  if (`${path}/` !== indexPath && project?.normalized !== name) return notHere();
  if (slash !== '/' || project === undefined)
    return textReply(301, 'text/html', '', { location: `http://${request.headers['host']}${request.path}/` });
  return pageReply(site, request, pageModifiedMs(site, project), (asJson) =>
    plainDetail(project, site.layout, asJson),
  );
}

/** Starts a plain index on ephemeral loopback ports. The caller closes it. */
export async function startPlainIndex(options: PlainIndexOptions = {}): Promise<PlainIndex> {
  const shelf = options.shelf ?? new Shelf();
  const indexPath = options.indexPath ?? '/simple/';
  const host = new FaultyHost();
  let signatures = 0;
  let filesUrl = '';
  const layout: PlainLayout = {
    indexPath,
    fragments: options.fragments ?? 'sha256',
    baseHref: options.baseHref ?? false,
    metadata: options.metadata ?? 'none',
    pathOf: (project, file) => `/packages/${project.normalized}/${file.filename}`,
  };
  const redirect = (path: string) => {
    signatures += 1;
    return `${filesUrl}${path}?X-Signature=${signatures}`;
  };
  const site: Site = {
    shelf,
    layout,
    validators: options.validators ?? 'both',
    json: options.json ?? false,
    redirect: options.redirectFiles === true ? redirect : null,
  };
  const server = await host.listen((request) => answer(site, request));
  filesUrl = server.url;
  if (options.redirectFiles === true) {
    const files = await host.listen((request) => answer({ ...site, redirect: null }, request), 'files');
    filesUrl = files.url;
  }
  const indexUrl = `${server.url}${indexPath}`;
  return { url: server.url, indexUrl, filesUrl, shelf, ...controlsOf(host) };
}
