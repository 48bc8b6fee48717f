/** Runs the machine's Python and its pip, cut off from every setting, cache and network of the machine. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';

let executable: string | undefined;

/**
 * The interpreter itself: launchers such as pyenv's look for it below HOME, which the tests replace. It is asked for once,
 * because such a launcher starts some twenty shells.
 */
export function pythonExecutable(): string {
  executable ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).trim();
  return executable;
}

/** Runs a program text under the machine's own environment and returns what it printed. */
export function runPython(program: string): string {
  return execFileSync(pythonExecutable(), ['-c', program], { encoding: 'utf8' });
}

/** Variables by which a developer's shell or a CI machine could change what pip does. */
function isForeign(variable: string): boolean {
  return /^(?:PIP|PYTHON|UV)_|^VIRTUAL_ENV$|_proxy$/i.test(variable);
}

function pipEnvironment(home: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([variable]) => !isForeign(variable));
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    NO_PROXY: '*',
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_CACHE_DIR: '1',
    PIP_NO_INPUT: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    // Broken answers must fail the test, not be asked for again until it times out.
    PIP_RETRIES: '0',
    PIP_DEFAULT_TIMEOUT: '30',
  };
}

export interface PipResult {
  readonly exitStatus: number;
  /** stdout and stderr. */
  readonly output: string;
}

/** Runs `python3 -m pip …`, or another pip that Python can start, with a home of its own below `directory`. */
export async function runPip(
  directory: string,
  args: readonly string[],
  pip: readonly string[] = ['-m', 'pip'],
): Promise<PipResult> {
  const home = path.join(directory, 'home');
  mkdirSync(home, { recursive: true });
  const child = spawn(pythonExecutable(), [...pip, ...args], {
    cwd: directory,
    env: pipEnvironment(home),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitStatus] = await closed;
  return { exitStatus: Number(exitStatus ?? -1), output: stdout + stderr };
}
