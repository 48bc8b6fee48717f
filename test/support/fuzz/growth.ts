/** The law of time: a text of twice the length takes about twice as long, whatever is repeated in it. */
import fc from '../properties.ts';
import { workMs } from './cpu-time.ts';
import { type FuzzTarget, lawTarget, type TextParser } from './parser.ts';

/** Characters of a text at which time is looked at. */
export const GROWN_CHARS = 32 * 1024;
/** A parser that needs less for so many characters is none that could be held up with them. */
const QUICK_MS = 100;
/** By which factor time may grow when the length grows by four: linear is 4, n log n a little more, quadratic 16. */
const GROWTH_BY_FOUR_MAX = 9;

interface Pumped {
  readonly before: string;
  /** Repeated until the text is long enough. */
  readonly pump: string;
  readonly after: string;
}

function pumped({ before, pump, after }: Pumped, chars: number): string {
  return before + pump.repeat(Math.max(1, Math.floor(chars / Math.max(pump.length, 1)))) + after;
}

function timeOf(parser: TextParser, text: string): number {
  return workMs(() => parser.eat(text));
}

/** The least of three: whatever else the machine does makes times longer, never shorter. */
function leastOf(parser: TextParser, text: string): number {
  return Math.min(timeOf(parser, text), timeOf(parser, text), timeOf(parser, text));
}

function checkGrowth(parser: TextParser, input: Pumped): void {
  const chars = Math.min(GROWN_CHARS, parser.charsMax ?? GROWN_CHARS);
  const text = pumped(input, chars);
  if (timeOf(parser, text) < QUICK_MS) return;
  const wholeMs = leastOf(parser, text);
  const quarterMs = leastOf(parser, pumped(input, chars / 4));
  if (wholeMs < QUICK_MS || wholeMs < quarterMs * GROWTH_BY_FOUR_MAX) return;
  const times = `${chars / 4} characters: ${quarterMs.toFixed(1)} ms, ${chars}: ${wholeMs.toFixed(1)} ms`;
  throw new Error(`the time of ${parser.name} grows faster than its text (${times})`);
}

/** A target that repeats pieces of a parser's language. */
export function growthTarget(parser: TextParser): FuzzTarget {
  const word = fc.constantFrom(...parser.words, ' ', 'a', '0', '-', '.', '&', '<', '"', '\\', '\n');
  const words = fc.array(word, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''));
  const piece = fc.oneof(fc.constant(''), words);
  const alone = fc.record({ before: piece, pump: words, after: piece });
  // Inside a document that is good before and behind: in a field, in an attribute, between two tags.
  const within = fc
    .record({ document: parser.documents, at: fc.integer({ min: 0, max: 1000 }), before: piece, pump: words })
    .map(({ document, at, before, pump }) => {
      const from = Math.floor((document.length * at) / 1000);
      return { before: document.slice(0, from) + before, pump, after: document.slice(from) };
    });
  return lawTarget({
    name: `time-${parser.name}`,
    eats: `${parser.eats}, long ones`,
    inputs: fc.oneof(alone, within),
    check: (input) => checkGrowth(parser, input),
  });
}
