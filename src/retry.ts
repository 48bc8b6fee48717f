/** Asking again: growing, jittered, bounded waits that honour what upstream asked for. */
import type { Clock } from './clock.ts';
import { isJubjubError, type JubjubError } from './errors.ts';

export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attemptsMax: number;
  readonly firstWaitMs: number;
  readonly waitMsMax: number;
  /** A longer Retry-After than this is not waited for: the error is passed on, with its `retryAfterMs`. */
  readonly retryAfterMsMax: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attemptsMax: 5,
  firstWaitMs: 500,
  waitMsMax: 30_000,
  retryAfterMsMax: 60_000,
};

/** For XML-RPC, whose rate limit counts in a long window: a mirror that does not wait for its end gets nothing at all. */
export const XML_RPC_RETRY: RetryPolicy = { ...DEFAULT_RETRY, retryAfterMsMax: 15 * 60_000 };

/** The wait before try `attempt + 1` (attempt counts from 1): doubles, between half and the whole of it by chance. */
export function backoffMs(policy: RetryPolicy, attempt: number, random: number): number {
  const whole = Math.min(policy.waitMsMax, policy.firstWaitMs * 2 ** (attempt - 1));
  return whole / 2 + (whole / 2) * random;
}

/**
 * Calls `action` until it succeeds, fails for good, or has been tried `attemptsMax` times.
 * Only errors marked retryable are tried again. `onRetry` hears of each wait before it begins.
 */
export async function retrying<T>(
  clock: Clock,
  policy: RetryPolicy,
  signal: AbortSignal,
  onRetry: (error: JubjubError, attempt: number, waitMs: number) => void,
  action: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(attempt);
    } catch (error) {
      if (!isJubjubError(error) || error.facts.retryable !== true || attempt >= policy.attemptsMax)
        throw error;
      const asked = error.facts.retryAfterMs ?? 0;
      if (asked > policy.retryAfterMsMax) throw error;
      const waitMs = Math.round(Math.max(asked, backoffMs(policy, attempt, clock.random())));
      onRetry(error, attempt, waitMs);
      await clock.sleep(waitMs, signal);
    }
  }
}
