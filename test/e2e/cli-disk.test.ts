/**
 * Goal: a disk that is full or read-only ends a run with 6, leaves a whole docroot (P1, P3), and the next run heals (P4).
 * Method: the built program works in a small tmpfs; sizes are such that the disk fills at different steps of a run.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { checkLinks } from '../support/check-promise.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { told } from '../support/program.ts';
import type { Sim } from '../support/sim/sim.ts';
import { withTempDir } from '../support/temp.ts';
import { withTmpfs } from '../support/tmpfs.ts';
import { largeWheel, startWorld, uploadSmall } from '../support/world.ts';

const LARGE_BYTES = 250_000;
const LARGE = ['gryphon', 'mock-turtle', 'queen', 'white-rabbit'];

async function worldOfLargeFiles(t: TestContext): Promise<Sim> {
  const sim = await startWorld(t);
  uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
  for (const name of LARGE) sim.state.uploadFile(largeWheel(name, '1.0', LARGE_BYTES));
  return sim;
}

describe('a failing disk', { concurrency: 2 }, () => {
  for (const [size, when] of [
    ['40k', 'before there is a catalogue'],
    ['220k', 'while the first files come in'],
    ['900k', 'when most files are in'],
  ] as const) {
    test(`6: a disk of ${size}, full ${when}; with more room the next run heals`, async (t) => {
      const disk = withTmpfs(t, `size=${size}`);
      if (disk === null) return;
      const sim = await worldOfLargeFiles(t);
      const place = new MirrorPlace(disk.directory).configure(sim.url);
      const full = await place.run(t, ['sync']);
      assert.equal(full.status, 6, told(full));
      assert.match(full.stderr, /code +STORE_FULL/);
      assert.match(full.stderr, /hint +.*free space/);
      if (readdirSync(place.mirror).includes('web')) checkLinks(place.tree());

      disk.remount('size=64m');
      await place.sync(t);
      const undisturbed = new MirrorPlace(withTempDir(t)).configure(sim.url);
      await undisturbed.sync(t);
      assert.deepEqual(place.shape(), undisturbed.shape());
    });
  }

  test('6: a disk that became read-only, and 0 once it can be written again', async (t) => {
    const disk = withTmpfs(t, 'size=64m');
    if (disk === null) return;
    const sim = await startWorld(t);
    uploadSmall(sim, ['cheshire', 'dormouse']);
    const place = new MirrorPlace(disk.directory).configure(sim.url);
    await place.sync(t);
    uploadSmall(sim, ['cheshire', 'hatter'], '2.0');
    const before = place.webSnapshot();
    disk.remount('ro');
    const { stderr } = await place.expect(t, 6, ['sync']);
    assert.match(stderr, /code +STORE_NOT_WRITABLE/);
    assert.deepEqual(place.webSnapshot(), before);
    disk.remount('rw');
    await place.sync(t);
    assert.ok(place.tree().has('simple/hatter/index.html'));
  });
});
