/** Upstream's values as they may appear in an error: quoted, harmless on a terminal, cut to a length. */

/** Longer texts are cut in errors; the rest says nothing more. */
const QUOTED_CHARS_MAX = 120;

/** A text in double quotes, with everything that a terminal could act on escaped, cut to a readable length. */
export function quote(text: string): string {
  return escaped(JSON.stringify(cut(text, QUOTED_CHARS_MAX)));
}

/** A text that is bare when it is plain, and quoted when anything in it could mislead. */
export function shown(text: string): string {
  const quoted = quote(text);
  return quoted === `"${text}"` ? text : quoted;
}

/** A sentence or piece of code of upstream's without quotes: harmless on a terminal, on one line, cut to a length. */
export function harmless(text: string, charsMax = 200): string {
  return escaped(cut(text, charsMax));
}

function cut(text: string, charsMax: number): string {
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}

/** Control (C1, DEL, newlines), format (bidi overrides) and line separators as `\u{…}`; JSON leaves most of them as they are. */
function escaped(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Whatever a terminal could act on, but the line feeds of laid out JSON: those in texts are escaped already. */
const UNSAFE_IN_JSON = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** JSON text of the same value that no terminal acts on: control and format characters stand as escapes. */
export function harmlessJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, at) => utf16Escape(character.charCodeAt(at))).join(''),
  );
}

function utf16Escape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** Any JSON value in a few words: texts quoted, numbers as they are, collections by kind only. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
