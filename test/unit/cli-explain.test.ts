/**
 * Goal: `jubjub explain` reads well for every kind of answer, and its JSON has the keys of the contract.
 * Method: main() runs in this process on a mirror with rules of every table; texts of states that are rare are rendered from data.
 */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { renderExplanation } from '../../src/cli/display/explain.ts';
import { main } from '../../src/cli/main.ts';
import { PLAIN } from '../../src/cli/style.ts';
import { systemClock } from '../../src/clock.ts';
import type { Explanation, FileExplanation } from '../../src/mirror/explain/report.ts';
import { testIo } from '../support/cli.ts';
import { PENDING } from '../support/run-events.ts';
import { readFromRoot } from '../support/sources.ts';
import { withTempDir } from '../support/temp.ts';
import { makeWheel } from '../support/wheels.ts';
import { smallWheel, startWorld, uploadSmall } from '../support/world.ts';

const RULES = `
[projects]
allow = ["app", "snark"]
dependencies = true
reserved = ["acme-*"]

[releases]
prereleases = false

[files]
platforms = ["linux_x86_64", "any"]

[[exception]]
projects = ["snark"]
latest = 1
`;

const SNARK = smallWheel('snark', '1.0').filename;
const WINDOWS = 'snark-2.0-cp312-cp312-win_amd64.whl';

async function run(cwd: string, ...argv: string[]) {
  const io = { ...testIo(cwd), clock: systemClock };
  const status = await main(argv, io);
  return { status, out: io.stdout.text, err: io.stderr.text };
}

/** App needs boojum, which needs tulgey; of snark the newest release is kept, and not for Windows. Returns where mirror.toml is. */
async function mirrored(t: TestContext): Promise<string> {
  const sim = await startWorld(t);
  const needing = (name: string, requires: readonly string[]) =>
    sim.state.uploadFile(makeWheel({ name, version: '1.0', requires, modules: {} }));
  needing('app', ['boojum>=1']);
  needing('boojum', ['tulgey']);
  uploadSmall(sim, ['tulgey', 'hatter']);
  for (const version of ['1.0', '2.0', '3.0rc1']) uploadSmall(sim, ['snark'], version);
  sim.state.uploadFile({ ...smallWheel('snark', '2.0.1'), version: '2.0', filename: WINDOWS });
  const cwd = withTempDir(t);
  const text = `directory = "./mirror"\n[upstream]\nurl = "${sim.url}"\n${RULES}`;
  writeFileSync(join(cwd, 'mirror.toml'), text);
  const { status, err } = await run(cwd, 'sync', '--quiet');
  assert.deepEqual([status, err], [0, '']);
  await sim.close();
  return cwd;
}

test('every kind of answer begins with where it stands and by which rule', async (t) => {
  const cwd = await mirrored(t);
  const cases: [argv: string[], answer: RegExp][] = [
    [['Snark'], /^snark: on the page, 1 of 4 files\n/],
    [['snark', '2'], /^snark 2\.0: on the page, 1 of 2 files\n/],
    [['snark', SNARK], /: left out by \[\[exception\]\] 1: latest \(1\): version "?1\.0"? is older\n/],
    [['snark', WINDOWS], /: left out by \[files\] platforms \(linux_x86_64, any\): .*win_amd64/],
    [['snark', '3.0-rc.1'], /^snark 3\.0rc1: left out by \[releases\] prereleases \(false\): /],
    [
      ['snark', '2.1'],
      /not on upstream's page of serial \d+ of snark, newest 3\.0rc1; did you mean 2\.0\?\n/,
    ],
    [['hatter'], /^hatter: left out by \[projects\] allow \(app, snark\): nothing asks for hatter\n/],
    [['acme-core'], /^acme-core: left out by \[projects\] reserved \(acme-\*\): /],
    [
      ['snrk'],
      /^snrk: left out by \[projects\] allow \(app, snark\): nothing asks for snrk; did you mean snark\?\n/,
    ],
    [['snark', '2.34'], /of snark, newest 3\.0rc1\n/],
    [['tulgey'], /\n {2}needed by +boojum 1\.0\n {2}chain +app → boojum → tulgey\n/],
  ];
  for (const [argv, answer] of cases) {
    const { status, out, err } = await run(cwd, 'explain', ...argv);
    assert.match(out, answer);
    assert.deepEqual([status, err], [0, '']);
  }
  const { status, err } = await run(cwd, 'explain', '-');
  assert.equal(status, 2);
  assert.match(err, /explain wants the name of a project/);
});

const needsRoot = process.getuid?.() === 0 ? false : 'only root may run as somebody else';
test('whoever may not look is told who may', { skip: needsRoot }, async (t) => {
  const cwd = await mirrored(t);
  for (const folder of [cwd, join(cwd, 'mirror'), join(cwd, 'mirror', 'state')]) chmodSync(folder, 0o755);
  process.seteuid?.(65_534);
  const { status, err } = await run(cwd, 'explain', 'snark').finally(() => process.seteuid?.(0));
  assert.equal(status, 6, err);
  assert.match(err, /^error: the catalogue is another user’s\n/);
  assert.match(err, /hint +run it as the user that runs `jubjub sync`\n/);
});

test('as JSON it is one object with the keys of the contract', async (t) => {
  const { status, out } = await run(await mirrored(t), 'explain', 'snark', WINDOWS, '--json');
  const { type, ...told } = JSON.parse(out);
  assert.deepEqual([status, type, told.asked], [0, 'explanation', { kind: 'file', name: WINDOWS }]);
  assert.deepEqual(Object.keys(told), Object.keys(EXPLANATION));
  assert.deepEqual(Object.keys(told.files[0]), Object.keys(FILE));
  const contract = readFromRoot('docs/contract.md');
  const keys = [EXPLANATION, EXPLANATION.wanted, FILE].flatMap((one) => Object.keys(one));
  for (const key of keys) assert.ok(contract.includes(`\`${key}\``), `docs/contract.md does not name ${key}`);
});

const FILE: FileExplanation = {
  filename: 'snark-2.0.tar.gz',
  version: '2.0',
  bytes: 2000,
  yanked: false,
  standing: 'published',
  drop: null,
  lag: null,
  keptFrom: null,
  withdrawn: null,
};

const EXPLANATION: Explanation = {
  project: 'snark',
  asked: null,
  standing: 'published',
  drop: null,
  lag: null,
  near: null,
  nextChange: null,
  page: { serial: 120, files: 1, releases: 1, bytes: 2000 },
  upstream: { serial: 120, status: 'active', files: 1, releases: 1, newest: '2.0' },
  removed: null,
  removedBy: null,
  pending: null,
  reserved: null,
  wanted: { byName: true, requirements: [], needs: [], chain: [], unmet: [], unclear: [] },
  leftOut: [],
  doubts: [],
  files: [FILE],
  serial: 123,
  current: true,
};

const render = (changes: Partial<Explanation>, verbose = false) =>
  renderExplanation({ ...EXPLANATION, ...changes }, { style: PLAIN, verbose });

test('a project that is kept whole is told in a few lines', () => {
  assert.equal(
    render({}),
    `snark: on the page, 1 of 1 file
  upstream     1 file of 1 release, newest 2.0, serial 120
  page         1 file of 1 release (2 kB), serial 120
  mirror       serial 123
    on the page  snark-2.0.tar.gz
`,
  );
});

test('what keeps a file from the page is told with its attempts, its time or its place', () => {
  const asked = { kind: 'file', name: FILE.filename } as const;
  const drop = { rule: '[releases] min-age', value: '3d', why: 'uploaded 2026-11-20T10:00:00Z' };
  const keptFrom = '2026-11-23T10:00:00Z';
  const cases: [Partial<Explanation>, RegExp][] = [
    [
      { standing: 'owed', lag: 'pending', pending: PENDING },
      /kept, and not on the page yet: it was tried and failed\n {2}pending +UPSTREAM_STALE_PAGE: .*\n +2 tries since 2026-11-21T09:00:00Z; each sync asks again/,
    ],
    [
      { standing: 'leaving', drop, lag: 'configuration', current: false },
      /left out by \[releases\] min-age \(3d\): .*; on the page until the next sync: the configuration has changed.*\n[\s\S]* {2}mirror +serial 123\n +the configuration has changed/,
    ],
    [
      {
        standing: 'left-out',
        drop,
        nextChange: { at: keptFrom, files: [FILE.filename], leaving: [] },
        files: [{ ...FILE, standing: 'left-out', drop, keptFrom }],
      },
      /left out by \[releases\] min-age \(3d\): uploaded 2026-11-20T10:00:00Z\n {2}in time +kept from 2026-11-23T10:00:00Z on: snark-2\.0\.tar\.gz/,
    ],
    [
      {
        standing: 'gone',
        files: [
          {
            ...FILE,
            standing: 'gone',
            withdrawn: {
              place: 'trash',
              since: keptFrom,
              until: '2026-12-07T10:00:00Z',
              why: 'no longer on the page',
              serial: 121,
            },
          },
        ],
      },
      /^snark-2\.0\.tar\.gz: upstream has it no longer\n[\s\S]*withdrawn +in the trash until 2026-12-07T10:00:00Z, there since 2026-11-23T10:00:00Z: no longer on the page \(serial 121\)\n/,
    ],
  ];
  for (const [changes, text] of cases) assert.match(render({ asked, ...changes }), text);
});

test('what the removal limit holds is to leave, and is told what lets it go', () => {
  const drop = { rule: '[projects] block', value: 'snark', why: 'the name snark' };
  const pending = { ...PENDING, code: 'LIMIT_REMOVALS', message: 'held back by the removal limit' };
  const held = 'the removal limit holds it there; jubjub sync --allow-removals <n> lets it go';
  const file = { ...FILE, standing: 'leaving', drop, lag: 'pending' } as const;
  const text = render({ standing: 'leaving', lag: 'pending', drop, pending, files: [file] });
  assert.ok(
    text.startsWith(
      `snark: left out by [projects] block (snark): the name snark; on the page, and to leave it: ${held}\n`,
    ),
    text,
  );
  assert.ok(text.endsWith(`[projects] block (snark): the name snark; ${held}\n`), text);
  assert.doesNotMatch(text, /tried and failed/);
});

test('an empty page is told as one, and why it is', () => {
  const page = { serial: 120, files: 0, releases: 0, bytes: 0 };
  const group = { rule: '[releases] min-age', value: '3d', files: 1, bytes: 2000, versions: ['2.0'] };
  const owed = { ...FILE, standing: 'owed', lag: 'pending' } as const;
  const cases: [Partial<Explanation>, string][] = [
    [{ leftOut: [group] }, '[releases] min-age (3d) leaves out 1 file'],
    [{ leftOut: [group, { ...group, rule: '[files] types' }] }, 'several rules leave out 2 files'],
    [{ leftOut: [group], files: [owed] }, '[releases] min-age (3d) leaves out 1 file, 1 file is owed'],
  ];
  for (const [changes, why] of cases)
    assert.equal(
      render({ page, files: [], ...changes }).split('\n')[0],
      `snark: its page is there, and empty: ${why}`,
    );
});

test('why a file is off its page is said once, with the time at which it leaves the docroot', () => {
  const drop = { rule: '[releases] latest', value: '1', why: 'version 2.0 is older' };
  const withdrawn = {
    place: 'docroot',
    since: '2026-11-21T09:00:00Z',
    until: '2026-11-21T09:15:00Z',
    why: 'left out by [releases] latest 1: version 2.0 is older',
    serial: null,
  } as const;
  const file = { ...FILE, standing: 'left-out', drop, withdrawn, yanked: 'broken' } as const;
  const place = 'in the docroot until 2026-11-21T09:15:00Z, off the page since 2026-11-21T09:00:00Z';
  const line = render({ files: [file] })
    .trimEnd()
    .split('\n')
    .at(-1);
  assert.equal(
    line,
    `    left out     snark-2.0.tar.gz  yanked: broken; [releases] latest (1): version 2.0 is older; ${place}`,
  );
  const other = { ...file, drop: { ...drop, rule: '[files] types' } };
  assert.match(render({ files: [other] }), /off the page since 2026-11-21T09:00:00Z: left out by \[rel/);
});

test('in time is told what comes and what goes', () => {
  const at = '2026-11-23T10:00:00Z';
  const nextChange = { at, files: ['a', 'b'], leaving: ['c'] };
  assert.match(render({ nextChange }), /from \S+Z on 2 files will be kept, and 1 file will be left out\n/);
});

test('a project without a page is told in one sentence', () => {
  const nothing = { page: null, upstream: null, files: [] };
  const cases: [Partial<Explanation>, string][] = [
    [
      { standing: 'unknown' },
      'nothing is known of it up to serial 123: upstream has no such project that the mirror has heard of',
    ],
    [
      { standing: 'unknown', lag: 'first-sync', serial: null },
      'nothing is known of it: the first sync has not come to its end',
    ],
    [{ standing: 'gone', removed: 121 }, 'removed upstream (serial 121)'],
    [
      { standing: 'gone', removed: 121, removedBy: '2026-11-21T09:00:00Z' },
      'removed upstream (serial 121, off its page by 2026-11-21T09:00:00Z)',
    ],
    [
      {
        standing: 'left-out',
        drop: { rule: '[projects] status', value: 'active', why: 'its status is archived' },
      },
      'left out by [projects] status (active): its status is archived',
    ],
  ];
  for (const [changes, text] of cases)
    assert.equal(render({ ...nothing, ...changes }).split('\n')[0], `snark: ${text}`);
});

test('what is much is shortened without --verbose, and nothing from outside reaches the terminal unescaped', () => {
  const drop = { rule: '[files] names', value: '!*', why: 'its name' };
  const files = Array.from({ length: 30 }, (_, at) => ({
    ...FILE,
    filename: `snark-${at}\u001b[31m.tar.gz`,
    standing: 'left-out' as const,
    drop,
  }));
  const versions = files.map((_, at) => `${at}.0`);
  const leftOut = [{ rule: drop.rule, value: drop.value, files: 30, bytes: 60_000, versions }];
  const short = render({ files, leftOut });
  assert.match(
    short,
    /\[files\] names \(!\*\): 30 files \(60 kB\) of 30 releases: 0\.0, 1\.0, 2\.0 … 28\.0, 29\.0\n/,
  );
  assert.match(short, /\n {2}30 files: see --verbose, or name a version or a file\n$/);
  const long = render({ files, leftOut }, true);
  assert.equal(
    long.match(/\n {4}left out {5}snark-\d+\\u\{1b\}\[31m\.tar\.gz +\[files\] names/g)?.length,
    30,
  );
  assert.ok(!long.includes('\u001b'));
});
