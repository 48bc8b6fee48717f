/** `jubjub compare`: options and help. */
import type { CommandSpec } from '../command.ts';
import {
  addConfigOption,
  addOutputOptions,
  configFile,
  type GivenConfig,
  type GivenOutputFlags,
  type OutputWords,
  outputFlags,
} from '../options.ts';

interface Given extends GivenConfig, GivenOutputFlags {
  readonly with?: string;
  readonly all?: boolean;
}

const COMPARE_WORDS: OutputWords = {
  json: 'print each project that differs as a JSON line on stdout, the summary last',
  verbose: 'show the causes of errors',
  quiet: 'print nothing unless they differ',
  logFormat: 'write errors on stderr as blocks of text or as JSON lines',
};

export const compareCommand: CommandSpec = {
  name: 'compare',
  purpose:
    'Compares this mirror with another one by their completeness proofs, and names the projects that differ; reads only what differs.',
  exitStatuses: [0, 1, 2, 4, 5, 6, 130],
  examples: [
    ['jubjub compare https://pypi.example.org', 'this mirror (mirror.toml) with that one'],
    ['jubjub compare https://a.example --with https://b.example', 'two mirrors, none of them here'],
    ["jubjub compare https://pypi.example.org --json | jq -r '.name // empty'", 'the names alone'],
  ],
  define: (command, run, io) => {
    addConfigOption(command)
      .argument('<url>', 'where the other mirror is served')
      .option('--with <url>', 'compare it with this mirror instead of our own; no configuration is read')
      .option('--all', 'print every project that differs, not only the first of each kind');
    addOutputOptions(command, COMPARE_WORDS).action((url: string, given: Given) =>
      run(outputFlags(given), async (context) => {
        const { runCompare } = await import('../run-compare.ts');
        return runCompare(
          {
            configFile: configFile(given, io),
            url,
            withUrl: given.with ?? null,
            all: given.all ?? false,
          },
          context,
        );
      }),
    );
  },
};
