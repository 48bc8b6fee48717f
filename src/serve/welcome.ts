/** The words at `/`: what this server is, with the pip command to copy. */
import { type PlainAnswer, plain } from './answer.ts';

/** A host name or address with an optional port; anything else in a Host header is not repeated. */
const HOST = /^(?<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/i;

/** The names that pip trusts without TLS. */
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/i;

/** The page for a client that reached us under this Host header. */
export function welcome(host: string | undefined): PlainAnswer {
  const name = HOST.exec(host ?? '')?.groups?.['name'];
  const authority = name === undefined ? 'THIS-HOST' : host;
  // pip leaves out plain-http indexes of other machines unless it is told to trust them.
  const trust = LOOPBACK.test(name ?? '') ? '' : ` --trusted-host ${name ?? 'THIS-HOST'}`;
  const lines = [
    'jubjub: a mirror of a Python package index',
    '',
    `  pip install --index-url http://${authority}/simple/${trust} PROJECT`,
    '',
    '  /simple/        the projects',
    '  /status.json    serial, counts, what is pending',
    '  /last-modified  when the last complete run began',
    '  /manifest.json  the completeness proof: digests of all pages',
    '',
  ];
  // The text depends on the Host header, so no cache may keep it.
  return plain(200, lines.join('\n'), { 'Cache-Control': 'no-store' });
}
