/** Where Node may keep what it has compiled of this program: a directory that nobody but its user can write to. */
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';

const PRIVATE = 0o700;
const WRITABLE_BY_OTHERS = 0o022;
/** In such a directory names can be taken away by their owners only. */
const STICKY = 0o1000;
const ROOT = 0;

export interface CacheUser {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** undefined where users have no numbers. */
  readonly uid: number | undefined;
}

/** What systemd made for the service, else the user's own (XDG base directories); null when neither is known. */
function wantedDirectory({ env }: CacheUser): string | null {
  const [ofService = ''] = (env['CACHE_DIRECTORY'] ?? '').split(':');
  if (isAbsolute(ofService)) return join(ofService, 'node');
  const { XDG_CACHE_HOME: ofUser = '', HOME: home = '' } = env;
  if (isAbsolute(ofUser)) return join(ofUser, 'jubjub');
  return isAbsolute(home) ? join(home, '.cache', 'jubjub') : null;
}

/**
 * Can nobody but this user and root put anything there? What lies in a compile cache is run: whoever could write to it, or put another
 * directory in its place, could do whatever the user can. So all directories on the way are looked at, as ssh does with its keys.
 */
function isSafe(directory: string, uid: number): boolean {
  const { mode, uid: owner } = lstatSync(directory);
  const isClosed = (mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0;
  if ((owner !== uid && owner !== ROOT) || !isClosed) return false;
  const above = dirname(directory);
  return above === directory || isSafe(above, uid);
}

/** The directory of the cache, made when it is not there; null when there is none that can be trusted. */
export function safeCacheDirectory(user: CacheUser): string | null {
  const wanted = wantedDirectory(user);
  if (wanted === null || user.uid === undefined) return null;
  try {
    mkdirSync(wanted, { recursive: true, mode: PRIVATE });
    // Links on the way are followed once, here.
    const directory = realpathSync(wanted);
    const own = lstatSync(directory);
    // Others may not even read it, nor may it be a sticky one: what is in it is this user's alone.
    const isOwn = own.uid === user.uid && (own.mode & WRITABLE_BY_OTHERS) === 0;
    return isOwn && isSafe(directory, user.uid) ? directory : null;
  } catch {
    // It only makes starting faster: no home, a full or read-only disk, somebody else's file.
    return null;
  }
}

/** To be called before the program's other modules are imported. Node writes the cache when the process ends. */
export function useCompileCache(user: CacheUser): void {
  const directory = safeCacheDirectory(user);
  if (directory !== null) enableCompileCache(directory);
}
