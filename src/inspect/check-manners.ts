/** How a server answers in general: negotiation, spellings of names, what is not there, what is private. */
import { isJubjubError } from '../errors.ts';
import { quote } from '../pypi/quote.ts';
import type { ProjectName, Sha256 } from '../pypi/types.ts';
import { finding, type Report, type Spot } from './findings.ts';
import { ACCEPT_CASES, type AcceptCase, isType, JSON_TYPE, TEXT_TYPE } from './page-types.ts';
import type { Reply, SiteReader } from './reader.ts';

/** A mirror makes each page of at most 16 MiB of upstream's; some are read at the same time (P10). */
export const PAGE_BYTES_MAX = 32 * 1024 ** 2;
/** Of what must not be there: one byte more is proof enough that it is. */
const SURPRISE_BYTES_MAX = 64 * 1024;

/** A page to try things with: of a project, or the list of a mirror that has none. */
export interface Specimen {
  readonly project: ProjectName | null;
  /** Below the site. */
  readonly path: string;
  /** Of its JSON form, when it is known. */
  readonly jsonSha256: Sha256 | null;
}

/** Does the server look at Accept? If it does: as it should? */
export async function negotiates(
  reader: SiteReader,
  { project, path, jsonSha256 }: Specimen,
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  const ask = (accept: string) =>
    reader.hashed({ path, what: 'a page', accept, bytesMax: PAGE_BYTES_MAX }, signal);
  const spot: Spot = { project, url: `${reader.url}${path}` };
  const json = await ask(JSON_TYPE);
  const isJson = isType(json.header('content-type'), JSON_TYPE) || json.sha256 === jsonSha256;
  if (json.status === 200 && !isJson) {
    report(finding('no-negotiation', spot, `${JSON_TYPE} for those who ask for it`, typeText(json)));
    return false;
  }
  for (const one of ACCEPT_CASES)
    judge(one, one.accept === JSON_TYPE ? json : await ask(one.accept), spot, report);
  return true;
}

/** The status is another check's business. */
function judge({ accept, best, also }: AcceptCase, reply: Reply, spot: Spot, report: Report): void {
  const given = reply.header('content-type');
  if (reply.status !== 200 || isType(given, best)) return;
  const expected = `${best} for "Accept: ${accept}"`;
  // PEP 691 leaves it to servers whether they know `latest`.
  const isMinor = also.some((type) => isType(given, type)) || accept.includes('.latest+');
  report(finding(isMinor ? 'preference' : 'unacceptable', spot, expected, typeText(reply)));
}

function typeText(reply: Reply): string {
  const type = reply.header('content-type');
  return type === null ? 'no Content-Type' : quote(type);
}

/** Other spellings of a name, and its page without a slash, lead to the page (PEP 503). */
export async function checkRedirects(
  reader: SiteReader,
  name: ProjectName,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const odd = name.replaceAll('-', '_').toUpperCase();
  const page = `${reader.url}/simple/${name}/`;
  // A name of digits has no other spelling.
  const odds = odd === name ? [] : [`/simple/${odd}/`];
  for (const path of [...odds, `/simple/${name}`]) {
    const asked = { path, what: `another spelling of ${name}`, accept: TEXT_TYPE, bytesMax: PAGE_BYTES_MAX };
    const reply = await reader.hashed(asked, signal);
    const to = reply.header('location') ?? '';
    const leads = reply.status >= 300 && reply.status < 400 && leadsTo(to, reply.url, page);
    // A file system that takes no heed of case does as well.
    if (leads || reply.status === 200) continue;
    const received = `HTTP ${reply.status}${to === '' ? '' : ` to ${quote(to)}`}`;
    report(finding('no-redirect', { project: name, url: reply.url }, `a redirect to ${page}`, received));
  }
}

/** The scheme and the host may be those that a proxy before the server hides. */
function leadsTo(location: string, from: string, page: string): boolean {
  return URL.canParse(location, from) && new URL(location, from).pathname === new URL(page).pathname;
}

/** What nobody has made must be answered with 404; what is private or a directory must not be answered at all. */
export async function checkAbsent(
  reader: SiteReader,
  chance: () => number,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const madeUp = `jubjub-verify-${Math.floor(chance() * 2 ** 32).toString(16)}`;
  const missing = [
    [`/simple/${madeUp}/`, 'the page of a project that does not exist'],
    [`/packages/00/00/${'0'.repeat(60)}/${madeUp}-1.0.tar.gz`, 'a file that does not exist'],
  ] as const;
  let honest = true;
  for (const [path, what] of missing) {
    const status = await statusOf(reader, path, what, signal);
    if (status === 404) continue;
    const gives = status < 400;
    honest &&= !gives;
    const spot = { project: null, url: `${reader.url}${path}` };
    report(finding(gives ? 'not-404' : 'odd-refusal', spot, `404 for ${what}`, `HTTP ${status}`));
  }
  // A server that has an answer for everything would seem to have these, too.
  if (!honest) return;
  const spots = [
    ['/state/catalogue.db', 'exposed', 'the catalogue is private'],
    ['/..%2fstate%2fcatalogue.db', 'exposed', 'the catalogue is private'],
    ['/packages/', 'listing', 'no listing'],
    ['/manifest/', 'listing', 'no listing'],
  ] as const;
  for (const [path, kind, expected] of spots) {
    const status = await statusOf(reader, path, expected, signal);
    if (status === 200)
      report(finding(kind, { project: null, url: `${reader.url}${path}` }, expected, 'HTTP 200'));
  }
}

async function statusOf(
  reader: SiteReader,
  path: string,
  what: string,
  signal: AbortSignal,
): Promise<number> {
  try {
    return (await reader.hashed({ path, what, bytesMax: SURPRISE_BYTES_MAX }, signal)).status;
  } catch (error) {
    // Only the body of a 200 is read.
    if (isJubjubError(error, 'UPSTREAM_TOO_LARGE')) return 200;
    if (isJubjubError(error, 'UPSTREAM_STATUS')) return error.facts.httpStatus ?? 500;
    throw error;
  }
}
