/** Upstream's values as they may appear in an error: quoted, harmless on a terminal, cut to a length. */

/** Longer texts are cut in errors; the rest says nothing more. */
const QUOTED_CHARS_MAX = 120;

/** A text in double quotes, with everything that a terminal could act on escaped, cut to a readable length. */
export function quote(text: string): string {
  const cut = text.length > QUOTED_CHARS_MAX ? `${text.slice(0, QUOTED_CHARS_MAX)}…` : text;
  return JSON.stringify(cut).replace(
    // Control (C1, DEL), format (bidi overrides), line separators: JSON leaves them as they are.
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Any JSON value in a few words: texts quoted, numbers as they are, collections by kind only. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
