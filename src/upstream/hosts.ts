/** Which hosts may be asked at all: the upstream's own, PyPI's file host for PyPI, and those that the operator named; and with what password. */
import type { UpstreamSettings } from '../config/settings.ts';
import { JubjubError } from '../errors.ts';
import { harmless } from '../pypi/quote.ts';

/** PyPI and TestPyPI keep their files on a host of their own (protocol §4.1, trap 32). */
const FILE_HOST_BY_INDEX: Readonly<Record<string, string>> = {
  'https://pypi.org': 'files.pythonhosted.org:443',
  'https://test.pypi.org': 'test-files.pythonhosted.org:443',
};

const DEFAULT_PORT: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

export interface HostRules {
  /** null when this address may be asked; otherwise why not, in words for an error's `received`. */
  refusal(url: URL): string | null;
  /** The hosts that may be asked, for an error's `expected`. */
  readonly allowed: string;
}

/** True for names and addresses that never leave this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    /^127(\.\d{1,3}){3}$/.test(hostname) ||
    hostname === '[::1]' ||
    hostname === 'localhost' ||
    hostname.endsWith('.localhost')
  );
}

/** `host:port`, the port always written out. */
function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port === '' ? DEFAULT_PORT[url.protocol] : url.port}`;
}

/** The rules that these settings stand for. A `file-hosts` entry without a port allows every port of that host. */
export function hostRules(settings: Pick<UpstreamSettings, 'url' | 'fileHosts' | 'allowHttp'>): HostRules {
  const own = new URL(settings.url);
  const entries = settings.fileHosts.map((entry) => entry.toLowerCase());
  const exact = new Set([hostAndPort(own), ...entries]);
  const fileHost = FILE_HOST_BY_INDEX[own.origin];
  if (fileHost !== undefined) exact.add(fileHost);
  // A bare IPv6 address in the settings has no brackets; in a URL it always has.
  for (const entry of entries) if (entry.split(':').length > 2) exact.add(`[${entry}]`);

  return {
    allowed: [...exact].join(', '),
    refusal(url) {
      if (url.protocol !== 'https:' && url.protocol !== 'http:') return `the scheme ${url.protocol}`;
      if (!exact.has(hostAndPort(url)) && !exact.has(url.hostname)) return `the host ${url.host}`;
      if (url.protocol === 'http:' && !settings.allowHttp && !isLoopback(url.hostname))
        return `plain http to ${url.host}`;
      return null;
    },
  };
}

/** Whether an address is an absolute URL that may be asked. */
export function mayBeAsked(rules: HostRules, address: string): boolean {
  return URL.canParse(address) && rules.refusal(new URL(address)) === null;
}

/** Parses an address and checks its host, before any connection. Throws UPSTREAM_HOST_NOT_ALLOWED. */
export function checkedUrl(rules: HostRules, address: string, what: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  const refusal = url === null ? 'something that is not an absolute URL' : rules.refusal(url);
  if (url !== null && refusal === null) return url;
  throw new JubjubError('UPSTREAM_HOST_NOT_ALLOWED', `this address may not be asked: ${what}`, {
    url: url === null ? harmless(address) : address,
    expected: `an address at one of: ${rules.allowed}`,
    received: refusal ?? '',
    hint: refusal?.startsWith('plain http')
      ? 'allow-http = true in [upstream] allows it, at the price of integrity on the way'
      : 'if files really come from that host, add it to file-hosts in [upstream]',
  });
}

/** `user:password@` in the configured URL, as RFC 7617 sends it. */
export function basicAuthorization(own: URL): Record<string, string> {
  if (own.username === '' && own.password === '') return {};
  const credentials = `${decoded(own.username)}:${decoded(own.password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A percent sign that encodes nothing stands for itself.
  }
}
