/** Single characters and escapes of Python's regular expressions. */

/** What an expression is held against, which decides how it is written best. */
export interface Dialect {
  /** Values are texts of people: with several lines, in any language. */
  readonly lines: boolean;
  /**
   * Values are project names, which bandersnatch has as they are displayed and we have normalized: letters become
   * lower case, `_` and `.` become `-`.
   */
  readonly names: boolean;
  /** Where case is ignored, letters are written as `[aA]`: the expression is going to stand beside others. */
  readonly spellsCase?: boolean;
}

/** What holds at one place of an expression. */
export interface Flags {
  readonly dialect: Dialect;
  scope: { readonly ignoreCase: boolean; readonly dotAll: boolean; readonly multiline: boolean };
  adapted: boolean;
}

/** Why an expression has no equal in JavaScript. */
export class Untranslatable extends Error {}

const CONTROL: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\v': '\\v',
};

/** A literal character as it stands outside a class; syntax is escaped. */
export function literal(character: string, flags: Flags): string {
  const adapted = adaptedName(character, flags);
  if (/^[$()*+./?[\\\]^{|}]$/.test(adapted)) return `\\${adapted}`;
  return printable(adapted);
}

/** A character that cannot be seen is written as an escape. */
export function printable(character: string): string {
  const code = character.charCodeAt(0);
  if (character.length === 1 && (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code & 0xf800) === 0xd800))
    return CONTROL[character] ?? `\\u${code.toString(16).padStart(4, '0')}`;
  return character;
}

/** The character as a normalized name has it. */
export function adaptedName(character: string, flags: Flags): string {
  if (!flags.dialect.names) return character;
  const adapted = /^[_.]$/.test(character) ? '-' : character.toLowerCase();
  if (adapted !== character) flags.adapted = true;
  return adapted;
}

/** A letter in both its cases where case is ignored. */
export function cased(text: string, { scope, dialect }: Flags): string {
  if (!scope.ignoreCase || dialect.names || !/^[a-zA-Z]$/.test(text)) return text;
  return `[${text.toLowerCase()}${text.toUpperCase()}]`;
}

/** Letters and digits of any language, as Python has them, where a text may be in one; inside a class. */
export function setOf(letter: string, { dialect }: Flags): string {
  if (!dialect.lines) return `\\${letter}`;
  if (letter === 'w') return '\\p{L}\\p{N}_';
  return letter === 'd' ? '\\p{Nd}' : `\\${letter}`;
}

/** What stands behind a backslash, and how much of the expression that takes. */
export function escaped(rest: string, flags: Flags): readonly [string, number] {
  const next = rest.charAt(1);
  if (/^[dDwW]$/.test(next) && flags.dialect.lines) {
    const negated = next === 'D' || next === 'W' ? '^' : '';
    return [`[${negated}${setOf(next.toLowerCase(), flags)}]`, 2];
  }
  if (/^[dDwWsSbB]$/.test(next)) return [`\\${next}`, 2];
  if (next === 'A') return ['^', 2];
  if (next === 'Z') return ['$', 2];
  if (/^[1-9]$/.test(next)) throw new Untranslatable('it refers to one of its groups');
  const [character, length] = escapedCharacter(rest);
  return [cased(literal(character, flags), flags), length];
}

/** The one character that an escape stands for, in and outside classes. */
export function escapedCharacter(rest: string): readonly [string, number] {
  const [whole, hex2, hex4, hex8, octal, next = ''] =
    /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(0[0-7]{0,2})|([\s\S]))/.exec(rest) ?? [];
  if (whole === undefined) throw new Untranslatable('it ends in a backslash');
  const code = hex2 ?? hex4 ?? hex8;
  if (code !== undefined || octal !== undefined) {
    const point = code === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(code, 16);
    if (point > 0xffff) throw new Untranslatable('it has a character beyond U+FFFF');
    return [String.fromCharCode(point), whole.length];
  }
  const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', a: '\x07' };
  const control = named[next];
  if (control !== undefined) return [control, 2];
  // Python keeps all other letters and digits for itself.
  if (/^[a-zA-Z0-9]$/.test(next)) throw new Untranslatable(`it has the escape \\${next}`);
  return [next, 2];
}
