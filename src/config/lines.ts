/** Finds the line of each key in a TOML text, for messages; the parser itself keeps no positions. */

const VALUE_TOKEN = /"""[\s\S]*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[[\]{}\n]/g;
const KEY_PART = /"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+/g;
const HEADER = /(\[\[?(?:[^\]"'\n]|"[^"\n]*"|'[^'\n]*')*)\]/y;
const KEY = /((?:[^="'\n#]|"[^"\n]*"|'[^'\n]*')*)=/y;

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
    const start = at + (/^[ \t]*/.exec(text.slice(at, at + 1000))?.[0].length ?? 0);
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
    }
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
    else if (token === '\n' && depth <= 0) return VALUE_TOKEN.lastIndex;
  }
  return text.length;
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
