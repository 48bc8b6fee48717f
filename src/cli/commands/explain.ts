/** `jubjub explain`: options and help. */
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

/** The answer is what was asked for: it is printed with --quiet too. */
const EXPLAIN_WORDS = {
  ...ANSWER_WORDS,
  verbose: 'list every file, however many; show the causes of errors',
  quiet: 'print the answer and errors, nothing else',
};

export const explainCommand: CommandSpec = {
  name: 'explain',
  purpose:
    'Tells why a project, a release or a file is in the mirror or is not: by which rule, and what it waits for; without the network.',
  exitStatuses: [0, 1, 2, 6],
  examples: [
    ['jubjub explain numpy', 'the project: what is kept and what is left out, by which rules'],
    ['jubjub explain numpy 2.1', 'a release, file by file, in any spelling of its version'],
    ['jubjub explain numpy numpy-2.1.0.tar.gz', 'one file, by its exact name'],
    ["jubjub explain numpy --json | jq '.leftOut'", 'for programs'],
  ],
  define: (command, run, io) => {
    command
      .argument('<project>', 'the project, in any spelling')
      .argument('[what]', 'a version, or the exact name of a file');
    addOutputOptions(addConfigOption(command), EXPLAIN_WORDS).action(
      (project: string, what: string | undefined, given: GivenConfig & GivenOutputFlags) =>
        run(outputFlags(given), async (context) => {
          const { runExplain } = await import('../run-explain.ts');
          return runExplain({ configFile: configFile(given, io), project, what: what ?? null }, context);
        }),
    );
  },
};
