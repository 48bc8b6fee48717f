/**
 * Goal: what runs a command shows its errors once, gives signals back, and lets the first signal stop and the second kill.
 * Method: actions of the test's own in the real context, with an emitter for signals.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Action, runAction } from '../../src/cli/context.ts';
import type { OutputFlags } from '../../src/cli/options.ts';
import { watchSignals } from '../../src/cli/signals.ts';
import { interrupted } from '../../src/clock.ts';
import { JubjubError } from '../../src/errors.ts';
import type { RunEvent } from '../../src/events.ts';
import { testIo } from '../support/cli.ts';
import { RUN } from '../support/run-events.ts';

const FLAGS: OutputFlags = { json: false, verbose: false, quiet: false, logFormat: 'text' };

async function run(flags: Partial<OutputFlags>, action: Action) {
  const io = testIo('/nowhere');
  const status = await runAction(io, { ...FLAGS, ...flags }, action);
  return { io, status, out: io.stdout.text, err: io.stderr.text };
}

test('the status of an action is the status of the program, and prints go to stdout', async () => {
  const { status, out, err } = await run({}, async ({ print }) => {
    print('hello\n');
    return 3;
  });
  assert.deepEqual([status, out, err], [3, 'hello\n', '']);
});

test('an error of ours ends with its own status, an unforeseen one with 1 and its stack', async () => {
  const held = await run({}, () =>
    Promise.reject(new JubjubError('LOCK_HELD', 'another run holds the lock')),
  );
  assert.equal(held.status, 7);
  assert.equal(held.err, 'error: another run holds the lock\n  code      LOCK_HELD\n');
  const bug = await run({}, () => Promise.reject(new TypeError('x is not a function')));
  assert.equal(bug.status, 1);
  assert.match(bug.err, /^error: x is not a function\n {2}hint {6}this is a bug in jubjub/);
  assert.match(bug.err, /cause {5}TypeError: x is not a function\n +at /);
});

test('with --json an error is one line on stdout', async () => {
  const { status, out, err } = await run({ json: true }, () =>
    Promise.reject(new JubjubError('STORE_FULL', 'the disk is full', { path: '/m' })),
  );
  assert.equal(status, 6);
  assert.equal(err, '');
  assert.equal(
    out,
    '{"type":"error","code":"STORE_FULL","message":"the disk is full","exitStatus":6,"path":"/m"}\n',
  );
});

test('the log keeps to what the flags ask for', async () => {
  const speak: Action = async ({ log }) => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
    return 0;
  };
  const levels = async (flags: Partial<OutputFlags>) =>
    (await run(flags, speak)).err.split('\n').flatMap((line) => line.split(' ')[1] ?? []);
  assert.deepEqual(await levels({}), ['info', 'warn', 'error']);
  assert.deepEqual(await levels({ verbose: true }), ['debug', 'info', 'warn', 'error']);
  assert.deepEqual(await levels({ quiet: true }), ['error']);
  assert.deepEqual(await levels({ json: true }), ['warn', 'error']);
});

/** Interrupts an action after it has told `events`. */
async function interrupt(events: readonly RunEvent[]) {
  const io = testIo('/nowhere');
  const status = await runAction(io, FLAGS, ({ emit, signal }) => {
    for (const event of events) emit(event);
    const stopped = new Promise<number>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(interrupted()));
    });
    io.signals.emit('SIGTERM');
    return stopped;
  });
  const line = /^2026-11-21T09:30:00Z (.*stopping.*)$/m.exec(io.stderr.text)?.[1];
  return { io, status, line };
}

test('the first signal aborts and says so, and the run ends with 130', async () => {
  const { io, status, line } = await interrupt(RUN.slice(0, 3));
  assert.equal(status, 130);
  assert.equal(line, 'warn  stopping: finishing what is in flight; again to stop at once');
  assert.deepEqual(io.exits, []);
  assert.equal(io.signals.listenerCount('SIGTERM') + io.signals.listenerCount('SIGINT'), 0);
});

test('without a run nothing is said to be in flight', async () => {
  for (const events of [[], RUN]) {
    assert.equal((await interrupt(events)).line, 'info  stopping; again to stop at once');
  }
});

test('the second signal exits 130 at once, whichever of the two it is', () => {
  const io = testIo('/nowhere');
  let said = 0;
  const watch = watchSignals(io.signals, () => said++, io.exit);
  io.signals.emit('SIGINT');
  assert.ok(watch.signal.aborted);
  assert.deepEqual(io.exits, []);
  io.signals.emit('SIGTERM');
  assert.deepEqual(io.exits, [130]);
  assert.equal(said, 1);
  watch.release();
  assert.equal(io.signals.listenerCount('SIGINT'), 0);
});
