/**
 * PyPI's limit on XML-RPC calls: a moving window that records the hit before it tests (protocol §1.6).
 *
 * So a limit of N lets N − 1 calls through, the answer is a fault in a 200 without Retry-After, and the wait stands in its
 * text alone. A mirror must survive it because every mirror behind one address shares the window.
 */

export interface RateLimit {
  readonly calls: number;
  readonly windowMs: number;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Whole seconds until the window moves on, at least 1. */
  readonly resetS: number;
  /** Advisory headers, on success and fault alike. */
  readonly headers: Record<string, string>;
}

export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #now: () => number;
  #hits: number[] = [];

  constructor(limit: RateLimit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Counts one call. A call over the limit is not recorded, so that it does not extend the window. */
  hit(): Verdict {
    const { calls, windowMs } = this.#limit;
    const nowMs = this.#now();
    // A clock that was set back leaves none in the future: a limiter counts by time that passes.
    this.#hits = this.#hits.filter((hitMs) => hitMs > nowMs - windowMs && hitMs <= nowMs);
    if (this.#hits.length < calls) this.#hits.push(nowMs);
    const resetS = Math.max(1, Math.ceil(((this.#hits[0] ?? nowMs) + windowMs - nowMs) / 1000));
    const remaining = calls - this.#hits.length;
    return {
      allowed: remaining > 0,
      resetS,
      headers: {
        ratelimit: `"xmlrpc.client";r=${remaining};t=${resetS}`,
        'ratelimit-policy': `"xmlrpc.client";q=${calls};w=${Math.round(windowMs / 1000)};pk=:ip:`,
      },
    };
  }
}
