/** Errors as the operating system makes them: with a number, a name, the call and the path. */
import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';

/** Every path below is on a simulated disk. */
export const SIM_ROOT = '/sim-disk';

export type Errno = keyof typeof constants.errno;

/** Most are thrown to tell that nothing is there, and nobody reads where; to note that takes longer than the call. */
function withoutStack(message: string): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new Error(message);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** As node:fs throws it: `ENOENT: no such file or directory, open '/x'`. */
export function errnoError(code: Errno, call: string, path?: string, to?: string): NodeJS.ErrnoException {
  const number = -constants.errno[code];
  const where = path === undefined ? '' : ` '${path}'`;
  const whither = to === undefined ? '' : ` -> '${to}'`;
  const error: NodeJS.ErrnoException = withoutStack(
    `${code}: ${getSystemErrorMessage(number)}, ${call}${where}${whither}`,
  );
  error.errno = number;
  error.code = code;
  error.syscall = call;
  if (path !== undefined) error.path = path;
  return error;
}

/** Something that no process of this project may ask of the simulated disk, or that it does not simulate: a test is to fail loudly. */
export function misuse(what: string): Error {
  return new Error(`the simulated disk: ${what}`);
}

/** Why a call cannot be done; whoever asked knows which call it was. No error yet: most are asked for, and soon forgotten. */
export class LookupError {
  readonly errno: Errno;

  constructor(errno: Errno) {
    this.errno = errno;
  }
}

export function isErrno(code: unknown): code is Errno {
  return typeof code === 'string' && code in constants.errno;
}
