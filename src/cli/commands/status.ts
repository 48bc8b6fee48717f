/** `jubjub status`: options and help. */
import type { CommandSpec } from '../command.ts';
import {
  ANSWER_WORDS,
  addConfigOption,
  addOutputOptions,
  configFile,
  type GivenConfig,
  type GivenOutputFlags,
  outputFlags,
} from '../options.ts';

/** The state is what was asked for: it is printed with --quiet too. */
const STATUS_WORDS = { ...ANSWER_WORDS, quiet: 'print the state and errors, nothing else' };

export const statusCommand: CommandSpec = {
  name: 'status',
  purpose: 'Tells the serial, what is pending, the last run and the counts, without the network.',
  exitStatuses: [0, 1, 2, 6],
  examples: [
    ['jubjub status', 'a readable screen'],
    ["jubjub status --json | jq '.pending[].name'", 'the names of the projects that are owed'],
  ],
  define: (command, run, io) => {
    addOutputOptions(addConfigOption(command), STATUS_WORDS).action((given: GivenConfig & GivenOutputFlags) =>
      run(outputFlags(given), async (context) => {
        const { runStatus } = await import('../run-status.ts');
        return runStatus({ configFile: configFile(given, io) }, context);
      }),
    );
  },
};
