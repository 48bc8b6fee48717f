/** The retry rule of an upstream, bound once: every wait is told as a `retry` event. */
import { type Clock, interrupted } from '../clock.ts';
import type { Emit } from '../events.ts';
import { type RetryPolicy, retrying } from '../retry.ts';

/** Runs an action again while it fails in a way that may pass. `what` names it in the events. */
export type Retry = <T>(what: string, signal: AbortSignal, action: () => Promise<T>) => Promise<T>;

export function createRetry(clock: Clock, policy: RetryPolicy, emit: Emit): Retry {
  return async (what, signal, action) => {
    if (signal.aborted) throw interrupted();
    return retrying(
      clock,
      policy,
      signal,
      ({ code, message }, attempt, waitMs) => emit({ type: 'retry', what, code, message, attempt, waitMs }),
      action,
    );
  };
}
