/** Finds the line of each key in a TOML text, for messages; the parser itself keeps no positions. */

// Repetitions of alternatives have bounds, for each takes room on the stack of the expression: a file may have 16 MiB in one name.
// What is longer has no line, and what stands behind it has.
const VALUE_TOKEN = /"""|'''|["'#[\]{}\n]/g;
const BLANKS = /[ \t]*/y;
const KEY_PART = /"(?:\\.|[^"\\\n]){0,1000}"|'[^'\n]{0,1000}'|[A-Za-z0-9_-]{1,1000}/g;
const HEADER = /(\[\[?(?:[^\]"'\n]|"[^"\n]{0,1000}"|'[^'\n]{0,1000}'){0,1000})\]/y;
const KEY = /((?:[^="'\n#]|"[^"\n]{0,1000}"|'[^'\n]{0,1000}'){0,1000})=/y;

/** The table of keys below a header that is too long to be read; no path of values begins with it. */
const NOWHERE = '\0';

/** The name under which a key's line is found. */
export function lineKey(parts: readonly PropertyKey[]): string {
  return parts.map(String).join('\0');
}

/**
 * Line numbers, from 1, of every table header and key of a text that is valid TOML; by `lineKey` of the full path, in which
 * the tables of an array (`[[name]]`) stand by their place from 0. Keys inside inline tables are not found; the line of the
 * key that holds them stands for them.
 */
export function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const remember = (path: readonly string[], line: number) => {
    if (!lines.has(lineKey(path))) lines.set(lineKey(path), line);
  };
  const arrays = new TableArrays();
  let table: readonly string[] = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    BLANKS.lastIndex = at;
    const start = at + (BLANKS.exec(text)?.[0].length ?? 0);
    const header = matchAt(HEADER, text, start);
    const key = header === null ? matchAt(KEY, text, start) : null;
    let from = start;
    if (header !== null) {
      const parts = keyParts(header);
      table = header.startsWith('[[') ? arrays.append(parts) : arrays.resolve(parts);
      if (header.startsWith('[[')) remember(table.slice(0, -1), line);
      remember(table, line);
      from = HEADER.lastIndex;
    } else if (key !== null) {
      remember([...table, ...keyParts(key)], line);
      from = KEY.lastIndex;
    } else if (text[start] === '[') table = [NOWHERE];
    at = endOfStatement(text, from);
    line += countNewlines(text, start, at);
  }
  return lines;
}

/** How many tables each array has so far: a header below an array is about the last of them. */
class TableArrays {
  readonly #lengths = new Map<string, number>();

  resolve(parts: readonly string[]): readonly string[] {
    const path: string[] = [];
    for (const part of parts) {
      path.push(part);
      const length = this.#lengths.get(lineKey(path));
      if (length !== undefined) path.push(String(length - 1));
    }
    return path;
  }

  append(parts: readonly string[]): readonly string[] {
    const path = [...this.resolve(parts.slice(0, -1)), ...parts.slice(-1)];
    const place = this.#lengths.get(lineKey(path)) ?? 0;
    this.#lengths.set(lineKey(path), place + 1);
    return [...path, String(place)];
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[1] ?? null;
}

function keyParts(text: string): string[] {
  return (text.match(KEY_PART) ?? []).map((part) => (/^["']/.test(part) ? part.slice(1, -1) : part));
}

/** Behind the newline that ends the statement: one outside of strings, comments and brackets. */
function endOfStatement(text: string, from: number): number {
  let depth = 0;
  VALUE_TOKEN.lastIndex = from;
  for (let match = VALUE_TOKEN.exec(text); match !== null; match = VALUE_TOKEN.exec(text)) {
    const token = match[0];
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    else if (token !== '\n') VALUE_TOKEN.lastIndex = endOfText(text, token, VALUE_TOKEN.lastIndex);
    else if (depth <= 0) return VALUE_TOKEN.lastIndex;
  }
  return text.length;
}

/** Behind a string, or before the end of the line of a comment, that begins with this token. */
function endOfText(text: string, token: string, from: number): number {
  const close = token === '#' ? '\n' : token;
  let at = text.indexOf(close, from);
  while (at !== -1 && token.startsWith('"') && isEscaped(text, at)) at = text.indexOf(close, at + 1);
  if (at === -1) return text.length;
  if (token === '#') return at;
  let end = at + close.length;
  // The last quotes of a long string may be its own.
  while (close.length === 3 && end < at + 5 && text[end] === close[0]) end++;
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let from = at;
  while (text[from - 1] === '\\') from--;
  return (at - from) % 2 === 1;
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
