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
    `configuration file (default: $JUBJUB_CONFIG, else ${DEFAULT_CONFIG})`,
  );
}

export function addOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print the result as JSON on stdout')
    .addOption(new Option('-v, --verbose', 'also log each project and file; show causes of errors'))
    .addOption(new Option('-q, --quiet', 'say nothing unless something is wrong').conflicts('verbose'))
    .addOption(
      new Option('--log-format <format>', 'how the log on stderr reads')
        .choices(['text', 'json'])
        .default('text'),
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
