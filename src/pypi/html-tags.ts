/** HTML as a flat stream of tags and comments, which is all that an index page is made of; in linear time. */
import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

/** What is told of a page, in its order. Names are in lower case, entities are decoded. */
export interface TagListener {
  /** A start tag, with those of the wanted attributes that it has; of two with one name the first counts, as in HTML. */
  onOpen(name: string, attributes: ReadonlyMap<string, string>): void;
  onClose(name: string): void;
  /** A piece of text outside of tags; the character of an entity comes as a piece of its own. */
  onText(text: string): void;
  onComment(text: string): void;
  /** `<!doctype …>` */
  onDoctype(): void;
}

/**
 * Reads a page, whatever it is: broken markup means what it means to a browser.
 *
 * Only the tokenizer of the library is used. Its parser keeps a stack of open elements, which is searched at every end
 * tag: with a page of a hundred thousand unclosed elements that takes minutes.
 *
 * @returns false when the text ends within a tag: then the page was cut.
 */
export function readTags(text: string, wanted: ReadonlySet<string>, listener: TagListener): boolean {
  const reader = new TagReader(text, wanted, listener);
  const tokenizer = new Tokenizer({}, reader);
  tokenizer.write(text);
  tokenizer.end();
  return reader.isWhole;
}

/** Turns the tokenizer's positions into names and values. */
class TagReader implements TokenizerCallbacks {
  readonly #text: string;
  readonly #wanted: ReadonlySet<string>;
  readonly #listener: TagListener;
  #tag: string | null = null;
  #attributes = new Map<string, string>();
  /** Null while an attribute is passed over that nobody wants. */
  #attribute: string | null = null;
  #value = '';

  constructor(text: string, wanted: ReadonlySet<string>, listener: TagListener) {
    this.#text = text;
    this.#wanted = wanted;
    this.#listener = listener;
  }

  get isWhole(): boolean {
    return this.#tag === null;
  }

  onopentagname(start: number, end: number): void {
    this.#tag = this.#text.slice(start, end).toLowerCase();
    this.#attributes = new Map();
  }

  onattribname(start: number, end: number): void {
    const name = this.#text.slice(start, end).toLowerCase();
    this.#attribute = this.#wanted.has(name) && !this.#attributes.has(name) ? name : null;
    this.#value = '';
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute !== null) this.#value += this.#text.slice(start, end);
  }

  onattribentity(codePoint: number): void {
    if (this.#attribute !== null) this.#value += String.fromCodePoint(codePoint);
  }

  onattribend(): void {
    if (this.#attribute !== null) this.#attributes.set(this.#attribute, this.#value);
    this.#attribute = null;
  }

  onopentagend(): void {
    if (this.#tag !== null) this.#listener.onOpen(this.#tag, this.#attributes);
    this.#tag = null;
  }

  /** `<br/>` is `<br>` in HTML. */
  onselfclosingtag(): void {
    this.onopentagend();
  }

  onclosetag(start: number, end: number): void {
    this.#listener.onClose(this.#text.slice(start, end).toLowerCase());
  }

  oncomment(start: number, end: number, endOffset: number): void {
    this.#listener.onComment(this.#text.slice(start, end - endOffset));
  }

  ondeclaration(): void {
    this.#listener.onDoctype();
  }

  oncdata(): void {}
  onend(): void {}
  onprocessinginstruction(): void {}

  ontext(start: number, end: number): void {
    this.#listener.onText(this.#text.slice(start, end));
  }

  ontextentity(codePoint: number): void {
    this.#listener.onText(String.fromCodePoint(codePoint));
  }
}
