/** A minimal index that speaks PyPI's protocol on loopback, with mishaps on demand, for the contract suite of upstreams. */
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { normalizeName } from '../../src/pypi/names.ts';
import type { ChangelogRow, Serial } from '../../src/pypi/types.ts';
import type { Mishap, Stage } from '../contract/upstream-suite.ts';
import { openUpstream } from './upstream-kit.ts';
import {
  type Answer,
  type Asked,
  cut,
  json,
  reply,
  SIMPLE_JSON,
  startServer,
  xml,
} from './upstream-server.ts';
import { askedSince, rowsXml, valueXml } from './upstream-xml.ts';

/** Rows per answer: small, so that every test pages. */
const ROWS_PER_ANSWER = 20;

interface ServedProject {
  readonly displayName: string;
  serial: Serial;
  readonly files: { readonly filename: string; readonly content: string }[];
}

/** A stage for the kind `changelog`. */
export async function pypiStage(t: TestContext): Promise<Stage> {
  const rows: ChangelogRow[] = [];
  const projects = new Map<string, ServedProject>();
  const mishaps: Mishap[] = [];
  const server = await startServer(t, (request, response) => {
    const how = mishaps.shift();
    if (how === 'hang') return;
    const answer =
      how === 'status-503' ? reply(503, '<html>', { 'content-type': 'text/html' }) : answerTo(request);
    if (how === 'cut-body') halved(answer)(request, response);
    else answer(request, response);
  });

  function answerTo(request: Asked): Answer {
    if (request.url === '/pypi') return rpc(request.body);
    if (request.url === '/simple/') return list();
    const name = /^\/simple\/([^/]+)\/$/.exec(request.url)?.[1];
    if (name !== undefined) return page(name, request);
    return file(request);
  }

  function rpc(body: string): Answer {
    if (body.includes('changelog_last_serial')) return xml(valueXml(rows.at(-1)?.serial ?? null));
    const since = askedSince(body);
    return xml(rowsXml(rows.filter(({ serial }) => serial > since).slice(0, ROWS_PER_ANSWER)));
  }

  function list(): Answer {
    const meta = { '_last-serial': rows.at(-1)?.serial ?? 0, 'api-version': '1.4' };
    const entries = [...projects.values()].map(({ displayName, serial }) => ({
      '_last-serial': serial,
      name: displayName,
    }));
    return json({ meta, projects: entries });
  }

  function page(name: string, { headers }: Asked): Answer {
    const project = projects.get(name);
    if (project === undefined) return reply(404, '404 Not Found', { 'content-type': 'text/plain' });
    const files = project.files.map(({ filename, content }) => ({
      filename,
      url: `${server.url}/packages/aa/bb/${filename}`,
      hashes: { sha256: createHash('sha256').update(content).digest('hex') },
      size: content.length,
    }));
    const meta = { '_last-serial': project.serial, 'api-version': '1.4' };
    const text = JSON.stringify({ files, meta, name });
    const gzipped = headers['accept-encoding'] === 'gzip';
    const body = gzipped ? gzipSync(text) : Buffer.from(text);
    // Protocol §2.3: of the encoded body, so that the two encodings differ.
    const etag = `"${createHash('md5').update(body).digest('base64url')}"`;
    if (headers['if-none-match'] === etag) return reply(304, '', { etag });
    const encoding: Record<string, string> = gzipped ? { 'content-encoding': 'gzip' } : {};
    return reply(200, body, { 'content-type': SIMPLE_JSON, etag, ...encoding });
  }

  function file({ url, headers }: Asked): Answer {
    const all = [...projects.values()].flatMap((project) => project.files);
    const found = all.find(({ filename }) => url === `/packages/aa/bb/${filename}`);
    if (found === undefined) return reply(404, '<Error/>', { 'content-type': 'application/xml' });
    const from = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
    const total = found.content.length;
    if (from === undefined) return reply(200, found.content, {});
    if (Number(from) >= total) return reply(416, '', { 'content-range': `bytes */${total}` });
    return reply(206, found.content.slice(Number(from)), {
      'content-range': `bytes ${from}-${total - 1}/${total}`,
    });
  }

  function append(name: string, action: string): Serial {
    // Gaps are normal (trap 6).
    const serial = (rows.at(-1)?.serial ?? 0) + 2;
    rows.push({ name, version: null, timestampS: 1_795_000_000, action, serial });
    return serial;
  }

  return {
    upstream: openUpstream(t, server.url).upstream,
    url: server.url,
    publish(displayName, filename, content) {
      const serial = append(displayName, `add source file ${filename}`);
      const name = normalizeName(displayName);
      const project = projects.get(name) ?? { displayName, serial, files: [] };
      project.serial = serial;
      project.files.push({ filename, content });
      projects.set(name, project);
      return serial;
    },
    remove(displayName) {
      projects.delete(normalizeName(displayName));
      return append(displayName, 'remove project');
    },
    mishap: (how) => mishaps.push(how),
  };
}

/** The same answer with the connection broken in the middle of its body. */
function halved(answer: Answer): Answer {
  return (request, response) => {
    let status = 200;
    let headers: Record<string, string> = {};
    const recorder = {
      writeHead(given: number, more: Record<string, string>) {
        status = given;
        headers = more;
        return {
          end: (body: string | Uint8Array) => {
            const bytes = Buffer.from(body);
            cut(bytes.subarray(0, bytes.length / 2), bytes.length, headers, status)(request, response);
          },
        };
      },
    };
    answer(request, recorder as unknown as typeof response);
  };
}
