/** `jubjub verify`: options and help. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseSize } from '../../config/values.ts';
import { JubjubError } from '../../errors.ts';
import { PARTS_MAX, type Part, parsePart } from '../../mirror/verify/subset.ts';
import type { CommandSpec } from '../command.ts';
import type { Io } from '../io.ts';
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
  readonly repair?: boolean;
  readonly upstream?: boolean;
  readonly quick?: boolean;
  readonly subset?: Part;
  readonly rate?: number;
  readonly resume?: boolean;
  readonly http?: string;
  readonly sample?: number;
  readonly all?: boolean;
  readonly seed?: number;
}

const VERIFY_WORDS: OutputWords = {
  json: 'print each finding as a JSON line on stdout, the summary last',
  verbose: 'log each finding too; show the causes of errors',
  quiet: 'print nothing unless something is wrong',
  logFormat: 'write the log on stderr as text or as JSON lines',
};

const RATE_MIN_BYTES = 1024;
const SAMPLE_MAX = 1_000_000_000;
const SEED_MAX = 2 ** 32 - 1;
/** Options of a look at the disk: a web server is looked at from outside. */
const LOCAL_ONLY = ['repair', 'upstream', 'quick', 'subset', 'rate', 'resume'];

export const verifyCommand: CommandSpec = {
  name: 'verify',
  purpose:
    'Checks the docroot against the catalogue and the digests; --repair fetches what is wrong, --http checks a web server.',
  exitStatuses: [0, 1, 2, 3, 4, 5, 6, 7, 130],
  examples: [
    ['jubjub verify', 'everything, read once; may run beside a sync'],
    ['jubjub verify --quick', 'existence and sizes only'],
    ['jubjub verify --subset 3/30 --rate 50MiB', 'a thirtieth of the mirror, at 50 MiB a second'],
    ['jubjub verify --resume', 'go on where an interrupted verify stopped'],
    ['jubjub verify --repair', 'bring in what is wrong, then look again'],
    ['jubjub verify --http https://pypi.example', 'what readers are served'],
  ],
  define: (command, run, io) => {
    addLocalOptions(addConfigOption(command));
    addHttpOptions(command);
    addOutputOptions(command, VERIFY_WORDS).action((given: Given) =>
      run(outputFlags(given), async (context) => {
        if (given.http !== undefined) {
          const { runVerifyHttp } = await import('../run-verify-http.ts');
          return runVerifyHttp(await httpOptions(given, given.http, io), context);
        }
        const { runVerify } = await import('../run-verify.ts');
        return runVerify(localOptions(given, io), context);
      }),
    );
  },
};

function addLocalOptions(command: Command): void {
  command
    .option('--repair', 'fetch what is damaged, rewrite pages, and look again; takes the lock')
    .option('--upstream', 'also compare every project with upstream, by ETag')
    .option('--quick', 'check existence and size only')
    .option('--subset <n/t>', 'check part n of t parts', part)
    .option('--rate <size>', 'read at most so much a second, such as 50MiB', rate)
    .option('--resume', 'go on where an interrupted verify with the same options stopped');
}

function addHttpOptions(command: Command): void {
  command
    .addOption(new Option('--http <url>', 'check what a web server gives out instead').conflicts(LOCAL_ONLY))
    .addOption(
      new Option('--sample <n>', 'with --http: look at so many projects, by chance')
        .argParser(wholeNumber(1, SAMPLE_MAX))
        .conflicts([...LOCAL_ONLY, 'all']),
    )
    .addOption(
      new Option('--seed <n>', 'with --http: choose the same sample again')
        .argParser(wholeNumber(0, SEED_MAX))
        .conflicts(LOCAL_ONLY),
    )
    .addOption(new Option('--all', 'with --http: look at every project').conflicts(LOCAL_ONLY));
}

function part(text: string): Part {
  const parsed = parsePart(text);
  if (parsed === null)
    throw new InvalidArgumentError(`Expected a part such as 3/30, of at most ${PARTS_MAX} parts.`);
  return parsed;
}

function rate(text: string): number {
  const bytes = parseSize(text);
  if (bytes === null || bytes < RATE_MIN_BYTES)
    throw new InvalidArgumentError('Expected a size such as 50MiB (a second), of at least 1KiB.');
  return bytes;
}

/** @throws USAGE_INVALID when there is something on the command line that only --http understands */
function localOptions(given: Given, io: Io) {
  for (const name of ['sample', 'seed', 'all'] as const) {
    if (given[name] === undefined) continue;
    throw new JubjubError('USAGE_INVALID', `--${name} belongs to --http`, {
      expected: `--http <url> --${name}`,
      received: `--${name} without --http`,
      effect: 'nothing was touched',
      hint: 'see: jubjub verify --help',
    });
  }
  return {
    configFile: configFile(given, io),
    quick: given.quick ?? false,
    subset: given.subset ?? null,
    bytesPerS: given.rate ?? null,
    upstream: given.upstream ?? false,
    repair: given.repair ?? false,
    resume: given.resume ?? false,
  };
}

/** Loaded with what runs it: the default is its own. */
async function httpOptions(given: Given, url: string, io: Io) {
  const { SAMPLE_DEFAULT } = await import('../run-verify-http.ts');
  return {
    configFile: configFile(given, io),
    configNamed: given.config !== undefined || (io.env['JUBJUB_CONFIG'] ?? '') !== '',
    url,
    sample: given.all === true ? null : (given.sample ?? SAMPLE_DEFAULT),
    seed: given.seed ?? null,
  };
}
