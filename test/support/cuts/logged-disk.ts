/** An ext4 whose every write and flush is known, for tests of power cuts: a loop device over a file that we serve ourselves. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { mountImage, unmount } from '../loop-disk.ts';
import { type LogEntry, readLog } from './block-log.ts';

const PROCESS = fileURLToPath(new URL('./image-process.ts', import.meta.url));
const FUSE = '/dev/fuse';

export interface LoggedDisk {
  /** Where the file system is mounted. */
  readonly directory: string;
  /** The disk when it was mounted. */
  readonly before: Uint8Array;
  mark(text: string): void;
  /** All that was written since. */
  log(): Promise<LogEntry[]>;
}

export interface LoggedDiskOptions {
  /** A disk to go on from; it is not changed. */
  readonly image: string;
  /** Of the file system on it. */
  readonly mount: string;
}

/** Mounts FUSE at a directory and starts the process that serves it; why not, or the process. */
function serveImage(image: string, directory: string) {
  if (!existsSync(FUSE)) return 'the kernel has no FUSE';
  mkdirSync(directory);
  const descriptor = openSync(FUSE, 'r+');
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other';
  const mounted = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'jubjub-test', directory], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
  });
  if (mounted.status !== 0) {
    closeSync(descriptor);
    return mounted.error?.message ?? mounted.stderr.trim();
  }
  const child = spawn(process.execPath, [PROCESS, image], { stdio: ['pipe', 'pipe', 'inherit', descriptor] });
  closeSync(descriptor);
  return child;
}

/** Mounts a disk of its own for a while; the reason where none can be made. `after` unmounts it. */
export function openLoggedDisk(
  hooks: { after(hook: () => unknown): void },
  { image, mount }: LoggedDiskOptions,
): LoggedDisk | string {
  const parent = mkdtempSync(join(tmpdir(), 'jubjub-cut-'));
  const served = join(parent, 'served');
  const directory = join(parent, 'disk');
  const server = serveImage(image, served);
  hooks.after(async () => {
    unmount(directory);
    unmount(served);
    if (typeof server !== 'string') server.kill('SIGKILL');
    rmSync(parent, { recursive: true, force: true });
  });
  if (typeof server === 'string') return `no file can be served here: ${server}`;
  const refused = mountImage(join(served, 'image'), directory, `loop,${mount}`);
  if (refused !== null) return `a file system in a file cannot be mounted here: ${refused}`;
  return {
    directory,
    before: readFileSync(image),
    mark: (text) => void server.stdin?.write(`mark ${text}\n`),
    log: async () => {
      const file = join(parent, 'log');
      server.stdin?.write(`dump ${file}\n`);
      if (server.stdout !== null) await once(createInterface({ input: server.stdout }), 'line');
      return readLog(file);
    },
  };
}
