/** One HTTP request exactly as written (no path clean-up, no redirects, no decoding) and the whole answer. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

export interface Asked {
  readonly method?: string;
  /** Goes into the request line as it is. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks a server; each request has a connection of its own. */
export async function ask(serverUrl: string, asked: Asked): Promise<Answered> {
  const { hostname, port } = new URL(serverUrl);
  const outgoing = request({
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    method: asked.method ?? 'GET',
    path: asked.target,
    headers: asked.headers ?? {},
    agent: false,
  });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) };
}
