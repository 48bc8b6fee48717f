/**
 * The parts of undici that make connections, loaded by themselves: its front door also loads fetch, WebSocket and caches, which
 * no mirror uses, and takes a quarter of the start of a run for it (bench/nothing-new.ts).
 */
import { createRequire } from 'node:module';
import type { Agent, buildConnector, Dispatcher, EnvHttpProxyAgent, errors, Pool } from 'undici';

const require = createRequire(import.meta.url);

export const loadAgent = (): typeof Agent => require('undici/lib/dispatcher/agent.js');
export const loadPool = (): typeof Pool => require('undici/lib/dispatcher/pool.js');
export const loadConnector = (): typeof buildConnector => require('undici/lib/core/connect.js');
export const loadDispatcher = (): typeof Dispatcher => require('undici/lib/dispatcher/dispatcher.js');
export const loadErrors = (): typeof errors => require('undici/lib/core/errors.js');

/** A tunnel is made with `connect`, one of the methods that the front door gives to all dispatchers. */
export function loadProxyAgent(): typeof EnvHttpProxyAgent {
  const { prototype } = loadDispatcher();
  prototype.connect = require('undici/lib/api/api-connect.js');
  return require('undici/lib/dispatcher/env-http-proxy-agent.js');
}

type Request = (this: Dispatcher, options: Dispatcher.RequestOptions) => Promise<Dispatcher.ResponseData>;

let request: Request | null = null;

/** `dispatcher.request(options)`: the front door is what gives dispatchers this method. */
export function requestOver(
  dispatcher: Dispatcher,
  options: Dispatcher.RequestOptions,
): Promise<Dispatcher.ResponseData> {
  // Looked up once: to find a module that is loaded already takes longer than to make a request.
  request ??= require('undici/lib/api/api-request.js') as Request;
  return request.call(dispatcher, options);
}
