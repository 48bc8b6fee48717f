/** Runs the built program as an operator does: a process of its own, real arguments, real signals, real output. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DiskTrouble, STOPPING_LINE, troubleArguments } from './disk-trouble-options.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/jubjub.js', import.meta.url));
export const BUILT = fileURLToPath(new URL('../../dist/bundle/main.cjs', import.meta.url));

/** Far from UTC, and not by whole hours: a local time where UTC was promised is seen at once. */
export const TIME_ZONE = 'Pacific/Chatham';

type Child = ChildProcessByStdio<null, Readable, Readable>;

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
  /** A command that becomes the program by exec, with what stands before it: `['prlimit', '--nofile=40']`. */
  readonly by?: readonly string[];
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

export function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([variable]) => !isForeign(variable));
  return { ...Object.fromEntries(inherited), TZ: TIME_ZONE, ...more };
}

/** What Node is told besides: where the suite keeps compiled code, which makes each start a tenth cheaper. */
function compileCache(): NodeJS.ProcessEnv {
  const directory = process.env['NODE_COMPILE_CACHE'];
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: directory };
}

/** @throws Error when the program is not built */
export function assertBuilt(): void {
  assert.ok(existsSync(BUILT), `the program is not built: ${BUILT} is missing; npm run build makes it`);
}

/** The whole of what a process said, for messages of failed tests. */
export function told({ status, signal, stdout, stderr }: Ended): string {
  return `status ${status ?? signal}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
}

/** Waits until a process that is to stop before a step on disk stands still (SIGSTOP). */
export async function untilStopped(running: Running): Promise<void> {
  await running.line('stderr', STOPPING_LINE);
  // After the name of the program, which may hold anything: the state.
  await running.untilTrue(() => /^\d+ \(.*\) T/.test(readFileSync(`/proc/${running.pid}/stat`, 'utf8')));
}

/** What a child has said so far, and who waits for what. */
class Watched {
  readonly ended: Promise<Ended>;
  readonly #title: string;
  readonly #said = { stdout: '', stderr: '' };
  readonly #watchers = new Set<() => void>();
  #end: Ended | null = null;

  constructor(child: Child, title: string) {
    this.#title = title;
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        this.#said[stream] += chunk;
        this.#tell();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => {
        this.#end = { status, signal, ...this.#said };
        this.#tell();
        resolve(this.#end);
      });
    });
  }

  /** Throws when the process has ended. */
  refuseEnd(end: Ended | null = this.#end): void {
    if (end !== null) throw new Error(`${this.#title} ended too early: ${told(end)}`);
  }

  /** Only whole lines count. */
  lines(stream: 'stdout' | 'stderr', pattern: RegExp): string[] {
    const whole = this.#said[stream].split('\n').slice(0, -1);
    return whole.filter((line) => pattern.test(line));
  }

  /** Resolves with the first answer that is not undefined; looks again whenever something was said. */
  wait<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const watcher = () => {
        const found = look();
        if (found === undefined && this.#end === null) return;
        this.#watchers.delete(watcher);
        if (found !== undefined) return resolve(found);
        try {
          this.refuseEnd();
        } catch (error) {
          reject(error);
        }
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** The end of `jubjub <argv>` as it is, when it has this status. */
export function withStatus(status: number, argv: readonly string[], ended: Ended): Ended {
  assert.equal(ended.status, status, `jubjub ${argv.join(' ')}: ${told(ended)}`);
  return ended;
}

/** Starts `jubjub <argv>`. @throws Error when it is not built */
export function startProgram(
  t: Pick<TestContext, 'after'>,
  argv: readonly string[],
  { cwd, env = {}, trouble, by = [] }: StartOptions,
): Running {
  assertBuilt();
  const before = trouble === undefined ? [] : troubleArguments(trouble);
  const [command = '', ...args] = [...by, process.execPath, ...before, PROGRAM, ...argv];
  const child = spawn(command, args, {
    cwd,
    env: { ...compileCache(), ...environment(env) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const watched = new Watched(child, `jubjub ${argv.join(' ')}`);
  const { ended } = watched;
  return {
    pid: child.pid ?? 0,
    ended,
    send: (signal) => void child.kill(signal),
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
    line: (stream, pattern) => watched.wait(() => watched.lines(stream, pattern)[0]),
    lines: (count, pattern) =>
      watched.wait(() => {
        const found = watched.lines('stdout', pattern);
        return found.length < count ? undefined : found;
      }),
    until: async (outside) => {
      const early = ended.then((end) => {
        watched.refuseEnd(end);
        return outside;
      });
      return Promise.race([outside, early]);
    },
    untilTrue: async (condition) => {
      while (!condition()) {
        watched.refuseEnd();
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
  return withStatus(status, argv, await runProgram(t, argv, options));
}
