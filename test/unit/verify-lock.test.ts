/**
 * Goal: a repair that loses the lock while it flushes the root index, or the proof, does not put them in place (P9).
 * Method: a damaged mirror; the lock goes with the flush of the repaired document, and what lies at its path must be what lay there.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../src/store/contract.ts';
import { having } from '../support/having.ts';
import { assertClean, bytesAt, damage, docrootPath, mirrored, verify } from '../support/verify-kit.ts';

for (const path of ['simple/index.html', 'manifest.json']) {
  test(`the lock goes while ${path} is flushed: nothing takes its place`, async (t) => {
    const world = await mirrored(t);
    await damage(world, path, () => 'damaged');
    let isHeld = true;
    const { summary } = await verify(world, { repair: true }, ({ store }) => {
      const flushStaged: Store['flushStaged'] = async (paths) => {
        await store.flushStaged(paths);
        if (paths.some((staged) => staged === path)) isHeld = false;
      };
      return { store: having(store, { flushStaged }), holdsLock: () => isHeld };
    });
    assert.equal(isHeld, false);
    assert.equal(bytesAt(world, path).toString('utf8'), 'damaged', 'another run may be writing it');
    assert.equal(summary.stoppedBy?.code, 'LOCK_HELD', JSON.stringify(summary));
    await verify(world, { repair: true });
    assertClean(await verify(world));
  });
}

test('a repair whose lock is gone moves nothing into the trash, and leaves alone what others have staged', async (t) => {
  const world = await mirrored(t);
  const [orphan, staged] = [docrootPath('packages/aa/nobody.whl'), docrootPath('packages/bb/other.whl')];
  const goneLock = { holdsLock: () => false };
  world.engine.store.tamper(orphan, Buffer.from('nobody'));
  assert.equal((await verify(world, { repair: true }, goneLock)).summary.stoppedBy?.code, 'LOCK_HELD');
  assert.equal(bytesAt(world, orphan).toString('utf8'), 'nobody');
  await verify(world, { repair: true });
  await world.engine.store.stageBytes(staged, Buffer.from('another run has this'));
  assert.equal((await verify(world, { repair: true }, goneLock)).summary.stoppedBy?.code, 'LOCK_HELD');
  assert.deepEqual(world.engine.store.staged(), [staged]);
});
