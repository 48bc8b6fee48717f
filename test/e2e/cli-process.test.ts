/**
 * Goal: what happens to a process from outside (too few descriptors, outputs that take nothing, signals, a lock that is taken away,
 * a directory that is moved) ends with the right status and words, leaves the docroot whole (P1, P3), and one writer works at a time (P9).
 * Method: the built program, under limits and signals of the real system, against gates of the simulated upstream.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { checkLinks } from '../support/check-promise.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { told, untilStopped } from '../support/program.ts';
import type { Gate } from '../support/sim/faults.ts';
import type { Sim } from '../support/sim/sim.ts';
import { withTempDir } from '../support/temp.ts';
import { startWorld, uploadSmall } from '../support/world.ts';

const SMALL = ['cheshire', 'dormouse', 'hatter'];
const PATIENT = { upstream: 'timeout = "1h"' };

async function newPlace(t: TestContext): Promise<{ sim: Sim; place: MirrorPlace }> {
  const sim = await startWorld(t);
  uploadSmall(sim, SMALL);
  return { sim, place: new MirrorPlace(withTempDir(t)).configure(sim.url, PATIENT) };
}

function gateOf(sim: Sim): Gate {
  return sim.faults.gate(/^GET \/simple\/hatter\/$/);
}

describe('the limit of open files', { concurrency: 2 }, () => {
  const missing =
    spawnSync('prlimit', ['--version']).error === undefined ? false : 'prlimit is not installed';
  /** Enough for many projects and files at a time, with the settings' defaults (docs/operating.md). */
  const ENOUGH = 64;
  /** What Node itself has open before it has read a module. */
  const own = Number(
    spawnSync(process.execPath, ['-p', 'fs.readdirSync("/proc/self/fd").length'], { encoding: 'utf8' })
      .stdout,
  );

  async function limited(t: TestContext, descriptors: number) {
    const sim = await startWorld(t);
    uploadSmall(
      sim,
      Array.from({ length: 30 }, (_, at) => `project-${at}`),
    );
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const ended = await place.run(t, ['sync'], { by: ['prlimit', `--nofile=${descriptors}`] });
    if (existsSync(place.web)) checkLinks(place.tree());
    return { place, ended };
  }

  for (const [left, when] of [
    [1, 'to open the catalogue'],
    [5, 'to ask upstream'],
    [13, 'to flush a wave'],
  ] as const) {
    test(`6: too few ${when}: it says so, and what to do; the next run heals`, {
      skip: missing,
    }, async (t) => {
      const { place, ended } = await limited(t, own + left);
      assert.equal(ended.status, 6, told(ended));
      assert.match(ended.stderr, /^ {2}received +.*EMFILE/m, told(ended));
      assert.match(ended.stderr, /^ {2}hint +raise the limit of open files/m, told(ended));
      await place.sync(t);
    });
  }

  test(`0: ${ENOUGH} are enough`, { skip: missing }, async (t) => {
    const { ended } = await limited(t, ENOUGH);
    assert.equal(ended.status, 0, told(ended));
  });
});

describe('outputs and signals', { concurrency: 2 }, () => {
  test('0: a reader of its output that has left keeps nothing away', async (t) => {
    const { place } = await newPlace(t);
    const script = '{ "$@"; echo "status $?" >&2; } | true';
    const ended = await place.run(t, ['sync', '--json'], { by: ['sh', '-c', script, 'sh'] });
    assert.match(ended.stderr, /^status 0$/m);
    assert.equal((await place.status(t)).projects, SMALL.length);
  });

  test('6: a full standard output is told; the mirror is complete all the same', async (t) => {
    const { place } = await newPlace(t);
    const ended = await place.run(t, ['sync'], { by: ['sh', '-c', 'exec "$@" > /dev/full', 'sh'] });
    assert.equal(ended.status, 6, told(ended));
    assert.match(ended.stderr, /^ {2}received +ENOSPC/m);
    assert.equal((await place.status(t)).projects, SMALL.length);
  });

  test('SIGHUP, a terminal that was closed, ends it as a kill does; the next run goes on', async (t) => {
    const { sim, place } = await newPlace(t);
    const gate = gateOf(sim);
    const running = place.start(t, ['sync']);
    await running.until(gate.reached);
    running.send('SIGHUP');
    assert.equal((await running.ended).signal, 'SIGHUP');
    gate.release();
    checkLinks(place.tree());
    await place.sync(t);
  });

  test('a run that stands still (SIGSTOP) keeps its lock, and ends well when it goes on', async (t) => {
    const { place } = await newPlace(t);
    const running = place.start(t, ['sync'], {
      trouble: { deed: 'stop', step: /^rename .*\/web\/simple\// },
    });
    await untilStopped(running);
    await place.call(t, 7, ['sync']);
    checkLinks(place.tree());
    running.send('SIGCONT');
    const ended = await running.ended;
    assert.equal(ended.status, 0, told(ended));
    checkLinks(place.tree());
  });
});

describe('one writer', { concurrency: 2 }, () => {
  test('of four runs that start at once one wins, the others end with 7', async (t) => {
    const { sim, place } = await newPlace(t);
    const gate = gateOf(sim);
    const runs = Array.from({ length: 4 }, () => place.start(t, ['sync']));
    const statuses: (number | null)[] = [];
    const others = new Promise<void>((resolve) => {
      for (const run of runs)
        void run.ended.then(({ status }) => {
          statuses.push(status);
          if (statuses.length === runs.length - 1) resolve();
        });
    });
    await gate.reached;
    await others;
    assert.deepEqual(statuses, [7, 7, 7]);
    gate.release();
    const ended = await Promise.all(runs.map((run) => run.ended));
    assert.equal(ended.filter(({ status }) => status === 0).length, 1);
    assert.equal((await place.status(t)).projects, SMALL.length);
  });

  test('7: a run whose lock file is deleted publishes nothing more, and another one is not disturbed', async (t) => {
    const { sim, place } = await newPlace(t);
    const running = place.start(t, ['sync'], { trouble: { deed: 'stop', step: /^write .*\/staging\// } });
    await untilStopped(running);
    rmSync(join(place.mirror, 'state', 'lock'));
    uploadSmall(sim, ['cheshire'], '2.0');
    await place.sync(t);
    const before = place.webSnapshot();
    running.send('SIGCONT');
    const ended = await running.ended;
    assert.equal(ended.status, 7, told(ended));
    assert.match(ended.stderr, /^ {2}code +LOCK_HELD$/m);
    assert.deepEqual(place.webSnapshot(), before);
    checkLinks(place.tree());
    await place.sync(t);
    assert.deepEqual(place.webSnapshot(), before, 'and nothing had to be mended');
  });

  test('a mirror that is moved while a run works on it: the lock goes with it, and the run publishes nothing more', async (t) => {
    const { sim, place } = await newPlace(t);
    const gate = gateOf(sim);
    const running = place.start(t, ['sync']);
    await running.until(gate.reached);
    const moved = new MirrorPlace(withTempDir(t)).configure(sim.url, PATIENT);
    renameSync(place.mirror, moved.mirror);
    await moved.call(t, 7, ['sync']);
    gate.release();
    const ended = await running.ended;
    // What it misses first is told: its staging, or its lock.
    assert.ok(ended.status === 6 || ended.status === 7, told(ended));
    assert.match(ended.stderr, /^ {2}hint +/m);
    checkLinks(moved.tree());
    await moved.sync(t);
    assert.equal((await moved.status(t)).projects, SMALL.length);
  });
});
