/** The machine's own Python and pip, as judges of what we make. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pythonExecutable } from './isolated-pip.ts';

const run = promisify(execFile);

/** Nothing of the machine's own configuration, and no asking of the network for anything. */
const ENVIRONMENT = {
  ...process.env,
  PIP_CONFIG_FILE: '/dev/null',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_NO_CACHE_DIR: '1',
  PIP_NO_INPUT: '1',
  PIP_INDEX_URL: undefined,
  PIP_EXTRA_INDEX_URL: undefined,
  no_proxy: '127.0.0.1',
};

/** Runs Python with these arguments; its standard output. A failure carries what it wrote to standard error. */
export async function python(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(pythonExecutable(), [...args], { env: ENVIRONMENT });
  return stdout;
}

/** Runs pip. */
export function pip(...args: readonly string[]): Promise<string> {
  return python('-m', 'pip', ...args);
}
