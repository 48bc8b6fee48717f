/**
 * System calls of the built program that fail from outside, by strace's fault injection: the kernel answers with an error
 * in place of doing what it was asked for. Nothing inside the program is changed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MirrorPlace } from './mirror-place.ts';
import { type Ended, environment } from './program.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/jubjub.js', import.meta.url));

/** What a run asks of the disk; reading, too, may fail. */
const CALLS = [
  ...['openat', 'read', 'pread64', 'statx', 'getdents64'],
  ...[
    'write',
    'pwrite64',
    'pwritev',
    'ftruncate',
    'mkdir',
    'rename',
    'unlink',
    'rmdir',
    'fsync',
    'fdatasync',
  ],
];

/** A run that a failing call has made hang is stopped, which is no end that any of them may have. */
const RUN_MS_MAX = 100_000;

/** One call on one path, as a run without faults makes it. */
export interface SystemCall {
  readonly call: string;
  /** Relative to the place. */
  readonly path: string;
  /** Which one of those on this path, from 1. */
  readonly nth: number;
}

export interface Failure extends SystemCall {
  /** `ENOSPC`. */
  readonly errno: string;
  /** Whether later ones on that path fail, too. */
  readonly onwards: boolean;
}

/** For the `skip` option of tests: why calls cannot be made to fail here. */
export function injectionMissing(): string | false {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? false : `strace may not trace here: ${stderr.trim()}`;
}

function traced(place: MirrorPlace, options: readonly string[], argv: readonly string[]): Promise<Ended> {
  const args = ['-f', '-y', '-qq', '--seccomp-bpf', ...options, process.execPath, PROGRAM, ...argv];
  const child = spawn('strace', args, {
    cwd: place.directory,
    // One thread of the pool, so that calls come in one order; what Node keeps of compiled code is none of our calls.
    env: environment({ UV_THREADPOOL_SIZE: '1' }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

/** The calls below the mirror directory that `jubjub <argv>` makes, in their order. */
export async function recordCalls(place: MirrorPlace, argv: readonly string[]): Promise<SystemCall[]> {
  const log = join(
    tmpdir(),
    `jubjub-calls-${process.pid}-${relative(tmpdir(), place.directory).replaceAll('/', '-')}`,
  );
  try {
    const { status, stderr } = await traced(place, ['-o', log, '-e', `trace=${CALLS.join(',')}`], argv);
    if (status !== 0) throw new Error(`the run that is recorded ended with ${status}: ${stderr}`);
    return parseTrace(readFileSync(log, 'utf8'), place);
  } finally {
    rmSync(log, { force: true });
  }
}

function parseTrace(trace: string, place: MirrorPlace): SystemCall[] {
  const counts = new Map<string, number>();
  const calls = trace.split('\n').flatMap((line): SystemCall[] => {
    const [, thread, call, rest = ''] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (thread === undefined || call === undefined) return [];
    const path = pathOf(call, rest);
    if (path === null || !path.startsWith(`${place.mirror}/`)) return [];
    // strace counts for each thread by itself.
    const key = `${thread} ${call} ${path}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    return [{ call, path: relative(place.directory, path), nth }];
  });
  const seen = new Set<string>();
  return calls.filter((one) => {
    const key = JSON.stringify(one);
    return seen.has(key) ? false : seen.add(key);
  });
}

/** The path that a call is about, as `strace -P` takes it: of two the first one, of an open file the one that it was opened by. */
function pathOf(call: string, rest: string): string | null {
  const named = [...rest.matchAll(/"([^"]*)"/g)].map(([, path = '']) => path);
  const isByName = ['openat', 'statx', 'mkdir', 'rename', 'unlink', 'rmdir'].includes(call);
  if (isByName) return named[0] ?? null;
  return /^\d+<([^>]*)>/.exec(rest)?.[1] ?? null;
}

/** Runs `jubjub <argv>` with that one call failing; `hits` is how often it did. */
export async function runFailing(
  place: MirrorPlace,
  argv: readonly string[],
  { call, path, nth, errno, onwards }: Failure,
): Promise<Ended & { readonly hits: number }> {
  const log = join(
    tmpdir(),
    `jubjub-calls-${process.pid}-${relative(tmpdir(), place.directory).replaceAll('/', '-')}`,
  );
  const when = onwards ? `${nth}+` : String(nth);
  const options = ['-o', log, '-P', join(place.directory, path), '-e', `trace=${call}`];
  try {
    const ended = await traced(place, [...options, '-e', `inject=${call}:error=${errno}:when=${when}`], argv);
    return { ...ended, hits: readFileSync(log, 'utf8').split('(INJECTED)').length - 1 };
  } finally {
    rmSync(log, { force: true });
  }
}
