/** The system's `sync` command, which calls syncfs(2) for us: Node does not offer it. */
import { spawn } from 'node:child_process';
import { platform, release } from 'node:os';

/** Of the coreutils; and of busybox, which knows no long one. */
const OPTIONS = ['--file-system', '-f'] as const;
/** More of what it says is no reason. */
const SAID_CHARS_MAX = 1000;

/** Why `sync` failed, in the words of the C library, as Node would name it. */
const ERRNO_BY_WORDS: readonly (readonly [words: RegExp, errno: string])[] = [
  [/no space left/i, 'ENOSPC'],
  [/quota exceeded/i, 'EDQUOT'],
  [/read-only file system/i, 'EROFS'],
];

/** A file system, or a sandbox, that has no such call. */
const HAS_NO_SYNCFS = /not implemented|not supported|invalid argument|inappropriate ioctl/i;

/**
 * How a try ended. `flushed`: everything on the file system is on the disk. `absent`: there is nothing here that could do it.
 * `cut-short`: it was killed, and what it may have learnt died with it.
 */
export type SyncOutcome = 'flushed' | 'absent' | 'cut-short';

/**
 * Whether `sync` is to be trusted here: elsewhere than on Linux it waits for nothing, and before Linux 5.8 syncfs did not tell of
 * what could not be written.
 */
export function isSyncTrusted(system: string, version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return system === 'linux' && (major > 5 || (major === 5 && minor >= 8));
}

/**
 * Makes everything on the file system of a directory durable, other programs' writes included.
 * @throws an error with an errno when something could not be written
 */
export async function syncFileSystem(directory: string): Promise<SyncOutcome> {
  if (!isSyncTrusted(platform(), release())) return 'absent';
  for (const option of OPTIONS) {
    const ended = await run([option, directory]);
    if (ended === null) return 'absent';
    if (ended.status === 0) return 'flushed';
    if (ended.status === null) return 'cut-short';
    // The option is wrong, or the disk. Its help tells which; its words may be in any language.
    if (await isKnown(option)) return failed(directory, ended.said);
  }
  return 'absent';
}

function failed(directory: string, said: string): 'absent' {
  if (HAS_NO_SYNCFS.test(said)) return 'absent';
  const [, errno = 'EIO'] = ERRNO_BY_WORDS.find(([words]) => words.test(said)) ?? [];
  const reason = said.trim() === '' ? 'it did not say why' : said.trim();
  throw Object.assign(new Error(`${errno}: sync of the file system of ${directory}: ${reason}`), {
    code: errno,
  });
}

async function isKnown(option: string): Promise<boolean> {
  const help = await run(['--help']);
  return help?.said.includes(option) === true;
}

interface Ended {
  /** null: ended by a signal. */
  readonly status: number | null;
  readonly said: string;
}

/** null when there is no such command, or no process can be made. */
function run(args: readonly string[]): Promise<Ended | null> {
  return new Promise((resolve) => {
    // Detached: the Ctrl-C that asks a run to stop must not end a flush that the run waits for.
    const child = spawn('sync', [...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let said = '';
    const hear = (chunk: Buffer) => {
      if (said.length < SAID_CHARS_MAX) said += chunk.toString('utf8');
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', () => resolve(null));
    child.once('close', (status) => resolve({ status, said }));
  });
}
