/** The time that an answer may take in all: bytes may trickle, and interim answers follow one another, but not for ever. */
import type { TimeLimit } from '../clock.ts';
import { JubjubError } from '../errors.ts';

/** Limits on whole answers, in milliseconds from when their request was sent, redirects included. */
export interface Deadlines {
  /** A project page. For a file: until its headers are there; its transfer is never limited. */
  readonly pageMs: number;
  /** The project list, and every answer of XML-RPC. */
  readonly listMs: number;
}

/** An answer may take as long as this many silences. */
const TIMEOUTS_PER_ANSWER = 20;
/** Lists have tens of megabytes, and PyPI takes its time to begin with them (protocol §1.5). */
const LIST_MS_MIN = 60_000;

/** The limits that go with a `timeout` in the settings. */
export function deadlinesFor(timeoutMs: number): Deadlines {
  const pageMs = timeoutMs * TIMEOUTS_PER_ANSWER;
  return { pageMs, listMs: Math.max(LIST_MS_MIN, pageMs) };
}

export interface Deadline {
  /** Aborts with the signal it was made of, or when time is up; in that case its reason is the error. */
  readonly signal: AbortSignal;
  /** So much more time, for a wait that is our own affair. */
  extend(durationMs: number): void;
  /** Stops the clock; the signal goes on following the other one. */
  lift(): void;
  /** Nothing is awaited any more. */
  end(): void;
}

/** Starts the clock that `limit` goes by. `what` and `url` name the answer in UPSTREAM_TIMEOUT. */
export function startDeadline(
  limit: TimeLimit,
  signal: AbortSignal,
  durationMs: number,
  answer: { readonly what: string; readonly url: string },
): Deadline {
  const controller = new AbortController();
  const follow = () => controller.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  let moreMs = 0;
  const due = () => {
    if (moreMs === 0) controller.abort(overdue(durationMs, answer));
    else stop = limit(moreMs, due);
    moreMs = 0;
  };
  let stop = limit(durationMs, due);
  const lift = () => stop();
  return {
    signal: controller.signal,
    extend(waitMs) {
      moreMs += waitMs;
    },
    lift,
    end() {
      lift();
      signal.removeEventListener('abort', follow);
    },
  };
}

function overdue(durationMs: number, { what, url }: { what: string; url: string }): JubjubError {
  return new JubjubError('UPSTREAM_TIMEOUT', `the answer took too long in all: ${what}`, {
    url,
    expected: `the whole of it within ${durationMs} ms`,
    received: 'bytes, but not enough of them',
    retryable: true,
    hint: 'if it repeats on a slow line, raise timeout in [upstream]',
  });
}
