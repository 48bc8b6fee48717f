/** A real nginx over a plain directory, as an operator without special needs would set it up. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** For the `skip` option of tests. */
export const NGINX_MISSING =
  spawnSync('nginx', ['-v']).error === undefined ? false : 'nginx is not installed (.ci/run installs it)';

/** Between finding a free port and nginx taking it, another process may be faster. */
const PORTS_TRIED_MAX = 5;

export interface RunningNginx {
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** `root` and `index` are all that concerns the docroot; the rest keeps nginx inside its own directory. */
function configuration(directory: string, docroot: string, port: number): string {
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
    '  default_type application/octet-stream;',
    '  server {',
    `    listen 127.0.0.1:${port};`,
    `    root "${docroot}";`,
    '    index index.html;',
    '  }',
    '}',
    '',
  ].join('\n');
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** The running child, or what it said before it ended. */
async function tryPort(directory: string, docroot: string, port: number): Promise<ChildProcess | string> {
  const file = path.join(directory, 'nginx.conf');
  writeFileSync(file, configuration(directory, docroot, port));
  const child = spawn('nginx', ['-p', directory, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  // The pid file is written once the port is nginx's own: until then another process may be the one that accepts.
  const listens = async () => existsSync(path.join(directory, 'nginx.pid')) && (await accepts(port));
  while (!(await listens())) {
    // It would go on trying a taken port for seconds.
    if (said.includes('Address already in use')) await stop(child);
    if (child.exitCode !== null || child.signalCode !== null) return said;
    await nextTurn();
  }
  return child;
}

/** Starts nginx over a docroot; `directory` is for its own files. Rejects with nginx's words when it cannot start. */
export async function startNginx(directory: string, docroot: string): Promise<RunningNginx> {
  mkdirSync(directory, { recursive: true });
  let said = '';
  for (let tried = 0; tried < PORTS_TRIED_MAX; tried++) {
    const port = await freePort();
    const started = await tryPort(directory, docroot, port);
    if (typeof started !== 'string') return { url: `http://127.0.0.1:${port}`, close: () => stop(started) };
    said = started;
    if (!said.includes('Address already in use')) break;
  }
  throw new Error(`nginx did not start: ${said}`);
}
