/**
 * How many requests a server is given at a time, found out from how it answers: numbers in, a number out.
 *
 * Additive increase, multiplicative decrease, as TCP does it: it doubles at the begin, then grows by one for each window of answers, as
 * long as all places were used; it halves on trouble (429, 5xx, silence, broken connections). Before there is trouble a server gets
 * slow: when its answers take clearly longer than they did and more of them at a time gave no more of them in all, a fifth is given
 * back; if that made nothing faster, the server has become slower by itself, and the fifth is taken again.
 */

/** As many are sent at first: enough to begin with, and few enough for any server. */
const PLACES_AT_FIRST = 4;
/** Fewer answers than this say nothing. */
const WINDOW_ANSWERS_MIN = 4;
/** Answers are slow when they take this many times as long as the best, and this much besides: what is that quick has no queue. */
const SLOW_FACTOR = 2;
const SLOW_MS_MIN = 50;
/** More places must bring so many times the answers to be worth their waiting; fewer must take so much of the waiting away. */
const FASTER_FACTOR = 1.1;
/** What is given back to a server that has become slow. */
const EASE_FACTOR = 0.8;

interface Window {
  readonly places: number;
  readonly latencyMs: number;
  readonly answersPerMs: number;
}

export class Pace {
  #placesMax: number;
  #places: number;
  #isDoubling = true;
  /** Requests sent. Of those up to `#shrunkAt` nothing is learnt any more, and those up to `#halvedAt` halve nothing again. */
  #sent = 0;
  #shrunkAt = 0;
  #halvedAt = 0;
  #bestMs = Number.POSITIVE_INFINITY;
  #before: Window | null = null;
  /** What was before a fifth was given back. */
  #eased: Window | null = null;
  // The window that is being filled.
  #latenciesMs: number[] = [];
  #fromMs: number | null = null;
  #wasFull = false;

  constructor(placesMax: number) {
    this.#placesMax = placesMax;
    this.#places = Math.min(placesMax, PLACES_AT_FIRST);
  }

  /** Another limit, now that more is known of what a server can do. Says whether the places have changed with it. */
  allow(placesMax: number): boolean {
    const before = this.#places;
    this.#placesMax = placesMax;
    const least = this.#isDoubling ? PLACES_AT_FIRST : 1;
    this.#places = Math.min(placesMax, Math.max(before, least));
    return this.#places !== before;
  }

  /** So many at a time; from 1 to the limit. */
  get places(): number {
    return this.#places;
  }

  /** A request goes out; its number comes back with what becomes of it. `isFull`: the place that it takes was the last one. */
  send(isFull: boolean, nowMs: number): number {
    this.#fromMs ??= nowMs;
    this.#wasFull ||= isFull;
    this.#sent += 1;
    return this.#sent;
  }

  /** It was answered, without trouble, after so long. */
  answer(request: number, latencyMs: number, nowMs: number): void {
    if (request <= this.#shrunkAt) return;
    this.#latenciesMs.push(latencyMs);
    if (this.#latenciesMs.length < Math.max(this.#places, WINDOW_ANSWERS_MIN)) return;
    const answersPerMs = this.#latenciesMs.length / Math.max(1, nowMs - (this.#fromMs ?? nowMs));
    const window = { places: this.#places, latencyMs: median(this.#latenciesMs), answersPerMs };
    const wasFull = this.#wasFull;
    this.#begin(nowMs);
    if (wasFull) this.#judge(window);
  }

  /** It was not, and the server may have too much to do. */
  trouble(request: number, nowMs: number): void {
    if (request <= this.#halvedAt) return;
    this.#halvedAt = this.#sent;
    this.#eased = null;
    this.#shrink(Math.floor(this.#places / 2));
    this.#begin(nowMs);
  }

  #judge(window: Window): void {
    const { latencyMs, answersPerMs, places } = window;
    const [before, eased] = [this.#before, this.#eased];
    this.#before = window;
    this.#eased = null;
    if (eased !== null && latencyMs * FASTER_FACTOR > eased.latencyMs) {
      this.#bestMs = latencyMs;
      this.#places = Math.min(this.#placesMax, eased.places);
      return;
    }
    const isSlow = latencyMs > SLOW_FACTOR * this.#bestMs + SLOW_MS_MIN;
    this.#bestMs = Math.min(this.#bestMs, latencyMs);
    const wasWorthIt =
      before !== null && before.places < places && answersPerMs > FASTER_FACTOR * before.answersPerMs;
    if (isSlow && !wasWorthIt) {
      this.#eased = window;
      this.#shrink(Math.floor(places * EASE_FACTOR));
    } else this.#places = Math.min(this.#placesMax, this.#isDoubling ? places * 2 : places + 1);
  }

  #shrink(places: number): void {
    this.#isDoubling = false;
    this.#shrunkAt = this.#sent;
    this.#places = Math.max(1, places);
  }

  #begin(nowMs: number): void {
    this.#latenciesMs = [];
    this.#fromMs = nowMs;
    this.#wasFull = false;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
