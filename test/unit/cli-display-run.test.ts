/**
 * Goal: a run is shown as its surroundings want: log lines, JSON lines, a live display; and its numbers add up.
 * Method: the events of one small run go through each display, with memory for streams and a clock moved by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { runAction } from '../../src/cli/context.ts';
import { jsonLine } from '../../src/cli/display/json.ts';
import { startLive } from '../../src/cli/display/live.ts';
import { Progress } from '../../src/cli/display/progress.ts';
import { renderSummary } from '../../src/cli/display/summary.ts';
import { Lines } from '../../src/cli/lines.ts';
import type { OutputFlags } from '../../src/cli/options.ts';
import { COLOURED, PLAIN } from '../../src/cli/style.ts';
import { interrupted } from '../../src/clock.ts';
import { JubjubError } from '../../src/errors.ts';
import type { RunEvent, SyncSummary } from '../../src/events.ts';
import { HandClock, MemoryStream, testIo } from '../support/cli.ts';
import { RUN } from '../support/run-events.ts';

const FLAGS: OutputFlags = { json: false, verbose: false, quiet: false, logFormat: 'text' };
const LAST = RUN.at(-1) as RunEvent & SyncSummary;

/** Shows events as a command would; `pauseMs` lies between each two. */
async function show(events: readonly RunEvent[], flags: Partial<OutputFlags> = {}, pauseMs = 0) {
  const io = testIo('/nowhere');
  await runAction(io, { ...FLAGS, ...flags }, async ({ emit }) => {
    for (const event of events) {
      emit(event);
      io.clock.advance(pauseMs);
    }
    return 0;
  });
  return { out: io.stdout.text, err: io.stderr.text };
}

test('without a terminal a run is log lines on stderr and its summary on stdout', async () => {
  const { out, err } = await show(RUN);
  assert.equal(out, renderSummary(LAST, PLAIN));
  assert.deepEqual(err.replaceAll('2026-11-21T09:30:00Z ', '').trimEnd().split('\n'), [
    'info  sync started upstream=https://pypi.example serial=100',
    'info  discovered head=123 projects=3 why="changes since 100"',
    'warn  asking again what=/simple/numpy/ code=UPSTREAM_STATUS message=503 attempt=1 waitMs=413',
    'warn  project pending name=numpy serial=124 attempts=2 since=2026-11-21T09:00:00Z nextTry=2026-11-21T09:35:00Z code=UPSTREAM_STALE_PAGE message="the page is older than its change"',
    'warn  a row without a name code=UPSTREAM_MALFORMED',
    'info  project withdrawn name=gone why="removed upstream"',
    'info  wave committed wave=1 serial=123 remaining=0 projects=1 files=1 bytes=4000',
  ]);
});

test('a dry run speaks of what would be, and its summary names who would leave', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `project-${at}`);
  const would: RunEvent[] = names.map((name) => ({ type: 'withdrawn', name, why: 'blocked' }));
  const leftOut: RunEvent = { type: 'left-out', name: 'snark', rule: '[projects] block', why: 'its name' };
  const held: RunEvent = { type: 'warning', code: 'LIMIT_REMOVALS', message: 'more than the limit' };
  const started = { ...(RUN[0] as RunEvent & { type: 'started' }), dryRun: true };
  const last = { ...LAST, dryRun: true, exitStatus: 0, pending: [], withdrawn: 12 };
  const { out, err } = await show([started, ...would, leftOut, held, last], { verbose: true });
  assert.equal(err.match(/debug project would be withdrawn name=/g)?.length, 12);
  assert.match(err, /debug project would be left out name=snark/);
  assert.match(out, /\n {2}leaving {4}project-0, (?:project-\d, ){8}project-9, and 2 more\n/);
  assert.match(out, /\n {2}next {7}if they are meant to leave: jubjub sync --allow-removals 12\n/);
  const json = await show([started, ...would, last], { json: true });
  assert.equal(json.out.match(/"type":"withdrawn"/g)?.length, 12);
  const quiet = await show([started, ...would, last]);
  assert.doesNotMatch(quiet.err, /withdrawn/);
  assert.match(quiet.out, /jubjub sync does it/);
});

test('each project and file is logged only with --verbose', async () => {
  const { err } = await show(RUN, { verbose: true });
  for (const line of ['debug file name=scipy', 'debug published name=scipy', 'debug detail name=numpy']) {
    assert.ok(err.includes(line), line);
  }
});

test('a long phase says now and then how far it is', async () => {
  const { err } = await show(RUN.slice(0, 13), {}, 4000);
  const progress = err.match(/progress .*/g) ?? [];
  assert.equal(progress.length, 4);
  assert.equal(
    progress.at(-1),
    'progress phase=transfer wave=1 projects=3/3 files=1 bytes=4000 rate="500 B/s" pending=1',
  );
});

test('a quiet run says nothing when it is good, and its summary when it is not', async () => {
  const good = { ...LAST, exitStatus: 0, pending: [] };
  assert.deepEqual(await show([...RUN.slice(0, 3), good], { quiet: true }), { out: '', err: '' });
  assert.equal((await show([...RUN.slice(0, 3), good])).out, renderSummary(good, PLAIN));
  assert.deepEqual(await show(RUN, { quiet: true }), { out: renderSummary(LAST, PLAIN), err: '' });
});

test('with --json every event but bytes is a line on stdout, the summary last', async () => {
  const { out, err } = await show(RUN, { json: true });
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines,
    RUN.filter((event) => event.type !== 'bytes'),
  );
  assert.doesNotMatch(err, / info /);
});

test("the JSON summary begins with the contract's keys in its order", () => {
  const keys = Object.keys(JSON.parse(jsonLine(LAST) ?? ''));
  assert.deepEqual(keys.slice(0, 9), [
    'type',
    'exitStatus',
    'from',
    'serial',
    'projects',
    'files',
    'bytes',
    'withdrawn',
    'pending',
  ]);
});

test('with --log-format json the log is JSON and the summary stays text', async () => {
  const { out, err } = await show(RUN, { logFormat: 'json' });
  assert.equal(out, renderSummary(LAST, PLAIN));
  const records = err
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(records.at(-1).msg, 'sync ended');
  assert.ok(records.every((record) => record.time === '2026-11-21T09:30:00Z'));
});

test('an error that stops a run is shown once, in the form that the flags ask for', async () => {
  const error = new JubjubError('LIMIT_PENDING', 'too many projects are pending', { hint: 'jubjub status' });
  const events: RunEvent[] = [...RUN.slice(0, 2), { type: 'stopped', error }, LAST];
  const text = await show(events, { quiet: true });
  assert.equal(
    text.err,
    'error: too many projects are pending\n  hint      jubjub status\n  code      LIMIT_PENDING\n',
  );
  const json = await show(events, { json: true });
  assert.equal(json.err, '');
  assert.deepEqual(
    json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).type),
    ['started', 'discovered', 'error', 'summary'],
  );
  const log = await show(events, { logFormat: 'json', quiet: true });
  assert.equal(JSON.parse(log.err).code, 'LIMIT_PENDING');
  const stopped: RunEvent = { type: 'stopped', error: interrupted() };
  assert.equal((await show([...RUN.slice(0, 2), stopped, LAST], { quiet: true })).err, '');
});

test('bytes count for the rate of the last seconds only', () => {
  const progress = new Progress(0);
  for (let second = 1; second <= 20; second++) {
    progress.take({ type: 'bytes', bytes: second <= 10 ? 1_000_000 : 1000 }, second * 1000);
  }
  assert.ok(Math.abs(progress.bytesPerS(20_500) - 1000) < 200, String(progress.bytesPerS(20_500)));
  assert.equal(progress.bytesPerS(60_000), 0);
  assert.equal(progress.bytesDone, 10_010_000);
});

test('more that is discovered is added, and a commit puts the total right', () => {
  const progress = new Progress(0);
  progress.take({ type: 'discovered', head: 10, projects: 5, why: '' }, 0);
  progress.take({ type: 'discovered', head: 12, projects: 2, why: '' }, 0);
  assert.deepEqual([progress.head, progress.projectsTotal], [12, 7]);
  progress.take({ type: 'detail', name: 'a', outcome: 'unchanged' }, 0);
  progress.take({ type: 'committed', wave: 1, serial: 1, remaining: 4 }, 0);
  assert.equal(progress.projectsTotal, 5);
});

test('a pending project that is published is pending no more', () => {
  const progress = new Progress(0);
  for (const event of RUN) progress.take(event, 0);
  assert.equal(progress.pending, 1);
  progress.take({ type: 'published', name: 'numpy', serial: 124, files: 0 }, 0);
  assert.equal(progress.pending, 0);
});

test('nobody is told a time left that nobody can know', () => {
  const progress = new Progress(0);
  progress.take({ type: 'discovered', head: 1, projects: 4, why: '' }, 0);
  assert.equal(progress.leftMs(60_000), null, 'nothing done');
  progress.take({ type: 'detail', name: 'a', outcome: 'unchanged' }, 60_000);
  assert.equal(progress.leftMs(60_000), 180_000);
  progress.take({ type: 'planned', wave: 1, projects: 1, files: 1, bytes: 1000 }, 60_000);
  assert.equal(progress.leftMs(60_000), null, 'no rate');
});

test('the live display draws while time passes, lets lines scroll above, and leaves nothing but them', async () => {
  const stream = new MemoryStream();
  stream.isTTY = true;
  stream.columns = 60;
  const clock = new HandClock();
  const lines = new Lines(stream);
  const progress = new Progress(clock.now());
  const live = startLive(stream, lines, clock, progress, COLOURED);
  progress.take(RUN[1] as RunEvent, clock.now());
  clock.advance(100);
  await new Promise(setImmediate);
  assert.match(stripVTControlCharacters(stream.text), /projects ░+ 0 of 3/);
  lines.write('a warning');
  assert.match(stripVTControlCharacters(stream.text), /a warning\n/);
  live.stop();
  assert.equal(clock.sleeping, 0);
  const before = stream.text.length;
  lines.write('after');
  live.stop();
  assert.equal(stream.text.slice(before), 'after\n');
});

test('on a terminal a run is drawn live, with warnings above and without info lines', async () => {
  const io = testIo('/nowhere', { NO_COLOR: '1' });
  io.stderr.isTTY = true;
  await runAction(io, FLAGS, async ({ emit }) => {
    emit(RUN[0] as RunEvent);
    // The display is loaded when it is first needed.
    await import('../../src/cli/display/live.ts');
    await new Promise(setImmediate);
    for (const event of RUN.slice(1)) emit(event);
    return 0;
  });
  const text = stripVTControlCharacters(io.stderr.text);
  assert.match(text, /starting · 0\.0 s/);
  assert.match(text, /warn {2}project pending name=numpy/);
  assert.doesNotMatch(text, / info /);
  assert.equal(io.stdout.text, renderSummary(LAST, PLAIN));
  assert.equal(io.clock.sleeping, 0);
});
