/** One project as a server gives it out: both forms of its page, every file that they offer, and the sidecars. */
import { isJubjubError } from '../errors.ts';
import { offeredFiles, parseDetailText } from '../pypi/detail.ts';
import { parseDetailHtml } from '../pypi/detail-html.ts';
import { sha256Of } from '../pypi/digests.ts';
import type { PageDigest } from '../pypi/manifest.ts';
import { quote } from '../pypi/quote.ts';
import type { Detail, DistFile, ProjectName } from '../pypi/types.ts';
import { PAGE_BYTES_MAX } from './check-manners.ts';
import { finding, type Report, type Spot } from './findings.ts';
import { isType, JSON_TYPE, TEXT_TYPE } from './page-types.ts';
import type { ProofSource } from './proof.ts';
import type { Reply, SiteReader, WholeReply } from './reader.ts';
import type { SiteTally } from './tally.ts';

/** One file; PyPI's own cap is 1 GiB. */
const FILE_BYTES_MAX = 8 * 1024 ** 3;
const SIDECAR_BYTES_MAX = 64 * 1024 ** 2;

export interface ProjectCheck {
  readonly reader: SiteReader;
  readonly proof: ProofSource;
  /** Asks for JSON by its type; else by the name of its file. */
  readonly negotiates: boolean;
  readonly report: Report;
  readonly tally: SiteTally;
}

/** @throws what the reader throws, when the server does not answer */
export async function checkProject(
  check: ProjectCheck,
  project: PageDigest,
  signal: AbortSignal,
): Promise<void> {
  const { name } = project;
  const json = await jsonPage(check, project, signal);
  check.tally.projects += 1;
  if (json === null) return;
  const detail = readDetail(check, name, json, parseDetailText);
  if (detail === null) return;
  await checkHtml(check, detail, signal);
  for (const file of offeredFiles(detail)) await checkFile(check, name, file, signal);
}

/** The JSON page, when it is there; its digest is looked at twice, for a sync may come between. */
async function jsonPage(
  check: ProjectCheck,
  { name, pageSha256 }: PageDigest,
  signal: AbortSignal,
): Promise<WholeReply | null> {
  const { reader, report } = check;
  const path = check.negotiates ? `/simple/${name}/` : `/simple/${name}/index.v1_json`;
  const asked = { path, what: `the JSON page of ${name}`, accept: JSON_TYPE, bytesMax: PAGE_BYTES_MAX };
  let reply = await reader.whole(asked, signal);
  let expected: string | null = pageSha256;
  if (reply.status !== 200 || sha256Of(reply.bytes) !== expected) {
    expected = await check.proof.pageNow(name, signal);
    if (expected === null) return null; // It has left meanwhile.
    if (expected !== pageSha256) reply = await reader.whole(asked, signal);
  }
  const spot = { project: name, url: reply.url };
  if (!isThere(check, reply, spot)) return null;
  const given = reply.header('content-type');
  if (!isType(given, JSON_TYPE))
    report(finding(check.negotiates ? 'type' : 'plain-type', spot, JSON_TYPE, quote(given ?? '')));
  const received = sha256Of(reply.bytes);
  if (received === expected) return reply;
  report(finding('page', spot, `sha256 ${expected}`, `sha256 ${received} (${reply.bytes.length} bytes)`));
  return reply;
}

/** The HTML page is in no proof: it must offer what the JSON page offers. */
async function checkHtml(check: ProjectCheck, json: Detail, signal: AbortSignal): Promise<void> {
  const { name } = json;
  const what = `the HTML page of ${name}`;
  const asked = { path: `/simple/${name}/`, what, accept: TEXT_TYPE, bytesMax: PAGE_BYTES_MAX };
  const reply = await check.reader.whole(asked, signal);
  const spot = { project: name, url: reply.url };
  if (!isThere(check, reply, spot)) return;
  const given = reply.header('content-type');
  if (!isType(given, TEXT_TYPE)) check.report(finding('type', spot, TEXT_TYPE, quote(given ?? '')));
  const html = readDetail(check, name, reply, parseDetailHtml);
  if (html === null) return;
  const [expected, received] = [linesOf(json), linesOf(html)];
  const lacking = [...expected].find((line) => !received.has(line));
  const extra = [...received].find((line) => !expected.has(line));
  if (lacking === undefined && extra === undefined) return;
  const files = (lines: ReadonlySet<string>, one: string | undefined) =>
    `${lines.size} files${one === undefined ? '' : `, among them ${one}`}`;
  check.report(finding('html-differs', spot, files(expected, lacking), files(received, extra)));
}

/** What both forms say of each file. */
function linesOf(detail: Detail): ReadonlySet<string> {
  return new Set(offeredFiles(detail).map(({ url, sha256 }) => `${url} (sha256 ${sha256 ?? 'none'})`));
}

type Parse = (
  text: string,
  context: { readonly name: ProjectName; readonly url: string; readonly headerSerial: null },
) => Detail;

function readDetail(check: ProjectCheck, name: ProjectName, reply: WholeReply, parse: Parse): Detail | null {
  // Where it stands for, whichever of its addresses it came from.
  const url = `${check.reader.url}/simple/${name}/`;
  try {
    return parse(reply.bytes.toString('utf8'), { name, url, headerSerial: null });
  } catch (error) {
    if (!isJubjubError(error)) throw error;
    const spot = { project: name, url: reply.url };
    const { expected = 'a page of the index', received } = error.facts;
    check.report(finding('page', spot, expected, received ?? error.message));
    return null;
  }
}

async function checkFile(
  check: ProjectCheck,
  project: ProjectName,
  file: DistFile,
  signal: AbortSignal,
): Promise<void> {
  const { tally, report } = check;
  const path = pathBelow(check.reader.url, file.url);
  if (path === null) {
    tally.external += 1; // `files.mirror = false`: somebody else's.
    return;
  }
  tally.files += 1;
  const sizeMax = file.sizeBytes ?? FILE_BYTES_MAX;
  const found = await fetched(check, { project, url: file.url }, path, sizeMax, 'file-size', signal);
  if (found !== null) {
    tally.bytes += found.sizeBytes;
    const spot = { project, url: file.url };
    if (file.sizeBytes !== null && found.sizeBytes !== file.sizeBytes)
      report(finding('file-size', spot, `${file.sizeBytes} bytes`, `${found.sizeBytes} bytes`));
    else if (found.sha256 !== file.sha256)
      report(finding('file-digest', spot, `sha256 ${file.sha256}`, `sha256 ${found.sha256}`));
  }
  await checkSidecars(check, project, file, path, signal);
}

async function checkSidecars(
  check: ProjectCheck,
  project: ProjectName,
  file: DistFile,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const { tally, report } = check;
  if (file.coreMetadata !== null) {
    tally.sidecars += 1;
    const spot = { project, url: `${file.url}.metadata` };
    const found = await fetched(check, spot, `${path}.metadata`, SIDECAR_BYTES_MAX, 'sidecar-digest', signal);
    const { sha256 } = file.coreMetadata;
    if (found !== null && sha256 !== null && found.sha256 !== sha256)
      report(finding('sidecar-digest', spot, `sha256 ${sha256}`, `sha256 ${found.sha256}`));
  }
  // Those that upstream keeps are not ours to check.
  const provenance = file.provenance === null ? null : pathBelow(check.reader.url, file.provenance);
  if (file.provenance === null || provenance === null) return;
  tally.sidecars += 1;
  const spot = { project, url: file.provenance };
  await fetched(check, spot, provenance, SIDECAR_BYTES_MAX, 'sidecar-digest', signal);
}

/** The digest of what lies there; null when it was told that it is not there, or not as it is. */
async function fetched(
  check: ProjectCheck,
  spot: Spot,
  path: string,
  bytesMax: number,
  tooLarge: 'file-size' | 'sidecar-digest',
  signal: AbortSignal,
) {
  try {
    const asked = { path, what: path.slice(path.lastIndexOf('/') + 1), bytesMax };
    const reply = await check.reader.hashed(asked, signal);
    return isThere(check, reply, spot) ? reply : null;
  } catch (error) {
    if (!isJubjubError(error, 'UPSTREAM_TOO_LARGE')) throw error;
    check.report(finding(tooLarge, spot, `${bytesMax} bytes`, 'more'));
    return null;
  }
}

function isThere({ report }: ProjectCheck, reply: Reply, spot: Spot): boolean {
  if (reply.status !== 200) {
    report(finding('status', spot, '200', `HTTP ${reply.status}`));
    return false;
  }
  // Asked for as it is: a wheel or an sdist with a content coding is unpacked by clients, and is then another file.
  const coding = reply.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity' || coding === '') return true;
  report(finding('encoding', spot, 'no Content-Encoding', quote(coding)));
  return false;
}

/** The path of an address below the site, as it stands in the URL; null when it is somewhere else. */
function pathBelow(site: string, url: string): string | null {
  return url.startsWith(`${site}/`) ? url.slice(site.length) : null;
}
