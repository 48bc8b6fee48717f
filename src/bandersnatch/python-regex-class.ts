/** Character classes of Python's regular expressions in JavaScript's spelling. */
import {
  adaptedName,
  escapedCharacter,
  type Flags,
  printable,
  setOf,
  Untranslatable,
} from './python-regex-words.ts';

/** One member: a character, or a set such as `\d` that can be in no range. */
interface Member {
  readonly text: string;
  readonly isSet: boolean;
  readonly length: number;
}

const LETTERS = 26;

/** The class that begins here, and how much of the expression it takes. */
export function classOf(rest: string, flags: Flags): readonly [string, number] {
  const negated = rest.charAt(1) === '^';
  let at = negated ? 2 : 1;
  const first = at;
  let members = '';
  const spelled = new Set<string>();
  // A "]" right at the beginning is a member.
  while (at === first || rest.charAt(at) !== ']') {
    if (at >= rest.length) throw new Untranslatable('a "[" is not closed');
    const low = memberAt(rest.slice(at));
    at += low.length;
    if (rest.charAt(at) !== '-' || rest.charAt(at + 1) === ']' || at + 1 >= rest.length) {
      members += low.isSet ? setOf(low.text.slice(1), flags) : single(low.text, negated, flags, spelled);
      continue;
    }
    const high = memberAt(rest.slice(at + 1));
    at += 1 + high.length;
    if (low.isSet || high.isSet || low.text > high.text) throw new Untranslatable('it has a bad range');
    members += range(low.text, high.text, negated, flags, rest);
  }
  return [`[${negated ? '^' : ''}${members}]`, at + 1];
}

function memberAt(rest: string): Member {
  if (!rest.startsWith('\\')) return { text: rest.charAt(0), isSet: false, length: 1 };
  const next = rest.charAt(1);
  if (/^[dDwWsS]$/.test(next)) return { text: `\\${next}`, isSet: true, length: 2 };
  if (next === 'b') return { text: '\b', isSet: false, length: 2 };
  const [text, length] = escapedCharacter(rest);
  return { text, isSet: false, length };
}

function single(character: string, negated: boolean, flags: Flags, spelled: Set<string>): string {
  const text = negated ? character : adaptedName(character, flags);
  if (spelled.has(text)) return '';
  spelled.add(text);
  if (flags.scope.ignoreCase && !flags.dialect.names && /^[a-zA-Z]$/.test(text))
    return `${text.toLowerCase()}${text.toUpperCase()}`;
  return quoted(text);
}

function range(low: string, high: string, negated: boolean, flags: Flags, rest: string): string {
  const text = `${quoted(low)}-${quoted(high)}`;
  const isUpper = /^[A-Z]$/.test(low) && /^[A-Z]$/.test(high);
  const isLower = /^[a-z]$/.test(low) && /^[a-z]$/.test(high);
  if (flags.dialect.names && isUpper && !negated) {
    // Upper case alone is how somebody displays a name; normalized, every name would be meant.
    if (!/[a-z]-[a-z]/.test(rest.slice(0, rest.indexOf(']', 2)))) {
      throw new Untranslatable('it asks for upper case, and names are compared in lower case here');
    }
    flags.adapted = true;
    return '';
  }
  if (!flags.scope.ignoreCase) return text;
  if (isUpper) return `${text}${low.toLowerCase()}-${high.toLowerCase()}`;
  if (isLower) return `${text}${low.toUpperCase()}-${high.toUpperCase()}`;
  if (holdsLetters(low, high)) throw new Untranslatable('it ignores case in a range of more than letters');
  return text;
}

function holdsLetters(low: string, high: string): boolean {
  return Array.from({ length: LETTERS }, (_, index) => String.fromCharCode(0x41 + index)).some(
    (upper) => (low <= upper && upper <= high) || (low <= upper.toLowerCase() && upper.toLowerCase() <= high),
  );
}

/** A character as a member; whatever could mean something in a class is escaped. */
function quoted(character: string): string {
  return /^[\\\]^[-]$/.test(character) ? `\\${character}` : printable(character);
}
