/** `jubjub adopt`: options and help. */
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { CommandSpec } from '../command.ts';
import {
  addConfigOption,
  addOutputOptions,
  configFile,
  type GivenConfig,
  type GivenOutputFlags,
  outputFlags,
  RUN_WORDS,
} from '../options.ts';

interface Given extends GivenConfig, GivenOutputFlags {
  readonly copy?: boolean;
  readonly trustSize?: boolean;
  readonly dryRun?: boolean;
}

const ADOPT_WORDS = {
  ...RUN_WORDS,
  verbose: 'log each thing that is left out too; show the causes of errors',
};

export const adoptCommand: CommandSpec = {
  name: 'adopt',
  purpose:
    'Takes over a docroot that bandersnatch or shadowmire made, before the first sync: its files are not downloaded again.',
  exitStatuses: [0, 1, 2, 6, 7, 130],
  examples: [
    ['jubjub adopt /srv/bandersnatch/web --dry-run', 'what would be taken over, by name and size'],
    ['jubjub adopt /srv/bandersnatch/web', 'hard links into our docroot; that tree stays as it is'],
    ['jubjub adopt /srv/pypi/mirror/web', 'in place: it is our own `directory`, with another tool’s files'],
    ['jubjub adopt /mnt/old/web --copy', 'from another file system'],
  ],
  define: (command, run, io) => {
    command.argument('<web>', 'the old docroot: the directory with simple/ and packages/');
    addConfigOption(command)
      .option('--copy', 'copy files instead of linking them')
      .addOption(
        new Option(
          '--trust-size',
          'believe a file that has the size that its page tells, without reading it; jubjub verify can read it later',
        ).conflicts('copy'),
      )
      .option('--dry-run', 'count what would be taken over, by name and size; change nothing');
    addOutputOptions(command, ADOPT_WORDS).action((web: string, given: Given) =>
      run(outputFlags(given), async (context) => {
        const { runAdopt } = await import('../run-adopt.ts');
        return runAdopt(
          {
            configFile: configFile(given, io),
            web: resolve(io.cwd, web),
            copy: given.copy ?? false,
            trustSize: given.trustSize ?? false,
            dryRun: given.dryRun ?? false,
          },
          context,
        );
      }),
    );
  },
};
