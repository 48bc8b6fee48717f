/** Runs the built program as an operator does: a process of its own, real arguments, real signals, real output. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DiskTrouble, troubleArguments } from './disk-trouble-options.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/jubjub.js', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Far from UTC, and not by whole hours: a local time where UTC was promised is seen at once. */
const TIME_ZONE = 'Pacific/Chatham';

export interface Ended {
  /** null: a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Something that happens to the process at one of its steps on disk. */
  readonly trouble?: DiskTrouble;
}

/** A process that was started; it is killed with the test at the latest. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  send(signal: NodeJS.Signals): void;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<Ended>;
  /** The first line on a stream that matches, past or future. Rejects when the process ends without it. */
  line(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string>;
  /** As soon as so many lines that match stand on stdout. Rejects when the process ends before. */
  lines(count: number, pattern: RegExp): Promise<string[]>;
  /** Waits for something outside, a gate for example. Rejects when the process ends before. */
  until<T>(outside: Promise<T>): Promise<T>;
  /** Waits for a state of the disk. Rejects when the process ends before. */
  untilTrue(condition: () => boolean): Promise<void>;
}

/** What a developer's shell or a CI machine could change the program with. */
function isForeign(variable: string): boolean {
  return /^(?:JUBJUB|NODE)_|^(?:NO|FORCE)_COLOR$|_proxy$/i.test(variable);
}

function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([variable]) => !isForeign(variable));
  return { ...Object.fromEntries(inherited), TZ: TIME_ZONE, ...more };
}

/** The whole of what a process said, for messages of failed tests. */
export function told({ status, signal, stdout, stderr }: Ended): string {
  return `status ${status ?? signal}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
}

/** Starts `jubjub <argv>`. @throws Error when it is not built */
export function startProgram(
  t: Pick<TestContext, 'after'>,
  argv: readonly string[],
  { cwd, env = {}, trouble }: StartOptions,
): Running {
  assert.ok(existsSync(BUILT), `the program is not built: ${BUILT} is missing; npm run build makes it`);
  const before = trouble === undefined ? [] : troubleArguments(trouble);
  const child = spawn(process.execPath, [...before, PROGRAM, ...argv], {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  const tell = () => {
    for (const watcher of [...watchers]) watcher();
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      said[stream] += chunk;
      tell();
    });
  }
  let result: Ended | null = null;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      result = { status, signal, ...said };
      tell();
      resolve(result);
    });
  });
  const early = (end: Ended) => new Error(`jubjub ${argv.join(' ')} ended too early: ${told(end)}`);
  const wait = <T>(look: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const watcher = () => {
        const found = look();
        if (found === undefined && result === null) return;
        watchers.delete(watcher);
        if (found !== undefined) resolve(found);
        else if (result !== null) reject(early(result));
      };
      watchers.add(watcher);
      watcher();
    });
  // Only whole lines count.
  const linesOf = (stream: 'stdout' | 'stderr') => said[stream].split('\n').slice(0, -1);
  return {
    pid: child.pid ?? 0,
    ended,
    send: (signal) => void child.kill(signal),
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
    line: (stream, pattern) => wait(() => linesOf(stream).find((line) => pattern.test(line))),
    lines: (count, pattern) =>
      wait(() => {
        const found = linesOf('stdout').filter((line) => pattern.test(line));
        return found.length < count ? undefined : found;
      }),
    until: (outside) => Promise.race([outside, ended.then((end) => Promise.reject(early(end)))]),
    untilTrue: async (condition) => {
      while (!condition()) {
        if (result !== null) throw early(result);
        await nextTurn();
      }
    },
  };
}

/** Runs `jubjub <argv>` to its end. */
export function runProgram(
  t: Pick<TestContext, 'after'>,
  argv: readonly string[],
  options: StartOptions,
): Promise<Ended> {
  return startProgram(t, argv, options).ended;
}

/** Runs it to its end, which must be with this status. */
export async function expectProgram(
  t: Pick<TestContext, 'after'>,
  status: number,
  argv: readonly string[],
  options: StartOptions,
): Promise<Ended> {
  const ended = await runProgram(t, argv, options);
  assert.equal(ended.status, status, `jubjub ${argv.join(' ')}: ${told(ended)}`);
  return ended;
}
