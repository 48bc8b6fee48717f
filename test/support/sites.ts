/** Web servers in front of a mirror that do as a test says: honest ones, plain ones, and ones that lie. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { startServer } from '../../src/serve/server.ts';
import type { Tree } from './engine.ts';
import { ask } from './http-ask.ts';

type Hooks = Pick<TestContext, 'after'>;

export interface SiteReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface SiteRequest {
  readonly path: string;
  readonly accept: string;
  readonly headers: IncomingMessage['headers'];
}

export interface TestSite {
  readonly url: string;
  /** Paths in the order in which they were asked for. */
  readonly asked: string[];
  /** Answers in place of the site; undefined: the site answers. Of an honest answer, when it is given one, it may change anything. */
  twist: (request: SiteRequest, honest: () => Promise<Required<SiteReply>>) => Promise<SiteReply | undefined>;
}

type Honest = (request: SiteRequest) => Promise<SiteReply>;

async function startSite(t: Hooks, honest: Honest): Promise<TestSite> {
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = {
      path: incoming.url ?? '',
      accept: incoming.headers.accept ?? '',
      headers: incoming.headers,
    };
    site.asked.push(request.path);
    const whole = async () => ({ status: 200, headers: {}, body: '', ...(await honest(request)) });
    const reply = (await site.twist(request, whole)) ?? (await whole());
    response.writeHead(reply.status ?? 200, reply.headers ?? {}).end(reply.body ?? '');
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const site: TestSite = { url: `http://127.0.0.1:${port}`, asked: [], twist: async () => undefined };
  return site;
}

const TYPES: readonly (readonly [path: RegExp, type: string])[] = [
  [/\.html$/, 'text/html; charset=utf-8'],
  [/\.json$/, 'application/json'],
];

/** A plain web server over a tree: `index.html` for directories, no negotiation, unknown types as bytes. */
export function startPlainSite(t: Hooks, tree: () => Tree): Promise<TestSite> {
  return startSite(t, async ({ path }) => {
    const asked = decodeURIComponent(path.slice(1));
    const file = asked.endsWith('/') ? `${asked}index.html` : asked;
    const body = tree().get(file);
    if (body === undefined)
      return { status: 404, headers: { 'content-type': 'text/html' }, body: 'not here' };
    const type = TYPES.find(([pattern]) => pattern.test(file))?.[1] ?? 'application/octet-stream';
    return { headers: { 'content-type': type }, body };
  });
}

/** `jubjub serve` over a docroot. */
export async function startServedSite(t: Hooks, docroot: string): Promise<TestSite> {
  const server = await startServer({ docroot, host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  return startSite(t, async ({ path, accept, headers }) => {
    const encoding = headers['accept-encoding'];
    const asked = { accept, ...(encoding === undefined ? {} : { 'accept-encoding': String(encoding) }) };
    const answer = await ask(server.url, { target: path, headers: asked });
    return { status: answer.status, headers: answer.headers as Record<string, string>, body: answer.body };
  });
}
