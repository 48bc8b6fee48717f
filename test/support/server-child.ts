/** A web server of this machine as a child process on a port of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Between finding a free port and the server taking it, another process may be faster. */
const PORTS_TRIED_MAX = 5;

export interface RunningServer {
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

export interface ServerProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Writes what the program reads, for this port. */
  readonly write: (port: number) => void;
  /** True once the port is the program's own; until then another process may be the one that accepts. */
  readonly listens: (said: string) => boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Where it says more once it runs. */
  readonly logFile?: string;
}

/** For the `skip` option of tests: why the program cannot be had. */
export function missing(command: string, versionFlag: string): string | false {
  const { error } = spawnSync(command, [versionFlag]);
  return error === undefined ? false : `${command} is not installed (.ci/run installs it)`;
}

/** What a program says of a configuration. Rejects nothing: the caller looks at the status. */
export function check(command: string, args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
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

/** Some of them go on trying a taken port for seconds. */
const TAKEN = /address already in use/i;

/** The running child, or what it said before it ended. */
async function tryPort(program: ServerProgram, port: number): Promise<ChildProcess | string> {
  program.write(port);
  const child = spawn(program.command, program.args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...program.env },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  while (!(program.listens(said) && (await accepts(port)))) {
    if (TAKEN.test(said)) await stop(child);
    if (child.exitCode !== null || child.signalCode !== null) return said;
    await nextTurn();
  }
  return child;
}

/** Starts the program on a free port. Rejects with its words when it cannot start. */
export async function startServerProgram(program: ServerProgram): Promise<RunningServer> {
  let said = '';
  for (let tried = 0; tried < PORTS_TRIED_MAX; tried++) {
    const port = await freePort();
    const started = await tryPort(program, port);
    if (typeof started !== 'string') return { url: `http://127.0.0.1:${port}`, close: () => stop(started) };
    said = started;
    if (!TAKEN.test(said)) break;
  }
  const { logFile } = program;
  const logged = logFile !== undefined && existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
  throw new Error(`${program.command} did not start: ${said}${logged}`);
}
