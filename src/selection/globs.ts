/** Globs over any text, whatever its case: `*`, `?` and `[…]`; everything else stands for itself. */

/** One place of a glob: any run of characters, or one that passes a test. */
type Place = '*' | ((char: string) => boolean);

const ASCII = /^[ -~]*$/;

/** What is wrong with a glob; null: nothing is. */
export function checkGlob(glob: string): string | null {
  const places = parseGlob(glob);
  return typeof places === 'string' ? places : null;
}

/** A test for texts. A glob with something wrong fits none. Its time is bounded by the product of both lengths. */
export function globTest(glob: string): (text: string) => boolean {
  const lower = glob.toLowerCase();
  if (!/[*?[]/.test(lower)) return (text) => text.toLowerCase() === lower;
  const places = parseGlob(lower);
  if (typeof places === 'string') return () => false;
  return (text) => {
    const folded = text.toLowerCase();
    // Project names are ASCII: their characters need not be taken apart.
    return fits(places, ASCII.test(folded) ? folded : [...folded]);
  };
}

function parseGlob(glob: string): readonly Place[] | string {
  const places: Place[] = [];
  // A class that nothing closes is all that is left: looked for at each "[", its end would take the square of the time.
  for (const piece of glob.match(/\*+|\[[!^]?\]?[^\]]*\]?|./gsu) ?? []) {
    if (/^\[[!^]?\]$/.test(piece)) return `${piece} is an empty class`;
    if (piece.startsWith('[') && !piece.endsWith(']'))
      return 'its "[" is not closed by a "]"; write "[[]" for the character itself';
    if (piece.startsWith('*')) places.push('*');
    else if (piece === '?') places.push(() => true);
    else if (piece.startsWith('[')) places.push(classTest(piece));
    else places.push((char) => char === piece);
  }
  return places;
}

/** `[abc]`, `[a-z]`, `[!a-z]`; a `]` that stands first is one of the characters. */
function classTest(piece: string): (char: string) => boolean {
  const [, negation = '', body = ''] = /^\[([!^]?)(.*)\]$/su.exec(piece) ?? [];
  const ranges = (body.match(/.-.|./gsu) ?? []).map((item) => {
    const chars = [...item];
    return [chars[0] ?? '', chars.at(-1) ?? ''] as const;
  });
  return (char) => ranges.some(([first, last]) => first <= char && char <= last) !== (negation !== '');
}

/** Goes back to the last `*` only: what stood before it fits already, and the longer run of an earlier one gains nothing. */
function fits(places: readonly Place[], chars: ArrayLike<string>): boolean {
  let place = 0;
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < chars.length) {
    const here = places[place];
    if (here === '*') {
      star = place++;
      resumeAt = at;
    } else if (here?.(chars[at] ?? '') === true) {
      place += 1;
      at += 1;
    } else if (star !== -1) {
      place = star + 1;
      at = ++resumeAt;
    } else return false;
  }
  while (places[place] === '*') place += 1;
  return place === places.length;
}
