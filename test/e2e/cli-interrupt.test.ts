/**
 * Goal: SIGINT and SIGTERM end a run with 130, promptly, and keep what is complete; one writer works at a time (P9).
 * Method: the built program stands at a gate of the simulated upstream, which stays shut; the stall timeout is so long
 * that only the signal can have ended it.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { checkLinks } from '../support/check-promise.ts';
import { TROUBLE_LINE } from '../support/disk-trouble-options.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import type { Running } from '../support/program.ts';
import type { Gate } from '../support/sim/faults.ts';
import type { Sim } from '../support/sim/sim.ts';
import { withTempDir } from '../support/temp.ts';
import { largeWheel, startWorld, uploadSmall } from '../support/world.ts';

/** One file at a time: when the last one is at the gate, all others are complete. */
const PATIENT = { upstream: 'timeout = "1h"\nfile-connections = 1' };
/** What is smaller is held in memory until it is complete (src/store/at-once.ts). */
const LARGE_BYTES = 1_600_000;
const GATE_BYTES = 400_000;
const SMALL = ['cheshire', 'dormouse', 'hatter'];
const STOPPING = /stopping: finishing what is in flight/;

/** A sync that has brought in everything but one large file, in the middle of which it stands. */
async function standingInAFile(
  t: TestContext,
): Promise<{ sim: Sim; place: MirrorPlace; gate: Gate; running: Running }> {
  const sim = await startWorld(t);
  uploadSmall(sim, SMALL);
  const { path } = sim.state.uploadFile(largeWheel('queen', '1.0', LARGE_BYTES));
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url, PATIENT);
  const gate = sim.faults.gate((request) => request.path === path, { afterBytes: GATE_BYTES });
  const running = place.start(t, ['sync', '--json']);
  await running.until(gate.reached);
  await running.untilTrue(() => place.stagedBytesMax() >= GATE_BYTES);
  return { sim, place, gate, running };
}

describe('interruptions and the lock', { concurrency: 2 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} in the middle of a file ends the run with 130 and keeps what is complete`, async (t) => {
      const { sim, place, gate, running } = await standingInAFile(t);
      running.send(signal);
      const { status, stdout, stderr } = await running.ended;
      assert.equal(status, 130, stderr);
      assert.match(stderr, STOPPING);
      const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
      assert.equal(summary.exitStatus, 130);
      assert.equal(summary.stoppedBy.code, 'INTERRUPTED');
      assert.equal(summary.projects, SMALL.length);

      const tree = place.tree();
      checkLinks(tree);
      for (const name of SMALL) assert.ok(tree.has(`simple/${name}/index.v1_json`), `${name} is visible`);
      assert.equal(tree.has('simple/queen/index.v1_json'), false, 'what was not complete is not');
      assert.equal((await place.status(t)).lastRun?.exitStatus, 130);

      gate.release();
      sim.requests.length = 0;
      await place.sync(t);
      const files = sim.requests.filter((request) => /^\/packages\/.*\.whl$/.test(request.path));
      assert.deepEqual(
        files.map(({ headers }) => headers['range']),
        [`bytes=${GATE_BYTES}-`],
        'only the rest of the one file is brought in',
      );
      const undisturbed = new MirrorPlace(withTempDir(t)).configure(sim.url);
      await undisturbed.sync(t);
      assert.deepEqual(place.shape(), undisturbed.shape());
    });
  }

  test('SIGINT while it asks for pages ends the run with 130, and the next run converges', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url, PATIENT);
    const gate = sim.faults.gate(/^GET \/simple\/hatter\/$/);
    const running = place.start(t, ['sync']);
    await running.until(gate.reached);
    running.send('SIGINT');
    assert.equal((await running.ended).status, 130);
    gate.release();
    await place.sync(t);
    assert.equal((await place.status(t)).projects, SMALL.length);
  });

  test('a second SIGINT ends a process at once that the first one could not end', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const trouble = { deed: 'hang', step: /^open .*\/state\/staging\// } as const;
    const running = place.start(t, ['sync'], { trouble });
    await running.line('stderr', TROUBLE_LINE);
    running.send('SIGINT');
    await running.line('stderr', STOPPING);
    running.send('SIGINT');
    assert.equal((await running.ended).status, 130);
    checkLinks(place.tree());
    await place.sync(t);
    checkLinks(place.tree());
  });

  test('a second run finds the lock held, names the holder and leaves; SIGKILL sets the lock free at once', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, SMALL);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url, PATIENT);
    const gate = sim.faults.gate(/^GET \/simple\/hatter\/$/);
    const first = place.start(t, ['sync']);
    await first.until(gate.reached);
    // Every run reads the changelog; what else the first one is asking for may still be coming in.
    const begun = () => sim.requests.filter(({ line }) => line.includes('changelog_since_serial')).length;
    const before = begun();

    const second = await place.expect(t, 7, ['sync']);
    assert.match(second.stderr, new RegExp(`^ {2}received {2}pid ${first.pid}, since \\d{4}-.*Z$`, 'm'));
    assert.match(second.stderr, /^ {2}code {6}LOCK_HELD$/m);
    const dry = await place.call(t, 7, ['sync', '--dry-run', '--json']);
    assert.equal(JSON.parse(dry.stdout.trim()).code, 'LOCK_HELD');
    assert.equal(begun(), before, 'they asked upstream nothing');
    const { stdout } = await place.call(t, 0, ['status']);
    assert.match(stdout, new RegExp(`^ {2}running +pid ${first.pid}, since `, 'm'));

    await first.kill();
    gate.release();
    assert.ok(readdirSync(`${place.mirror}/state`).includes('lock'), 'the lock file is still there');
    assert.doesNotMatch((await place.call(t, 0, ['status'])).stdout, /^ {2}running/m);
    await place.sync(t);
  });
});
