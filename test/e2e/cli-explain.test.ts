/**
 * Goal: `jubjub explain` answers an operator with the real program: in text and JSON, without the network, beside the lock of a sync.
 * Method: a mirror made by the built program from a simulated upstream that is then gone; the lock is held by the test.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { acquireLock } from '../../src/store/lock.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { withTempDir } from '../support/temp.ts';
import { smallWheel, startWorld, uploadSmall } from '../support/world.ts';

const SNARK = smallWheel('snark').filename;

test('an explanation needs neither the upstream nor the lock, and changes nothing', async (t) => {
  const sim = await startWorld(t);
  uploadSmall(sim, ['snark']);
  uploadSmall(sim, ['snark'], '2.0');
  const place = new MirrorPlace(withTempDir(t));
  place.configure(sim.url, { more: '[releases]\nlatest = 1\n' });
  assert.match((await place.expect(t, 2, ['explain', 'snark'])).stderr, /there is no mirror here yet/);
  await place.sync(t);
  await sim.close();
  const before = place.webSnapshot();
  const lock = acquireLock(join(place.mirror, 'state'));
  t.after(() => lock.release());
  const { stdout, stderr } = await place.expect(t, 0, ['explain', 'Snark', '--quiet']);
  assert.match(stdout, /^snark: on the page, 1 of 2 files\n/);
  assert.match(stdout, /^ {2}left out +\[releases\] latest \(1\): 1 file \(\d+ B\) of 1 release: 1\.0$/m);
  assert.equal(stderr, '');
  const json = (await place.expect(t, 0, ['explain', 'snark', SNARK, '--json'])).stdout;
  const { type, standing, drop } = JSON.parse(json);
  assert.deepEqual([type, standing, drop.rule], ['explanation', 'left-out', '[releases] latest']);
  assert.deepEqual(place.webSnapshot(), before);
});
