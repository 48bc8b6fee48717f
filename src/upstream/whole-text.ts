/** Documents that are read whole, as text: bounded in bytes, values and characters, and only one large one in memory at a time. */
import { type BodyLimits, bodyChunks, tooLarge, utf8Decoder } from './body.ts';
import type { Encoding } from './contract.ts';
import type { Gate } from './gate.ts';
import type { HttpResponse } from './http.ts';

/** Named limits of a document whose values take more memory than its text. */
export interface TextLimits extends BodyLimits {
  /** The characters that stand for values: without many of them, a text makes few objects. */
  readonly marks: string;
  readonly marksMax: number;
  readonly marksName: string;
  /** V8 keeps a text with a character beyond Latin-1 in two bytes each; `wide` finds them, escaped ones included. */
  readonly wide: RegExp;
  readonly wideCharsMax: number;
  readonly wideCharsName: string;
}

/** Documents up to this size are read side by side, larger ones one after the other, so that texts and parsing never add up. */
const SMALL_TEXT_BYTES = 1024 * 1024;
/** Of an escape or entity that begins in one piece and goes on in the next: longer than the longest name of HTML. */
const ESCAPE_CHARS = 36;

/**
 * Reads a document and parses it while its place among the large ones is held.
 * Throws what `bodyChunks`, `utf8Decoder` and `parse` throw, and UPSTREAM_TOO_LARGE with the name of the limit.
 */
export async function readWhole<T>(
  response: HttpResponse,
  asked: Encoding,
  limits: TextLimits,
  largeTexts: Gate,
  parse: (text: string) => T | Promise<T>,
): Promise<T> {
  const decode = utf8Decoder(response);
  const isMark = markTable(limits.marks);
  let leave: (() => void) | null = null;
  let bytes = 0;
  let marks = 0;
  let wide = false;
  let end = '';
  let text = '';
  try {
    for await (const chunk of bodyChunks(response, asked, limits)) {
      bytes += chunk.byteLength;
      marks += countMarks(chunk, isMark);
      if (marks > limits.marksMax) throw tooLarge(response, limits.marksMax, 'values', limits.marksName);
      if (bytes > SMALL_TEXT_BYTES && leave === null) leave = await largeTexts.enter(response.signal);
      const piece = decode(chunk);
      wide ||= limits.wide.test(end + piece);
      end = piece.slice(-ESCAPE_CHARS);
      text += piece;
      if (wide && text.length > limits.wideCharsMax)
        throw tooLarge(response, limits.wideCharsMax, 'characters beyond Latin-1', limits.wideCharsName);
    }
    return await parse(text + decode());
  } finally {
    leave?.();
  }
}

/** By byte value: 1 for a mark, else 0, so that counting is an addition. */
function markTable(marks: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const mark of marks) table[mark.charCodeAt(0)] = 1;
  return table;
}

function countMarks(chunk: Uint8Array, isMark: Uint8Array): number {
  let marks = 0;
  for (let at = 0; at < chunk.byteLength; at++) marks += isMark[chunk[at] ?? 0] ?? 0;
  return marks;
}
