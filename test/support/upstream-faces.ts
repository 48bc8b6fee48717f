/** How different servers show the same world: PyPI with and without XML-RPC, a static tree, devpi, and plain old HTML. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Answer, type Asked, reply, SIMPLE_JSON, xml } from './upstream-server.ts';
import type { ServedFile, ServedProject, World } from './upstream-world.ts';
import { askedSince, rowsXml, valueXml } from './upstream-xml.ts';

export interface Face {
  /** Where the site is below the server: empty, or with a slash at its beginning. */
  readonly site: string;
  /** `origin`: the server's own address. */
  answer(world: World, request: Asked, origin: string): Answer;
}

/** Rows per answer: small, so that every test pages. */
const ROWS_PER_ANSWER = 20;
const absent = reply(404, '404 Not Found', { 'content-type': 'text/plain' });

/** Protocol §2.3: the ETag is of the encoded body, so that the two encodings differ. */
function tagged({ headers }: Asked, text: string, type: string): Answer {
  const gzipped = headers['accept-encoding'] === 'gzip';
  const body = gzipped ? gzipSync(text) : Buffer.from(text);
  const etag = `"${createHash('md5').update(body).digest('base64url')}"`;
  if (headers['if-none-match'] === etag) return reply(304, '', { etag });
  return reply(200, body, { 'content-type': type, etag, ...(gzipped ? { 'content-encoding': 'gzip' } : {}) });
}

/** RFC 9110 §13.1.3, by the hour of the last change; long ago, as far as the response's Date is concerned. */
function dated({ headers }: Asked, serial: number, body: string, type: string): Answer {
  const modified = new Date(Date.UTC(2020, 0, 1, serial)).toUTCString();
  const more = { 'last-modified': modified };
  if (headers['if-modified-since'] === modified) return reply(304, '', more);
  return reply(200, body, { 'content-type': type, ...more });
}

function ranged({ headers }: Asked, file: ServedFile | undefined): Answer {
  if (file === undefined) return reply(404, '<Error/>', { 'content-type': 'application/xml' });
  const from = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  const total = file.content.length;
  if (from === undefined) return reply(200, file.content, {});
  if (Number(from) >= total) return reply(416, '', { 'content-range': `bytes */${total}` });
  return reply(206, file.content.slice(Number(from)), {
    'content-range': `bytes ${from}-${total - 1}/${total}`,
  });
}

/** The JSON API and attestations, which any of them may have. */
function documents(world: World, request: Asked): Answer | null {
  const attested = /^\/integrity\/([^/]+)\/provenance$/.exec(request.url)?.[1];
  if (attested !== undefined) {
    const file = world.file(attested);
    const document = JSON.stringify({ attestation_bundles: [], version: 1, of: file?.sha256 });
    return file === undefined ? absent : tagged(request, document, 'application/vnd.pypi.integrity.v1+json');
  }
  const name = /\/pypi\/([^/]+)\/json$/.exec(request.url)?.[1];
  if (name === undefined) return null;
  const project = world.projects.get(name);
  if (project === undefined) return absent;
  const document = JSON.stringify({ info: { name }, last_serial: project.serial, urls: [] });
  return tagged(request, document, 'application/json');
}

function rpc(world: World, { body }: Asked): Answer {
  if (body.includes('changelog_last_serial')) return xml(valueXml(world.rows.at(-1)?.serial ?? null));
  const since = askedSince(body);
  return xml(rowsXml(world.rows.filter(({ serial }) => serial > since).slice(0, ROWS_PER_ANSWER)));
}

const entry = ({ displayName, serial }: ServedProject) => ({ '_last-serial': serial, name: displayName });

function pypiFace(hasChangelog: boolean): Face {
  return {
    site: '',
    answer(world, request, origin) {
      if (request.method === 'POST')
        return hasChangelog && request.url === '/pypi' ? rpc(world, request) : reply(405, '');
      const other = documents(world, request);
      if (other !== null) return other;
      if (request.url === '/simple/') {
        const meta = { '_last-serial': world.head, 'api-version': '1.4' };
        const projects = [...world.projects.values()].map(entry);
        return tagged(request, JSON.stringify({ meta, projects }), SIMPLE_JSON);
      }
      const name = /^\/simple\/([^/]+)\/$/.exec(request.url)?.[1];
      if (name === undefined)
        return ranged(request, world.file(request.url.replace(/^\/packages\/aa\/bb\//, '')));
      const project = world.projects.get(name);
      if (project === undefined) return absent;
      const files = project.files.map(({ filename, content, sha256 }) => ({
        filename,
        url: `${origin}/packages/aa/bb/${filename}`,
        hashes: { sha256 },
        size: content.length,
      }));
      const meta = { '_last-serial': project.serial, 'api-version': '1.4' };
      return tagged(request, JSON.stringify({ files, meta, name }), SIMPLE_JSON);
    },
  };
}

export const PYPI: Face = pypiFace(true);
export const PYPI_WITHOUT_RPC: Face = pypiFace(false);

/** A docroot behind a web server that adds no header to it; serials as texts, URLs relative (protocol §7). */
export const STATIC_TREE: Face = {
  site: '/mirror',
  answer(world, request) {
    if (request.method === 'POST') return reply(405, '<html>', { 'content-type': 'text/html' });
    const other = documents(world, request);
    if (other !== null) return other;
    if (request.url === '/mirror/simple/') {
      const meta = { '_last-serial': world.head, 'api-version': '1.1' };
      const projects = [...world.projects].map(([name, { serial }]) => ({
        '_last-serial': String(serial),
        name,
      }));
      return reply(200, JSON.stringify({ meta, projects }), { 'content-type': SIMPLE_JSON });
    }
    const name = /^\/mirror\/simple\/([^/]+)\/$/.exec(request.url)?.[1];
    if (name === undefined)
      return ranged(request, world.file(request.url.replace(/^\/mirror\/packages\/aa\//, '')));
    const project = world.projects.get(name);
    if (project === undefined) return absent;
    const files = project.files.map(({ filename, sha256 }) => ({
      filename,
      url: `../../packages/aa/${filename}`,
      hashes: { sha256 },
    }));
    const meta = { '_last-serial': String(project.serial), 'api-version': '1.1' };
    return reply(200, JSON.stringify({ files, meta, name }), { 'content-type': SIMPLE_JSON });
  },
};

/** Protocol §6: minimal JSON under `+simple`, its own counter on every answer, no ETag, no ranges. */
export const DEVPI: Face = {
  site: '/root/dev',
  answer(world, request) {
    const answer = devpiAnswer(world, request);
    return (asked, response) => {
      response.setHeader('x-devpi-serial', String(world.rows.length));
      answer(asked, response);
    };
  },
};

function devpiAnswer(world: World, request: Asked): Answer {
  if (request.method === 'POST') return reply(404, '{}', { 'content-type': 'application/json' });
  const other = documents(world, request);
  if (other !== null) return other;
  const meta = { 'api-version': '1.0' };
  const show = (document: object) => reply(200, JSON.stringify(document), { 'content-type': SIMPLE_JSON });
  if (request.url === '/root/dev/+simple/')
    return show({ meta, projects: [...world.projects].map(([name]) => ({ name })) });
  const name = /^\/root\/dev\/\+simple\/([^/]+)\/$/.exec(request.url)?.[1];
  if (name !== undefined) {
    const project = world.projects.get(name);
    if (project === undefined) return absent;
    const files = project.files.map(({ filename, sha256 }) => ({
      filename,
      url: `../../+f/${sha256.slice(0, 3)}/${sha256.slice(3, 16)}/${filename}`,
      hashes: { sha256 },
    }));
    return show({ meta, name, files });
  }
  const filename = /^\/root\/dev\/\+f\/[^/]+\/[^/]+\/([^/]+)$/.exec(request.url)?.[1];
  const file = world.file(filename ?? '');
  return file === undefined ? absent : reply(200, file.content, {});
}

/** PEP 503 as it was in 2015: HTML, whatever is asked for, and the dates of files on a disk. */
export const OLD_HTML: Face = {
  site: '',
  answer(world, request) {
    if (request.method === 'POST') return reply(501, '');
    const other = documents(world, request);
    if (other !== null) return other;
    if (request.url === '/simple/') {
      const links = [...world.projects].map(
        ([name, { displayName }]) => `<a href="${name}/">${displayName}</a><br>`,
      );
      return dated(request, world.head, htmlPage('Simple index', links), 'text/html; charset=utf-8');
    }
    const name = /^\/simple\/([^/]+)\/$/.exec(request.url)?.[1];
    if (name === undefined) {
      const file = world.file(request.url.replace('/files/', ''));
      if (file === undefined || request.headers.range !== undefined) return ranged(request, file);
      return dated(request, 1, file.content, 'application/octet-stream');
    }
    const project = world.projects.get(name);
    if (project === undefined) return absent;
    const links = project.files.map(
      ({ filename, sha256 }) => `<a href="../../files/${filename}#sha256=${sha256}">${filename}</a><br>`,
    );
    return dated(request, project.serial, htmlPage(`Links for ${name}`, links), 'text/html');
  },
};

function htmlPage(title: string, links: readonly string[]): string {
  return `<!DOCTYPE html><html><head><title>${title}</title></head><body>\n${links.join('\n')}\n</body></html>\n`;
}
