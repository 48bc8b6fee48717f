/**
 * Cuts the stream of a changelog answer at row ends, so that it is parsed a few rows at a time.
 *
 * A full answer has 50,000 rows and 14 MB; parsed in one piece it takes over 400 MB of memory (measured). Here at most one
 * row and a chunk of the body are kept. Tags are found by text search, which is sound because `<` cannot
 * stand in XML text, and `parseXml` refuses the CDATA sections and comments in which it could.
 */
import { JubjubError } from '../errors.ts';
import { checkDeclaredEncoding, cutShort, malformedXml } from './xmlrpc-values.ts';

/** Rows parsed at a time. */
const ROWS_PER_PIECE = 50;
/** A row is about 290 characters; names, versions and actions are a few hundred at most. */
const ROW_CHARS_MAX = 64 * 1024;
/** Everything before the first row, or a whole fault. */
const HEAD_CHARS_MAX = 64 * 1024;
const TAIL_CHARS_MAX = 1024;

// White space stands at one place only where nothing is between: at two it could be shared out in as many ways as it is long.
const HEAD =
  /^\s*(?:<\?xml[^>]*\?>\s*)?<methodResponse>\s*<params>\s*<param>\s*<value>\s*<array>\s*<data(?:>|\s*(\/)>)/;
const ROW_END = /<\/data>\s*<\/array>\s*<\/value>/g;
const TAIL = /^(?:<\/data>)?\s*<\/array>\s*<\/value>\s*<\/param>\s*<\/params>\s*<\/methodResponse>\s*$/;
const NOT_SPACE = /\S/g;

export interface RowCutter {
  /** Takes more of the answer and gives back what is complete: pieces of up to 50 whole rows. */
  push(text: string): string[];
  /**
   * Says that nothing more comes. Returns the whole text when the answer holds no array (a fault, most often), else null.
   * Throws UPSTREAM_MALFORMED, retryable, when the answer is cut short.
   */
  end(): string | null;
}

export function createRowCutter(): RowCutter {
  let state: 'head' | 'rows' | 'tail' = 'head';
  let rest = '';

  function readHead(): void {
    const head = HEAD.exec(rest);
    if (head === null) {
      if (rest.length > HEAD_CHARS_MAX) throw tooLong('the beginning of the answer', HEAD_CHARS_MAX);
      return;
    }
    checkDeclaredEncoding(head[0]);
    rest = rest.slice(head[0].length);
    state = head[1] === undefined ? 'rows' : 'tail';
  }

  function readRows(): string[] {
    const pieces: string[] = [];
    let from = skipSpace(rest, 0);
    let rows = 0;
    let at = from;
    ROW_END.lastIndex = at;
    while (!rest.startsWith('</data>', at) && ROW_END.exec(rest) !== null) {
      const end = ROW_END.lastIndex;
      if (end - at > ROW_CHARS_MAX) throw tooLong('a row', ROW_CHARS_MAX);
      at = skipSpace(rest, end);
      if (++rows % ROWS_PER_PIECE === 0) {
        pieces.push(rest.slice(from, end));
        from = at;
      }
      ROW_END.lastIndex = at;
    }
    if (at > from) pieces.push(rest.slice(from, at));
    rest = rest.slice(at);
    if (rest.startsWith('</data>')) state = 'tail';
    else if (rest.length > ROW_CHARS_MAX) throw tooLong('a row', ROW_CHARS_MAX);
    return pieces;
  }

  return {
    push(text) {
      rest += text;
      if (state === 'head') readHead();
      const pieces = state === 'rows' ? readRows() : [];
      if (state === 'tail' && rest.length > TAIL_CHARS_MAX) throw malformedXml('the end of the answer', rest);
      return pieces;
    },
    end() {
      if (state === 'head') return rest;
      if (state === 'tail' && TAIL.test(rest)) return null;
      throw cutShort(rest);
    },
  };
}

function skipSpace(text: string, from: number): number {
  NOT_SPACE.lastIndex = from;
  return NOT_SPACE.exec(text)?.index ?? text.length;
}

function tooLong(part: string, charsMax: number): JubjubError {
  return new JubjubError('UPSTREAM_TOO_LARGE', `${part} is too long`, {
    expected: `at most ${charsMax} characters`,
    received: 'more',
  });
}
