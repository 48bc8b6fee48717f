/** What the commands below `jubjub config` do once their command line is understood. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { redact, redactValue } from '../config/redact.ts';
import type { Settings } from '../config/settings.ts';
import { effectiveConfig, starterConfig } from '../config/starter.ts';
import { JubjubError } from '../errors.ts';
import { mirrorFolders } from '../store/local.ts';
import type { WebServerNames } from '../web-servers/names.ts';
import { CONFIGURE } from '../web-servers/servers.ts';
import { type SiteOptions, siteOf } from '../web-servers/site.ts';
import type { CliContext } from './context.ts';
import { tryUpstream } from './open-mirror.ts';
import { proxyNote } from './proxy-note.ts';
import { jsonText, printable } from './text.ts';

/** Checks a file and prints the effective settings: as TOML that is a configuration itself, or as JSON. */
export async function runConfigCheck(file: string, context: CliContext): Promise<number> {
  const { clock, emit, io, output, print } = context;
  const loaded = loadConfig(file);
  await tryUpstream(loaded.settings, { clock, emit, env: io.env });
  const proxy = proxyNote(loaded.settings.upstream, io.env);
  const notes = proxy === null ? loaded.notes : [...loaded.notes, proxy];
  if (output.json) {
    print(`${redact(jsonText({ file, notes, settings: withoutPasswords(loaded.settings) }))}\n`);
  } else if (!output.quiet) {
    const comments = notes.map((note) => `# note: ${printable(note)}\n`).join('');
    print(`# ${file}: no problems; these are the effective settings\n${comments}${effectiveConfig(loaded)}`);
  }
  return 0;
}

function withoutPasswords(settings: Settings): Settings {
  const { url, proxy } = settings.upstream;
  const shown = { url: redactValue(url), proxy: proxy === null ? null : redactValue(proxy) };
  return { ...settings, upstream: { ...settings.upstream, ...shown } };
}

/** Writes a starter file where there is none. */
export async function runConfigInit(name: string, context: CliContext): Promise<number> {
  const { io, output, print } = context;
  const file = resolve(io.cwd, name);
  writeNew(file, starterConfig());
  if (output.json) print(`${jsonText({ file })}\n`);
  else if (!output.quiet) print(`wrote ${file}\nedit it, then: jubjub config check -c ${name}\n`);
  return 0;
}

export interface ConfigServerOptions extends SiteOptions {
  /** Absolute. */
  readonly configFile: string;
}

/** Prints a web server's configuration for the docroot; asks nothing and writes nothing. */
export async function runConfigServer(
  server: WebServerNames['name'],
  options: ConfigServerOptions,
  { output, print }: CliContext,
): Promise<number> {
  const { settings } = loadConfig(options.configFile, { readsRequirements: false });
  const site = siteOf(mirrorFolders(settings.directory).web, settings.pages, options);
  const configuration = CONFIGURE[server](site);
  print(output.json ? `${jsonText({ server, configuration })}\n` : configuration);
  return 0;
}

/**
 * Writes a file where there is none.
 * @throws USAGE_INVALID when there is one; it stays as it is
 */
export function writeNew(file: string, text: string): void {
  try {
    // `wx` fails when the file exists, whoever made it meanwhile.
    writeFileSync(file, text, { flag: 'wx' });
  } catch (cause) {
    throw initError(file, cause as NodeJS.ErrnoException);
  }
}

function initError(file: string, cause: NodeJS.ErrnoException): JubjubError {
  if (cause.code === 'EEXIST') {
    return new JubjubError('USAGE_INVALID', `the file exists already: ${file}`, {
      path: file,
      effect: 'it stays as it is',
      hint: 'name another file, or move this one away',
      cause,
    });
  }
  const code = cause.code === 'ENOSPC' ? 'STORE_FULL' : 'STORE_NOT_WRITABLE';
  return new JubjubError(code, `the file cannot be written: ${file}`, {
    path: file,
    received: cause.code ?? cause.message,
    cause,
  });
}
