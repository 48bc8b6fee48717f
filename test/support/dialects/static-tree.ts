/**
 * A docroot that bandersnatch or shadowmire wrote, behind nginx (protocol §7).
 *
 * What is unlike PyPI, and why a mirror must survive it: no header tells a serial; JSON pages say theirs as a string,
 * HTML pages in a comment at the end, and the project list none for each project; Accept is matched by a regular
 * expression, without weights; validators are nginx's, with whole seconds; files that a page lists may be missing.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, normalize as normalizePath } from 'node:path';
import { type OriginReply, type OriginRequest, textReply } from '../../../src/demo/http-message.ts';
import type { IndexState } from '../../../src/demo/index-state.ts';
import { JSON_TYPE } from '../../../src/demo/negotiate.ts';
import { FaultyHost } from '../sim/faulty-host.ts';
import { stamped } from './conditional.ts';
import { controlsOf, type DialectControls, decodedPath } from './controls.ts';
import { type TreeOptions, TreeWriter } from './tree-writer.ts';

export interface StaticTree extends DialectControls {
  /** For `[upstream] url`. */
  readonly url: string;
  /** Makes the docroot what the tool would have made of this index; files that did not change keep their times. */
  write(state: IndexState): void;
}

const NGINX_404 =
  '<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n</body>\r\n</html>\r\n';

/** As nginx's `map $http_accept $mirror_suffix` in bandersnatch's sample: the first that matches, whatever its weight. */
const SUFFIXES: readonly (readonly [accept: RegExp, suffix: string])[] = [
  [/application\/vnd\.pypi\.simple\.v1\+json/i, '.v1_json'],
  [/application\/vnd\.pypi\.simple\.v1\+html/i, '.v1_html'],
  [/text\/html/i, '.html'],
];

const TYPES: readonly (readonly [path: RegExp, type: string])[] = [
  [/^\/simple\/.*\.v1_json$/, JSON_TYPE],
  [/^\/simple\/.*\.v1_html$/, 'application/vnd.pypi.simple.v1+html'],
  // `charset utf-8` reaches text types only.
  [/\.html$/, 'text/html; charset=utf-8'],
  [/^\/(json|pypi)\//, 'application/json'],
  [/\.json$/, 'application/json'],
];

function notFound(): OriginReply {
  return textReply(404, 'text/html; charset=utf-8', NGINX_404);
}

function typeOf(path: string): string {
  return TYPES.find(([pattern]) => pattern.test(path))?.[1] ?? 'application/octet-stream';
}

function kindOf(file: string): 'file' | 'directory' | 'nothing' {
  if (!existsSync(file)) return 'nothing';
  return statSync(file).isDirectory() ? 'directory' : 'file';
}

function fileReply(directory: string, path: string, request: OriginRequest): OriginReply {
  const file = join(directory, path);
  if (kindOf(file) !== 'file') return notFound();
  const body = readFileSync(file);
  const modifiedMs = Math.floor(statSync(file).mtimeMs);
  const headers = { 'accept-ranges': 'bytes', 'content-type': typeOf(path) };
  const etag = `"${Math.floor(modifiedMs / 1000).toString(16)}-${body.length.toString(16)}"`;
  return stamped(request, { status: 200, headers, body }, { etag, modifiedMs }, { exactDates: true });
}

function answer(directory: string, formats: TreeOptions['formats'], request: OriginRequest): OriginReply {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return textReply(405, 'text/html; charset=utf-8', '<html><body>405 Not Allowed</body></html>');
  const path = decodedPath(request.path);
  if (path === null || normalizePath(path) !== path) return notFound();
  if (!path.endsWith('/')) {
    if (kindOf(join(directory, path)) !== 'directory') return fileReply(directory, path, request);
    const location = `http://${request.headers['host']}${request.path}/`;
    return textReply(301, 'text/html; charset=utf-8', '', { location });
  }
  const accept = request.headers['accept'] ?? '';
  const suffix = SUFFIXES.find(([pattern]) => pattern.test(accept))?.[1] ?? '.html';
  return fileReply(directory, `${path}index${formats === 'html' ? '.html' : suffix}`, request);
}

/** Serves the directory on an ephemeral loopback port; `write` fills it. The caller closes it and removes the directory. */
export async function startStaticTree(directory: string, options: TreeOptions = {}): Promise<StaticTree> {
  const writer = new TreeWriter(directory, options);
  const host = new FaultyHost();
  const server = await host.listen((request) => answer(directory, options.formats, request));
  return { url: server.url, write: (state) => writer.write(state), ...controlsOf(host) };
}
