/** Requirement files as pip reads them, line by line: continuations joined, comments away, words of options apart. */

export interface PipLine {
  /** From 1; where the line begins. */
  readonly line: number;
  readonly text: string;
}

const COMMENT_LINE = /^\s*#/;
const COMMENT = /(?:^|\s)#.*$/;

/** The lines that say something. */
export function pipLines(text: string): PipLine[] {
  const found: PipLine[] = [];
  let parts: string[] = [];
  let begin = 0;
  const end = () => {
    const joined = parts.join('').replace(COMMENT, '').trim();
    if (joined !== '') found.push({ line: begin, text: joined });
    parts = [];
  };
  text.split(/\r\n|\r|\n/).forEach((line, index) => {
    if (parts.length === 0) begin = index + 1;
    const isComment = COMMENT_LINE.test(line);
    if (line.endsWith('\\') && !isComment) {
      parts.push(line.slice(0, -1));
      return;
    }
    // A comment ends what is continued, and is no part of a name before it.
    parts.push(isComment ? ` ${line}` : line);
    end();
  });
  if (parts.length > 0) end();
  return found;
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
