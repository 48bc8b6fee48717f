/** Output that cannot be written: a closed pipe ends quietly, anything else counts for the exit status. */
import { JubjubError } from '../errors.ts';
import type { Io } from './io.ts';

export interface OutputGuard {
  /**
   * Waits until everything written to stdout has left.
   * Answers STORE_IO when results were lost for another reason than a closed pipe.
   */
  settled(): Promise<JubjubError | null>;
}

/**
 * Listens for errors of stdout and stderr. A reader that has left (`jubjub status | head -1`) is no error: the work
 * goes on without it. The listeners stay, since such an error may arrive after the last write.
 */
export function guardOutput(io: Pick<Io, 'stdout' | 'stderr'>): OutputGuard {
  let failure: JubjubError | null = null;
  io.stdout.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EPIPE' || cause.code === 'ERR_STREAM_DESTROYED') return;
    failure ??= new JubjubError('STORE_IO', 'the result could not be written to standard output', {
      received: cause.code ?? cause.message,
      cause,
    });
  });
  // Nobody is left who could be told.
  io.stderr.on('error', () => {});
  return {
    settled: async () => {
      await new Promise<void>((resolve) => io.stdout.write('', () => resolve()));
      return failure;
    },
  };
}
