/** What `jubjub serve` does once its command line is understood. */
import { existsSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import type { JournalSource } from '../serve/journal.ts';
import { startServer } from '../serve/server.ts';
import { mirrorFolders } from '../store/local.ts';
import type { CliContext } from './context.ts';
import { catalogueFile } from './open-mirror.ts';
import { journalOf } from './serve-journal.ts';
import { jsonText } from './text.ts';

export interface ServeOptions {
  /** Absolute. */
  readonly configFile: string;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
}

/** Serves the docroot until `context.signal` aborts, and answers the exit status; prints its URL on stdout. */
export async function runServe(options: ServeOptions, context: CliContext): Promise<number> {
  context.io.keepHeapSmall?.();
  const { settings } = loadConfig(options.configFile, { readsRequirements: false });
  const { web } = mirrorFolders(settings.directory);
  if (!existsSync(web)) context.log.warn({ docroot: web }, 'there is nothing to serve yet: run jubjub sync');
  const journal = journalOf(catalogueFile(settings.directory), context.clock);
  await serveUntilStopped(web, { ...options, journal }, context);
  return 0;
}

/** Where to listen, and what to answer other mirrors from. */
export interface ServeAddress {
  readonly host: string;
  readonly port: number;
  /** @default null: only the docroot is served */
  readonly journal?: JournalSource | null;
}

/** Serves a docroot, says where, and resolves when the signal has aborted and the last answer is sent. */
export async function serveUntilStopped(
  docroot: string,
  address: ServeAddress,
  context: CliContext,
  onListening: (url: string) => void = () => {},
): Promise<void> {
  const { log, output, print, signal } = context;
  const server = await startServer({
    docroot,
    host: address.host,
    port: address.port,
    journal: address.journal ?? null,
    emit: (event) => {
      if (event.type === 'failed')
        log.warn({ target: event.target, code: event.error.code }, event.error.message);
      else log.debug({ ...event }, 'request');
    },
  });
  print(output.json ? `${jsonText({ type: 'serving', url: server.url })}\n` : `${server.url}\n`);
  onListening(server.url);
  log.info({ docroot }, 'serving; Ctrl-C ends');
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.close();
}
