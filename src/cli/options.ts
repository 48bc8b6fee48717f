/** The options that several commands share, and the step from commander's values to ours. */
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Io } from './io.ts';
import type { LogFormat } from './log.ts';

export const DEFAULT_CONFIG = 'mirror.toml';

/** How a command speaks; the same for all. */
export interface OutputFlags {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly logFormat: LogFormat;
}

/** As commander gives them: absent when not on the command line. */
export type GivenOutputFlags = Partial<OutputFlags>;

export interface GivenConfig {
  readonly config?: string;
}

export function addConfigOption(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    `read this configuration file (default: $JUBJUB_CONFIG, else ${DEFAULT_CONFIG})`,
  );
}

/** What the output options do in a command, in words for its help. */
export interface OutputWords {
  readonly json: string;
  readonly verbose: string;
  readonly quiet: string;
  readonly logFormat: string;
}

/** For a command that answers at once: it logs nothing but its errors. */
export const ANSWER_WORDS: OutputWords = {
  json: 'print the result as JSON on stdout',
  verbose: 'show the causes of errors',
  quiet: 'print nothing but errors',
  logFormat: 'write errors on stderr as blocks of text or as JSON lines',
};

/** For a command that syncs. */
export const RUN_WORDS: OutputWords = {
  json: 'print each event as a JSON line on stdout, the summary last',
  verbose: 'log each project and file too; show the causes of errors',
  quiet: 'print nothing unless something is wrong',
  logFormat: 'write the log on stderr as text or as JSON lines',
};

export function addOutputOptions(command: Command, words: OutputWords): Command {
  return command
    .option('--json', words.json)
    .addOption(new Option('-v, --verbose', words.verbose))
    .addOption(new Option('-q, --quiet', words.quiet).conflicts('verbose'))
    .addOption(
      new Option('--log-format <format>', words.logFormat).choices(['text', 'json']).default('text'),
    );
}

export function outputFlags(given: GivenOutputFlags): OutputFlags {
  return {
    json: given.json ?? false,
    verbose: given.verbose ?? false,
    quiet: given.quiet ?? false,
    logFormat: given.logFormat ?? 'text',
  };
}

/** The absolute path of the configuration: the option, else JUBJUB_CONFIG, else mirror.toml. */
export function configFile(given: GivenConfig, io: Io): string {
  return resolve(io.cwd, given.config ?? (io.env['JUBJUB_CONFIG'] || DEFAULT_CONFIG));
}

/** A parser for an option that takes a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}
