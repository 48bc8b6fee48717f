/** Everything that the command line touches of the process, as parameters, so that tests run it inside their own. */
import type { Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { type Clock, systemClock } from '../clock.ts';

/** A stream that may be a terminal. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

export type SignalName = 'SIGINT' | 'SIGTERM';

/** What `process` is for signals. */
export interface SignalSource {
  on(signal: SignalName, listener: () => void): unknown;
  off(signal: SignalName, listener: () => void): unknown;
}

export interface Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths on the command line are relative to. */
  readonly cwd: string;
  readonly signals: SignalSource;
  readonly clock: Clock;
  /** The process id, for those who find the lock held. */
  readonly pid: number;
  /** Ends the process at once; only for a second signal. */
  readonly exit: (status: number) => void;
  /**
   * What is young on the heap is to take no more room than now: the peak is lower, and the time stays. For commands that meet much data,
   * called once their modules are loaded and the mirror is open: code that was compiled with other flags than those of the moment is
   * taken out of no cache, not even Node's own. @default nothing is done
   */
  readonly keepHeapSmall?: () => void;
}

/** The real process. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signals: process,
    clock: systemClock,
    pid: process.pid,
    exit: (status) => process.exit(status),
    // Measured with bench/first-sync.ts: 165 MB at the peak, where V8 by itself takes 320 and --optimize-for-size 140 in half as much time again.
    keepHeapSmall: () => {
      setFlagsFromString('--semi-space-growth-factor=1');
      setFlagsFromString('--heap-growing-percent=100');
      // A hundred times V8's own: else the third answer makes it optimize undici's parser, for 20 MB that only a long run gets back.
      setFlagsFromString('--wasm-tiering-budget=1300000000');
    },
  };
}
