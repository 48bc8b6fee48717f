/**
 * The links of an HTML page as they come, so that memory does not grow with their number.
 *
 * Only the tokenizer of the library is used: its parser keeps a stack of open elements, which a page without end tags
 * makes grow without limit. Broken markup means what it means to a browser.
 */
import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

/** What a link says; entities are decoded. */
export interface Link {
  readonly href: string;
  readonly text: string;
}

/** Characters without a finished link: bounds a text or a tag without an end. */
export const LINK_CHARS_MAX = 256 * 1024;

const WANTED: ReadonlySet<string> = new Set(['href', 'name', 'content']);
/** What no index has, and what every login or challenge page has. */
const INTERACTIVE: ReadonlySet<string> = new Set(['form', 'input', 'script']);

/** Reads one page. Feed it with `push`, then call `end`; `isTooLong` says to stop. */
export class LinkReader implements TokenizerCallbacks {
  isHtml = false;
  isInteractive = false;
  title = '';
  /** PEP 629: `pypi:repository-version`; null when the page has none. */
  version: string | null = null;
  readonly #tokenizer = new Tokenizer({}, this);
  #links: Link[] = [];
  /** What the tokenizer may still point into, and where in the page that begins. */
  #window = '';
  #windowStart = 0;
  /** Everything before this has been told. */
  #told = 0;
  /** Not yet given to the tokenizer: what comes behind the last `>`, so that no entity is ever cut in two. */
  #rest = '';
  #charsSinceLink = 0;
  #tag: string | null = null;
  readonly #attributes = new Map<string, string>();
  #attribute: string | null = null;
  #value = '';
  #href: string | null = null;
  #text = '';
  #inTitle = false;
  #isOpen = false;
  #endsInMarkup = false;

  /** More than `LINK_CHARS_MAX` characters went by without a link. */
  get isTooLong(): boolean {
    return this.#charsSinceLink > LINK_CHARS_MAX;
  }

  /** False when the page, once it has ended, ended within a tag, or before the `</html>` of its `<html>`: it was cut. */
  get isWhole(): boolean {
    return this.#tag === null && !this.#endsInMarkup && !this.#isOpen;
  }

  /** Takes more of the page; returns the links that it completes. */
  push(text: string): Link[] {
    this.#charsSinceLink += text.length;
    const end = text.lastIndexOf('>') + 1;
    if (end === 0) this.#rest += text;
    else {
      this.#feed(this.#rest + text.slice(0, end));
      this.#rest = text.slice(end);
    }
    return this.#complete();
  }

  /** Says that nothing more comes; returns the last link. */
  end(): Link[] {
    this.#endsInMarkup = /<[a-z!/]/i.test(this.#rest);
    if (this.#rest !== '') this.#feed(this.#rest);
    this.#rest = '';
    this.#tokenizer.end();
    this.#endLink();
    return this.#complete();
  }

  #feed(piece: string): void {
    this.#window += piece;
    this.#tokenizer.write(piece);
    if (this.#told === this.#windowStart) return;
    this.#window = this.#window.slice(this.#told - this.#windowStart);
    this.#windowStart = this.#told;
  }

  #complete(): Link[] {
    const links = this.#links;
    this.#links = [];
    return links;
  }

  #slice(start: number, end: number): string {
    this.#told = end;
    return this.#window.slice(start - this.#windowStart, end - this.#windowStart);
  }

  #endLink(): void {
    if (this.#href === null) return;
    this.#links.push({ href: this.#href, text: this.#text });
    this.#href = null;
    this.#charsSinceLink = 0;
  }

  #addText(text: string): void {
    if (this.#href !== null) this.#text += text;
    if (this.#inTitle) this.title += text;
  }

  onopentagname(start: number, end: number): void {
    this.#tag = this.#slice(start, end).toLowerCase();
    this.#attributes.clear();
  }

  onattribname(start: number, end: number): void {
    const name = this.#slice(start, end).toLowerCase();
    this.#attribute = WANTED.has(name) && !this.#attributes.has(name) ? name : null;
    this.#value = '';
  }

  onattribdata(start: number, end: number): void {
    const data = this.#slice(start, end);
    if (this.#attribute !== null) this.#value += data;
  }

  onattribentity(codePoint: number): void {
    if (this.#attribute !== null) this.#value += String.fromCodePoint(codePoint);
  }

  onattribend(_quote: number, end: number): void {
    this.#told = end;
    if (this.#attribute !== null) this.#attributes.set(this.#attribute, this.#value);
    this.#attribute = null;
  }

  onopentagend(end: number): void {
    this.#told = end;
    const tag = this.#tag ?? '';
    this.#tag = null;
    if (tag === 'a') {
      this.#endLink(); // HTML: a link within a link ends the outer one.
      this.#href = this.#attributes.get('href') ?? null;
      this.#text = '';
    } else if (tag === 'meta' && this.#attributes.get('name')?.toLowerCase() === 'pypi:repository-version')
      this.version ??= this.#attributes.get('content') ?? null;
    else if (tag === 'title') this.#inTitle = this.title === '';
    else if (INTERACTIVE.has(tag)) this.isInteractive = true;
    if (tag === 'html' || tag === 'body') this.isHtml = true;
    if (tag === 'html') this.#isOpen = true;
  }

  /** `<a/>` is `<a>` in HTML. */
  onselfclosingtag(end: number): void {
    this.onopentagend(end);
  }

  onclosetag(start: number, end: number): void {
    const tag = this.#slice(start, end).toLowerCase();
    if (tag === 'a') this.#endLink();
    else if (tag === 'title') this.#inTitle = false;
    else if (tag === 'html') this.#isOpen = false;
  }

  ontext(start: number, end: number): void {
    this.#addText(this.#slice(start, end));
  }

  ontextentity(codePoint: number, end: number): void {
    this.#told = end;
    this.#addText(String.fromCodePoint(codePoint));
  }

  ondeclaration(_start: number, end: number): void {
    this.#told = end;
    this.isHtml = true;
  }

  oncomment(_start: number, end: number): void {
    this.#told = end;
  }

  oncdata(_start: number, end: number): void {
    this.#told = end;
  }

  onprocessinginstruction(_start: number, end: number): void {
    this.#told = end;
  }

  onend(): void {}
}
