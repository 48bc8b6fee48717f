/** The HTML page of a project (PEP 503), read as the JSON document (PEP 691) that it stands for. */
import { type DetailContext, FILES_PER_PROJECT_MAX, parseDetail } from './detail.ts';
import { malformed, type Reading } from './fields.ts';
import { readTags, type TagListener } from './html-tags.ts';
import { FILE_ATTRIBUTES, fileOfLink } from './link.ts';
import { tryNormalizeName } from './names.ts';
import { quote } from './quote.ts';
import type { Detail, JsonObject } from './types.ts';

const ATTRIBUTES: ReadonlySet<string> = new Set([...FILE_ATTRIBUTES, 'name', 'content', 'type']);

/**
 * Reads a project's page from its text. What HTML cannot say (sizes, upload times, the list of versions) is not there.
 * The rules of `parseDetail` hold for what the page says, and its errors come out.
 *
 * @throws JubjubError UPSTREAM_MALFORMED, retryable, when the page was cut; UPSTREAM_MALFORMED when it has no file and is
 *   no page of an index either; and as `parseDetail` does.
 */
export function parseDetailHtml(text: string, context: DetailContext): Detail {
  const reading: Reading = { name: context.name, url: context.url, part: '' };
  const page = new Page(context);
  const endsOutsideTags = readTags(text, ATTRIBUTES, page);
  if (!endsOutsideTags || page.isOpen)
    throw malformed(reading, 'the page', {
      expected: 'HTML up to </html>',
      received: `${text.length} characters that end before it`,
      hint: 'the connection or a proxy may have cut it',
      retryable: true,
    });
  if (page.files.size === 0) refuseOtherPages(reading, page);
  return parseDetail(page.document(), context);
}

/**
 * P7: a proxy's error text, a login page, or a notice of maintenance must not pass for a project without files. A page that
 * has none says so itself: by its headline, which names the project, or as a page of this API at the project's address.
 */
function refuseOtherPages(reading: Reading, page: Page): void {
  const isApi = page.hasVersion && namesIn(new URL(reading.url).pathname).has(reading.name);
  if (page.isHtml && !page.isForPeople && (isApi || namesIn(page.headline).has(reading.name))) return;
  throw malformed(reading, 'the page', {
    expected: `links to files, or an HTML page that says of ${reading.name} that it has none`,
    received: receivedInstead(page),
    hint: 'if it repeats, a proxy or a login page may stand before the index',
  });
}

function receivedInstead(page: Page): string {
  if (!page.isHtml) return 'no HTML';
  if (page.isForPeople) return 'a page with a script or a field for a password';
  const headline = page.headline.trim().replace(/\s+/g, ' ');
  return headline === '' ? 'a page without links or a title' : `a page ${quote(headline)}`;
}

/** The words of a text that may be project names, normalized. */
function namesIn(text: string): ReadonlySet<string> {
  const words = text.split(/[^A-Za-z0-9._-]+/);
  return new Set(words.flatMap((word) => tryNormalizeName(word) ?? []));
}

const HEADLINES: ReadonlySet<string> = new Set(['title', 'h1']);
/** As much of its headlines as is looked at. */
const HEADLINE_CHARS_MAX = 1_000;

/** What a page says, collected tag by tag. */
class Page implements TagListener {
  isHtml = false;
  isForPeople = false;
  /** `<html` came, `</html` did not. */
  isOpen = false;
  /** What its titles say; no more than the beginning. */
  headline = '';
  #inHeadline = false;
  readonly files = new Map<string, JsonObject>();
  readonly #context: DetailContext;
  readonly #metas = new Map<string, string>();
  /** What links are relative to; only the first `<base>` counts (HTML). */
  #base: string | null = null;
  #serial: string | null = null;

  constructor(context: DetailContext) {
    this.#context = context;
  }

  /** PEP 629. */
  get hasVersion(): boolean {
    return this.#metas.has('pypi:repository-version');
  }

  onOpen(name: string, attributes: ReadonlyMap<string, string>): void {
    if (HEADLINES.has(name)) this.#inHeadline = true;
    if (name === 'a') this.#link(attributes);
    else if (name === 'meta') this.#meta(attributes);
    else if (name === 'base') this.#setBase(attributes.get('href'));
    else if (isForPeople(name, attributes)) this.isForPeople = true;
    else if (name === 'html' || name === 'body') {
      this.isHtml = true;
      this.isOpen ||= name === 'html';
    }
  }

  onText(text: string): void {
    if (this.#inHeadline && this.headline.length < HEADLINE_CHARS_MAX)
      this.headline += text.slice(0, HEADLINE_CHARS_MAX);
  }

  onClose(name: string): void {
    if (HEADLINES.has(name)) {
      this.#inHeadline = false;
      this.headline += ' ';
    }
    if (name === 'html') this.isOpen = false;
  }

  onDoctype(): void {
    this.isHtml = true;
  }

  /** The serial as PyPI and all of its mirrors write it (protocol §2.6); the last one counts, it is the end of the page. */
  onComment(text: string): void {
    this.#serial = /^SERIAL ([0-9]{1,16})$/.exec(text.trim())?.[1] ?? this.#serial;
  }

  document(): JsonObject {
    const version = this.#metas.get('pypi:repository-version'); // PEP 629
    const status = this.#metas.get('pypi:project-status'); // PEP 792
    const reason = this.#metas.get('pypi:project-status-reason');
    return {
      name: this.#context.name,
      meta: {
        ...(version === undefined ? {} : { 'api-version': version }),
        ...(this.#serial === null ? {} : { '_last-serial': this.#serial }),
      },
      ...(status === undefined
        ? {}
        : { 'project-status': { status, ...(reason === undefined ? {} : { reason }) } }),
      files: [...this.files.values()],
    };
  }

  #link(attributes: ReadonlyMap<string, string>): void {
    const file = fileOfLink(attributes, this.#base ?? this.#context.url);
    if (file === null) return;
    const before = this.files.get(file.filename);
    // Twice on one page is common where directories are merged. A digest is worth more than coming first.
    if (before !== undefined && (hasSha256(before) || !hasSha256(file.entry))) return;
    // One more than allowed is enough for `parseDetail` to refuse them all.
    if (this.files.size <= FILES_PER_PROJECT_MAX || before !== undefined)
      this.files.set(file.filename, file.entry);
  }

  #meta(attributes: ReadonlyMap<string, string>): void {
    const name = attributes.get('name')?.toLowerCase();
    const content = attributes.get('content');
    if (name === undefined || !name.startsWith('pypi:') || content === undefined) return;
    if (!this.#metas.has(name)) this.#metas.set(name, content);
  }

  #setBase(href: string | undefined): void {
    if (this.#base !== null || href === undefined || !URL.canParse(href, this.#context.url)) return;
    this.#base = new URL(href, this.#context.url).href;
  }
}

/** What no page of an index has, and every page for logging in or for proving oneself human. devpi's have a form. */
function isForPeople(name: string, attributes: ReadonlyMap<string, string>): boolean {
  return name === 'script' || (name === 'input' && attributes.get('type')?.toLowerCase() === 'password');
}

function hasSha256(entry: JsonObject): boolean {
  const { hashes } = entry;
  return typeof hashes === 'object' && hashes !== null && 'sha256' in hashes;
}
