/** SIGINT and SIGTERM: the first asks the run to stop, the second ends the process. */
import type { SignalName, SignalSource } from './io.ts';

const SIGNALS: readonly SignalName[] = ['SIGINT', 'SIGTERM'];
const EXIT_INTERRUPTED = 130;

export interface SignalWatch {
  /** Aborts on the first signal. */
  readonly signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/**
 * Watches for signals until released.
 * @param onStop hears of the first one
 * @param exit ends the process at once, on the second signal
 */
export function watchSignals(
  source: SignalSource,
  onStop: () => void,
  exit: (status: number) => void,
): SignalWatch {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) {
      exit(EXIT_INTERRUPTED);
      return;
    }
    onStop();
    controller.abort();
  };
  for (const name of SIGNALS) source.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) source.off(name, onSignal);
    },
  };
}
