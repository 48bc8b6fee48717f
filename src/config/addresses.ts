/** The addresses in a configuration: the site, a proxy, hosts with and without ports. What is wrong comes back as advice. */

/** Why an address is refused: what was expected instead, and what to do. */
export interface Refusal {
  readonly expected: string;
  readonly hint?: string;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const SITE_EXPECTED = 'an http or https address such as "https://pypi.org"';

/** True for `localhost`, 127.0.0.0/8 and ::1, as they stand in a URL. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The site without trailing slash; user name and password stay, for the requests need them. */
export function parseSite(text: string): string | Refusal {
  const url = httpUrl(text);
  if (url === null) return { expected: SITE_EXPECTED };
  if (text.includes('?') || text.includes('#')) return { expected: 'an address without query and fragment' };
  const site = url.href.replace(/\/+$/, '');
  // Only of the whole path: a repository of devpi or Artifactory may well be called "pypi".
  const corrected = site.replace(/\/\+?simple$/, '').replace(/^(https?:\/\/[^/]+)\/pypi$/, '$1');
  if (corrected !== site) {
    return {
      expected: `"${corrected}"`,
      hint: 'give the site itself: jubjub adds /simple/ and /pypi by itself',
    };
  }
  return site;
}

/** Where the docroot is served, without slash at its end; the empty text means that nobody knows. */
export function parseBaseUrl(text: string): string | null | Refusal {
  if (text === '') return null;
  const url = httpUrl(text);
  const expected = 'an http or https address such as "https://pypi.example.org", or ""';
  if (url === null || url.username !== '' || url.password !== '' || /[?#]/.test(text)) return { expected };
  return url.href.replace(/\/+$/, '');
}

/** A proxy's address; the empty text means none. */
export function parseProxy(text: string): string | null | Refusal {
  if (text === '') return null;
  return httpUrl(text) === null
    ? { expected: 'the address of a proxy, such as "http://proxy.example:3128"' }
    : text;
}

/** `"host"` or `"host:port"` in lower case, as URLs write them (IPv6 in brackets). */
export function parseHost(text: string): string | Refusal {
  const host = text.toLowerCase();
  if (isHost(host)) return host;
  const url = httpUrl(text);
  const expected = 'a host such as "files.example" or "files.example:8443"';
  return url === null ? { expected } : { expected, hint: `did you mean "${url.host}"?` };
}

/** `"host:port"`; the empty text means none. */
export function parseHostPort(text: string): HostPort | null | Refusal {
  if (text === '') return null;
  const match = /^(.+):(\d{1,5})$/.exec(text.toLowerCase());
  const host = match?.[1] ?? '';
  const port = Number(match?.[2] ?? 0);
  if (!isHost(host) || /:\d+$/.test(host) || port < 1 || port > 65_535) {
    return { expected: 'a host and a port such as "origin.example:443"' };
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port };
}

function httpUrl(text: string): URL | null {
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}

/** A host that a URL would take as it is, with or without a port. */
function isHost(text: string): boolean {
  if (!/^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?)(:\d{1,5})?$/.test(text)) return false;
  return URL.canParse(`https://${text}/`);
}
