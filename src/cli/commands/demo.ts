/** `jubjub demo`: options and help. */
import type { CommandSpec } from '../command.ts';
import { addOutputOptions, type GivenOutputFlags, outputFlags, RUN_WORDS, wholeNumber } from '../options.ts';

interface Given extends GivenOutputFlags {
  readonly keep?: boolean;
  readonly port: number;
}

export const demoCommand: CommandSpec = {
  name: 'demo',
  purpose:
    'Shows the whole program on this machine without the internet, in seconds, and leaves nothing behind.',
  exitStatuses: [0, 1, 2, 3, 4, 6, 130],
  examples: [
    ['jubjub demo', 'a small upstream, two syncs, and a check that every link resolves'],
    ['jubjub demo --keep', 'goes on serving, and prints the pip command to try'],
  ],
  define: (command, run) => {
    command
      .option('--keep', 'go on serving the result until interrupted')
      .option('--port <n>', 'serve the result on this port; 0 picks one', wholeNumber(0, 65_535), 0);
    addOutputOptions(command, RUN_WORDS).action((given: Given) =>
      run(outputFlags(given), async (context) => {
        const { runDemo } = await import('../run-demo.ts');
        return runDemo({ keep: given.keep ?? false, port: given.port }, context);
      }),
    );
  },
};
