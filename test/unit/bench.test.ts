/**
 * Goal: the benches do not rot between the times that somebody runs them, and what they record is shown as it was measured.
 * Method: the cheap ones are run at their smallest size; records, medians and profiles of known content are rendered.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BENCHES } from '../../bench/benches.ts';
import { readOptions } from '../../bench/run.ts';
import { partsOf } from '../../bench/scale.ts';
import type { Bench, Row } from '../../bench/support/bench.ts';
import { type Measured, measureChild, ratios, shownSeconds, spread } from '../../bench/support/measure.ts';
import { sharesOf } from '../../bench/support/profile.ts';
import { type PerformanceRecords, renderPage, renderPerformance } from '../../bench/support/record.ts';
import { NGINX_MISSING } from '../support/nginx.ts';
import { missing } from '../support/server-child.ts';
import { withTempDir } from '../support/temp.ts';

const PEERS_MISSING = NGINX_MISSING || missing('curl', '--version');

/** Each name with options that make it a matter of a second. */
const SMALLEST: Readonly<Record<string, readonly string[]>> = {
  'first-sync': ['--projects', '2', '--versions', '1', '--peers', 'curl'],
  latency: ['--projects', '2', '--ms', '2', '--over', 'http'],
  scale: ['--projects', '12', '--verify', 'no'],
  catalogue: ['--projects', '50'],
  'nothing-new': ['--projects', '50', '--small', '20'],
  'one-change': ['--projects', '50'],
  'root-index': ['--projects', '50'],
  adaptive: ['--pages', '40', '--ms', '2'],
  rate: ['--mb', '2', '--rate', '20'],
};

async function benchCalled(name: string): Promise<Bench> {
  const load = BENCHES[name];
  assert.ok(load !== undefined, `no bench is called ${name}`);
  return load();
}

for (const [name, options] of Object.entries(SMALLEST)) {
  test(`${name} runs at its smallest, proves the mirror, and judges`, { skip: PEERS_MISSING }, async (t) => {
    const bench = await benchCalled(name);
    const directory = join(withTempDir(t), 'bench');
    mkdirSync(directory);
    const asked = readOptions(bench, ['--rounds', '1', ...options]);
    const rows = await bench.run({ ...asked, directory, say: () => {} });
    assert.ok(rows.length > 0);
    assert.ok(
      rows.some(({ holds, goal }) => holds !== null && goal !== ''),
      'no row is judged',
    );
    for (const row of rows) assert.doesNotMatch(JSON.stringify(row), /NaN|undefined|Infinity/);
  });
}

test('every bench says by which name it is called, what must hold, and takes only options that it knows', async () => {
  for (const name of Object.keys(BENCHES)) {
    const bench = await benchCalled(name);
    assert.equal(bench.name, name);
    assert.match(bench.goal, /\w/);
    assert.deepEqual(readOptions(bench, []).options, bench.options ?? {});
    assert.throws(() => readOptions(bench, ['--no-such-option', '1']), /no-such-option/);
    assert.throws(() => readOptions(bench, ['--rounds', '0']), /--rounds/);
  }
});

const measured = (seconds: number): Measured => ({
  seconds,
  cpuSeconds: seconds,
  peakMb: null,
  status: 0,
  stdout: '',
});

test('a ratio is that of neighbours: the median of the rounds, not the ratio of the medians', () => {
  const [own, peer] = [[1, 4, 9].map(measured), [2, 2, 3].map(measured)];
  assert.deepEqual(ratios(own, peer), { median: 2, min: 0.5, max: 3 });
  assert.deepEqual(spread([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
  assert.equal(shownSeconds(spread([1, 2, 1.5])), '1.50 s (1.00-2.00)');
});

test('a child is measured: its status, what it prints line by line, and the CPU time that it took', async () => {
  const lines: string[] = [];
  const script = 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; echo one; echo two; exit 3';
  const result = await measureChild('sh', ['-c', script], { onLine: (line) => lines.push(line) });
  assert.equal(result.status, 3);
  assert.deepEqual(lines, ['one', 'two']);
  assert.ok(result.cpuSeconds > 0 && result.cpuSeconds <= result.seconds + 0.05, JSON.stringify(result));
  await assert.rejects(measureChild('/no/such/program', []), /ENOENT/);
});

test('a run is cut into tenths between its commits', () => {
  const mark = (done: number, ms: number) => ({ done, ms, rssMb: done });
  // 500 projects in the first second, 500 in the two seconds after it.
  const parts = partsOf([mark(0, 0), mark(500, 1000), mark(1000, 3000)]);
  assert.deepEqual(
    parts.map(({ rate }) => Math.round(rate)),
    [500, 500, 500, 500, 500, 250, 250, 250, 250, 250],
  );
});

test('a profile says where the time went: by function, with the caller of what is native, and by package', () => {
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 6 });
  const shares = sharesOf([
    {
      nodes: [
        { id: 1, callFrame: frame('(root)', ''), children: [2, 4, 6] },
        { id: 2, callFrame: frame('place', 'file:///x/dist/store/local.js'), children: [3] },
        { id: 3, callFrame: frame('openSync', 'node:fs'), children: [5] },
        { id: 4, callFrame: frame('(idle)', '') },
        { id: 5, callFrame: frame('open', '') },
        { id: 6, callFrame: frame('', 'file:///x/node_modules/@scope/name/lib/a.js') },
      ],
      samples: [2, 5, 5, 4, 6],
      timeDeltas: [1000, 2000, 2000, 7000, 3000],
    },
  ]);
  assert.equal(shares.totalMs, 8);
  assert.equal(shares.idleMs, 7);
  assert.deepEqual(shares.functions, [
    { what: 'open  < place  store/local:7', ms: 4 },
    { what: '(anonymous)  package @scope/name a.js:7', ms: 3 },
    { what: 'place  store/local:7', ms: 1 },
  ]);
  assert.deepEqual(shares.modules, [
    { what: 'native', ms: 4 },
    { what: 'package @scope/name', ms: 3 },
    { what: 'store/local', ms: 1 },
  ]);
});

const ROW: Row = {
  what: 'first | sync\nof all',
  measured: '1.62 s (1.55-1.80)',
  against: 'curl: 2.31 s',
  ratio: '0.70',
  peakMb: 104,
  goal: '< 1',
  holds: false,
};

const RECORDS: PerformanceRecords = {
  'first-sync': {
    command: 'npm run bench -- first-sync --record',
    date: '2031-02-03',
    commit: 'abc1234',
    cores: 2,
    rows: [ROW, { ...ROW, peakMb: null, holds: null }],
  },
};

test('each row stands in the table as it was measured, and a goal that is missed cannot be overlooked', () => {
  const lines = renderPerformance(RECORDS, ['latency', 'first-sync']).split('\n');
  for (const line of [
    '| first \\| sync of all | 1.62 s (1.55-1.80) | curl: 2.31 s | 0.70 | 104 MB | < 1 | **no** |',
    '| first \\| sync of all | 1.62 s (1.55-1.80) | curl: 2.31 s | 0.70 |  | < 1 | told |',
    '`npm run bench -- first-sync --record`, 2031-02-03, commit abc1234, 2 cores',
    'Not measured yet: `npm run bench -- latency`',
  ])
    assert.ok(lines.includes(line), `${line} is not in:\n${lines.join('\n')}`);
  const headings = lines.filter((line) => line.startsWith('### '));
  assert.deepEqual(headings, ['### latency', '### first-sync']);
});

test('a new record replaces the generated part and keeps the text above it', () => {
  const text = '# Performance\n\nWords.\n\n';
  const once = renderPage(text, RECORDS, []);
  assert.ok(once.startsWith(text));
  assert.equal(renderPage(once, RECORDS, []), once, 'rendering twice is rendering once');
  assert.doesNotMatch(renderPage(once, {}, []), /1\.62 s/);
});

test('docs/performance.md is what docs/performance.json renders to', () => {
  const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  const page = read('performance.md');
  const records = JSON.parse(read('performance.json')) as PerformanceRecords;
  const rendered = renderPage(page, records, Object.keys(BENCHES));
  assert.equal(page, rendered, 'render it anew: npm run bench -- --render');
});
