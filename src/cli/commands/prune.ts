/** `jubjub prune`: options and help. */
import { Option } from 'commander';
import type { CommandSpec } from '../command.ts';
import {
  addConfigOption,
  addOutputOptions,
  configFile,
  type GivenConfig,
  type GivenOutputFlags,
  type OutputWords,
  outputFlags,
  wholeNumber,
} from '../options.ts';

interface Given extends GivenConfig, GivenOutputFlags {
  readonly dryRun?: boolean;
  readonly sweep?: boolean;
  readonly apply?: boolean;
  readonly allowSweep?: number;
}

const FILES_MAX = 1_000_000_000;

const PRUNE_WORDS: OutputWords = {
  json: 'print each file as a JSON line on stdout, the summary last',
  verbose: 'log each file too; show the causes of errors',
  quiet: 'print nothing unless something is wrong',
  logFormat: 'write the log on stderr as text or as JSON lines',
};

export const pruneCommand: CommandSpec = {
  name: 'prune',
  purpose:
    'Moves out of the docroot what no page links to any more, and deletes what has been in the trash long enough; each sync ends with it.',
  exitStatuses: [0, 1, 2, 3, 6, 7, 130],
  examples: [
    ['jubjub prune --dry-run', 'what would be hidden and deleted, and why'],
    ['jubjub prune', 'do it'],
    ['jubjub prune --sweep', 'walk the docroot; list what the catalogue does not know'],
    ['jubjub prune --sweep --apply', 'move that to state/trash/swept/'],
  ],
  define: (command, run, io) => {
    addConfigOption(command)
      .option('--dry-run', 'list what would go; change nothing')
      .option('--sweep', 'instead, walk the whole docroot and list what the catalogue does not know')
      .addOption(
        new Option('--apply', 'with --sweep: move it to the trash; nothing is deleted directly').conflicts(
          'dryRun',
        ),
      )
      .option(
        '--allow-sweep <n>',
        'with --apply: move up to so many files, though they are more than half of the docroot',
        wholeNumber(0, FILES_MAX),
      );
    addOutputOptions(command, PRUNE_WORDS).action((given: Given) =>
      run(outputFlags(given), async (context) => {
        const { runPrune } = await import('../run-prune.ts');
        return runPrune(
          {
            configFile: configFile(given, io),
            dryRun: given.dryRun ?? false,
            sweep: given.sweep ?? false,
            apply: given.apply ?? false,
            allowSweep: given.allowSweep ?? null,
          },
          context,
        );
      }),
    );
  },
};
