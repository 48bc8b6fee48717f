/**
 * Goal: summaries, status screens, frames and numbers read the same for the same state, anywhere.
 * Method: fixed states to exact texts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationText, rateText, serialsText } from '../../src/cli/display/format.ts';
import { bar, renderFrame } from '../../src/cli/display/frame.ts';
import { Progress } from '../../src/cli/display/progress.ts';
import { renderStatus, statusJson } from '../../src/cli/display/status.ts';
import { nextStep, renderSummary } from '../../src/cli/display/summary.ts';
import { PLAIN } from '../../src/cli/style.ts';
import type { StatusReport } from '../../src/mirror/status-report.ts';
import { PENDING, RUN, SUMMARY } from '../support/run-events.ts';

const NONE = { files: 0, bytes: 0 };
const KEPT_ALL = { leftOut: 0, reserved: [], unmetNeeds: 0, unmetRequirements: 0 };
const IDLE = {
  running: null,
  untried: 0,
  takenDown: { waiting: 0, held: 0, trash: NONE },
  selection: KEPT_ALL,
};

test('durations are as exact as is of use', () => {
  const cases: [number, string][] = [
    [-5, '0.0 s'],
    [0, '0.0 s'],
    [449, '0.4 s'],
    [9949, '9.9 s'],
    [9951, '10 s'],
    [59_600, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [3_599_600, '1 h 0 min'],
    [7_500_000, '2 h 5 min'],
    [86_400_000, '1 d 0 h'],
    [273_600_000, '3 d 4 h'],
  ];
  for (const [ms, text] of cases) assert.equal(durationText(ms), text, String(ms));
});

test('a rate needs bytes and time', () => {
  assert.equal(rateText(4_200_000, 1000), '4.2 MB/s');
  assert.equal(rateText(0, 1000), null);
  assert.equal(rateText(1, 0), null);
});

test('serials say whether they moved', () => {
  assert.equal(serialsText(100, 123), '100 → 123');
  assert.equal(serialsText(123, 123), '123, unchanged');
  assert.equal(serialsText(null, 123), 'none → 123');
  assert.equal(serialsText(null, null), 'none, unchanged');
});

test('a good run is summed up in a few lines', () => {
  assert.equal(
    renderSummary(SUMMARY, PLAIN),
    `sync: done, nothing owed (exit status 0)
  serial     100 → 123
  projects   12 written, 300 unchanged
  files      40 (81.9 kB)
  requests   61
  took       12 s (6.66 kB/s)
`,
  );
});

test('what is owed is listed, the longest first, at most ten, with what to do', () => {
  const pending = Array.from({ length: 13 }, (_, index) => ({
    ...PENDING,
    name: `project-${index}`,
    attempts: index + 1,
    since: `2026-11-${String(20 - index).padStart(2, '0')}T09:00:00Z`,
  }));
  const text = renderSummary({ ...SUMMARY, exitStatus: 3, withdrawn: 2, filesWithdrawn: 1, pending }, PLAIN);
  const lines = text.split('\n');
  assert.equal(
    lines[0],
    'sync: something is owed: projects are pending, or a limit stopped the run; or upstream has a reserved name; or the disk is in doubt (exit status 3)',
  );
  assert.equal(lines[4], '  withdrawn  2 projects, 1 file');
  assert.equal(lines[7], '  pending    13 projects');
  assert.equal(
    lines[8],
    '    project-12  124  13 tries  since 2026-11-08T09:00:00Z  UPSTREAM_STALE_PAGE: the page is older than its change',
  );
  assert.equal(lines[18], '    … and 3 more; see jubjub status');
  assert.equal(lines[19], '  next       run jubjub sync again; pending projects are tried first');
  assert.equal(lines.length, 21);
});

test('a run that was stopped names what stopped it', () => {
  const stoppedBy = { code: 'UPSTREAM_UNREACHABLE', message: 'no route\nto host' } as const;
  const text = renderSummary({ ...SUMMARY, exitStatus: 4, serial: 100, stoppedBy }, PLAIN);
  assert.match(text, /^ {2}serial {5}100, unchanged$/m);
  assert.match(text, /^ {2}stopped {4}UPSTREAM_UNREACHABLE: no route\\u\{a\}to host$/m);
  assert.match(text, /^ {2}next {7}run jubjub sync again when the upstream is well/m);
});

test('of an interruption the heading says enough', () => {
  const stoppedBy = { code: 'INTERRUPTED', message: 'interrupted' } as const;
  const text = renderSummary({ ...SUMMARY, exitStatus: 130, stoppedBy }, PLAIN);
  assert.match(text, /^sync: interrupted;/);
  assert.doesNotMatch(text, /INTERRUPTED|stopped/);
});

test('a dry run says that it changed nothing', () => {
  const text = renderSummary({ ...SUMMARY, dryRun: true, serial: 100 }, PLAIN);
  assert.match(text, /^dry run: this is the plan; nothing was changed\n/);
  assert.match(text, /12 to be written, 300 unchanged/);
  assert.doesNotMatch(text, /kB\/s/);
  const owing = renderSummary({ ...SUMMARY, dryRun: true, exitStatus: 3, pending: [PENDING] }, PLAIN);
  assert.match(
    owing,
    /^dry run: this is the plan; nothing was changed; something is owed: .* \(exit status 3\)\n/,
  );
});

test('every exit status but that of success has a next step that fits', () => {
  const cases: [Partial<typeof SUMMARY>, RegExp | null][] = [
    [{ exitStatus: 0 }, null],
    [{ exitStatus: 0, dryRun: true }, /jubjub sync does it/],
    [{ exitStatus: 0, dryRun: true, projects: 0, files: 0, filesWithdrawn: 2 }, /jubjub sync does it/],
    [{ exitStatus: 0, dryRun: true, projects: 0, files: 0 }, null],
    [{ exitStatus: 1 }, /report/],
    [{ exitStatus: 3, pending: [{ ...PENDING, code: 'LIMIT_REMOVALS' }] }, /--allow-removals <n>/],
    [{ exitStatus: 3, stoppedBy: { code: 'LIMIT_PENDING', message: '' } }, /jubjub status/],
    [{ exitStatus: 3, pending: [PENDING] }, /sync again; pending projects are tried first/],
    [{ exitStatus: 3, pending: [] }, /jubjub verify --repair/],
    [{ exitStatus: 4 }, /upstream is well/],
    [{ exitStatus: 6 }, /make room/],
    [{ exitStatus: 7 }, /other run/],
    [{ exitStatus: 130 }, /goes on from here/],
  ];
  for (const [changes, expected] of cases) {
    const next = nextStep({ ...SUMMARY, ...changes });
    if (expected === null) assert.equal(next, null);
    else assert.match(next ?? '', expected);
  }
});

const REPORT: StatusReport = {
  serial: 123,
  upstream: 'https://pypi.example',
  changes: 'changelog',
  projects: 10,
  files: 40,
  bytes: 81_920,
  pending: [PENDING],
  drift: { checked: 200, found: 1, since: '2026-11-14T09:00:00Z' },
  lastRun: {
    startedAt: '2026-11-21T09:29:00Z',
    finishedAt: '2026-11-21T09:30:00Z',
    exitStatus: 3,
    from: 100,
    to: 123,
  },
  lastComplete: '2026-11-20T09:30:00Z',
};

test('the status is one readable screen', () => {
  assert.equal(
    renderStatus(REPORT, IDLE, PLAIN),
    `mirror of https://pypi.example
  serial         123
  changes        changelog
  projects       10
  files          40 (81.9 kB)
  last run       2026-11-21T09:29:00Z to 2026-11-21T09:30:00Z, serial 100 → 123, exit status 3 (something is owed: projects are pending, or a limit stopped the run; or upstream has a reserved name; or the disk is in doubt)
  last complete  2026-11-20T09:30:00Z
  drift          1 of 200 revalidated since 2026-11-14T09:00:00Z (0.50 %)
  pending        1 project
    numpy  124  2 tries  since 2026-11-21T09:00:00Z  UPSTREAM_STALE_PAGE: the page is older than its change
`,
  );
});

test('a mirror that never ran has a status too', () => {
  const fresh = {
    ...REPORT,
    serial: null,
    projects: 0,
    files: 0,
    bytes: 0,
    pending: [],
    lastRun: null,
    changes: null,
    drift: null,
  };
  assert.equal(
    renderStatus({ ...fresh, lastComplete: null }, IDLE, PLAIN),
    `mirror of https://pypi.example
  serial         none
  projects       0
  files          0 (0 B)
  last run       never
  last complete  never
  drift          nothing revalidated yet
  pending        none
`,
  );
});

test("the status as JSON has the contract's keys in its order", () => {
  const { lastComplete, ...rest } = REPORT;
  const selection = { leftOut: 3, reserved: ['acme-core'], unmetNeeds: 2, unmetRequirements: 1 };
  const text = statusJson({ lastComplete, ...rest }, selection);
  const more = selection;
  assert.equal(text, `${JSON.stringify({ ...REPORT, ...more })}\n`);
  assert.deepEqual(Object.keys(JSON.parse(text)), [
    'serial',
    'upstream',
    'changes',
    'projects',
    'files',
    'bytes',
    'pending',
    'drift',
    'lastRun',
    'lastComplete',
    'leftOut',
    'reserved',
    'unmetNeeds',
    'unmetRequirements',
  ]);
});

test('a bar is full only when everything is done', () => {
  assert.equal(bar(0, 10, 4), '░░░░');
  assert.equal(bar(5, 10, 4), '██░░');
  assert.equal(bar(999, 1000, 4), '███░');
  assert.equal(bar(10, 10, 4), '████');
  assert.equal(bar(11, 10, 4), '████');
  assert.equal(bar(0, 0, 4), '░░░░');
});

/** The state after the first events of the run, one each second. */
function progressAfter(count: number): Progress {
  const progress = new Progress(0);
  RUN.slice(0, count).forEach((event, index) => {
    progress.take(event, index * 1000);
  });
  return progress;
}

test('a frame shows phase, bars, rate, pending and time left', () => {
  assert.equal(renderFrame(new Progress(0), 0, 80, PLAIN).split('\n')[0], 'starting · 0.0 s');
  assert.equal(
    renderFrame(progressAfter(11), 11_000, 80, PLAIN),
    `bringing files · wave 1 · serial 100 → 123 · 11 s
projects ██████████████████████████████ 3 of 3
bytes    ████████░░░░░░░░░░░░░░░░░░░░░░ 1 kB of 4 kB, 1 kB/s
0 files · 1 pending · about 3.0 s left`,
  );
});

test('while it is not known what there is to do, a frame says what is read and draws no bar', () => {
  for (const [serial, words] of [
    [null, 'reading the project list'],
    [100, 'reading the changelog'],
  ] as const) {
    const progress = new Progress(0);
    progress.take({ type: 'started', upstream: 'https://pypi.example', serial, dryRun: false }, 0);
    progress.take({ type: 'phase', phase: 'discover', wave: 0 }, 0);
    assert.equal(renderFrame(progress, 3000, 80, PLAIN), `${words} · 3.0 s\n0 files · 0 pending`);
    progress.take({ type: 'discovered', head: 123, projects: 3, why: 'changelog' }, 3000);
    assert.match(renderFrame(progress, 3000, 80, PLAIN), /^getting ready · .+\nprojects ░+ 0 of 3\n/);
  }
});

test('no line of a frame is wider than the terminal', () => {
  for (const columns of [10, 40, 79, 200]) {
    for (let count = 0; count <= RUN.length; count++) {
      for (const line of renderFrame(progressAfter(count), 60_000, columns, PLAIN).split('\n')) {
        assert.ok(line.length <= columns, `${columns}: ${line}`);
      }
    }
  }
});

test('status says that a run is going on, and what is left to do', () => {
  const going = renderStatus(
    REPORT,
    { ...IDLE, running: 'pid 7, since 2026-01-01T00:00:00Z', untried: 6 },
    PLAIN,
  );
  assert.match(going, /running +pid 7, since 2026-01-01T00:00:00Z\n/);
  assert.match(going, /to do +6 projects\n/);
  const cut = renderStatus(REPORT, { ...IDLE, untried: 6 }, PLAIN);
  assert.match(cut, /to do +6 projects: the last run was cut short; jubjub sync goes on/);
});

test('what was taken down is told when there is some: by the summary of a run, and by the status', () => {
  const moved = { recalled: { files: 1, bytes: 10 }, hidden: { files: 2, bytes: 2000 } };
  const text = renderSummary({ ...SUMMARY, ...moved, deleted: { files: 3, bytes: 30 } }, PLAIN);
  assert.match(
    text,
    /^ {2}recalled {3}1 file \(10 B\)\n {2}hidden {5}2 files \(2 kB\)\n {2}deleted {4}3 files \(30 B\)$/m,
  );
  const takenDown = { waiting: 4, held: 1, trash: { files: 5, bytes: 50 } };
  const screen = renderStatus(REPORT, { ...IDLE, takenDown }, PLAIN);
  assert.match(screen, /^ {2}withdrawn {6}4 files, in the docroot until hide-after$/m);
  assert.match(screen, /^ {2}held {11}1 file kept by jubjub restore\n {2}trash {10}5 files \(50 B\)$/m);
});

test('what the rules leave out is told when there is some: in one line, in a dry run rule by rule', () => {
  const dropped = [
    { rule: '[files] platforms', projects: 0, files: 12, bytes: 1_200_000 },
    { rule: '[projects] status', projects: 2, files: 3, bytes: 4000 },
  ];
  const withdrawn = { withdrawn: 1, filesWithdrawn: 15, bytesWithdrawn: 2_500_000 };
  const summary = { ...SUMMARY, ...withdrawn, added: 5, selection: { dropped, doubts: 2 } };
  const text = renderSummary(summary, PLAIN);
  assert.match(text, /^ {2}projects {3}12 written \(5 new\), 300 unchanged$/m);
  assert.match(text, /^ {2}withdrawn {2}1 project, 15 files \(2\.5 MB\)$/m);
  assert.match(
    text,
    /^ {2}left out {3}2 projects, 15 files \(1\.2 MB\)\n {2}doubts {5}2 times a rule could not be applied, and kept;.*$/m,
  );
  assert.match(
    renderSummary({ ...summary, dryRun: true }, PLAIN),
    /^ {2}left out .*\n {4}\[files\] platforms {2}12 files \(1\.2 MB\)\n {4}\[projects\] status {2}2 projects, 3 files \(4 kB\)$/m,
  );
});

test('reserved names are told with names and with what to do, by the summary and by the status', () => {
  const reserved = ['acme-core', 'acme-\u001bx'];
  const text = renderSummary({ ...SUMMARY, exitStatus: 3, reserved }, PLAIN);
  assert.match(text, /^ {2}reserved {3}upstream has 2 names reserved here: acme-core, acme-\\u\{1b\}x$/m);
  assert.match(text, /^sync: all is done, and upstream has a name that is reserved here \(exit status 3\)\n/);
  assert.match(text, /^ {2}next {7}somebody has registered a name of yours upstream/m);
  const many = Array.from({ length: 12 }, (_, at) => `acme-${at}`);
  const screen = renderStatus(
    REPORT,
    { ...IDLE, selection: { leftOut: 7, reserved: many, unmetNeeds: 1, unmetRequirements: 0 } },
    PLAIN,
  );
  assert.match(
    screen,
    /^ {2}left out {7}7 projects that upstream has\n {2}unmet {10}1 need of kept releases/m,
  );
  assert.match(screen, /^ {2}reserved {7}upstream has acme-0, .*acme-9, and 2 more$/m);
});
