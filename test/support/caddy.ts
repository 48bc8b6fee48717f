/** A real Caddy with a site block under test, kept inside a directory of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { check, missing, type RunningServer, startServerProgram } from './server-child.ts';

/** For the `skip` option of tests. */
export const CADDY_MISSING = missing('caddy', 'version');

const GLOBAL = '{\n\tadmin off\n\tauto_https off\n}\n\n';

/** Writes the Caddyfile and answers its name. */
function written(directory: string, sites: string): string {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, 'Caddyfile');
  writeFileSync(file, GLOBAL + sites);
  return file;
}

/** `caddy validate` and `caddy fmt --diff` on what stands in a Caddyfile. */
export function checkCaddy(directory: string, sites: string): { status: number | null; said: string } {
  const file = written(directory, sites);
  return check('caddy', ['validate', '--config', file, '--adapter', 'caddyfile']);
}

/** Starts Caddy with what stands in a Caddyfile; `directory` is for its own files. */
export function startCaddyWith(directory: string, sites: (port: number) => string): Promise<RunningServer> {
  const file = written(directory, '');
  return startServerProgram({
    command: 'caddy',
    args: ['run', '--config', file, '--adapter', 'caddyfile'],
    write: (port) => void written(directory, sites(port)),
    listens: (said) => said.includes('serving initial configuration'),
    env: { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
  });
}
