/** `jubjub sync`: options and help. */
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
  wholeNumber,
} from '../options.ts';

interface Given extends GivenConfig, GivenOutputFlags {
  readonly dryRun?: boolean;
  readonly full?: boolean;
  readonly project?: string[];
  readonly allowRemovals?: number;
  readonly acceptUpstream?: boolean;
}

const REMOVALS_MAX = 100_000_000;

export const syncCommand: CommandSpec = {
  name: 'sync',
  purpose: 'Brings the mirror from its committed serial to the head of the upstream.',
  exitStatuses: [0, 1, 2, 3, 4, 6, 7, 130],
  examples: [
    ['jubjub sync', 'one run, as cron or a timer would start it'],
    ['jubjub sync --dry-run', 'what a run would do, with counts and bytes'],
    ['jubjub sync --project numpy scipy', 'only these projects; the serial stays'],
    ['jubjub sync --json | jq .type', 'every event as a JSON object'],
  ],
  define: (command, run, io) => {
    addConfigOption(command)
      .option('--dry-run', 'print the plan, with counts and bytes; change nothing')
      .option('--full', 'revalidate every project, not only changed ones')
      .option('--project <name...>', 'do only these projects; do not commit the serial')
      .option(
        '--allow-removals <n>',
        'withdraw up to this many projects, whatever [sync] removal-limit says',
        wholeNumber(0, REMOVALS_MAX),
      )
      .addOption(
        new Option(
          '--accept-upstream',
          'go on with the configured upstream although it has moved there, or was set back; asks for every page',
        ).conflicts('project'),
      );
    addOutputOptions(command, RUN_WORDS).action((given: Given) =>
      run(outputFlags(given), async (context) => {
        const { runSync } = await import('../run-sync.ts');
        return runSync(
          {
            configFile: configFile(given, io),
            dryRun: given.dryRun ?? false,
            full: given.full ?? false,
            projects: given.project ?? [],
            allowRemovals: given.allowRemovals ?? null,
            acceptUpstream: given.acceptUpstream ?? false,
          },
          context,
        );
      }),
    );
  },
};
