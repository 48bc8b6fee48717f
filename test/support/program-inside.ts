/**
 * Runs the built program's main() inside the test's own process, with streams, signals and a directory of its own.
 *
 * All that the program knows of its process is its `Io`, and bin/jubjub.js adds no more than the status. So a test of what
 * a command does need not pay for a new Node (half a second, most of it for loading), while tests of what a process does
 * (kills, signals, pipes, locks, the end of it) start one: program.ts.
 */
import { EventEmitter } from 'node:events';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/clock.ts';
import { MemoryStream } from './cli.ts';
import { assertBuilt, BUILT, type Ended, environment, TIME_ZONE, withStatus } from './program.ts';

type Main = typeof import('../../src/cli/main.ts').main;

/** What the program finds when a process is started for it, so that it finds it here, too. */
process.env['TZ'] = TIME_ZONE;

/** Runs `jubjub <argv>` to its end in this process. @throws Error when it is not built */
export async function callProgram(
  t: Pick<TestContext, 'after'>,
  argv: readonly string[],
  { cwd }: { readonly cwd: string },
): Promise<Ended> {
  assertBuilt();
  const { main } = (await import(BUILT)) as { main: Main };
  const [stdout, stderr, signals] = [new MemoryStream(), new MemoryStream(), new EventEmitter()];
  // A test that ends before the program does, by its timeout for example, ends the program.
  t.after(() => signals.emit('SIGTERM'));
  const exit = (status: number): never => {
    throw new Error(`jubjub ${argv.join(' ')} wanted to end its process with ${status}`);
  };
  const io = {
    stdout,
    stderr,
    signals,
    env: environment({}),
    cwd,
    clock: systemClock,
    pid: process.pid,
    exit,
  };
  const status = await main(argv, io);
  return { status, signal: null, stdout: stdout.text, stderr: stderr.text };
}

/** Runs it to its end in this process, which must be with this status. */
export async function expectCall(
  t: Pick<TestContext, 'after'>,
  status: number,
  argv: readonly string[],
  options: { readonly cwd: string },
): Promise<Ended> {
  return withStatus(status, argv, await callProgram(t, argv, options));
}
