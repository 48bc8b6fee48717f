/** `jubjub config`: checks a configuration file, writes one, and prints configurations for web servers. */
import { JubjubError } from '../../errors.ts';
import { WEB_SERVER_NAMES, type WebServerNames } from '../../web-servers/names.ts';
import type { CommandSpec } from '../command.ts';
import {
  ANSWER_WORDS,
  addConfigOption,
  addOutputOptions,
  configFile,
  DEFAULT_CONFIG,
  type GivenConfig,
  type GivenOutputFlags,
  type OutputWords,
  outputFlags,
  wholeNumber,
} from '../options.ts';

const checkCommand: CommandSpec = {
  name: 'check',
  purpose: 'Checks the configuration file and prints the effective settings.',
  exitStatuses: [0, 1, 2],
  examples: [
    ['jubjub config check', 'checks mirror.toml'],
    ['jubjub config check -c /etc/jubjub/mirror.toml', 'checks another file'],
  ],
  define: (command, run, io) => {
    addOutputOptions(addConfigOption(command), ANSWER_WORDS).action((given: GivenConfig & GivenOutputFlags) =>
      run(outputFlags(given), async (context) => {
        const { runConfigCheck } = await import('../run-config.ts');
        return runConfigCheck(configFile(given, io), context);
      }),
    );
  },
};

const initCommand: CommandSpec = {
  name: 'init',
  purpose: 'Writes a commented starter file, and never overwrites one.',
  exitStatuses: [0, 1, 2, 6],
  examples: [
    ['jubjub config init', 'writes mirror.toml'],
    ['jubjub config init /etc/jubjub/mirror.toml', 'writes it there'],
  ],
  define: (command, run) => {
    command.argument('[file]', 'write this file', DEFAULT_CONFIG);
    addOutputOptions(command, ANSWER_WORDS).action((file: string, given: GivenOutputFlags) =>
      run(outputFlags(given), async (context) => {
        const { runConfigInit } = await import('../run-config.ts');
        return runConfigInit(file, context);
      }),
    );
  },
};

const IMPORT_WORDS: OutputWords = {
  ...ANSWER_WORDS,
  json: 'print what became of each key as JSON on stdout',
  verbose: 'name every key that has no equivalent; show the causes of errors',
};

const importCommand: CommandSpec = {
  name: 'import',
  purpose: 'Writes the mirror.toml that means the same as a bandersnatch.conf, and never overwrites one.',
  exitStatuses: [0, 1, 2, 6],
  examples: [
    ['jubjub config import /etc/bandersnatch.conf', 'writes mirror.toml'],
    ['jubjub config import bandersnatch.conf -', 'prints it'],
  ],
  define: (command, run) => {
    command.argument('<conf>', 'the configuration of bandersnatch, of any version');
    command.argument('[file]', 'write this file; - prints it', DEFAULT_CONFIG);
    addOutputOptions(command, IMPORT_WORDS).action((conf: string, file: string, given: GivenOutputFlags) =>
      run(outputFlags(given), async (context) => {
        const { runConfigImport } = await import('../run-config-import.ts');
        return runConfigImport(conf, file, context);
      }),
    );
  },
};

interface GivenSite extends GivenConfig, GivenOutputFlags {
  readonly host?: string;
  readonly port?: number;
}

const SERVER_WORDS: OutputWords = {
  ...ANSWER_WORDS,
  json: 'print it as JSON: {"server":…,"configuration":…}',
  quiet: 'print the configuration, and nothing but errors besides',
};

function serverCommand({ name, title, usualFile }: WebServerNames): CommandSpec {
  return {
    name,
    purpose: `Prints a configuration for ${title} that serves the docroot as jubjub serve does.`,
    exitStatuses: [0, 1, 2],
    examples: [
      [
        `jubjub config ${name} > ${usualFile}`,
        'for the address of [pages] base-url, else for any on port 80',
      ],
      [`jubjub config ${name} --host 127.0.0.1 --port 8080`, 'behind a proxy on this machine'],
    ],
    define: (command, run, io) => {
      addConfigOption(command)
        .option(
          '--host <name>',
          'answer for this host name, or listen on this address (default: from base-url)',
        )
        .option(
          '--port <n>',
          'listen on this port (default: from base-url, else 80)',
          wholeNumber(1, 65_535),
        );
      addOutputOptions(command, SERVER_WORDS).action((given: GivenSite) =>
        run(outputFlags(given), async (context) => {
          const { runConfigServer } = await import('../run-config.ts');
          const { host, port } = given;
          return runConfigServer(name, { configFile: configFile(given, io), host, port }, context);
        }),
      );
    },
  };
}

const commands = [checkCommand, initCommand, importCommand, ...WEB_SERVER_NAMES.map(serverCommand)];

export const configCommand: CommandSpec = {
  name: 'config',
  purpose:
    'Checks a configuration file, writes one, from scratch or out of a bandersnatch.conf, or prints one for a web server.',
  exitStatuses: [0, 1, 2, 6],
  examples: [
    ['jubjub config init', 'writes mirror.toml'],
    ['jubjub config check', 'checks it and prints the effective settings'],
    ['jubjub config import /etc/bandersnatch.conf', 'writes the mirror.toml that means the same'],
    ['jubjub config nginx', 'prints a configuration for nginx'],
  ],
  define: (command) => {
    command.on('command:*', ([word]: string[]) => {
      throw new JubjubError('USAGE_INVALID', `unknown command '${word}'`, {
        expected: `one of ${commands.map(({ name }) => name).join(', ')}`,
        hint: 'the web servers with a configuration are nginx, caddy and apache; see: jubjub config --help',
      });
    });
  },
  commands,
};
