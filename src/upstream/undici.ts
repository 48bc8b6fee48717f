/**
 * The parts of undici that make connections, loaded by themselves: its front door also loads fetch, WebSocket and caches, which
 * no mirror uses, and takes a quarter of the start of a run for it (bench/nothing-new.ts).
 */
import { createRequire } from 'node:module';
import type { Agent, buildConnector, Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';

const load = createRequire(import.meta.url);

export const loadAgent = (): typeof Agent => load('undici/lib/dispatcher/agent.js');
export const loadPool = (): typeof Pool => load('undici/lib/dispatcher/pool.js');
export const loadConnector = (): typeof buildConnector => load('undici/lib/core/connect.js');
/** Through the front door: a tunnel is made with `connect`, which that gives to all dispatchers. */
export const loadProxyAgent = (): typeof EnvHttpProxyAgent => load('undici').EnvHttpProxyAgent;

type Request = (this: Dispatcher, options: Dispatcher.RequestOptions) => Promise<Dispatcher.ResponseData>;

/** `dispatcher.request(options)`: the front door is what gives dispatchers this method. */
export function requestOver(
  dispatcher: Dispatcher,
  options: Dispatcher.RequestOptions,
): Promise<Dispatcher.ResponseData> {
  const request: Request = load('undici/lib/api/api-request.js');
  return request.call(dispatcher, options);
}
