/**
 * Python's regular expressions in JavaScript's spelling, for what both can say.
 *
 * The result is for the flag `u`. Groups keep nothing: what needs their numbers (references, conditions) is
 * not translated, so that several expressions can be put into one.
 */
import { classOf } from './python-regex-class.ts';
import { cased, type Dialect, escaped, type Flags, literal, Untranslatable } from './python-regex-words.ts';

export interface PythonRegex {
  /** What it matches, not anchored, safe to be followed or preceded by anything. */
  readonly body: string;
  /** Written differently from what bandersnatch compares with; see `Dialect.names`. */
  readonly adapted: boolean;
  /** `i` where case is ignored. */
  readonly flags: '' | 'i';
}

/** Characters of one expression; a longer one is no filter. */
const PATTERN_CHARS_MAX = 2000;

/** The expression, or in words why it has none in JavaScript. */
export function pythonRegex(pattern: string, dialect: Dialect): PythonRegex | string {
  if (pattern.length > PATTERN_CHARS_MAX) return `it has more than ${PATTERN_CHARS_MAX} characters`;
  try {
    const translation = new Translation(pattern, dialect);
    const body = translation.whole();
    if (!compiles(body)) return 'it is no regular expression';
    return { body, adapted: translation.flags.adapted, flags: translation.ignoresCase ? 'i' : '' };
  } catch (error) {
    if (error instanceof Untranslatable) return error.message;
    throw error;
  }
}

/** `/^…/`, as Python's `match` looks for it: from the beginning; or `/…/`, as `search` does. */
export function written({ body, flags }: Pick<PythonRegex, 'body' | 'flags'>, searches = false): string {
  return `/${searches ? body : `^${body.replace(/^\^/, '')}`}/${flags}`;
}

function compiles(body: string): boolean {
  try {
    return new RegExp(body, 'u').source !== '';
  } catch {
    return false;
  }
}

/** One walk over an expression. */
class Translation {
  readonly flags: Flags;
  readonly #pattern: string;
  readonly #open: Flags['scope'][] = [];
  ignoresCase = false;
  #at = 0;
  #alternates = false;
  #out = '';

  constructor(pattern: string, dialect: Dialect) {
    const scope = { ignoreCase: false, dotAll: false, multiline: false };
    this.flags = { dialect, scope, adapted: false };
    this.#pattern = pattern;
  }

  whole(): string {
    const leading = /^\(\?([a-zA-Z]+)\)/.exec(this.#pattern);
    if (leading?.[1] !== undefined) {
      // For the whole expression a flag of ours says it, unless letters are to be spelled out.
      this.ignoresCase = leading[1].includes('i') && !this.flags.dialect.spellsCase;
      this.#set(this.ignoresCase ? leading[1].replaceAll('i', '') : leading[1]);
      this.#at = leading[0].length;
    }
    while (this.#at < this.#pattern.length) this.#piece();
    if (this.#open.length > 0) throw new Untranslatable('a "(" is not closed');
    return this.#alternates || this.#out === '' ? `(?:${this.#out})` : this.#out;
  }

  #piece(): void {
    const rest = this.#pattern.slice(this.#at);
    const [character = ''] = rest;
    if (character === '\\') this.#take(escaped(rest, this.flags));
    else if (character === '[') this.#take(classOf(rest, this.flags));
    else if (character === '(') this.#group(rest);
    else if (character === ')') this.#close();
    else if (/^[*+?{]/.test(character)) this.#quantify(rest);
    else this.#take([this.#plain(character), 1]);
  }

  #take([text, length]: readonly [string, number]): void {
    this.#out += text;
    this.#at += length;
  }

  #plain(character: string): string {
    const { scope, dialect } = this.flags;
    if (character === '|' && this.#open.length === 0) this.#alternates = true;
    if (character === '|') return '|';
    if (character === '^') return scope.multiline ? '(?:^|(?<=\\n))' : '^';
    // Python's `$` stands before a line break at the very end, too.
    if (character === '$') return scope.multiline ? '(?=\\n|$)' : dialect.lines ? '(?=\\n?$)' : '$';
    if (character === '.') return scope.dotAll ? '[\\s\\S]' : dialect.lines ? '[^\\n]' : '.';
    return cased(literal(character, this.flags), this.flags);
  }

  #group(rest: string): void {
    const comment = /^\(\?#[^)]*\)/.exec(rest);
    if (comment !== null) {
      this.#at += comment[0].length;
      return;
    }
    const [start] = /^\((?:\?(?:P<\w+>|:|=|!|<=|<!|[a-zA-Z]*(?:-[a-zA-Z]+)?:))?/.exec(rest) ?? [''];
    if (start === '(' && rest.startsWith('(?')) {
      throw new Untranslatable('it has a kind of group that JavaScript does not have');
    }
    this.#open.push(this.flags.scope);
    const flags = /^\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?:$/.exec(start);
    if (flags !== null) {
      this.#set(flags[1] ?? '');
      this.#set(flags[2] ?? '', false);
    }
    const look = /^\(\?(?:=|!|<=|<!)$/.test(start);
    this.#take([look ? start : '(?:', start.length]);
  }

  #close(): void {
    const scope = this.#open.pop();
    if (scope === undefined) throw new Untranslatable('a ")" closes nothing');
    this.flags.scope = scope;
    this.#take([')', 1]);
  }

  #quantify(rest: string): void {
    const [whole, least = '', comma, most = ''] = /^\{(\d*)(,?)(\d*)\}/.exec(rest) ?? [];
    const counted = whole !== undefined && (least !== '' || comma === ',') && whole !== '{}';
    if (rest.startsWith('{') && !counted) {
      this.#take(['\\{', 1]);
      return;
    }
    const [text, length] = counted
      ? [comma === '' ? `{${least}}` : `{${least === '' ? '0' : least},${most}}`, whole.length]
      : [rest.charAt(0), 1];
    if (rest.charAt(length) === '+') throw new Untranslatable('it has a possessive quantifier');
    const lazy = rest.charAt(length) === '?';
    this.#take([lazy ? `${text}?` : text, length + (lazy ? 1 : 0)]);
  }

  #set(letters: string, on = true): void {
    for (const letter of letters) {
      if (letter === 'i') this.flags.scope = { ...this.flags.scope, ignoreCase: on };
      else if (letter === 's') this.flags.scope = { ...this.flags.scope, dotAll: on };
      else if (letter === 'm') this.flags.scope = { ...this.flags.scope, multiline: on };
      else if (letter !== 'u' && letter !== 'a') throw new Untranslatable(`it has the flag "${letter}"`);
    }
  }
}
