/**
 * Goal: what scripts and monitors read is exactly what the contract says: status, summaries, reports, dry runs.
 * Method: the built program's real output and files, key by key; the machine's local time is far from UTC.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { MirrorPlace, snapshot } from '../support/mirror-place.ts';
import { withTempDir } from '../support/temp.ts';
import { smallWheel, startWorld, uploadSmall } from '../support/world.ts';

const SMALL = ['cheshire', 'dormouse', 'hatter'];
const UTC_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const STATUS_KEYS = [
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
];
const RUN_KEYS = ['startedAt', 'finishedAt', 'exitStatus', 'from', 'to'];
const PENDING_KEYS = ['name', 'serial', 'attempts', 'since', 'nextTry', 'code', 'message'];
const SUMMARY_KEYS = [
  'type',
  'exitStatus',
  'from',
  'serial',
  'projects',
  'files',
  'bytes',
  'withdrawn',
  'pending',
];

/** The current time as reports have it. */
function seconds(timeMs = Date.now()): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

describe('reports', { concurrency: 2 }, () => {
  test('status --json has exactly the keys of the contract, and web/status.json says the same but for the rules', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const before = seconds();
    await place.sync(t);
    const { stdout, stderr } = await place.expect(t, 0, ['status', '--json']);
    assert.equal(stderr, '');
    const status = JSON.parse(stdout);
    assert.deepEqual(Object.keys(status), STATUS_KEYS);
    assert.deepEqual(Object.keys(status.lastRun), RUN_KEYS);
    const bytes = SMALL.reduce((sum, name) => sum + smallWheel(name).bytes.length, 0);
    const { leftOut, reserved, unmetNeeds, unmetRequirements, ...shared } = status;
    assert.deepEqual([leftOut, reserved, unmetNeeds, unmetRequirements], [0, [], 0, 0]);
    const { lastRun, lastComplete, ...counts } = shared;
    assert.deepEqual(counts, {
      serial: sim.state.lastSerial,
      upstream: sim.url,
      changes: 'changelog',
      projects: SMALL.length,
      files: SMALL.length,
      bytes,
      pending: [],
      drift: null,
    });
    for (const time of [lastRun.startedAt, lastRun.finishedAt, lastComplete]) assert.match(time, UTC_SECONDS);
    assert.ok(before <= lastRun.startedAt && lastRun.startedAt <= lastRun.finishedAt);
    assert.ok(lastRun.finishedAt <= seconds(), 'local time is not given for UTC');
    assert.deepEqual(
      { exitStatus: lastRun.exitStatus, from: lastRun.from, to: lastRun.to, lastComplete },
      { exitStatus: 0, from: null, to: sim.state.lastSerial, lastComplete: lastRun.startedAt },
    );
    assert.deepEqual(JSON.parse(place.report('status.json')), shared);
  });

  test('status for people tells the same', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    await place.sync(t);
    const { stdout } = await place.call(t, 0, ['status']);
    assert.match(stdout, new RegExp(`mirror of ${sim.url}\n`));
    assert.match(stdout, new RegExp(`serial +${sim.state.lastSerial}\n`));
    assert.match(stdout, /projects +3\n/);
    assert.match(stdout, /pending +none\n/);
  });

  test('status where no sync has been says so, and makes nothing', async (t) => {
    const place = new MirrorPlace(withTempDir(t)).configure('http://127.0.0.1:9');
    const { stderr } = await place.call(t, 2, ['status']);
    assert.match(stderr, /there is no mirror here yet/);
    assert.deepEqual(readdirSync(place.directory), ['mirror.toml']);
  });

  test('sync --json prints objects only, the summary last, with the keys of the contract', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const { stdout } = await place.expect(t, 0, ['sync', '--json']);
    assert.ok(stdout.endsWith('}\n'));
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const event of events) assert.equal(typeof event.type, 'string');
    assert.deepEqual(
      events.flatMap(({ type }, index) => (type === 'summary' ? [index] : [])),
      [events.length - 1],
      'one summary, at the end',
    );
    const summary = events.at(-1);
    assert.deepEqual(Object.keys(summary).slice(0, SUMMARY_KEYS.length), SUMMARY_KEYS);
    assert.deepEqual(
      { from: summary.from, serial: summary.serial, projects: summary.projects, files: summary.files },
      { from: null, serial: sim.state.lastSerial, projects: SMALL.length, files: SMALL.length },
    );
  });

  test('last-modified is written by runs that end with 0 only, and holds their start', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const gate = sim.faults.gate(/^GET \/simple\/hatter\/$/);
    const running = place.start(t, ['sync']);
    await running.until(gate.reached);
    // Start and end must be told apart by their seconds.
    const reached = seconds();
    await running.untilTrue(() => seconds() > reached);
    gate.release();
    assert.equal((await running.ended).status, 0);
    const first = place.report('last-modified');
    const { lastRun } = await place.status(t);
    assert.match(first.trimEnd(), UTC_SECONDS);
    assert.equal(first, `${lastRun?.startedAt}\n`);
    assert.ok(first.trimEnd() <= reached && (lastRun?.finishedAt ?? '') > reached);
    const before = place.lastModifiedMtimeNs();

    uploadSmall(sim, ['hatter'], '2.0');
    const fault = sim.faults.add({ match: /hatter-2\.0-py3-none-any\.whl$/, fault: { kind: 'corrupt' } });
    await place.sync(t, 3);
    assert.equal(place.lastModifiedMtimeNs(), before, 'a run that owes something leaves it');
    const owing = JSON.parse(place.report('status.json'));
    assert.deepEqual(Object.keys(owing.pending[0]), PENDING_KEYS);
    assert.equal(owing.pending[0].name, 'hatter');
    assert.equal(owing.lastRun.exitStatus, 3);
    assert.equal(owing.lastComplete, lastRun?.startedAt);

    fault.remove();
    await place.sync(t);
    const status = await place.status(t);
    assert.equal(place.report('last-modified'), `${status.lastRun?.startedAt}\n`);
    assert.equal(status.lastComplete, status.lastRun?.startedAt);
  });

  test('a dry run on a fresh directory tells the plan and makes no directory', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const { projects, files, serial } = await place.sync(t, 0, '--dry-run');
    assert.deepEqual(
      { projects, files, serial },
      { projects: SMALL.length, files: SMALL.length, serial: null },
    );
    const { stdout } = await place.call(t, 0, ['sync', '--dry-run']);
    assert.match(stdout, /^dry run: .*nothing was changed/);
    assert.deepEqual(readdirSync(place.directory), ['mirror.toml']);
    assert.ok(
      sim.requests.every(({ path }) => !path.startsWith('/packages/')),
      'and asks for no file',
    );
  });

  test('a dry run on a mirror changes nothing, and neither does it change what status says', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    await place.sync(t);
    uploadSmall(sim, ['queen', 'hatter'], '2.0');
    sim.state.removeProject('dormouse');
    const before = {
      web: snapshot(place.web),
      status: (await place.call(t, 0, ['status', '--json'])).stdout,
    };
    const planned = await place.sync(t, 0, '--dry-run');
    assert.deepEqual(
      { web: snapshot(place.web), status: (await place.call(t, 0, ['status', '--json'])).stdout },
      before,
    );
    const done = await place.sync(t);
    for (const count of ['projects', 'files', 'withdrawn'] as const)
      assert.equal(planned[count], done[count], `${count}: what was planned is what is done`);
  });

  test('--quiet says nothing when all is well', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const { stderr } = await place.expect(t, 0, ['sync', '--quiet']);
    assert.equal(stderr, '');
  });
});
