/** The web servers that jubjub writes configurations for, each started with what `jubjub config` prints. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { main } from '../../src/cli/main.ts';
import { APACHE_MISSING, checkApache, startApacheWith } from './apache.ts';
import { CADDY_MISSING, checkCaddy, startCaddyWith } from './caddy.ts';
import { testIo } from './cli.ts';
import { checkNginx, NGINX_MISSING, startNginxWith } from './nginx.ts';
import type { RunningServer } from './server-child.ts';

export interface WebServerUnderTest {
  readonly name: 'nginx' | 'caddy' | 'apache';
  /** For the `skip` option of tests. */
  readonly missing: string | false;
  /** The server's own opinion of a configuration. */
  readonly check: (directory: string, text: string) => { status: number | null; said: string };
  readonly start: (directory: string, text: (port: number) => string) => Promise<RunningServer>;
}

export const WEB_SERVERS_UNDER_TEST: readonly WebServerUnderTest[] = [
  { name: 'nginx', missing: NGINX_MISSING, check: checkNginx, start: startNginxWith },
  { name: 'caddy', missing: CADDY_MISSING, check: checkCaddy, start: startCaddyWith },
  { name: 'apache', missing: APACHE_MISSING, check: checkApache, start: startApacheWith },
];

/** A mirror.toml whose docroot is `<place>/web`; answers its name. */
export function writeMirrorToml(place: string, pages: string): string {
  mkdirSync(place, { recursive: true });
  const file = path.join(place, 'mirror.toml');
  writeFileSync(file, `directory = "."\n\n[upstream]\nurl = "https://pypi.example"\n\n[pages]\n${pages}\n`);
  return file;
}

/** What `jubjub config <name>` prints; it must end with 0. */
export async function printedConfiguration(name: string, toml: string, ...more: string[]): Promise<string> {
  const io = testIo(path.dirname(toml));
  const status = await main(['config', name, '-c', toml, ...more], io);
  assert.equal(status, 0, io.stderr.text);
  return io.stdout.text;
}

/** Starts a server on 127.0.0.1 over a mirror; `parent` is where it may have a directory of its own. */
export async function startConfigured(
  server: WebServerUnderTest,
  toml: string,
  parent = path.dirname(toml),
): Promise<RunningServer> {
  // The text for one port is the text for another.
  const text = await printedConfiguration(server.name, toml, '--host', '127.0.0.1', '--port', '65432');
  return await server.start(path.join(parent, server.name), (port) => text.replaceAll('65432', String(port)));
}
