/** The project list as HTML (PEP 503): one link for each project. */
import { JubjubError } from '../errors.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import { harmless, quote } from '../pypi/quote.ts';
import type { ListedProject } from '../pypi/types.ts';
import { LINK_CHARS_MAX, type Link, LinkReader } from './html-links.ts';
import { apiVersionRefused, type ListParser, malformedList } from './list-parser.ts';

/** What a link of a list is. */
export type ListLink =
  | {
      readonly kind: 'project';
      readonly project: ListedProject;
      /** The text and the address name the same project, as PEP 503 wants, and neither looks like a file. */
      readonly isPlain: boolean;
    }
  /** To the list itself, its parent directory, or no web page at all: nothing that could be missed. */
  | { readonly kind: 'aside' }
  | { readonly kind: 'nameless' };

const FILE_SUFFIX = /\.(?:whl|egg|zip|tgz|tar(?:\.[a-z0-9]+)?)$/i;

/** A parser of HTML lists. `serial` is null: HTML lists have none. `url`: where the list was found. */
export function createHtmlListParser(url: string, decode: (chunk?: Uint8Array) => string): ListParser {
  const reader = new LinkReader();
  let listed = 0;
  let skippedCount = 0;
  let example = '';

  function entriesOf(links: readonly Link[]): ListedProject[] {
    const entries: ListedProject[] = [];
    for (const link of links) {
      const meaning = readLink(link, url);
      if (meaning.kind === 'project') entries.push(meaning.project);
      if (meaning.kind === 'nameless' && ++skippedCount === 1) example = harmless(link.href, 100);
    }
    listed += entries.length;
    return entries;
  }

  return {
    serial: null,
    get skipped() {
      return { count: skippedCount, example };
    },
    push(chunk) {
      const links = reader.push(decode(chunk));
      if (reader.isTooLong) throw tooLong();
      checkVersion(reader);
      return entriesOf(links);
    },
    end() {
      const entries = entriesOf([...reader.push(decode()), ...reader.end()]);
      checkVersion(reader);
      if (!reader.isWhole)
        throw malformedList('HTML up to </html>', 'a list that ends before it').with({ retryable: true });
      // P7: somebody's login page, or the text of an error, must not pass for an empty list.
      if (listed === 0 && (!reader.isHtml || reader.isInteractive))
        throw malformedList(
          'links to projects, or an HTML page without any',
          reader.isHtml ? 'a page with a form or a script, such as one for logging in' : 'no HTML',
        );
      return entries;
    },
  };
}

/** PEP 629: as in JSON, another major version must not be guessed at. */
export function checkVersion({ version }: LinkReader): void {
  if (version === null || /^1\.\d+$/.test(version)) return;
  if (/^\d+\.\d+$/.test(version)) throw apiVersionRefused(version);
  throw malformedList('a pypi:repository-version such as "1.0"', quote(version));
}

/** The name is the text of the link, else the last component of its address: directory listings cut texts. */
export function readLink({ href, text }: Link, base: string): ListLink {
  const url = URL.canParse(href, base) ? new URL(href, base) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || leadsUp(url, new URL(base)))
    return { kind: 'aside' };
  const component = lastComponent(url);
  const displayName = text.trim().replace(/\/$/, '');
  const [byText, byAddress] = [tryNormalizeName(displayName), tryNormalizeName(component)];
  const isPlain =
    byText !== null && byText === byAddress && !url.hash.includes('=') && !FILE_SUFFIX.test(url.pathname);
  const serial = null;
  if (byText !== null) return { kind: 'project', isPlain, project: { name: byText, displayName, serial } };
  if (byAddress !== null)
    return { kind: 'project', isPlain, project: { name: byAddress, displayName: component, serial } };
  return { kind: 'nameless' };
}

/** To the list itself, such as a column's `?C=N;O=D`, or to a directory that it is in. */
function leadsUp(url: URL, base: URL): boolean {
  const above = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  return url.origin === base.origin && base.pathname.startsWith(above);
}

function lastComponent({ pathname }: URL): string {
  const component = pathname.replace(/\/$/, '').split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(component);
  } catch {
    return component; // A percent sign that encodes nothing: no name, in any case.
  }
}

function tooLong(): JubjubError {
  return new JubjubError('UPSTREAM_TOO_LARGE', 'an entry of the project list is too large', {
    expected: `at most ${LINK_CHARS_MAX} characters between two links`,
    received: 'more',
  });
}
