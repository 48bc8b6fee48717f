/**
 * The connections of one kind of request: an undici agent with its own limit and keep-alive,
 * reached directly, through a proxy, or at the address that `connect-to` names.
 */
import type { Agent, buildConnector, Dispatcher } from 'undici';
import type { TimeLimit } from '../clock.ts';
import type { UpstreamSettings } from '../config/settings.ts';
import { JubjubError } from '../errors.ts';
import { loadAgent, loadConnector, loadPool, loadProxyAgent } from './undici.ts';

/** Environment variables, as cli/ hands them in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A connection that takes longer than this to be made has failed, even when `timeout` is longer. */
const CONNECT_TIMEOUT_MS_MAX = 10_000;
/** How long an idle connection is kept; a server that announces less is believed. */
const KEEP_ALIVE_MS = 10_000;

export interface ConnectionOptions {
  readonly settings: UpstreamSettings;
  readonly connectionsMax: number;
  readonly ca: string[] | undefined;
  readonly env: Environment;
}

export interface Connections {
  /** The dispatcher that leads to this address. */
  towards(url: URL): Dispatcher;
  /** Destroys every connection; what is in flight fails. */
  destroy(): Promise<void>;
  /** What an answer takes in all is limited by the time that these connections live in. @default afterRealTime */
  readonly limit?: TimeLimit;
}

/** Makes the connections of one kind of request. */
export type ConnectionsFactory = (options: ConnectionOptions) => Connections;

/** The connections of one kind. The stall timeouts are set on each request (http.ts), because a forwarding proxy knows no others. */
export function createConnections(options: ConnectionOptions): Connections {
  const { settings, ca, connectionsMax } = options;
  const { timeoutMs } = settings;
  // HTTP/1.1 only: with HTTP/2 a connection limit would bound neither the requests nor their buffers.
  const tls = { timeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS_MAX), allowH2: false, ...(ca ? { ca } : {}) };
  const pool: Agent.Options = {
    connections: connectionsMax,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const proxies = proxySettings(settings, options.env);
  const general =
    proxies === null
      ? new (loadAgent())({ ...pool, connect: tls })
      : new (loadProxyAgent())({
          ...pool,
          ...proxies,
          connect: tls,
          requestTls: tls,
          proxyTls: tls,
          // Else a proxy that never answers CONNECT would be waited for with undici's own five minutes.
          clientFactory: (origin, given) =>
            new (loadPool())(origin, { ...given, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }),
        });
  const bypass = bypassAgent(settings, pool, tls);
  const ownOrigin = new URL(settings.url).origin;

  return {
    towards: (url) => (bypass !== null && url.origin === ownOrigin ? bypass : general),
    async destroy() {
      await Promise.all([general.destroy(), bypass?.destroy()]);
    },
  };
}

/** `connect-to`: another address under the same URL, so that Host and the TLS server name stay the URL's. No proxy stands before it. */
function bypassAgent(
  settings: UpstreamSettings,
  pool: Agent.Options,
  tls: buildConnector.BuildOptions,
): Agent | null {
  const to = settings.connectTo;
  if (to === null) return null;
  const connect = loadConnector()(tls);
  return new (loadAgent())({
    ...pool,
    connect: (options, callback) =>
      connect({ ...options, hostname: to.host, port: String(to.port) }, callback),
  });
}

interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/**
 * `proxy` in the settings, for everything; else HTTPS_PROXY, HTTP_PROXY and NO_PROXY, lower case first as curl does.
 * null when there is no proxy. Never undefined inside: undici would then read the process's environment itself.
 */
function proxySettings(settings: UpstreamSettings, env: Environment): Proxies | null {
  if (settings.proxy !== null) {
    const proxy = proxyUrl(settings.proxy, 'proxy in [upstream]');
    return { httpProxy: proxy, httpsProxy: proxy, noProxy: '' };
  }
  const httpProxy = proxyUrl(env['http_proxy'] ?? env['HTTP_PROXY'] ?? '', 'HTTP_PROXY');
  const httpsProxy = proxyUrl(env['https_proxy'] ?? env['HTTPS_PROXY'] ?? '', 'HTTPS_PROXY');
  if (httpProxy === '' && httpsProxy === '') return null;
  return { httpProxy, httpsProxy, noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '' };
}

function proxyUrl(value: string, where: string): string {
  if (value === '') return '';
  const url = value.includes('://') ? value : `http://${value}`;
  if (URL.canParse(url) && /^(https?|socks5?):$/.test(new URL(url).protocol)) return url;
  throw new JubjubError('CONFIG_INVALID', `the proxy address cannot be used: ${where}`, {
    expected: 'http://host:port, https://host:port or socks5://host:port',
    // The value may hold a password; it is not repeated.
    received: 'something else',
  });
}
