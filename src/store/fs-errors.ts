/** File-system errors as errors of ours: full, not writable, or broken. */
import { constants } from 'node:os';
import { DESCRIPTORS_HINT, type ErrorCode, JubjubError } from '../errors.ts';

const CODE_BY_ERRNO: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'STORE_FULL',
  EDQUOT: 'STORE_FULL',
  EFBIG: 'STORE_FULL',
  EACCES: 'STORE_NOT_WRITABLE',
  EPERM: 'STORE_NOT_WRITABLE',
  EROFS: 'STORE_NOT_WRITABLE',
  EXDEV: 'STORE_NOT_WRITABLE',
};

const HINT_BY_CODE: Partial<Record<ErrorCode, string>> = {
  STORE_FULL:
    'free space (df -h, df -i, quota) and run again: nothing is lost, the next run goes on from here',
  STORE_NOT_WRITABLE: 'check the owner and mode of the directory, and that it is not mounted read-only',
  STORE_IO: 'look at the kernel log (dmesg) for the disk; the next run goes on from here',
};

const HINT_BY_ERRNO: Readonly<Record<string, string>> = {
  EMFILE: DESCRIPTORS_HINT,
  ENFILE: DESCRIPTORS_HINT,
  ENOENT: 'something was moved or removed while the run worked there: put it back, or run again',
  // Node's synchronous calls do not tell the number of an error that they have no name for.
  UNKNOWN:
    'the system gave a reason that Node has no name for, which most often is a quota that is used up (quota -s, df -h, df -i)',
  EXDEV:
    'web/, state/ and all below them must be one file system: no mount, and no link to another one, below them',
};

/** What Node says for errors that it has no name for: `Unknown system error -122` is a quota that is used up (EDQUOT). */
const UNNAMED = /^Unknown system error -(\d+)/;

/** The errno name of a Node error (`ENOSPC`), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? namedErrno(code) : undefined;
}

function namedErrno(code: string): string {
  const number = Number(UNNAMED.exec(code)?.[1]);
  if (Number.isNaN(number)) return code;
  const known = Object.entries(constants.errno).find(([, value]) => value === number);
  return known?.[0] ?? code;
}

/** What the operating system said, with the name of the error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errno = errnoOf(error);
  return errno === undefined ? error.message : error.message.replace(UNNAMED, errno);
}

/** What these say is never the disk's fault: a file stands where a directory has to be, or the other way round. */
const IN_THE_WAY: readonly string[] = ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'ELOOP'];

/** The error for something at a path of ours that no jubjub put there. */
export function foreign(path: string, expected: string, cause?: unknown): JubjubError {
  return new JubjubError('STORE_IO', `something that is not jubjub's lies at ${path}`, {
    path,
    expected,
    received: cause instanceof Error ? cause.message : 'something else',
    effect: 'the run stopped; nothing half-done is visible in the docroot',
    hint: 'move it away, then run again',
    cause,
  });
}

/** Wraps a failed file operation: `what` says which ("could not write"), `path` where. */
export function storeError(error: unknown, what: string, path: string): JubjubError {
  if (error instanceof JubjubError) return error;
  const errno = errnoOf(error);
  if (errno !== undefined && IN_THE_WAY.includes(errno))
    return foreign(path, 'a file, below directories', error);
  const code = CODE_BY_ERRNO[errno ?? ''] ?? 'STORE_IO';
  const hint = HINT_BY_ERRNO[errno ?? ''] ?? HINT_BY_CODE[code];
  return new JubjubError(code, `${what}: ${path}`, {
    path,
    received: reasonOf(error),
    effect: 'the run stopped; nothing half-done is visible in the docroot',
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/** Runs a file operation and turns its failure into an error of ours. */
export async function storing<T>(what: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw storeError(error, what, path);
  }
}

/** Runs a read and answers null when there is nothing at the path. */
export async function orNull<T>(operation: () => Promise<T>): Promise<T | null> {
  try {
    return await operation();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return null;
    throw error;
  }
}
