/**
 * Goal: a disk that fills up at any step, runs out of inodes or becomes read-only ends a run with 6, path and reason; readers
 * have a whole docroot (P1, P3); with room again the next run heals (P4).
 * Method: the built program on a small ext4 in a file; it stops itself (SIGSTOP) right before a step on disk, the disk is filled to the
 * last block, and it goes on (SIGCONT). As root no mode keeps it from writing, so that read-only directories are mounts.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { checkLinks } from '../support/check-promise.ts';
import { type LoopDisk, withLoopDisk } from '../support/loop-disk.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { type Ended, told, untilStopped } from '../support/program.ts';
import type { Sim } from '../support/sim/sim.ts';
import { suiteHooks } from '../support/suite-hooks.ts';
import { withTempDir } from '../support/temp.ts';
import { largeWheel, startWorld, uploadSmall } from '../support/world.ts';

const DISK_BYTES = 8 * 1024 ** 2;
const LARGE_BYTES = 200_000;

function assertTold(ended: Ended, code: string, path: string): void {
  assert.equal(ended.status, 6, told(ended));
  assert.match(ended.stderr, new RegExp(`^ {2}code +${code}$`, 'm'));
  assert.match(ended.stderr, new RegExp(`^ {2}path +${path}`, 'm'));
  assert.match(ended.stderr, /^ {2}received +\S+/m);
}

/** Before which step the disk is full all at once, and what then cannot be written. */
const STEPS: readonly { readonly name: string; readonly step: RegExp }[] = [
  { name: 'while files come in', step: /^write .*\/state\/staging\// },
  { name: 'between the files and their pages', step: /^rename .*\/web\/packages\// },
  { name: 'between the pages and the root index', step: /^rename .*\/web\/simple\/[^/]+\/index\.html/ },
  { name: 'between the root index and the commit', step: /^rename .*\/web\/simple\/index\.v1_json/ },
];

describe('a disk that is full to the last block', { concurrency: 2 }, () => {
  const hooks = suiteHooks();
  let sim: Sim;
  let undisturbed: Record<string, string>;

  before(async () => {
    sim = await startWorld(hooks);
    uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
    sim.state.uploadFile(largeWheel('queen', '1.0', LARGE_BYTES));
    const place = new MirrorPlace(withTempDir(hooks)).configure(sim.url);
    await place.sync(hooks);
    undisturbed = place.shape();
  });

  async function fullAt(t: TestContext, disk: LoopDisk, step: RegExp): Promise<void> {
    const place = new MirrorPlace(disk.directory).configure(sim.url);
    const running = place.start(t, ['sync'], { trouble: { deed: 'stop', step } });
    await untilStopped(running);
    const free = disk.fill();
    running.send('SIGCONT');
    assertTold(await running.ended, 'STORE_(FULL|IO)', place.mirror);
    checkLinks(place.tree());
    free();
    await place.sync(t);
    assert.deepEqual(place.shape(), undisturbed);
  }

  for (const { name, step } of STEPS) {
    test(`6: full ${name}; with room the next run heals`, async (t) => {
      const disk = withLoopDisk(t, { sizeBytes: DISK_BYTES });
      if (disk !== null) await fullAt(t, disk, step);
    });
  }

  test('6: a disk without inodes; with more of them the next run heals', async (t) => {
    const disk = withLoopDisk(t, { sizeBytes: DISK_BYTES, format: ['-N', '48'] });
    if (disk === null) return;
    const place = new MirrorPlace(disk.directory).configure(sim.url);
    const ended = await place.run(t, ['sync']);
    assertTold(ended, 'STORE_FULL', place.mirror);
    assert.match(ended.stderr, /^ {2}received +ENOSPC/m);
    assert.match(ended.stderr, /^ {2}hint +.*df -i/m);
    if (existsSync(place.web)) checkLinks(place.tree());
    const roomy = place.copyTo(withTempDir(t));
    await roomy.sync(t);
    assert.deepEqual(roomy.shape(), undisturbed);
  });
});

/** Mounts a directory over itself, read-only; null, and the test skipped, where that is refused. */
function readOnly(t: TestContext, directory: string): (() => void) | null {
  for (const args of [
    ['--bind', directory, directory],
    ['-o', 'remount,bind,ro', directory],
  ]) {
    const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
    if (status === 0) continue;
    t.skip(`no mount can be made here: ${error?.message ?? stderr.trim()}`);
    return null;
  }
  const release = () => void spawnSync('umount', ['-l', directory]);
  t.after(release);
  return release;
}

describe('a read-only part of a mirror', () => {
  for (const name of ['web', 'state', 'state/lock']) {
    test(`6: ${name} cannot be written, nothing is changed; and 0 once it can`, async (t) => {
      const sim = await startWorld(t);
      uploadSmall(sim, ['cheshire', 'dormouse']);
      const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
      await place.sync(t);
      uploadSmall(sim, ['cheshire', 'hatter'], '2.0');
      const before = place.webSnapshot();
      const release = readOnly(t, join(place.mirror, name));
      if (release === null) return;
      // SQLite must write beside the catalogue, even to read it.
      const looked = await place.call(t, name === 'state' ? 6 : 0, ['status']);
      if (name === 'state') assertTold(looked, 'STORE_NOT_WRITABLE', place.mirror);
      const ended = await place.call(t, 6, ['sync']);
      assertTold(ended, 'STORE_NOT_WRITABLE', place.mirror);
      assert.match(ended.stderr, /^ {2}received +(EROFS|attempt to write a readonly database)/m, told(ended));
      assert.deepEqual(place.webSnapshot(), before);
      release();
      await place.sync(t);
      assert.ok(place.tree().has('simple/hatter/index.html'));
    });
  }
});
