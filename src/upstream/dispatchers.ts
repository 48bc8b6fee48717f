/**
 * The connections of one kind of request: a dispatcher with its own limit and keep-alive,
 * reached directly, through a proxy, or at the address that `connect-to` names.
 */
import type { Agent, buildConnector, Dispatcher } from 'undici';
import type { TimeLimit } from '../clock.ts';
import type { UpstreamSettings } from '../config/settings.ts';
import { JubjubError } from '../errors.ts';
import { trusting } from './ca.ts';
import { createH2Dispatcher, type H2Dispatcher } from './h2-dispatcher.ts';
import { aloneOf, Protocols } from './protocols.ts';
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
  /** Large files are among what is asked for. @default false */
  readonly hasLarge?: boolean;
  readonly ca: string[] | undefined;
  readonly env: Environment;
  /** What is known of who speaks what, and learnt from these connections. @default their own */
  readonly protocols?: Protocols;
}

export interface Connections {
  /** The dispatcher that leads to this address. A large file is to have a connection for itself, where there are several. */
  towards(url: URL, isLarge?: boolean): Dispatcher;
  /** Something at its origin will be asked for soon: a connection may be opened before that. @default none is */
  warm?(url: URL): void;
  /** Destroys every connection; what is in flight fails. */
  destroy(): Promise<void>;
  /** What an answer takes in all is limited by the time that these connections live in. @default afterRealTime */
  readonly limit?: TimeLimit;
}

/** Makes the connections of one kind of request. */
export type ConnectionsFactory = (options: ConnectionOptions) => Connections;

/** The connections of one kind. The stall timeouts are set on each request (http.ts), because a forwarding proxy knows no others. */
export function createConnections(options: ConnectionOptions): Connections {
  const {
    settings,
    ca,
    connectionsMax,
    hasLarge = false,
    protocols = new Protocols(settings.http2),
  } = options;
  const { timeoutMs, connectTo } = settings;
  const timeout = Math.min(timeoutMs, CONNECT_TIMEOUT_MS_MAX);
  const pool: Agent.Options = {
    connections: connectionsMax,
    pipelining: 1,
    // undici's own HTTP/2 is not used: see h2-dispatcher.ts.
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const proxies = proxySettings(settings, options.env);
  const direct = (to: UpstreamSettings['connectTo']) =>
    directDispatcher({ to, pool, timeout, ca, connectionsMax, hasLarge, protocols });
  const tls = { timeout, ...(ca ? { ca } : {}), allowH2: false };
  const general = proxies === null ? direct(null) : proxied(proxies, pool, tls, timeoutMs);
  // Another address under the same URL, so that Host and the TLS server name stay the URL's. No proxy stands before it.
  const bypass = connectTo === null ? null : direct(connectTo);
  const ownOrigin = new URL(settings.url).origin;

  const leadingTo = (url: URL) => (bypass !== null && url.origin === ownOrigin ? bypass : general);

  return {
    towards(url, isLarge = false) {
      const { dispatcher, plain } = leadingTo(url);
      return isLarge && aloneOf(connectionsMax) > 0 ? plain : dispatcher;
    },
    warm: (url) => leadingTo(url).warm(url.origin),
    async destroy() {
      await Promise.all([general.destroy(), bypass?.destroy()]);
    },
  };
}

interface Direct {
  readonly to: UpstreamSettings['connectTo'];
  readonly pool: Agent.Options;
  /** Of a connection that is being made. */
  readonly timeout: number;
  readonly ca: string[] | undefined;
  readonly connectionsMax: number;
  readonly hasLarge: boolean;
  readonly protocols: Protocols;
}

/** Without a proxy: what the server chooses of HTTP/2 and HTTP/1.1, at this address or at that of each URL. */
function directDispatcher({
  to,
  pool,
  timeout,
  ca,
  connectionsMax,
  hasLarge,
  protocols,
}: Direct): H2Dispatcher {
  const leadingTo = (connect: buildConnector.connector): buildConnector.connector =>
    to === null
      ? connect
      : (options, callback) => connect({ ...options, hostname: to.host, port: String(to.port) }, callback);
  const build = loadConnector();
  const secure = (offered: buildConnector.BuildOptions): buildConnector.connector => {
    let made: buildConnector.connector | undefined;
    return leadingTo((options, callback) => {
      made ??= build({ timeout, ...offered, ...(ca ? { secureContext: trusting(ca) } : {}) });
      made(options, callback);
    });
  };
  const plainly = leadingTo(build({ timeout }));
  const single = secure({ allowH2: false });
  return createH2Dispatcher({
    connectionsMax: connectionsMax - (hasLarge ? aloneOf(connectionsMax) : 0),
    keepAliveMs: KEEP_ALIVE_MS,
    protocols,
    connect: secure({ allowH2: true, preferH2: true }),
    plain: (adopt) =>
      new (loadAgent())({
        ...pool,
        connect: (options, callback) => {
          const isSecure = options.protocol === 'https:';
          const socket = isSecure ? adopt(`https://${options.host}`) : undefined;
          if (socket === undefined) (isSecure ? single : plainly)(options, callback);
          // Later, as a connection would be made: undici sends nothing from within.
          else queueMicrotask(() => callback(null, socket));
        },
      }),
  });
}

/** Through a proxy it is HTTP/1.1, whoever is behind it. */
function proxied(
  proxies: Proxies,
  pool: Agent.Options,
  tls: buildConnector.BuildOptions,
  timeoutMs: number,
): H2Dispatcher {
  const dispatcher = new (loadProxyAgent())({
    ...pool,
    ...proxies,
    connect: tls,
    requestTls: tls,
    proxyTls: tls,
    // Else a proxy that never answers CONNECT would be waited for with undici's own five minutes.
    clientFactory: (origin, given) =>
      new (loadPool())(origin, { ...given, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }),
  });
  return { dispatcher, plain: dispatcher, warm: () => {}, destroy: () => dispatcher.destroy() };
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
