/** `jubjub config`: checks a configuration file, and writes a starter file. */
import type { CommandSpec } from '../command.ts';
import {
  ANSWER_WORDS,
  addConfigOption,
  addOutputOptions,
  configFile,
  DEFAULT_CONFIG,
  type GivenConfig,
  type GivenOutputFlags,
  outputFlags,
} from '../options.ts';

const checkCommand: CommandSpec = {
  name: 'check',
  purpose: 'Checks the configuration file and prints the effective settings.',
  exitStatuses: [0, 1, 2],
  examples: [
    ['jubjub config check', 'checks mirror.toml'],
    ['jubjub config check -c /etc/jubjub/mirror.toml', 'checks another file'],
  ],
  define: (command, run, io) => {
    addOutputOptions(addConfigOption(command), ANSWER_WORDS).action((given: GivenConfig & GivenOutputFlags) =>
      run(outputFlags(given), async (context) => {
        const { runConfigCheck } = await import('../run-config.ts');
        return runConfigCheck(configFile(given, io), context);
      }),
    );
  },
};

const initCommand: CommandSpec = {
  name: 'init',
  purpose: 'Writes a commented starter file, and never overwrites one.',
  exitStatuses: [0, 1, 2, 6],
  examples: [
    ['jubjub config init', 'writes mirror.toml'],
    ['jubjub config init /etc/jubjub/mirror.toml', 'writes it there'],
  ],
  define: (command, run) => {
    command.argument('[file]', 'write this file', DEFAULT_CONFIG);
    addOutputOptions(command, ANSWER_WORDS).action((file: string, given: GivenOutputFlags) =>
      run(outputFlags(given), async (context) => {
        const { runConfigInit } = await import('../run-config.ts');
        return runConfigInit(file, context);
      }),
    );
  },
};

export const configCommand: CommandSpec = {
  name: 'config',
  purpose: 'Checks a configuration file, or writes a starter file.',
  exitStatuses: [0, 1, 2, 6],
  examples: [
    ['jubjub config init', 'writes mirror.toml'],
    ['jubjub config check', 'checks it and prints the effective settings'],
  ],
  commands: [checkCommand, initCommand],
};
