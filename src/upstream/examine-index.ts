/** Looks at the beginning of what an address answers: is it a project list (PEP 503, 691), and does it have serials? */
import { isJubjubError } from '../errors.ts';
import type { ListedProject } from '../pypi/types.ts';
import { bodyChunks, mediaType, utf8Decoder } from './body.ts';
import { askFor, formatOf, JSON_OR_HTML } from './formats.ts';
import { type Link, LinkReader } from './html-links.ts';
import { checkVersion, readLink } from './html-list.ts';
import { discard, type Http, type HttpResponse } from './http.ts';
import { createListParser } from './list-parser.ts';
import { named } from './malformed.ts';
import { LIST } from './project-list.ts';

/** What an address turned out to be. */
export type Finding =
  | { readonly kind: 'list'; readonly serials: boolean }
  /** Not a project list; `why` in words. `status`: the HTTP status, when that was all. */
  | { readonly kind: 'none'; readonly why: string; readonly status: number | null };

/** Statuses that say: not here, or not for such a question. Object storage says 403 for what it does not have. */
const NOT_HERE: readonly number[] = [400, 403, 404, 405, 406, 410, 415, 501];
/** The first links of a page are enough to tell a list from any other page. */
const SAMPLED_LINKS = 50;
const SAMPLED_BYTES = 128 * 1024;

/** Asks once. Throws whatever says neither yes nor no: 5xx, a broken connection, a redirect to a foreign host. */
export async function examineIndex(
  http: Http,
  place: { readonly url: string; readonly deadlineMs: number },
  signal: AbortSignal,
): Promise<Finding> {
  const what = 'the project list';
  const request = { ...place, what, headers: { 'accept-encoding': 'gzip' } };
  const response = await askFor(http, JSON_OR_HTML, request, signal);
  const { status } = response;
  if (NOT_HERE.includes(status)) {
    discard(response);
    return { kind: 'none', why: `HTTP ${status}`, status };
  }
  if (status !== 200) throw await http.unexpectedStatus(response, 'HTTP 200');
  const type = mediaType(response);
  try {
    const examine = formatOf(response, JSON_OR_HTML) === 'json' ? examineJson : examineHtml;
    return (await examine(response)) ?? none(`${type} that is no project list`);
  } catch (error) {
    // What was cut or broken on its way may be another thing the next time; all else is what this address is.
    const isOther = isJubjubError(error, 'UPSTREAM_MALFORMED', 'UPSTREAM_TOO_LARGE');
    if (!isOther || error.facts.retryable === true) throw error;
    return none(`${type === '' ? 'something without a media type' : type} that is no project list`);
  }
}

function none(why: string): Finding {
  return { kind: 'none', why, status: null };
}

/** Serials, where the first entries all have one; an empty list, where it has one itself. */
async function examineJson(response: HttpResponse): Promise<Finding | null> {
  const parser = createListParser();
  const judge = (entries: readonly ListedProject[]): Finding => ({
    kind: 'list',
    serials: entries.every(({ serial }) => serial !== null),
  });
  for await (const chunk of bodyChunks(response, 'gzip', LIST)) {
    const entries = named(response, () => parser.push(chunk));
    if (entries.length > 0) return judge(entries);
  }
  const entries = named(response, () => parser.end());
  if (entries.length > 0) return judge(entries);
  return parser.skipped.count > 0 ? null : { kind: 'list', serials: typeof parser.serial === 'number' };
}

/** PEP 503: links to projects. Any page has links, so that they all have to look like it. */
async function examineHtml(response: HttpResponse): Promise<Finding | null> {
  const reader = new LinkReader();
  const decode = utf8Decoder(response);
  const links: Link[] = [];
  let bytes = 0;
  let isSampled = false;
  for await (const chunk of bodyChunks(response, 'gzip', LIST)) {
    bytes += chunk.byteLength;
    links.push(...reader.push(decode(chunk)));
    isSampled = links.length >= SAMPLED_LINKS || bytes >= SAMPLED_BYTES;
    if (isSampled) break;
  }
  if (!isSampled) links.push(...reader.push(decode()), ...reader.end());
  named(response, () => checkVersion(reader));
  return looksLikeList(reader, links, response.url) ? { kind: 'list', serials: false } : null;
}

function looksLikeList(reader: LinkReader, links: readonly Link[], url: string): boolean {
  const meanings = links.map((link) => readLink(link, url)).filter(({ kind }) => kind !== 'aside');
  if (meanings.length > 0) return meanings.every((meaning) => meaning.kind === 'project' && meaning.isPlain);
  // An empty list says what it is: by its version (PEP 629), else by the title that every server gives it.
  return !reader.isInteractive && (reader.version !== null || /\bsimple\b/i.test(reader.title));
}
