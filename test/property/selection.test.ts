/**
 * Goal: a pattern matches exactly the names that its letters, `*`, `?` and `[…]` say; one that passes the check
 *   matches some name, and one that does not matches none.
 * Method: fast-check, against a matcher that tries every way, over all short names of a small alphabet.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProjectName } from '../../src/pypi/types.ts';
import { buildSelection, checkPattern } from '../../src/selection/selection.ts';
import fc from '../support/properties.ts';
import { selectionSettings } from '../support/some-selection.ts';

const keepsWith = (projects: { allow?: string[]; block?: string[] }) => {
  const selection = buildSelection(selectionSettings({ projects }));
  return (name: string) => selection.judgeName(name as ProjectName, []) === null;
};

/** All normalized names of up to four characters out of `a`, `b` and `-`. */
const NAMES = shortNames();

/** A pattern as pieces: each as it is written, and the characters it stands for; null for `*`. */
type Piece = readonly [written: string, chars: string | null];
const piece: fc.Arbitrary<Piece> = fc.constantFrom<Piece>(
  ['*', null],
  ['?', 'ab-'],
  ['a', 'a'],
  ['B', 'b'],
  ['-', '-'],
  ['[ab]', 'ab'],
  ['[!a]', 'b-'],
  ['[^_]', 'ab'],
  ['[A.]', 'a-'],
);

test('a pattern matches what trying every way says it matches', () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (pieces) => {
      const pattern = pieces.map(([written]) => written).join('');
      const meant = pieces.filter(([written], at) => written !== '-' || pieces[at - 1]?.[0] !== '-');
      const expected = NAMES.filter((name) => matchesSomehow(meant, name));
      assert.equal(checkPattern(pattern) === null, expected.length > 0, pattern);
      if (expected.length === 0) return;
      assert.deepEqual(NAMES.filter(keepsWith({ allow: [pattern] })), expected, pattern);
    }),
    { numRuns: 500 },
  );
});

test('block leaves out exactly what the same pattern would allow', () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (pieces) => {
      const pattern = pieces.map(([written]) => written).join('');
      fc.pre(checkPattern(pattern) === null);
      const allowed = keepsWith({ allow: [pattern] });
      const blocked = keepsWith({ block: [pattern] });
      for (const name of NAMES) assert.notEqual(allowed(name), blocked(name));
    }),
  );
});

function matchesSomehow(pieces: readonly Piece[], name: string): boolean {
  const [first, ...rest] = pieces;
  if (first === undefined) return name === '';
  if (first[1] !== null)
    return name !== '' && first[1].includes(name.charAt(0)) && matchesSomehow(rest, name.slice(1));
  return Array.from({ length: name.length + 1 }, (_, at) => name.slice(at)).some((tail) =>
    matchesSomehow(rest, tail),
  );
}

function shortNames(): string[] {
  let texts = [''];
  const all: string[] = [];
  for (let length = 1; length <= 4; length++) {
    texts = texts.flatMap((text) => [...'ab-'].map((char) => text + char));
    all.push(...texts);
  }
  return all.filter((text) => /^[ab]+(?:-[ab]+)*$/.test(text));
}
