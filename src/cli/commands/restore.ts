/** `jubjub restore`: options and help. */
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

interface Given extends GivenConfig, GivenOutputFlags {
  readonly undo?: boolean;
}

export const restoreCommand: CommandSpec = {
  name: 'restore',
  purpose:
    'Brings withdrawn files of a project back to their addresses while they are in the trash, and holds them there.',
  exitStatuses: [0, 1, 2, 5, 6, 7, 130],
  examples: [
    ['jubjub restore snark', 'everything of snark that was withdrawn'],
    ['jubjub restore snark snark-1.0.tar.gz', 'one file, by its exact name'],
    ['jubjub restore snark --undo', 'let them go: prune hides them after hide-after'],
  ],
  define: (command, run, io) => {
    command
      .argument('<project>', 'the project, in any spelling')
      .argument('[file...]', 'exact file names; without any, all that were withdrawn');
    addConfigOption(command).option('--undo', 'hold them no longer');
    addOutputOptions(command, ANSWER_WORDS).action((project: string, files: string[], given: Given) =>
      run(outputFlags(given), async (context) => {
        const { runRestore } = await import('../run-restore.ts');
        const undo = given.undo ?? false;
        return runRestore({ configFile: configFile(given, io), project, files, undo }, context);
      }),
    );
  },
};
