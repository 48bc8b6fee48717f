/**
 * Goal: what `jubjub verify` draws and prints says what is so, fits its terminal, and lets no foreign text through.
 * Method: frames and summaries rendered from events and summaries that a test makes up.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerifyDisplay } from '../../src/cli/display/verify.ts';
import { renderVerifyFrame, VerifyProgress } from '../../src/cli/display/verify-frame.ts';
import { renderFindings, renderVerify } from '../../src/cli/display/verify-text.ts';
import { Lines } from '../../src/cli/lines.ts';
import { createLogger } from '../../src/cli/log.ts';
import { PLAIN } from '../../src/cli/style.ts';
import { DAMAGE_KINDS, type Finding, noDamage } from '../../src/mirror/verify/damage.ts';
import type { VerifyEvent, VerifySummary } from '../../src/mirror/verify/report.ts';
import type { ProjectName } from '../../src/pypi/types.ts';
import { testIo } from '../support/cli.ts';

const CHECKED = {
  projects: 10,
  pages: 20,
  files: 40,
  bytes: 81_920,
  beingSynced: 0,
  asked: 0,
  unanswered: 0,
  absent: 0,
  newer: 0,
};

const SUMMARY: VerifySummary = {
  exitStatus: 0,
  quick: false,
  subset: null,
  repair: false,
  resumedAt: null,
  checked: CHECKED,
  damage: noDamage(),
  repaired: noDamage(),
  damaged: 0,
  unrepaired: 0,
  pending: 0,
  durationMs: 2_000,
  stoppedBy: null,
};

const FINDING: Finding = {
  kind: 'orphan',
  step: 'leftovers',
  project: 'snark' as ProjectName,
  path: 'packages/\u001b[31mred\nline.whl',
  expected: 'nothing',
  received: 'a file of 3 bytes',
};

test('a clean verify is told in a few lines', () => {
  assert.equal(
    renderVerify(SUMMARY, PLAIN),
    [
      'verify: everything is as it should be (exit status 0)',
      '  checked    10 projects, 20 pages, 40 files',
      '  read       81.9 kB',
      '  took       2.0 s (41 kB/s)',
      '  damage     none',
      '',
    ].join('\n'),
  );
});

test('damage is a table by kind, with what was repaired and what to do next', () => {
  const damage = { ...noDamage(), 'file-digest': 12, 'page-wrong': 3 };
  const repaired = { ...noDamage(), 'file-digest': 11, 'page-wrong': 3 };
  const counts = { damage, repaired, damaged: 15, unrepaired: 1, exitStatus: 5, repair: true };
  const text = renderVerify({ ...SUMMARY, ...counts, subset: '2/7', quick: true }, PLAIN);
  assert.match(text, /^verify: damage that could not be repaired: 1 of 15 \(exit status 5\)$/m);
  assert.match(text, /^ {2}only {7}part 2\/7, existence and size$/m);
  assert.match(text, /^ {2}damage {5}page-wrong {4}3 {3}3 repaired {2}a page is not what/m);
  assert.match(text, /^ {13}file-digest {2}12 {2}11 repaired {2}a file has other bytes$/m);
  assert.match(
    text,
    /^ {2}next {7}see the warnings above.* jubjub verify --repair --quick --subset 2\/7 again$/m,
  );
  const looked = renderVerify({ ...SUMMARY, damage, damaged: 15, unrepaired: 15, exitStatus: 5 }, PLAIN);
  assert.match(looked, /^ {2}next {7}jubjub verify --repair/m);
  assert.doesNotMatch(looked, /repaired/);
});

test('every ending says what to do', () => {
  for (const exitStatus of [1, 3, 4, 6, 7, 130])
    assert.match(renderVerify({ ...SUMMARY, exitStatus }, PLAIN), /^ {2}next {7}\S/m, String(exitStatus));
  const asked = { ...CHECKED, asked: 9, absent: 1, unanswered: 2, newer: 3, beingSynced: 1 };
  const text = renderVerify({ ...SUMMARY, checked: asked, resumedAt: 'step pages, after snark' }, PLAIN);
  assert.match(
    text,
    /^ {2}upstream {3}9 asked, 3 changed since the last sync, 1 answered 404, 2 not answered$/m,
  );
  assert.match(text, /^ {2}left out {3}1 project that a run is working on$/m);
  assert.match(text, /^ {2}resumed {4}step pages, after snark$/m);
});

test('findings are shown without what could forge a terminal, and no more than fit', () => {
  assert.equal(
    renderFindings([FINDING], 1, PLAIN),
    [
      'orphan  snark  packages/\\u{1b}[31mred\\u{a}line.whl',
      '  expected   nothing',
      '  received   a file of 3 bytes',
      '',
      '',
    ].join('\n'),
  );
  const many = renderFindings(Array(25).fill(FINDING), 40, PLAIN);
  assert.equal(many.match(/^orphan/gm)?.length, 20);
  assert.match(many, /^… and 20 more; --json tells all of them$/m);
  assert.equal(renderFindings([], 0, PLAIN), '');
});

test('a frame fits its terminal and tells step, counts, rate and the time left', () => {
  const progress = new VerifyProgress(0);
  let nowMs = 0;
  const event = (step: 'pages' | 'files' | 'leftovers', done: number, total: number | null, bytes: number) =>
    progress.take({ type: 'progress', step, done, total, bytes }, nowMs);
  for (let done = 1; done <= 100; done++) {
    nowMs = done * 100;
    event('pages', done, 400, done * 1_000_000);
    event('files', done * 4, 1600, done * 1_000_000);
  }
  progress.take({ type: 'finding', ...FINDING }, 10_000);
  const frame = renderVerifyFrame(progress, 10_000, 80, PLAIN).split('\n');
  assert.equal(frame[0], 'checking pages and files · 10 s');
  assert.match(frame[1] ?? '', /^projects █+░+ 100 of 400$/);
  assert.match(frame[2] ?? '', /^400 files, 100 MB read · 10(?:\.\d)? MB\/s · 1 found · about \d+ s left$/);
  for (const columns of [20, 40, 60])
    for (const line of renderVerifyFrame(progress, 10_000, columns, PLAIN).split('\n'))
      assert.ok(line.length <= columns, line);
  event('leftovers', 1_000, null, 100_000_000);
  assert.match(renderVerifyFrame(progress, 100_000, 80, PLAIN), /\nentries {2}1000\n/);
});

test('with --json each finding is a line and the summary the last; with --quiet good news is none', () => {
  const run = (flags: { json?: boolean; quiet?: boolean }, events: readonly VerifyEvent[]) => {
    const io = testIo('/nowhere');
    const output = { json: false, quiet: false, verbose: false, logFormat: 'text' as const, ...flags };
    const lines = new Lines(io.stderr);
    const write = (line: string) => lines.write(line);
    const log = createLogger({ format: 'text', level: 'info', clock: io.clock, style: PLAIN, write });
    const display = new VerifyDisplay({
      io,
      clock: io.clock,
      output,
      log,
      lines,
      signal: new AbortController().signal,
      emit: () => {},
      style: PLAIN,
      print: (text) => void io.stdout.write(text),
    });
    for (const event of events) display.tell(event);
    display.stop();
    return io.stdout.text;
  };
  const events: VerifyEvent[] = [
    { type: 'started', steps: ['pages'], resumedAt: null },
    { type: 'progress', step: 'pages', done: 1, total: 1, bytes: 0 },
    { type: 'finding', ...FINDING },
    { type: 'summary', ...SUMMARY, exitStatus: 5, damaged: 1, unrepaired: 1 },
  ];
  const told = run({ json: true }, events)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ type }) => type),
    ['finding', 'summary'],
  );
  assert.deepEqual(Object.keys(told[1]).slice(0, 2), ['type', 'exitStatus']);
  assert.deepEqual(Object.keys(told[1].damage), DAMAGE_KINDS);
  assert.match(run({ quiet: true }, events), /exit status 5/);
  assert.equal(run({ quiet: true }, [{ type: 'summary', ...SUMMARY }]), '');
});
