/** One request over the wire, from its dispatch to the end of its answer, as undici tells a handler of it. */
import { type Dispatcher, errors } from 'undici';
import type { SimClock } from './clock.ts';
import type { Moment } from './wire-script.ts';

export interface ExchangeOptions {
  readonly clock: SimClock;
  readonly handler: Dispatcher.DispatchHandler;
  /** From the dispatch to the arrival. */
  readonly latencyMs: number;
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** The answer; called when the request arrives. */
  readonly answer: () => Iterable<Moment>;
  /** Called once, when its connection is free again. */
  readonly onOver: () => void;
}

/** Nothing happens after the end, whichever end it was; while the reader has paused, no time counts as silence. */
export class Exchange implements Dispatcher.DispatchController {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  readonly #options: ExchangeOptions;
  #moments: Iterator<Moment> | null = null;
  #isOver = false;
  #hasHead = false;
  /** Takes back what is due next. */
  #cancel: () => void = () => {};
  /** What the reader's pause keeps back. */
  #kept: (() => void) | null = null;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Sends the request off. */
  start(): void {
    const { handler, latencyMs, answer } = this.#options;
    handler.onRequestStart?.(this, {});
    if (this.#isOver) return;
    this.#after(latencyMs, () => {
      this.#moments = answer()[Symbol.iterator]();
      this.#next();
    });
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    const kept = this.#kept;
    this.#kept = null;
    if (kept !== null) this.#after(0, kept);
  }

  abort(reason?: Error): void {
    if (this.#isOver) return;
    this.aborted = true;
    this.reason = reason ?? new errors.RequestAbortedError();
    this.fail(this.reason);
  }

  /** Ends it with an error. */
  fail(error: Error): void {
    if (!this.#end()) return;
    this.#options.handler.onResponseError?.(this, error);
  }

  /** False when it had ended before. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#cancel();
    this.#kept = null;
    this.#options.onOver();
    return true;
  }

  #after(durationMs: number, action: () => void): void {
    this.#cancel = this.#options.clock.after(durationMs, action);
  }

  /** Goes on, unless it is over, or as soon as the reader wants more. */
  #next(): void {
    if (this.#isOver) return;
    if (this.paused) {
      this.#kept = () => this.#next();
      return;
    }
    const moment = this.#moments?.next();
    if (moment !== undefined && moment.done !== true) this.#play(moment.value);
  }

  #play(moment: Moment): void {
    const { handler } = this.#options;
    switch (moment.kind) {
      case 'head':
        this.#hasHead = true;
        handler.onResponseStart?.(this, moment.status, moment.headers);
        this.#after(0, () => this.#next());
        return;
      case 'bytes':
        handler.onResponseData?.(this, moment.bytes);
        this.#after(0, () => this.#next());
        return;
      case 'pause':
        this.#silence(moment.durationMs);
        return;
      case 'silence':
        this.#silence(Number.POSITIVE_INFINITY);
        return;
      case 'gate':
        void moment.opened().then(() => this.#next());
        return;
      case 'break':
        this.fail(moment.error);
        return;
      case 'end':
        if (this.#end()) handler.onResponseEnd?.(this, {});
        return;
    }
  }

  /** Nothing comes for so long: one of undici's two timeouts, if that is too long. 0 is no timeout at all. */
  #silence(durationMs: number): void {
    const { headersTimeoutMs, bodyTimeoutMs } = this.#options;
    const timeoutMs = this.#hasHead ? bodyTimeoutMs : headersTimeoutMs;
    if (timeoutMs > 0 && timeoutMs < durationMs) this.#after(timeoutMs, () => this.#timeOut());
    else if (durationMs !== Number.POSITIVE_INFINITY) this.#after(durationMs, () => this.#next());
  }

  #timeOut(): void {
    if (this.#hasHead && this.paused) {
      this.#kept = () => this.#silence(Number.POSITIVE_INFINITY);
      return;
    }
    this.fail(this.#hasHead ? new errors.BodyTimeoutError() : new errors.HeadersTimeoutError());
  }
}
