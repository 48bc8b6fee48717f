/**
 * A devpi server with one index, as `[upstream] changes = "poll"` meets it (protocol §6).
 *
 * What is unlike PyPI, and why a mirror must survive it: JSON says name, link and one digest of a file and nothing else;
 * links are relative; no page has a validator, so that a page is always sent whole; the serial in the headers is the
 * server's own and counts what happens on every index of it; a type that devpi does not offer is answered as
 * `text_html`; deleted files are 410.
 */
import { normalize } from '../../../src/demo/distribution.ts';
import { type OriginReply, type OriginRequest, textReply } from '../../../src/demo/http-message.ts';
import { bestOffer, JSON_TYPE } from '../../../src/demo/negotiate.ts';
import { FaultyHost } from '../sim/faulty-host.ts';
import { controlsOf, type DialectControls, decodedPath } from './controls.ts';
import { type DevpiPlace, devpiDetail, devpiFile, devpiList } from './devpi-pages.ts';
import { Shelf } from './shelf.ts';

export interface DevpiOptions {
  /** @default 'root' */
  readonly user?: string;
  /** @default 'dev' */
  readonly index?: string;
  /** A mirror of PyPI repeats its serials, of projects in `pypiSerials`. @default 'stage' */
  readonly type?: 'stage' | 'mirror';
  /** 'none': what a mirror of an index without digests has, below `+e/`. @default 'sha256' */
  readonly hashes?: 'sha256' | 'md5' | 'none';
  /** What it serves from the beginning. @default an empty shelf */
  readonly shelf?: Shelf;
}

export interface Devpi extends DialectControls {
  /** The index, for `[upstream] url`: `http://127.0.0.1:<port>/root/dev`. */
  readonly url: string;
  /** May be changed at any time; its counter is `X-DEVPI-SERIAL`. */
  readonly shelf: Shelf;
  /** By normalized name: `X-PYPI-LAST-SERIAL` of a mirror's pages; absent or 0 sends none. */
  readonly pypiSerials: Map<string, number>;
}

const INSTALLER = /^([^ ]* )*(distribute|setuptools|pip|pex|uv)\//;
const VARY = { vary: 'Accept, User-Agent' };
const SERVER_UUID = '9f1c0a5e7b2d4f60a1b2c3d4e5f60718';

function selectedType(request: OriginRequest): string {
  return bestOffer(request.headers['accept'], ['text/html', JSON_TYPE]) ?? 'text_html';
}

function isDirect(request: OriginRequest): boolean {
  return selectedType(request) === JSON_TYPE || INSTALLER.test(request.headers['user-agent'] ?? '');
}

function abort(request: OriginRequest, status: number, message: string): OriginReply {
  const accept = request.headers['accept'] ?? '*/*';
  if (accept.includes('application/json'))
    return textReply(status, 'application/json', `{\n  "message": "${message}"\n}\n`);
  if (/text\/html|\*\/\*/.test(accept))
    return textReply(
      status,
      'text/html; charset=UTF-8',
      `<html><body><h1>${status}</h1>${message}</body></html>`,
    );
  return textReply(status, 'text/plain; charset=UTF-8', `${status}\n\n${message}\n`);
}

function found(request: OriginRequest, path: string): OriginReply {
  const location = `http://${request.headers['host']}${path}`;
  return textReply(302, 'text/html; charset=UTF-8', '<html><body>302 Found</body></html>', {
    location,
    ...VARY,
  });
}

function page(
  request: OriginRequest,
  render: (type: string) => string,
  headers: Record<string, string> = {},
) {
  const type = selectedType(request);
  const contentType = type === 'text/html' ? 'text/html; charset=UTF-8' : type;
  return textReply(200, contentType, render(type), { ...VARY, ...headers });
}

function projectReply(place: DevpiPlace, request: OriginRequest, name: string): OriginReply {
  const normalized = normalize(name);
  if (name !== normalized) return found(request, `${place.root}/+simple/${normalized}/`);
  const project = place.shelf.project(name);
  if (project === undefined) return abort(request, 404, `The project ${name} does not exist.`);
  const serial = place.pypiSerials?.get(normalized) ?? 0;
  const headers: Record<string, string> = serial > 0 ? { 'x-pypi-last-serial': String(serial) } : {};
  return page(request, (type) => devpiDetail(place, project, request.path, type === JSON_TYPE), headers);
}

/** `/<user>/<index>` itself: the list for those who ask for it as JSON, the index's settings for devpi's own client. */
function indexReply(place: DevpiPlace, request: OriginRequest): OriginReply {
  const accept = request.headers['accept'] ?? '';
  if (accept.includes(JSON_TYPE)) return page(request, (type) => devpiList(place, type === JSON_TYPE));
  if (!accept.includes('application/json')) return abort(request, 404, 'The resource could not be found.');
  const projects = place.shelf.projects.map(({ normalized }) => normalized);
  const result = { type: place.pypiSerials === null ? 'stage' : 'mirror', volatile: true, projects };
  return textReply(200, 'application/json', `${JSON.stringify({ result, type: 'indexconfig' }, null, 2)}\n`);
}

function answer(place: DevpiPlace, request: OriginRequest): OriginReply {
  const nothing = () => abort(request, 404, 'The resource could not be found.');
  const path = decodedPath(request.path);
  if (path === null || (path !== place.root && !path.startsWith(`${place.root}/`))) return nothing();
  if (request.method !== 'GET' && request.method !== 'HEAD') return nothing();
  const below = path.slice(place.root.length);
  if (below === '' || below === '/') return indexReply(place, request);
  if (/^\/\+[ef]\//.test(below)) return devpiFile(place, path) ?? abortFile(place, request, path);
  if (below === '/+simple' && !isDirect(request)) return found(request, `${place.root}/+simple/`);
  if (below === '/+simple' || below === '/+simple/')
    return page(request, (type) => devpiList(place, type === JSON_TYPE));
  const [, simple, name = '', slash] = /^\/(\+simple\/)?([^/+][^/]*)(\/?)$/.exec(below) ?? [];
  if (name === '') return nothing();
  if (simple === undefined && !isDirect(request)) return nothing();
  if (slash === '' && !isDirect(request)) return found(request, `${place.root}/+simple/${normalize(name)}/`);
  return projectReply(place, request, name);
}

/** 410 for what was here (`+f`); a mirror's `+e` forgets. */
function abortFile(place: DevpiPlace, request: OriginRequest, path: string): OriginReply {
  const existed = place.shelf.removed.some((file) => place.pathOf(file) === path);
  if (existed && path.includes('/+f/')) return abort(request, 410, 'file existed, deleted in later serial');
  return abort(request, 404, 'no such file');
}

/** Starts a devpi on an ephemeral loopback port. The caller closes it. */
export async function startDevpi(options: DevpiOptions = {}): Promise<Devpi> {
  const shelf = options.shelf ?? new Shelf();
  const root = `/${options.user ?? 'root'}/${options.index ?? 'dev'}`;
  const hashes = options.hashes ?? 'sha256';
  const pypiSerials = new Map<string, number>();
  const place: DevpiPlace = {
    shelf,
    root,
    hashes,
    pypiSerials: options.type === 'mirror' ? pypiSerials : null,
    pathOf: (file) => {
      if (hashes === 'none') return `${root}/+e/https_files.example_packages/${file.filename}`;
      const digest = file[hashes];
      return `${root}/+f/${digest.slice(0, 3)}/${digest.slice(3, 16)}/${file.filename}`;
    },
  };
  const host = new FaultyHost();
  const server = await host.listen((request) => {
    const reply = answer(place, request);
    const own = {
      'x-devpi-api-version': '2',
      'x-devpi-server-version': '6.19.1',
      'x-devpi-serial': String(shelf.counter),
      'x-devpi-uuid': SERVER_UUID,
      'x-devpi-primary-uuid': SERVER_UUID,
    };
    return { ...reply, headers: { ...reply.headers, ...own } };
  });
  return { url: `${server.url}${root}`, shelf, pypiSerials, ...controlsOf(host) };
}
