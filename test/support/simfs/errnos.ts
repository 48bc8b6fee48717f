/** Which calls can fail with which errors: what no kernel says need not be survived. */
import type { Errno } from './errors.ts';
import type { CallName } from './process.ts';

const TAKES_DESCRIPTOR: readonly CallName[] = ['open', 'create', 'opendir', 'readdir', 'copyfile', 'syncfs'];
const CHANGES_NAMES: readonly CallName[] = ['mkdir', 'rmdir', 'rename', 'unlink', 'link', 'symlink'];
/** A flush or a close finds out that there is no space where it is given late (quota, NFS, thin volumes). */
const TAKES_SPACE: readonly CallName[] = [
  ...(['create', 'write', 'copyfile', 'mkdir', 'rename', 'link', 'symlink'] as const),
  ...(['fsync', 'fdatasync', 'syncfs', 'close'] as const),
];

/** Undefined: every call may. */
const BY_ERRNO: Partial<Record<Errno, ReadonlySet<CallName>>> = {
  EMFILE: new Set(TAKES_DESCRIPTOR),
  ENOSPC: new Set(TAKES_SPACE),
  EROFS: new Set(['create', 'copyfile', ...CHANGES_NAMES]),
};

/** Those that a history is tried with. */
export const ERRNOS: readonly Errno[] = ['EIO', 'ENOSPC', 'EMFILE', 'EROFS'];

export function canFailWith(name: CallName, errno: Errno): boolean {
  return BY_ERRNO[errno]?.has(name) ?? true;
}
