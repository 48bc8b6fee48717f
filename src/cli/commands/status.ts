/** `jubjub status`: options and help. */
import type { CommandSpec } from '../command.ts';
import {
  addConfigOption,
  addOutputOptions,
  configFile,
  type GivenConfig,
  type GivenOutputFlags,
  outputFlags,
} from '../options.ts';

export const statusCommand: CommandSpec = {
  name: 'status',
  purpose: 'Tells the serial, what is pending, the last run and the counts, without the network.',
  exitStatuses: [0, 1, 2, 6],
  examples: [
    ['jubjub status', 'a readable screen'],
    ["jubjub status --json | jq '.pending[].name'", 'the names of the projects that are owed'],
  ],
  define: (command, run, io) => {
    addOutputOptions(addConfigOption(command)).action((given: GivenConfig & GivenOutputFlags) =>
      run(outputFlags(given), async (context) => {
        const { runStatus } = await import('../run-status.ts');
        return runStatus({ configFile: configFile(given, io) }, context);
      }),
    );
  },
};
