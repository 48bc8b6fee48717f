/** Texts as they come when somebody means harm, or a disk or a proxy has had its way with them. */
import fc from '../properties.ts';

/** Characters and pieces that parsers stumble over. */
export const ODD_PIECES: readonly string[] = [
  '',
  '\0',
  '\u0001',
  '\u001b[2J',
  '\x7f',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\u202e',
  '\ufffd',
  '\ud800',
  '\udc00',
  '\u{10ffff}',
  'ä',
  '\u212a', // Kelvin: lower case is k
  '\u0130', // lower case is two characters
  '\u017f',
  '\uff11',
  '\u0663',
  '\u00b2',
  '&',
  '&amp;',
  '&#0;',
  '&#xD800;',
  '&#x110000;',
  '&#99999999;',
  '&lt',
  '<',
  '>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?xml version="1.0" encoding="utf-16"?>',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '"',
  "'",
  '`',
  '\\',
  '\\\\',
  '/',
  '//',
  '..',
  '../',
  '%2e%2e%2f',
  '%00',
  '%',
  '%zz',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '9'.repeat(400),
  '99999999999999999999',
  '1e999',
  '-0',
  '-1',
  'NaN',
  'null',
  'true',
  '\u0024{x}',
  '%(x)s',
  '$&',
  '\r\n',
  '\n',
  '\t',
  ' '.repeat(40),
  '('.repeat(60),
  '['.repeat(80),
  '{'.repeat(80),
  'a'.repeat(300),
  'https://user:secret@host.example/x',
  'file:///etc/passwd',
  'javascript:alert(1)',
];

/** Words that stand in lines with spaces between them; `␣` is a space that is one, `␤` a line feed. */
export function wordList(...lines: readonly string[]): readonly string[] {
  return lines
    .flatMap((line) => line.split(' '))
    .map((word) => word.replaceAll('␣', ' ').replaceAll('␤', '\n'));
}

const oddPiece: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ODD_PIECES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
);

export const EDIT_KINDS = ['insert', 'replace', 'drop', 'double', 'swap', 'cut', 'repeat'] as const;

/** One change to a text: where, as a share of its length, how much of it, and what is put there. */
export interface Edit {
  readonly kind: (typeof EDIT_KINDS)[number];
  readonly at: number;
  readonly length: number;
  readonly piece: string;
}

const edit = (words: readonly string[]): fc.Arbitrary<Edit> =>
  fc.record({
    kind: fc.constantFrom(...EDIT_KINDS),
    at: fc.integer({ min: 0, max: 1000 }),
    length: fc.integer({ min: 1, max: 40 }),
    piece: words.length === 0 ? oddPiece : fc.oneof(oddPiece, fc.constantFrom(...words)),
  });

/** More than this, and nobody sees what mattered. */
const REPEATS = 70;

/** The text with the change made. */
export function edited(text: string, { kind, at, length, piece }: Edit): string {
  const from = Math.floor((text.length * at) / 1000);
  const [before, here, after] = [
    text.slice(0, from),
    text.slice(from, from + length),
    text.slice(from + length),
  ];
  switch (kind) {
    case 'insert':
      return before + piece + here + after;
    case 'replace':
      return before + piece + after;
    case 'drop':
      return before + after;
    case 'double':
      return before + here + here + after;
    case 'swap':
      return before + after.slice(0, length) + here + after.slice(length);
    case 'cut':
      return before;
    case 'repeat':
      return before + here.repeat(REPEATS) + after;
  }
}

/** A document with up to four changes; one in five as it is. */
export function mutated(
  documents: fc.Arbitrary<string>,
  words: readonly string[] = [],
): fc.Arbitrary<string> {
  const edits = fc.oneof(
    { weight: 1, arbitrary: fc.constant<Edit[]>([]) },
    { weight: 4, arbitrary: fc.array(edit(words), { minLength: 1, maxLength: 4 }) },
  );
  return fc.tuple(documents, edits).map(([text, changes]) => changes.reduce(edited, text));
}

/** The words of a language in any order, with odd pieces among them. */
export function soup(words: readonly string[]): fc.Arbitrary<string> {
  const word = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...words) },
    { weight: 1, arbitrary: oddPiece },
  );
  return fc.array(word, { maxLength: 24 }).map((pieces) => pieces.join(''));
}

/** Whatever a parser of this language may be given. */
export function inputsOf(documents: fc.Arbitrary<string>, words: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 5, arbitrary: mutated(documents, words) },
    { weight: 3, arbitrary: soup(words) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  );
}

/** Places to cut at, as shares of the length. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 8 }),
  fc.constant(Array.from({ length: 1001 }, (_, at) => at)),
);

/** A text or bytes in pieces that together are the whole; pieces may be empty. */
export function cutUp<T extends { readonly length: number; slice(from: number, to?: number): T }>(
  whole: T,
  places: readonly number[],
): T[] {
  const at = [...new Set(places.map((place) => Math.floor((whole.length * place) / 1000)))].sort(
    (a, b) => a - b,
  );
  return [0, ...at].map((from, index) => whole.slice(from, at[index] ?? whole.length));
}
