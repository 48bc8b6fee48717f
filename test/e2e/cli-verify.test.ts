/**
 * Goal: `jubjub verify` as an operator meets it: exit statuses, JSON lines, text, Ctrl-C and --resume, beside a sync.
 * Method: the built program verifies and repairs a mirror of the simulated upstream on the disk, which the test damages: as
 * a process once for each way to end, elsewhere by its main().
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { MirrorPlace } from '../support/mirror-place.ts';
import type { Sim } from '../support/sim/sim.ts';
import { withTempDir } from '../support/temp.ts';
import { largeWheel, smallWheel, startWorld, uploadSmall } from '../support/world.ts';

const LARGE_BYTES = 500_000;
const NAMES = ['cheshire', 'dormouse', 'hatter', 'queen'];

interface Line {
  readonly type: string;
  readonly kind?: string;
  readonly project?: string;
  readonly path?: string;
  readonly exitStatus?: number;
}

async function mirrored(t: TestContext, more = ''): Promise<{ sim: Sim; place: MirrorPlace }> {
  const sim = await startWorld(t);
  uploadSmall(sim, NAMES);
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url, { more });
  await place.sync(t);
  return { sim, place };
}

/** The files of the mirror, by their names. */
function fileNamed(place: MirrorPlace, name: string): string {
  const packages = join(place.web, 'packages');
  const path = readdirSync(packages, { recursive: true, encoding: 'utf8' }).find((one) => one.endsWith(name));
  assert.ok(path, `the mirror has no ${name}`);
  return join(packages, path);
}

const cursor = (place: MirrorPlace) => join(place.mirror, 'state', 'verify.json');
const linesOf = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('jubjub verify', { concurrency: 2 }, () => {
  test('a sound mirror is clean, and nothing of it is touched', async (t) => {
    const { place } = await mirrored(t);
    const before = place.webSnapshot();
    const { stdout, stderr } = await place.expect(t, 0, ['verify']);
    assert.match(stdout, /^verify: everything is as it should be \(exit status 0\)$/m);
    assert.match(stdout, /^ {2}checked {4}4 projects, 8 pages, 4 files$/m);
    assert.equal(stderr, '');
    assert.equal((await place.call(t, 0, ['verify', '--repair', '--upstream', '-q'])).stdout, '');
    assert.deepEqual(place.webSnapshot(), before);
    assert.equal(existsSync(cursor(place)), false);
  });

  test('damage is told with what was expected and received, ends with 5, and is repaired', async (t) => {
    const { place } = await mirrored(t);
    const before = place.shape();
    const wheel = fileNamed(place, smallWheel('hatter').filename);
    const bytes = readFileSync(wheel);
    writeFileSync(
      wheel,
      bytes.map((byte, at) => (at === 50 ? byte ^ 1 : byte)),
    );
    rmSync(join(place.web, 'simple', 'queen', 'index.html'));
    mkdirSync(join(place.web, 'simple', 'nobody'));
    writeFileSync(join(place.web, 'simple', 'nobody', 'index.html'), 'left');

    const { stdout } = await place.expect(t, 5, ['verify']);
    assert.match(
      stdout,
      /^file-digest {2}hatter {2}packages\/.*hatter.*\.whl\n {2}expected {3}sha256 [0-9a-f]{64}\n/m,
    );
    assert.match(stdout, /^ {2}damage {5}page-missing +1 {2}a page is not there$/m);
    assert.match(stdout, /^ {2}next {7}jubjub verify --repair /m);
    assert.match((await place.call(t, 5, ['verify', '-q'])).stdout, /exit status 5/);
    const quick = linesOf((await place.call(t, 5, ['verify', '--quick', '--json'])).stdout);
    assert.deepEqual(quick.map(({ type, kind }) => kind ?? type).sort(), [
      'orphan',
      'page-missing',
      'summary',
    ]);

    const told = linesOf((await place.expect(t, 0, ['verify', '--repair', '--json'])).stdout);
    assert.deepEqual(told.map(({ type, kind }) => `${type} ${kind ?? ''}`.trim()).sort(), [
      'finding file-digest',
      'finding orphan',
      'finding page-missing',
      'repaired file-digest',
      'repaired orphan',
      'repaired page-missing',
      'summary',
    ]);
    assert.equal(told.at(-1)?.exitStatus, 0);
    assert.deepEqual(place.shape(), before);
    const swept = readdirSync(join(place.mirror, 'state', 'trash', 'swept'), { recursive: true });
    assert.ok(
      swept.some((path) => String(path).endsWith('simple/nobody/index.html')),
      'it lies in the trash',
    );
    assert.match(readFileSync(join(place.mirror, 'state', 'audit.jsonl'), 'utf8'), /"action":"hide".*nobody/);
    await place.call(t, 0, ['verify']);
  });

  test('what cannot be read is a finding, and something else in a file’s place is repaired', async (t) => {
    const { place } = await mirrored(t);
    const before = place.shape();
    const wheel = fileNamed(place, smallWheel('hatter').filename);
    rmSync(wheel);
    mkdirSync(join(wheel, 'deep'), { recursive: true });
    writeFileSync(join(wheel, 'deep', 'note'), 'somebody was here');
    const page = join(place.web, 'simple', 'queen', 'index.v1_json');
    rmSync(page);
    mkdirSync(page);
    const root = join(place.web, 'simple', 'index.html');
    rmSync(root);
    mkdirSync(root);
    const found = linesOf((await place.call(t, 5, ['verify', '--json'])).stdout);
    const unreadable = found.filter(({ kind }) => kind === 'unreadable').map(({ path }) => path ?? '');
    assert.deepEqual(unreadable.map((path) => path.replace(/.*\//, '')).sort(), [
      smallWheel('hatter').filename,
      'index.v1_json',
    ]);
    await place.call(t, 0, ['verify', '--repair']);
    assert.deepEqual(place.shape(), before);
    await place.call(t, 0, ['verify']);
  });

  test('a file that may not be read is moved away and brought in anew', async (t) => {
    if (process.getuid?.() === 0) return t.skip('root reads everything');
    const { place } = await mirrored(t);
    const wheel = fileNamed(place, smallWheel('hatter').filename);
    chmodSync(wheel, 0);
    const { stdout } = await place.call(t, 5, ['verify']);
    assert.match(stdout, /^ {2}received {3}EACCES: permission denied/m);
    await place.call(t, 0, ['verify', '--repair']);
    await place.call(t, 0, ['verify']);
  });

  test('Ctrl-C ends it with 130 and leaves a cursor; --resume goes on and says from where', async (t) => {
    const { sim, place } = await mirrored(t);
    sim.state.uploadFile(largeWheel('queen', '2.0', LARGE_BYTES));
    await place.sync(t);
    rmSync(fileNamed(place, smallWheel('cheshire').filename));
    // At this rate the large file takes a minute: there is time to press Ctrl-C.
    const slow = ['verify', '--rate', '16KiB', '--json'];
    const running = place.start(t, slow);
    await running.line('stdout', /"file-missing"/);
    running.send('SIGINT');
    const { status, stdout } = await running.ended;
    assert.equal(status, 130, stdout);
    assert.equal(linesOf(stdout).at(-1)?.exitStatus, 130);
    assert.ok(existsSync(cursor(place)));
    const other = await place.call(t, 2, ['verify', '--resume', '--quick']);
    assert.match(other.stderr, /^error: the interrupted verify had other options/m);

    const resumed = await place.expect(t, 5, ['verify', '--resume']);
    assert.match(resumed.stderr, /goes on at step pages, after (?:cheshire|dormouse|hatter)/);
    assert.match(resumed.stdout, /^ {2}checked {4}4 projects, 8 pages, 5 files$/m);
    assert.match(resumed.stdout, /^ {2}damage {5}file-missing +1 /m);
    assert.equal(existsSync(cursor(place)), false);
  });

  test('it verifies beside a sync; a repair finds the lock held', async (t) => {
    const { sim, place } = await mirrored(t, '[sync]\nreplay = "0s"\nreconcile = "off"\n');
    uploadSmall(sim, ['queen'], '2.0');
    const gate = sim.faults.gate(/^GET \/packages\/.*queen-2\.0/);
    const sync = place.start(t, ['sync']);
    await sync.until(gate.reached);
    const { stdout } = await place.call(t, 0, ['verify']);
    assert.match(stdout, /^ {2}left out {3}1 project that a run is working on$/m);
    await place.expect(t, 7, ['verify', '--repair']);
    gate.release();
    assert.equal((await sync.ended).status, 0);
    await place.call(t, 0, ['verify']);
  });

  test('a wrong command line ends with 2 and says what was expected', async (t) => {
    const { place } = await mirrored(t);
    for (const [argv, message] of [
      [['--subset', '5/4'], /Expected a part such as 3\/30/],
      [['--rate', 'fast'], /Expected a size such as 50MiB/],
      [['--http', 'http://127.0.0.1:1', '--repair'], /cannot be used with/],
      [['--sample', '5'], /--sample belongs to --http/],
    ] as const)
      assert.match((await place.call(t, 2, ['verify', ...argv])).stderr, message);
    place.configure('http://127.0.0.1:9', { more: '' });
    assert.match((await place.call(t, 2, ['verify'])).stderr, /belongs to another upstream/);
    const empty = new MirrorPlace(withTempDir(t)).configure('http://127.0.0.1:9');
    assert.match((await empty.call(t, 2, ['verify', '--repair'])).stderr, /there is no mirror here yet/);
    assert.equal(existsSync(empty.mirror), false);
  });

  test('settings that changed since the last sync are no damage: the sync comes first', async (t) => {
    const { sim, place } = await mirrored(t);
    place.configure(sim.url, { more: '[pages]\nprecompress = true\n' });
    const { stderr } = await place.call(t, 2, ['verify', '--repair']);
    assert.match(stderr, /^error: the configuration has changed since the last run$/m);
    await place.sync(t);
    await place.call(t, 0, ['verify']);
  });

  test('a catalogue that cannot be opened ends with 6', async (t) => {
    const { place } = await mirrored(t);
    const file = join(place.mirror, 'state', 'catalogue.db');
    for (const extra of ['-wal', '-shm']) rmSync(`${file}${extra}`, { force: true });
    writeFileSync(file, 'no database');
    for (const argv of [['verify'], ['verify', '--repair']])
      assert.match((await place.call(t, 6, argv)).stderr, /^ {2}code {6}CATALOGUE_UNREADABLE$/m);
  });
});
