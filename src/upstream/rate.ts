/** A limit on the bytes of all bodies in a second: who has had some reads no more of them until they have been paid for. */
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';

/** What was not used before is no more than this much of the time ahead. */
const BURST_MS = 250;
/** A shorter wait is not worth a timer; it adds up to one that is. */
const WAIT_MS_MIN = 20;

/** The account: numbers in, a wait out. Whoever comes first has paid first, so all get their share, a piece each in turn. */
export class Rate {
  readonly #msPerByte: number;
  /** When all that has come so far is paid for. */
  #paidMs = Number.NEGATIVE_INFINITY;
  #nowMs = Number.NEGATIVE_INFINITY;

  constructor(bytesPerSecond: number) {
    this.#msPerByte = 1000 / bytesPerSecond;
  }

  /** So many bytes have come; the answer is how long their reader waits before it reads on. */
  charge(bytes: number, nowMs: number): number {
    // A clock that is set back must not make anyone wait for as long as that.
    if (nowMs < this.#nowMs) this.#paidMs -= this.#nowMs - nowMs;
    this.#nowMs = nowMs;
    this.#paidMs = Math.max(this.#paidMs, nowMs - BURST_MS) + bytes * this.#msPerByte;
    const waitMs = this.#paidMs - nowMs;
    return waitMs < WAIT_MS_MIN ? 0 : Math.ceil(waitMs);
  }
}

/**
 * A dispatcher whose answers come no faster than that. Who waits does not read its socket, so that what upstream sends waits there, or
 * on its side; undici counts no silence meanwhile. `onWait` hears of each wait before it begins.
 */
export function throttled(
  dispatcher: Dispatcher,
  rate: Rate,
  clock: Clock,
  onWait: (waitMs: number) => void,
): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    return dispatch(options, new ThrottledHandler(handler, rate, clock, onWait));
  });
}

type Controller = Dispatcher.DispatchController;

class ThrottledHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #onWait: (waitMs: number) => void;
  readonly #over = new AbortController();
  #valve: Valve | null = null;

  constructor(
    handler: Dispatcher.DispatchHandler,
    rate: Rate,
    clock: Clock,
    onWait: (waitMs: number) => void,
  ) {
    this.#handler = handler;
    this.#rate = rate;
    this.#clock = clock;
    this.#onWait = onWait;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(this.#valveOf(controller), context);
  }

  onResponseStart(
    controller: Controller,
    ...head: [number, Record<string, string | string[]>, string?]
  ): void {
    this.#handler.onResponseStart?.(this.#valveOf(controller), ...head);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const valve = this.#valveOf(controller);
    this.#handler.onResponseData?.(valve, chunk);
    const waitMs = this.#rate.charge(chunk.length, this.#clock.now());
    if (waitMs === 0) return;
    this.#onWait(waitMs);
    const open = valve.shut();
    this.#clock.sleep(waitMs, this.#over.signal).then(open, () => {});
  }

  onResponseEnd(controller: Controller, trailers: Record<string, string | string[]>): void {
    this.#over.abort();
    this.#handler.onResponseEnd?.(this.#valveOf(controller), trailers);
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#over.abort();
    this.#handler.onResponseError?.(this.#valveOf(controller), error);
  }

  #valveOf(controller: Controller): Valve {
    this.#valve ??= new Valve(controller);
    return this.#valve;
  }
}

/** A connection that is read while neither its reader nor the rate wants it to wait. */
class Valve implements Controller {
  readonly #controller: Controller;
  #isHeld = false;
  /** Waits for the rate that are not over: a body that ends may bring several pieces at once. */
  #shut = 0;

  constructor(controller: Controller) {
    this.#controller = controller;
  }

  get aborted() {
    return this.#controller.aborted;
  }

  get paused() {
    return this.#controller.paused;
  }

  get reason() {
    return this.#controller.reason;
  }

  get rawHeaders() {
    return this.#controller.rawHeaders ?? null;
  }

  get rawTrailers() {
    return this.#controller.rawTrailers ?? null;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  pause(): void {
    this.#isHeld = true;
    this.#controller.pause();
  }

  resume(): void {
    this.#isHeld = false;
    if (this.#shut === 0) this.#controller.resume();
  }

  /** The returned function opens it again. */
  shut(): () => void {
    this.#shut += 1;
    this.#controller.pause();
    return () => {
      this.#shut -= 1;
      if (this.#shut === 0 && !this.#isHeld) this.#controller.resume();
    };
  }
}
