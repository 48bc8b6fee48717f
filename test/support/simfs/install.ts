/**
 * Lets node:fs work on simulated disks: calls with a path below /sim-disk go there, all others where they always went.
 *
 * So the store runs on a simulated disk exactly as it ships. A call that is not simulated throws: a store that begins to use another
 * one has to be noticed. Asynchronous calls end in a later turn of the same queue, in the order in which they were made, and never in
 * a thread: the same run makes the same calls.
 */
import childProcess, { type SpawnOptions } from 'node:child_process';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as calls from './calls.ts';
import { processOf } from './disk.ts';
import { errnoError, misuse, SIM_ROOT } from './errors.ts';
import { DESCRIPTORS_FROM, handleOf, type SimFileHandle } from './handle.ts';
import { namesIn } from './lookup.ts';
import type { SimProcess } from './process.ts';

interface Target {
  readonly process: SimProcess;
  /** From the root of the disk. */
  readonly path: string;
}

type Call = (target: Target, ...rest: readonly unknown[]) => unknown;

const ASCII = /^[ -~]*$/;

/** Names are bytes: each byte one character. */
function asBytes(path: unknown): string | null {
  if (typeof path === 'string') {
    if (!path.startsWith(SIM_ROOT)) return null;
    return ASCII.test(path) ? path : Buffer.from(path).toString('latin1');
  }
  if (Buffer.isBuffer(path)) return path.toString('latin1');
  if (path instanceof URL && path.protocol === 'file:') return asBytes(fileURLToPath(path));
  return null;
}

function targetOf(path: unknown): Target | null {
  const bytes = asBytes(path);
  if (bytes === null || !bytes.startsWith(`${SIM_ROOT}/`)) return null;
  const [, id, ...names] = namesIn(bytes);
  const process = processOf(Number(id));
  if (process === undefined) throw misuse(`no process has ever had ${path}`);
  return { process, path: names.join('/') };
}

/** Of the second path of a call. */
function pathOf(process: SimProcess, path: unknown): string {
  const target = targetOf(path);
  if (target?.process !== process) throw misuse(`a call from one disk to ${path}`);
  return target.path;
}

const toText = (name: string) => Buffer.from(name, 'latin1').toString('utf8');
const toBytes = (name: string) => Buffer.from(name, 'latin1');

type Options = Readonly<Record<string, unknown>>;

function options(given: unknown, known: readonly string[]): Options {
  const all = typeof given === 'object' && given !== null ? (given as Options) : {};
  for (const [key, value] of Object.entries(all))
    if (!known.includes(key) && value !== undefined) throw misuse(`the option ${key}`);
  return all;
}

async function writeFile({ process, path }: Target, data: unknown, given: unknown): Promise<void> {
  const { flag = 'w', mode } = options(given, ['flag', 'mode', 'encoding']);
  const flags = calls.flagsOf(flag as string);
  const handle = await calls.open(process, path, flags, mode as number | undefined);
  try {
    await handle.writeFile(data as string | Uint8Array);
  } finally {
    await handle.close();
  }
}

async function readFile({ process, path }: Target, given: unknown): Promise<Buffer | string> {
  const encoding = typeof given === 'string' ? given : options(given, ['encoding'])['encoding'];
  const handle = await calls.open(process, path, fs.constants.O_RDONLY);
  try {
    const bytes = await handle.readFile();
    return encoding === undefined ? bytes : bytes.toString(encoding as BufferEncoding);
  } finally {
    await handle.close();
  }
}

async function readdir({ process, path }: Target, given: unknown): Promise<unknown> {
  const { withFileTypes } = options(given, ['withFileTypes', 'encoding']);
  const entries = await calls.readdir(process, path);
  return withFileTypes === true
    ? calls.direntsOf(process, path, entries, toText)
    : entries.map(([name]) => toText(name));
}

function opendir({ process, path }: Target, given: unknown): Promise<unknown> {
  const { encoding, recursive } = options(given, ['encoding', 'recursive', 'bufferSize']);
  if (encoding === 'buffer') return calls.opendir(process, path, toBytes, recursive === true);
  return calls.opendir(process, path, toText, recursive === true);
}

/** Of node:fs/promises. */
const PROMISED: Readonly<Record<string, Call>> = {
  open: ({ process, path }, flags = 'r', mode) =>
    calls.open(process, path, calls.flagsOf(flags as string), mode as number | undefined),
  stat: ({ process, path }, given) => calls.stat(process, path, ...none(options(given, []))),
  lstat: ({ process, path }, given) => calls.lstat(process, path, ...none(options(given, []))),
  access: ({ process, path }) => calls.access(process, path),
  realpath: ({ process, path }) => calls.realpath(process, path),
  mkdir: ({ process, path }, given) =>
    calls.mkdir(process, path, options(given, ['mode'])['mode'] as number | undefined),
  rmdir: ({ process, path }) => calls.rmdir(process, path),
  unlink: ({ process, path }) => calls.unlink(process, path),
  rm: ({ process, path }, given) => {
    const { recursive, force } = options(given, ['recursive', 'force']);
    return calls.rm(process, path, recursive === true, force === true);
  },
  rename: ({ process, path }, to) => calls.rename(process, path, pathOf(process, to)),
  link: ({ process, path }, to) => calls.link(process, path, pathOf(process, to)),
  copyFile: ({ process, path }, to, how) =>
    calls.copyFile(process, path, pathOf(process, to), how as number | undefined),
  writeFile,
  readFile,
  readdir,
  opendir,
};

/** Of node:fs, for those that want the answer at once. */
const AT_ONCE: Readonly<Record<string, Call>> = {
  renameSync: ({ process, path }, to) => calls.renameSync(process, path, pathOf(process, to)),
  statSync: (target, given) => statAtOnce(target, 'stat', given),
  lstatSync: (target, given) => statAtOnce(target, 'lstat', given),
  mkdirSync: ({ process, path }, given) =>
    calls.mkdirSync(process, path, options(given, ['mode'])['mode'] as number | undefined),
  realpathSync: ({ process, path }) => calls.realpathSync(process, path),
  openSync: ({ process, path }, flags = 'r', mode) =>
    calls.openSync(process, path, calls.flagsOf(flags as string), mode as number | undefined).fd,
};

function statAtOnce({ process, path }: Target, name: 'stat' | 'lstat', given: unknown): unknown {
  const { throwIfNoEntry = true } = options(given, ['throwIfNoEntry']);
  try {
    return process.now(name, path, null, () => calls.statOf(process, path, name === 'stat'));
  } catch (error) {
    if (!throwIfNoEntry && ['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return undefined;
    throw error;
  }
}

type DescriptorCall = (handle: SimFileHandle, ...rest: readonly never[]) => unknown;

const OF_DESCRIPTORS: Readonly<Record<string, DescriptorCall>> = {
  fstatSync: (handle) => handle.atOnce.stat(),
  readSync: (handle, buffer: Uint8Array, offset: number, length: number, position: number | null) =>
    handle.atOnce.read(buffer, offset, length, position),
  writeSync: (handle, bytes: Uint8Array, offset: number, length: number, position: number | null) =>
    handle.atOnce.write(bytes, offset, length, position),
  closeSync: (handle) => handle.closeAtOnce(),
};

function callDescriptor(name: string, descriptor: number, rest: readonly unknown[]): unknown {
  const handle = handleOf(descriptor);
  const call = OF_DESCRIPTORS[name];
  if (handle === undefined || call === undefined) throw misuse(`${name} of the descriptor ${descriptor}`);
  return call(handle, ...(rest as never[]));
}

/** There are no options that would have to be passed on. */
function none(_options: Options): [] {
  return [];
}

type Functions = Record<string, unknown>;

function patch(module: Functions, simulated: Readonly<Record<string, Call>>): void {
  for (const [name, original] of Object.entries(module)) {
    // Classes are no calls.
    if (typeof original !== 'function' || !/^[a-z]/.test(name)) continue;
    const call = simulated[name];
    const replacement = function (this: unknown, ...args: unknown[]): unknown {
      if (typeof args[0] === 'number' && args[0] > DESCRIPTORS_FROM)
        return callDescriptor(name, args[0], args.slice(1));
      const target = targetOf(args[0]);
      if (target === null) {
        if (targetOf(args[1]) !== null && name !== 'symlink') throw misuse(`${name} from a real disk`);
        return Reflect.apply(original, this, args);
      }
      if (call === undefined) throw misuse(`${name} is not simulated`);
      return call(target, ...args.slice(1));
    };
    module[name] = Object.assign(replacement, original);
  }
}

/** A child that is no process: it says something and ends with a status, or, of a dead process, is never heard of. */
function syncChild(target: Target): EventEmitter {
  const said = new EventEmitter();
  const child = Object.assign(new EventEmitter(), { stdout: said, stderr: said });
  if (!target.process.disk.hasSync) {
    queueMicrotask(() => child.emit('error', errnoError('ENOENT', 'spawn sync')));
    return child;
  }
  const end = (status: number, words: string) => {
    said.emit('data', Buffer.from(words));
    child.emit('exit', status, null);
    child.emit('close', status, null);
  };
  calls.syncfs(target.process, target.path).then(
    () => end(0, ''),
    (error: unknown) => {
      // A process that has no descriptor left, or is dead, has no children either.
      if (target.process.isDead || errnoOf(error) === 'EMFILE') child.emit('error', error);
      else end(1, `sync: error syncing '${target.process.told(target.path)}': ${reasonOf(error)}\n`);
    },
  );
  return child;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
};

/** As the C library says it. */
function reasonOf(error: unknown): string {
  return WORDS[errnoOf(error)] ?? 'Input/output error';
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The help of a `sync` that knows the option: what one that has failed is asked for. */
function helpChild(): EventEmitter {
  const said = new EventEmitter();
  const child = Object.assign(new EventEmitter(), { stdout: said, stderr: said });
  queueMicrotask(() => {
    said.emit('data', Buffer.from('-f, --file-system\n'));
    child.emit('exit', 0, null);
    child.emit('close', 0, null);
  });
  return child;
}

function patchSpawn(): void {
  const original = childProcess.spawn;
  let isHelpOwed = false;
  const replacement = (command: string, args: readonly string[], given: SpawnOptions) => {
    const target = args?.map(targetOf).find((one) => one !== null) ?? null;
    if (target === null && !(isHelpOwed && command === 'sync' && args[0] === '--help'))
      return original(command, args, given);
    if (target === null) {
      isHelpOwed = false;
      return helpChild();
    }
    const isSync = command === 'sync' && args.some((arg) => /^(?:-f|--file-system)$/.test(arg));
    if (!isSync) throw misuse(`the command ${command} ${args.join(' ')}`);
    const child = syncChild(target);
    child.once('exit', (status) => {
      isHelpOwed = status !== 0;
    });
    return child;
  };
  Object.assign(childProcess, { spawn: replacement });
}

let isInstalled = false;

/** Once in a process is enough; a second time changes nothing. */
export function installSimFs(): void {
  if (isInstalled) return;
  isInstalled = true;
  patch(fs as unknown as Functions, AT_ONCE);
  patch(promises as unknown as Functions, PROMISED);
  patchSpawn();
  syncBuiltinESMExports();
}
