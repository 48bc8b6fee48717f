/** Requirement files as pip reads them, line by line: continuations joined, comments away, words of options apart. */

export interface PipLine {
  /** From 1; where the line begins. */
  readonly line: number;
  readonly text: string;
}

const COMMENT_LINE = /^\s*#/;
const COMMENT = /(?:^|\s)#.*$/s;
/** Where Python's `splitlines` parts a text, and so pip. */
const LINE_END = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

/** The lines that say something, one after the other: a reader may stop at any of them. */
export function* pipLines(text: string): Generator<PipLine> {
  let parts: string[] = [];
  let begin = 0;
  const lines = text.split(LINE_END);
  for (const [index, line] of lines.entries()) {
    if (parts.length === 0) begin = index + 1;
    const isComment = COMMENT_LINE.test(line);
    const isContinued = line.endsWith('\\') && !isComment;
    // A comment ends what is continued, and is no part of a name before it.
    parts.push(isContinued ? line.slice(0, -1) : isComment ? ` ${line}` : line);
    if (isContinued && index + 1 < lines.length) continue;
    const joined = parts.join('').replace(COMMENT, '').trim();
    parts = [];
    if (joined !== '') yield { line: begin, text: joined };
  }
}

/** A requirement, and the options that stand behind it. */
export function splitOptions(text: string): { readonly requirement: string; readonly options: string } {
  const at = text.search(/(?:^|\s)-/);
  if (at === -1) return { requirement: text, options: '' };
  return { requirement: text.slice(0, at).trim(), options: text.slice(at).trim() };
}

/** Words as a shell would part them; quotes hold words together. */
export function wordsOf(text: string): string[] {
  const words = text.match(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'\\]|["'\\])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /\\(.)|"((?:\\.|[^"\\])*)"|'([^']*)'/g,
      (_, escaped, double, single) => escaped ?? double ?? single,
    ),
  );
}
