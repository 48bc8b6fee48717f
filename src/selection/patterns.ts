/** Patterns of project names: `*`, `?` and `[…]`, otherwise spelled as freely as names are (PEP 503); or `/regular expressions/`. */
import { JubjubError } from '../errors.ts';
import { PROJECT_NAME_CHARS_MAX } from '../pypi/names.ts';
import { globTest } from './globs.ts';
import { readRegex, spellRegex } from './regexes.ts';

/** Every character of a normalized name. The hyphen stands last, so that a class can be written out as it is. */
const NAME_CHARS = 'abcdefghijklmnopqrstuvwxyz0123456789-';

/** One position of a pattern: any run of characters, or one out of these, in the order of NAME_CHARS. */
type Token = '*' | { readonly oneOf: string };

/** A normalized name, which is a pattern that needs no work: lists of a hundred thousand are mostly these. */
const PLAIN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** A run of `*`, a run of separators, `?`, a class (all that is left, when nothing closes it), or one other character. */
const PIECES = /\*+|[-_.]+|\?|\[[^\]]*\]?|./gsu;

/** Patterns ready for use. */
export interface NamePatterns {
  /** Each normalized and once, in order. */
  readonly spelled: readonly string[];
  /** The pattern that matches a normalized name, as it is told to people; or null. */
  readonly find: (name: string) => string | null;
}

/** What is wrong with a pattern, for its author; null when there is a project name that it matches, or it is a regular expression. */
export function checkPattern(pattern: string): string | null {
  if (isPlainName(pattern)) return null;
  const regex = readRegex(pattern);
  if (regex !== null) return typeof regex === 'string' ? regex : null;
  const tokens = parsePattern(pattern);
  return typeof tokens === 'string' ? tokens : null;
}

/**
 * The one spelling of a pattern, over normalized names: lower case, runs of `-`, `_` and `.` as one hyphen,
 * classes written out.
 *
 * @throws JubjubError CONFIG_INVALID for a pattern that `checkPattern` has something to say about.
 */
export function normalizePattern(pattern: string): string {
  if (isPlainName(pattern)) return pattern;
  const tokens = readRegex(pattern) ?? parsePattern(pattern);
  if (typeof tokens === 'string')
    throw new JubjubError('CONFIG_INVALID', `the pattern ${JSON.stringify(pattern)} matches no project`, {
      received: tokens,
    });
  return tokens instanceof RegExp ? spellRegex(tokens) : tokens.map(written).join('');
}

/**
 * Normalized, each once, in order: two lists that select the same way by text become equal. All without wildcards cost one look-up.
 *
 * @throws JubjubError CONFIG_INVALID as `normalizePattern` does.
 */
export function namePatterns(patterns: readonly string[]): NamePatterns {
  const writtenBySpelled = new Map(patterns.map((pattern) => [normalizePattern(pattern), pattern]));
  const spelled = [...writtenBySpelled.keys()].sort();
  const isPlain = (pattern: string) => !/[/*?[]/.test(pattern);
  const plain = new Set(spelled.filter(isPlain));
  const others = spelled
    .filter((pattern) => !isPlain(pattern))
    .map((pattern) => ({ pattern: shownPattern(pattern, writtenBySpelled), matches: testOf(pattern) }));
  return {
    spelled,
    find: (name) => (plain.has(name) ? name : (others.find(({ matches }) => matches(name))?.pattern ?? null)),
  };
}

function isPlainName(pattern: string): boolean {
  return pattern.length <= PROJECT_NAME_CHARS_MAX && PLAIN.test(pattern);
}

/** Regular expressions as they were written, for nobody would know them again. */
function shownPattern(spelled: string, writtenBySpelled: ReadonlyMap<string, string>): string {
  return spelled.startsWith('/') ? (writtenBySpelled.get(spelled) ?? spelled) : spelled;
}

function testOf(pattern: string): (name: string) => boolean {
  const regex = readRegex(pattern);
  return regex instanceof RegExp ? (name) => regex.test(name) : globTest(pattern);
}

/** The pattern's tokens, or what is wrong with it. */
function parsePattern(pattern: string): readonly Token[] | string {
  const tokens: Token[] = [];
  for (const piece of pattern.match(PIECES) ?? []) {
    const token = parsePiece(piece);
    if (typeof token === 'string' && token !== '*') return token;
    tokens.push(token);
  }
  if (tokens.length === 0) return 'it is empty; leave it out, or write "*" for every project';
  if (tokens.filter((token) => token !== '*').length > PROJECT_NAME_CHARS_MAX)
    return `no project name is longer than ${PROJECT_NAME_CHARS_MAX} characters`;
  if (!matchesSomeName(tokens))
    return 'it can match no normalized name: those begin and end with a letter or digit and have single hyphens';
  return tokens;
}

function parsePiece(piece: string): Token | string {
  if (piece.startsWith('*')) return '*';
  if (piece === '?') return { oneOf: NAME_CHARS };
  if (piece.startsWith('[')) return parseClass(piece);
  return parseCharacter(piece);
}

/** One character, or a run of separators, as it stands in a normalized name. */
function parseCharacter(piece: string): Token | string {
  const character = normalizedCharacter(piece);
  if (character !== null) return { oneOf: character };
  return `${JSON.stringify(piece)} is in no project name; write letters, digits, "-", "_", "." and the wildcards "*", "?", "[…]"`;
}

function parseClass(piece: string): Token | string {
  const body = /^\[([!^]?)(.*)\]$/su.exec(piece);
  if (body === null) return 'its "[" is not closed by a "]"';
  if (body[2] === '') return `${piece} is an empty class`;
  const chars = new Set<string>();
  for (const item of body[2]?.match(/[A-Za-z0-9]-[A-Za-z0-9]|./gsu) ?? []) {
    const first = normalizedCharacter(item.charAt(0));
    const last = normalizedCharacter(item.at(-1) ?? '');
    if (first === null || last === null) return `${JSON.stringify(item)} in ${piece} is in no project name`;
    if (first > last) return `${item} in ${piece} is an empty range`;
    for (const char of NAME_CHARS) if (char >= first && char <= last) chars.add(char);
  }
  const negated = body[1] !== '';
  const oneOf = [...NAME_CHARS].filter((char) => chars.has(char) !== negated).join('');
  return oneOf === '' ? `${piece} is an empty class` : { oneOf };
}

/** The character, or run of separators, in a normalized name; null when it is in none. */
function normalizedCharacter(text: string): string | null {
  if (/^[-_.]+$/.test(text)) return '-';
  return /^[A-Za-z0-9]$/.test(text) ? text.toLowerCase() : null;
}

function written(token: Token): string {
  if (token === '*') return '*';
  if (token.oneOf === NAME_CHARS) return '?';
  return token.oneOf.length === 1 ? token.oneOf : `[${token.oneOf}]`;
}

/** Walks the pattern with everything that the name so far may end in: nothing yet, a letter or digit, a hyphen. */
function matchesSomeName(tokens: readonly Token[]): boolean {
  let ends = { nothing: true, alnum: false, hyphen: false };
  for (const token of tokens) {
    if (token === '*') {
      ends = { ...ends, alnum: true, hyphen: true };
      continue;
    }
    const alnum = token.oneOf !== '-';
    const hyphen = token.oneOf.endsWith('-') && ends.alnum;
    ends = { nothing: false, alnum: alnum && (ends.nothing || ends.alnum || ends.hyphen), hyphen };
    if (!ends.alnum && !ends.hyphen) return false;
  }
  return ends.alnum;
}
