/** `jubjub serve`: options and help. */
import type { CommandSpec } from '../command.ts';
import {
  addConfigOption,
  addOutputOptions,
  configFile,
  type GivenConfig,
  type GivenOutputFlags,
  type OutputWords,
  outputFlags,
  RUN_WORDS,
  wholeNumber,
} from '../options.ts';

interface Given extends GivenConfig, GivenOutputFlags {
  readonly host: string;
  readonly port: number;
}

const SERVE_WORDS: OutputWords = {
  json: 'print the URL as JSON on stdout',
  verbose: 'log each request too; show the causes of errors',
  quiet: 'print the URL, and log nothing but errors',
  logFormat: RUN_WORDS.logFormat,
};

export const serveCommand: CommandSpec = {
  name: 'serve',
  purpose:
    'Serves the docroot read-only over HTTP, as JSON or HTML, whichever the client asks for (PEP 691), and tells other ' +
    'mirrors what has changed (XML-RPC at /pypi).',
  exitStatuses: [0, 1, 2, 6],
  examples: [
    ['jubjub serve', 'on http://127.0.0.1:8080/'],
    ['jubjub serve --host 0.0.0.0 --port 80', 'to everyone who can reach this machine'],
    ['pip install --index-url http://127.0.0.1:8080/simple/ numpy', 'installs from it'],
  ],
  define: (command, run, io) => {
    addConfigOption(command)
      .option('--host <address>', 'listen on this address', '127.0.0.1')
      .option('--port <n>', 'listen on this port; 0 picks one', wholeNumber(0, 65_535), 8080);
    addOutputOptions(command, SERVE_WORDS).action((given: Given) =>
      run(outputFlags(given), async (context) => {
        const { runServe } = await import('../run-serve.ts');
        return runServe({ configFile: configFile(given, io), host: given.host, port: given.port }, context);
      }),
    );
  },
};
