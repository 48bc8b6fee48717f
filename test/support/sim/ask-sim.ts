/** Somebody else's request over the wire of the simulated upstream: what a test wants to know, or the edge to remember. */
import { upstreamSettings } from '../upstream-kit.ts';
import type { Sim } from './sim.ts';

export interface SimAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const SILENCE_MS_MAX = 10_000;

/** A GET, unless there is a body to post; rejects as undici does when a fault of the connection is done to it. */
export async function askSim(
  sim: Pick<Sim, 'url' | 'connections'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  /** Makes it a POST. */
  body: string | null = null,
): Promise<SimAnswer> {
  const connections = sim.connections({
    settings: upstreamSettings(sim.url),
    connectionsMax: 1,
    ca: undefined,
    env: {},
  });
  const url = new URL(path, sim.url);
  const reply = await connections.towards(url).request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: body === null ? 'GET' : 'POST',
    headers: { ...headers },
    body,
    headersTimeout: SILENCE_MS_MAX,
    bodyTimeout: SILENCE_MS_MAX,
  });
  return { status: reply.statusCode, headers: reply.headers, body: await reply.body.text() };
}
