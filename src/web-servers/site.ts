/** What a web server must know of a mirror to serve its docroot, taken from the settings. */
import type { PagesSettings } from '../config/settings.ts';
import { JubjubError } from '../errors.ts';

export interface WebSite {
  /** Absolute; everything in it is public. */
  readonly docroot: string;
  /** The host name to answer for; null: any. */
  readonly serverName: string | null;
  /** The address to listen on, an IPv6 one without brackets; null: all. */
  readonly address: string | null;
  /** Where plain HTTP is spoken. */
  readonly port: number;
  /** Where the base URL says that TLS is spoken; that the operator sets up. Null: not at all. */
  readonly tlsPort: number | null;
  /** What stands before `/simple/` in every path: empty, or as in `/pypi-mirror`. */
  readonly prefix: string;
  /** Where readers find it, without a slash at its end: for words and comments. */
  readonly url: string;
  readonly jsonApi: boolean;
  readonly precompress: boolean;
}

/** What the command line says instead of the base URL. */
export interface SiteOptions {
  /** A name to answer for, or an address to listen on. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/** A name that stands in every server's configuration as it is. */
const HOST_NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** In brackets or not; what the server itself makes of it is its affair. */
const IPV6 = /^\[?([0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*)\]?$/i;

/** Addresses that mean all of them. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Unreserved characters only (RFC 3986 §2.3): so the same text in the URL, in a pattern and in every server. */
const PLAIN_PREFIX = /^(?:\/[A-Za-z0-9._~-]+)*$/;

/**
 * The site that these settings describe, on the address of the base URL unless the command line names another one.
 * @param docroot absolute
 * @throws JubjubError USAGE_INVALID for a host that is none; CONFIG_INVALID for a base URL that no server can be told.
 */
export function siteOf(docroot: string, pages: PagesSettings, options: SiteOptions = {}): WebSite {
  const base = pages.baseUrl === null ? null : new URL(pages.baseUrl);
  const tls = base?.protocol === 'https:';
  const given = options.host === undefined ? null : hostOption(options.host);
  const based = base === null ? null : addressOf(base.hostname);
  const serverName = given?.name ?? (based === null ? (base?.hostname ?? null) : null);
  const address = given?.address ?? null;
  const port = options.port ?? (tls || !base?.port ? 80 : Number(base.port));
  return {
    docroot,
    serverName,
    address: address !== null && ANY_ADDRESS.has(address) ? null : address,
    port,
    tlsPort: tls ? Number(base?.port || 443) : null,
    prefix: prefixOf(base),
    url: pages.baseUrl ?? guessedUrl(serverName ?? address, port),
    jsonApi: pages.jsonApi,
    precompress: pages.precompress,
  };
}

function hostOption(host: string): { readonly name: string | null; readonly address: string | null } {
  const address = addressOf(host);
  if (address !== null) return { name: null, address };
  if (HOST_NAME.test(host)) return { name: host.toLowerCase(), address: null };
  throw new JubjubError('USAGE_INVALID', `--host is neither a host name nor an address: ${host}`, {
    expected:
      'a name to answer for, such as "pypi.example.org", or an address to listen on, such as "127.0.0.1"',
    received: host,
    hint: 'the port has an option of its own: --port',
  });
}

/** The bare IP address, or null for a name. */
function addressOf(host: string): string | null {
  return IPV4.test(host) ? host : (IPV6.exec(host)?.[1]?.toLowerCase() ?? null);
}

function prefixOf(base: URL | null): string {
  const prefix = base?.pathname.replace(/\/+$/, '') ?? '';
  if (PLAIN_PREFIX.test(prefix)) return prefix;
  throw new JubjubError(
    'CONFIG_INVALID',
    `the path of the base URL cannot be put into a server's patterns: ${prefix}`,
    {
      path: '[pages] base-url',
      expected: 'a path of letters, digits and "-", ".", "_", "~", such as "/pypi-mirror"',
      received: prefix,
    },
  );
}

function guessedUrl(host: string | null, port: number): string {
  const name = host === null || ANY_ADDRESS.has(host) ? 'localhost' : host;
  const authority = name.includes(':') ? `[${name}]` : name;
  return `http://${authority}${port === 80 ? '' : `:${port}`}`;
}
