/** Watches what a store does to make things durable: every fsync, rename and `sync` of the process, in order. */
import childProcess, { type SpawnOptions } from 'node:child_process';
import fs, { chmodSync, type Mode, mkdirSync, type PathLike, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join, relative } from 'node:path';
import type { TestContext } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths } from '../../src/pypi/paths.ts';
import { FSYNC_EACH_MAX } from '../../src/store/flush.ts';
import { type FlushMode, LocalStore, prepareFolders } from '../../src/store/local.ts';
import { withTempDir } from './temp.ts';

/** Pages that are more than are flushed one by one. */
export const MANY = Array.from(
  { length: FSYNC_EACH_MAX + 1 },
  (_, at) => detailPaths(normalizeName(`snark-${at}`)).json,
);

export async function stageMany(store: LocalStore): Promise<void> {
  for (const path of MANY) await store.stageBytes(path, Buffer.from('page'));
}

export interface FlushRecorder {
  /** `fsync state/staging`, `rename web/…`, `sync --file-system web`; paths relative to the directory. */
  readonly steps: string[];
  /** Makes the flush of each path that matches fail as a broken disk's would. */
  failing: RegExp | null;
}

function brokenDisk(syscall: string): Error {
  return Object.assign(new Error(`EIO: i/o error, ${syscall}`), { code: 'EIO', syscall });
}

/** Records what happens below a directory until the test ends. One at a time: what is patched is the process's. */
export function recordFlushes(t: TestContext, directory: string): FlushRecorder {
  const recorder: FlushRecorder = { steps: [], failing: null };
  const told = (path: unknown) => relative(directory, String(path)) || '.';
  const { open } = promises;
  const { renameSync } = fs;
  const { spawn } = childProcess;
  promises.open = async (path: PathLike, flags?: string | number, mode?: Mode) => {
    const handle = await open(path, flags, mode);
    const watched = (call: 'fsync' | 'fdatasync', flush: () => Promise<void>) => async () => {
      recorder.steps.push(`${call} ${told(path)}`);
      if (recorder.failing?.test(told(path))) throw brokenDisk(call);
      await flush();
    };
    handle.sync = watched('fsync', handle.sync.bind(handle));
    handle.datasync = watched('fdatasync', handle.datasync.bind(handle));
    return handle;
  };
  fs.renameSync = (from, to) => {
    recorder.steps.push(`rename ${told(to)}`);
    renameSync(from, to);
  };
  const spawning = (command: string, args: readonly string[], options: SpawnOptions) => {
    const shown = args.map((arg) => (arg.startsWith(directory) ? told(arg) : arg));
    recorder.steps.push([command, ...shown].join(' '));
    return spawn(command, args, options);
  };
  Object.assign(childProcess, { spawn: spawning });
  syncBuiltinESMExports();
  t.after(() => {
    promises.open = open;
    fs.renameSync = renameSync;
    Object.assign(childProcess, { spawn });
    syncBuiltinESMExports();
  });
  return recorder;
}

/** Until the test ends `sync` is this shell script, or nothing at all (null). Everything else is out of the path, too. */
export function withSync(t: TestContext, directory: string, script: string | null): void {
  const folder = join(directory, 'commands');
  mkdirSync(folder);
  if (script !== null) {
    writeFileSync(join(folder, 'sync'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'sync'), 0o755);
  }
  const path = process.env['PATH'];
  process.env['PATH'] = folder;
  t.after(() => {
    process.env['PATH'] = path;
  });
}

/** A new mirror whose flushes are watched; `told` is what its store had to say. */
export async function openWatched(t: TestContext, mode: FlushMode = 'wave') {
  const directory = withTempDir(t);
  const folders = await prepareFolders(directory);
  const recorder = recordFlushes(t, directory);
  const told: string[] = [];
  const store = new LocalStore(folders, mode, (message) => told.push(message));
  return { directory, folders, recorder, store, told };
}

export const fsyncs = (steps: readonly string[]) => steps.filter((step) => step.startsWith('fsync'));
/** Of the command. */
export const syncs = (steps: readonly string[]) => steps.filter((step) => step.startsWith('sync'));
