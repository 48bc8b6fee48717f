/** The replay window: from which serial the changelog is read again, and the marks that tell. Pure. */
import type { SerialMark } from '../catalogue/contract.ts';
import type { ChangelogRow, Serial } from '../pypi/types.ts';

const MARK_SPAN_S = 60;
/** More marks than minutes of a replay window of a week. */
const MARKS_MAX = 10_080;

/**
 * A mark holds the first serial of a minute of the changelog. A row is inside the window when it is recent by the
 * changelog's clock *and* by ours (compared with the newest row of each), so that neither an upstream with a wrong clock
 * nor a mirror that ran seldom makes the window too small.
 */
function recent(marks: readonly SerialMark[], replayMs: number): SerialMark[] {
  const newestS = Math.max(...marks.map((mark) => mark.timestampS));
  const newestMs = Math.max(...marks.map((mark) => mark.seenMs));
  return marks.filter(
    (mark) =>
      (mark.timestampS + MARK_SPAN_S) * 1000 > newestS * 1000 - replayMs &&
      mark.seenMs >= newestMs - replayMs,
  );
}

/** Rows above this serial are to be done again: `discovered`, less the window. */
export function replayFrom(marks: readonly SerialMark[], discovered: Serial, replayMs: number): Serial {
  if (marks.length === 0 || replayMs === 0) return discovered;
  return Math.min(discovered, ...recent(marks, replayMs).map((mark) => mark.serial - 1));
}

/** Gathers marks while the changelog streams by. */
export class MarkKeeper {
  readonly #bySpan = new Map<number, SerialMark>();
  readonly #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  add(row: RowTime): void {
    const span = Math.floor(row.timestampS / MARK_SPAN_S);
    const known = this.#bySpan.get(span);
    // Timestamps are not ordered (trap 6): the smallest serial of the minute counts.
    if (known !== undefined && known.serial <= row.serial) return;
    this.#bySpan.set(span, { serial: row.serial, timestampS: span * MARK_SPAN_S, seenMs: this.#nowMs });
    // A year of history must not become a year of marks: old minutes go as new ones come.
    const [oldest] = this.#bySpan.keys();
    if (this.#bySpan.size > MARKS_MAX && oldest !== undefined) this.#bySpan.delete(oldest);
  }

  /** Old and new marks together, without those that no window reaches any more. */
  merge(earlier: readonly SerialMark[], replayMs: number): SerialMark[] {
    const all = [...earlier, ...this.#bySpan.values()];
    return all.length === 0 ? [] : recent(all, replayMs);
  }
}

/** What the window needs of a row. */
export type RowTime = Pick<ChangelogRow, 'serial' | 'timestampS'>;

/** The serial before the first of the rows that are younger than the window; `reached` when an older row was among them. */
export function windowStart(
  rows: readonly RowTime[],
  windowMs: number,
): { readonly serial: Serial; readonly reached: boolean } {
  const newestS = rows.reduce((newest, row) => Math.max(newest, row.timestampS), 0);
  const young = rows.filter((row) => row.timestampS * 1000 > newestS * 1000 - windowMs);
  const first = young.reduce((smallest, row) => Math.min(smallest, row.serial), Number.MAX_SAFE_INTEGER);
  return { serial: first - 1, reached: young.length < rows.length };
}
