/**
 * Goal: each exit status of the contract means what it says, and what "nothing was touched" promises is so.
 * Method: the built program meets each mistake and each misbehaviour of the simulated upstream; directories are compared
 * with their modification times.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { checkLinks } from '../support/check-promise.ts';
import { MirrorPlace, snapshot } from '../support/mirror-place.ts';
import { expectProgram, told } from '../support/program.ts';
import { withTempDir } from '../support/temp.ts';
import { smallWheel, startWorld, uploadSmall } from '../support/world.ts';

const NOWHERE = 'http://127.0.0.1:9';
const SMALL = ['cheshire', 'dormouse', 'hatter'];

/** SQLite's own bookkeeping beside a database that is only read. */
const isBookkeeping = (path: string) => /^mirror\/state(\/catalogue\.db-(wal|shm))?$/.test(path);

/** Runs what must end with 2 before anything is made or changed in its directory. */
async function refused(t: TestContext, place: MirrorPlace, argv: readonly string[]): Promise<string> {
  const before = snapshot(place.directory, isBookkeeping);
  const { stdout, stderr } = await place.expect(t, 2, argv);
  assert.equal(stdout, '');
  assert.match(stderr, /^error: /);
  assert.deepEqual(snapshot(place.directory, isBookkeeping), before, 'nothing was touched');
  return stderr;
}

describe('exit statuses', { concurrency: 2 }, () => {
  for (const [what, argv, says] of [
    ['an unknown command', ['snyc'], /hint +did you mean sync\?/],
    ['an unknown option', ['sync', '--dryrun'], /hint +did you mean --dry-run\?/],
    ['a number that is none', ['sync', '--allow-removals', 'all'], /whole number/],
    ['a project name that is none', ['sync', '--project', '../etc'], /--project wants the name of a project/],
  ] as const) {
    test(`2: ${what} on the command line`, async (t) => {
      const place = new MirrorPlace(withTempDir(t)).configure(NOWHERE);
      assert.match(await refused(t, place, argv), says);
    });
  }

  test('2: an unknown key is named with its line and the nearest known one', async (t) => {
    const place = new MirrorPlace(withTempDir(t)).configure(NOWHERE, {
      upstream: 'conect-to = "a.example:1"',
    });
    const stderr = await refused(t, place, ['sync']);
    assert.match(stderr, /conect-to/);
    assert.match(stderr, /connect-to/);
    assert.match(stderr, /mirror\.toml:5\b/);
  });

  test('2: a configuration that is not there, for every command that needs one', async (t) => {
    const place = new MirrorPlace(withTempDir(t));
    for (const command of ['sync', 'status', 'serve', 'config check']) {
      const { stdout, stderr } = await place.call(t, 2, command.split(' '));
      assert.equal(stdout, '');
      assert.deepEqual(readdirSync(place.directory), [], 'nothing was touched');
      assert.match(stderr, /code +CONFIG_MISSING/, command);
      assert.match(stderr, /jubjub config init/, command);
    }
  });

  test('2: plain http to another machine, unless it is allowed', async (t) => {
    const place = new MirrorPlace(withTempDir(t)).configure('http://pypi.example');
    assert.match(await refused(t, place, ['sync']), /allow-http/);
    place.configure('http://pypi.example', { upstream: 'allow-http = true' });
    await place.call(t, 0, ['config', 'check']);
  });

  test('2: a directory that belongs to another upstream stays untouched', async (t) => {
    const [one, other] = [await startWorld(t), await startWorld(t)];
    uploadSmall(one, SMALL);
    uploadSmall(other, ['queen']);
    const place = new MirrorPlace(withTempDir(t)).configure(one.url);
    await place.sync(t);
    place.configure(other.url);
    const stderr = await refused(t, place, ['sync']);
    assert.match(stderr, new RegExp(`expected +${one.url}\n +received +${other.url}\n`));
    assert.match(stderr, /code +DIRECTORY_OTHER_UPSTREAM/);
    await refused(t, place, ['sync', '--dry-run']);
    assert.deepEqual(other.requests, [], 'the other upstream was not asked');
  });

  test('3: a project whose file is broken is pending, and 0 follows as soon as the file is whole', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const broken = smallWheel('hatter').filename;
    const fault = sim.faults.add({
      match: (request) => request.path.endsWith(`/${broken}`),
      fault: { kind: 'corrupt' },
    });
    const summary = await place.sync(t, 3);
    assert.deepEqual(
      summary.pending.map(({ name, code }) => ({ name, code })),
      [{ name: 'hatter', code: 'INTEGRITY_DIGEST_MISMATCH' }],
    );
    const status = await place.status(t);
    assert.deepEqual(status.pending, summary.pending);
    assert.equal(status.lastRun?.exitStatus, 3);
    assert.equal(status.lastComplete, null);
    const tree = place.tree();
    checkLinks(tree);
    assert.ok(tree.has('simple/cheshire/index.html'), 'the other projects are there');
    assert.equal(existsSync(join(place.web, 'last-modified')), false);

    fault.remove();
    const { serial, pending } = await place.sync(t, 0);
    assert.deepEqual({ serial, pending }, { serial: sim.state.lastSerial, pending: [] });
    assert.ok(place.tree().has('simple/hatter/index.html'));
  });

  test('4: an upstream that nobody answers for is asked again a few times, then the run ends', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    await place.sync(t);
    const before = place.webSnapshot();
    await sim.close();
    const ended = await place.run(t, ['sync']);
    assert.equal(ended.status, 4, told(ended));
    assert.match(ended.stderr, /UPSTREAM_UNREACHABLE/);
    assert.deepEqual(place.webSnapshot(), before);
    assert.equal((await place.status(t)).lastRun?.exitStatus, 4);
  });

  test('4: an upstream whose head serial went backwards changes nothing', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const { serial } = await place.sync(t);
    const before = place.webSnapshot();
    sim.faults.add({
      match: /changelog_since_serial$/,
      fault: { kind: 'rewrite', rewrite: (xml) => xml.replace(/<data>[\s\S]*<\/data>/, '<data></data>') },
    });
    sim.faults.add({
      match: /changelog_last_serial$/,
      fault: { kind: 'rewrite', rewrite: (xml) => xml.replace(/<int>\d+<\/int>/, '<int>17</int>') },
    });
    const { stderr } = await place.expect(t, 4, ['sync']);
    assert.match(stderr, /code +UPSTREAM_SERIAL_BACKWARDS/);
    assert.match(stderr, /received +head serial 17\n/);
    assert.deepEqual(place.webSnapshot(), before);
    assert.equal((await place.status(t)).serial, serial);
  });

  test('6: a directory below a regular file cannot be made', async (t) => {
    const directory = withTempDir(t);
    writeFileSync(join(directory, 'file'), 'not a directory\n');
    writeFileSync(
      join(directory, 'mirror.toml'),
      `directory = "./file/mirror"\n[upstream]\nurl = "${NOWHERE}"\n`,
    );
    const { stderr } = await expectProgram(t, 6, ['sync'], { cwd: directory });
    assert.match(stderr, /code +STORE_/);
    assert.deepEqual(readdirSync(directory).sort(), ['file', 'mirror.toml']);
  });
});
