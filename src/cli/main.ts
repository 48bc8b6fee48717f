/** The program: command line in, exit status out. */
import { Command, CommanderError } from 'commander';
import { asJubjubError, JubjubError } from '../errors.ts';
import { addCommand, describe } from './command.ts';
import { COMMANDS } from './commands.ts';
import { runAction } from './context.ts';
import { errorObject, renderError } from './errors.ts';
import { type Io, processIo } from './io.ts';
import { guardOutput } from './streams.ts';
import { styleFor } from './style.ts';
import { jsonText } from './text.ts';
import { version } from './version.ts';

const DEFAULT_COLUMNS = 80;

/**
 * Runs jubjub and answers its exit status; never rejects and never ends the process.
 * @param argv what stands behind `jubjub` on the command line
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  const output = guardOutput(io);
  let status = 0;
  const program = buildProgram(io, (result) => {
    status = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    status = endOfParsing(error, argv, program, io);
  }
  const failure = await output.settled();
  if (failure === null || status !== 0) return status;
  return report(failure, false, io);
}

function buildProgram(io: Io, ended: (status: number) => void): Command {
  const program = new Command('jubjub')
    .description(
      'A PyPI mirror that keeps its promise: what the committed serial says is in the docroot, is there.',
    )
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'Prints the help of a command.')
    .exitOverride()
    .configureHelp({ styleTitle: (title) => title.replace(/:$/, '').toUpperCase() })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // Errors come out as ours, from `endOfParsing`.
      outputError: () => {},
      getOutHelpWidth: () => io.stdout.columns ?? DEFAULT_COLUMNS,
      getErrHelpWidth: () => io.stderr.columns ?? DEFAULT_COLUMNS,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  describe(program, {
    exitStatuses: [0, 1, 2, 3, 4, 5, 6, 7, 130],
    examples: [
      ['jubjub demo', 'see it work, without the internet'],
      ['jubjub config init', 'write a starter file'],
      ['jubjub sync', 'bring the mirror up to date'],
      ['jubjub serve', 'serve it'],
    ],
  });
  for (const spec of COMMANDS) {
    addCommand(program, spec, async (flags, action) => ended(await runAction(io, flags, action)), io);
  }
  return program;
}

/** Help and version end parsing well; everything else that ends it is a mistake on the command line. */
function endOfParsing(error: unknown, argv: readonly string[], program: Command, io: Io): number {
  if (!(error instanceof CommanderError)) return report(asJubjubError(error), argv.includes('--json'), io);
  if (error.exitCode === 0) return 0;
  // A command that needs another behind it has shown its help on stderr already.
  if (error.code === 'commander.help') return 2;
  return report(usageError(error, argv, program), argv.includes('--json'), io);
}

/** Commander's message as an error of ours: its suggestion becomes the hint. */
function usageError(error: CommanderError, argv: readonly string[], program: Command): JubjubError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const { command, path } = commandOf(argv, program);
  const suggestion = /\(Did you mean (.+?)\?\)/.exec(rest.join(' '))?.[1] ?? completion(first, command);
  const help = [...path, '--help'].join(' ');
  return new JubjubError('USAGE_INVALID', first, {
    hint: suggestion === undefined ? `see: ${help}` : `did you mean ${suggestion}? see: ${help}`,
  });
}

/** The command that was meant as far as it was understood, and the words that lead to it. */
function commandOf(argv: readonly string[], program: Command): { command: Command; path: string[] } {
  const path = [program.name()];
  let command = program;
  for (const word of argv) {
    const inner = command.commands.find((one) => one.name() === word);
    if (inner === undefined) break;
    path.push(word);
    command = inner;
  }
  return { command, path };
}

/** The one option that begins as an unknown one does, as in `--dry`; commander looks for slips of letters only. */
function completion(message: string, command: Command): string | undefined {
  const begun = /^unknown option '(--\w[\w-]*)'$/.exec(message)?.[1];
  if (begun === undefined) return undefined;
  const options = command.options.flatMap((option) => (option.long?.startsWith(begun) ? [option.long] : []));
  return options.length === 1 ? options[0] : undefined;
}

function report(error: JubjubError, json: boolean, io: Io): number {
  if (json) io.stdout.write(`${jsonText(errorObject(error))}\n`);
  else io.stderr.write(renderError(error, { style: styleFor(io.stderr, io.env), verbose: false }));
  return error.exitStatus;
}
