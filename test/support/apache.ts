/** A real Apache with a virtual host under test, kept inside a directory of its own. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { check, missing, type RunningServer, startServerProgram } from './server-child.ts';

/** For the `skip` option of tests. */
export const APACHE_MISSING = missing('apache2', '-v');

const MODULES = '/usr/lib/apache2/modules';
const DEBIAN = '/etc/apache2/mods-available';

/** What Debian has enabled without being asked, and what the configuration asks for (`a2enmod`). */
const ENABLED =
  'access_compat alias authn_core authz_core authz_host authz_user autoindex deflate dir env filter mime mpm_event ' +
  'negotiation reqtimeout setenvif status rewrite headers';

/** Debian's own settings of modules that could change what is under test. */
const SETTINGS = ['alias', 'autoindex', 'deflate', 'dir', 'mime', 'negotiation', 'setenvif'];

/** As Debian's apache2.conf, as far as it concerns a virtual host. */
function mainConfiguration(directory: string, hosts: string): string {
  // Started by root, its workers may not be root: they have to be somebody who can read the docroot of a test.
  const user = process.getuid?.() === 0 ? ['User nobody', 'Group nogroup'] : [];
  return [
    `ServerRoot "${directory}"`,
    `DefaultRuntimeDir "${directory}"`,
    `PidFile "${path.join(directory, 'apache.pid')}"`,
    `ErrorLog "${path.join(directory, 'error.log')}"`,
    'ServerName localhost',
    ...ENABLED.split(' ').map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
    ...user,
    '<Directory />',
    '  Options FollowSymLinks',
    '  AllowOverride None',
    '  Require all denied',
    '</Directory>',
    ...SETTINGS.map((name) => `IncludeOptional ${DEBIAN}/${name}.conf`),
    'AddEncoding x-gzip .gz .tgz',
    hosts,
    '',
  ].join('\n');
}

/** Lets others look into the temporary directories above a directory, and into it. */
function openUp(directory: string): void {
  for (let one = directory; one.startsWith(tmpdir()) && one !== tmpdir(); one = path.dirname(one))
    chmodSync(one, 0o755);
}

/** Writes httpd.conf and answers its name. */
function written(directory: string, hosts: string): string {
  mkdirSync(directory, { recursive: true });
  if (process.getuid?.() === 0) openUp(directory);
  const file = path.join(directory, 'httpd.conf');
  writeFileSync(file, mainConfiguration(directory, hosts));
  return file;
}

/** `apache2 -t` on what goes into sites-available. */
export function checkApache(directory: string, hosts: string): { status: number | null; said: string } {
  return check('apache2', ['-f', written(directory, hosts), '-t']);
}

/** Starts Apache with what goes into sites-available; `directory` is for its own files; the docroot lies beside it, or below what does. */
export function startApacheWith(directory: string, hosts: (port: number) => string): Promise<RunningServer> {
  const file = written(directory, '');
  return startServerProgram({
    command: 'apache2',
    args: ['-f', file, '-DFOREGROUND'],
    write: (port) => void written(directory, hosts(port)),
    listens: () => existsSync(path.join(directory, 'apache.pid')),
    logFile: path.join(directory, 'error.log'),
  });
}
