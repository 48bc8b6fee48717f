/** Regular expressions as they stand in source files, and whether one takes time in proportion to its text. */

import { workMs } from './cpu-time.ts';

/** Behind what a value can stand behind; in the code of this project, where no division begins a line. */
const LITERAL =
  /(?<![\w)\]$])\/((?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuyv]*)(?=[\s,;.)\]}:?]|$)/gm;
const COMMENTS = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/** The expressions in a file's text; what only looks like one is left out where it cannot be compiled. */
export function* regexesOf(text: string): Generator<RegExp> {
  for (const [, source = '', flags] of text.replace(COMMENTS, '').matchAll(LITERAL)) {
    try {
      yield new RegExp(source, flags);
    } catch {
      // A division, or a path in a string.
    }
  }
}

/** Characters of the shorter text; the longer one has four times as many. */
const SHORT_CHARS = 3_000;
/** What a linear expression takes for the shorter text is far below this. */
const SUSPECT_MS = 1.2;
const SLOW_MS = 8;
/** Linear would be 4. */
const GROWTH_BY_FOUR_MAX = 7;
const COMMON: readonly string[] = [' ', 'a', '0', '-', '/', '"', '\n', '['];

/** Tries pieces of the expression's own text, alone and in pairs, behind several beginnings. */
export function isQuick(regex: RegExp): boolean {
  const { source } = regex;
  const words = source.replace(/\\[sdwbBSDW]/g, '').match(/[A-Za-z]{2,}|[^\\^$()[\]{}|?*+]/g) ?? [];
  const alphabet = [...new Set([...words.slice(0, 8), ...COMMON])];
  const pairs = alphabet.flatMap((one) => alphabet.map((other) => (one === other ? one : one + other)));
  const literal = /^\^?([^()[\]{}|?*+\\]+)/.exec(source)?.[1] ?? '';
  const starts = new Set(['', literal, ...alphabet.slice(0, 3)]);
  for (const pump of pairs)
    for (const start of starts) {
      // The clock on the wall is quick to ask; what it suspects is looked at closer.
      const startMs = performance.now();
      run(regex, textOf(start, pump, SHORT_CHARS));
      if (performance.now() - startMs < SUSPECT_MS) continue;
      const [shortMs, longMs] = [SHORT_CHARS, 4 * SHORT_CHARS].map((chars) => {
        const text = textOf(start, pump, chars);
        return Math.min(
          workMs(() => run(regex, text)),
          workMs(() => run(regex, text)),
        );
      }) as [number, number];
      if (longMs > SLOW_MS && longMs > shortMs * GROWTH_BY_FOUR_MAX) return false;
    }
  return true;
}

function textOf(start: string, pump: string, chars: number): string {
  return `${start}${pump.repeat(chars / pump.length)}\u0001`;
}

function run(regex: RegExp, text: string): void {
  regex.lastIndex = 0;
  if (regex.global) text.replace(regex, '');
  else regex.test(text);
}
