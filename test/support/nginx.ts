/** A real nginx, kept inside a directory of its own: over a plain docroot, or with a configuration under test. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { check, missing, type RunningServer, startServerProgram } from './server-child.ts';

/** For the `skip` option of tests. */
export const NGINX_MISSING = missing('nginx', '-v');

export type RunningNginx = RunningServer;

/** All that is around the server block under test. */
function mainConfiguration(directory: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path "${path.join(directory, kind)}";`,
  );
  return [
    // Started by root, its worker would be "nobody", who cannot read the temporary directories of tests.
    process.getuid?.() === 0 ? 'user root;' : '',
    'daemon off;',
    'worker_processes 1;',
    `pid "${path.join(directory, 'nginx.pid')}";`,
    'error_log stderr;',
    'events { worker_connections 64; }',
    'http {',
    ...temporary,
    '  access_log off;',
    // What a machine's own nginx.conf may say, and what is under test must not be changed by.
    '  default_type application/octet-stream;',
    '  charset utf-8;',
    '  gzip on;',
    '  gzip_types *;',
    http,
    '}',
    '',
  ].join('\n');
}

/** Writes nginx.conf; the argument list of nginx is the answer. */
function written(directory: string, http: string): string[] {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, 'nginx.conf');
  writeFileSync(file, mainConfiguration(directory, http));
  return ['-p', directory, '-c', file];
}

/** `nginx -t` on what goes into `http { }`. */
export function checkNginx(directory: string, http: string): { status: number | null; said: string } {
  return check('nginx', [...written(directory, http), '-t']);
}

/** Starts nginx with what goes into `http { }`; `directory` is for its own files. */
export function startNginxWith(directory: string, http: (port: number) => string): Promise<RunningNginx> {
  return startServerProgram({
    command: 'nginx',
    args: written(directory, ''),
    write: (port) => void written(directory, http(port)),
    listens: () => existsSync(path.join(directory, 'nginx.pid')),
  });
}

/** As an operator without special needs sets it up: `root` and `index` are all that concerns the docroot. */
export function startNginx(directory: string, docroot: string): Promise<RunningNginx> {
  return startNginxWith(directory, (port) => {
    const plain = `listen 127.0.0.1:${port}; root "${docroot}"; index index.html; gzip off; charset off;`;
    return `server { ${plain} }`;
  });
}
