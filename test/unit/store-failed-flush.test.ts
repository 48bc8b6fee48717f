/**
 * Goal: what a flush has failed for, and nobody could throw away, is not lost when the next run goes on from it.
 * Method: the store on a simulated disk that forgets at a power cut what a failed flush counted as written.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths } from '../../src/pypi/paths.ts';
import { LocalStore, mirrorFolders, prepareFolders } from '../../src/store/local.ts';
import { SimDisk } from '../support/simfs/disk.ts';
import { installSimFs } from '../support/simfs/install.ts';

installSimFs();

const PAGE = detailPaths(normalizeName('snark')).html;
const LOOKS_MAX = 10_000;

for (const mode of ['wave', 'file'] as const)
  test(`with "${mode}" a staged file that an earlier run could neither flush nor remove is written once more`, async () => {
    const disk = new SimDisk();
    const { root } = disk.boot();
    await prepareFolders(root);
    const first = new LocalStore(mirrorFolders(root), mode);
    const writer = await first.stage(PAGE);
    await writer.write(Buffer.from('bytes'));
    disk.hook = ({ name }) => (name === 'fsync' || name === 'unlink' ? { fail: 'EACCES' } : undefined);
    await assert.rejects(async () => {
      await writer.finish();
      await first.flushStaged([PAGE]);
    });
    disk.hook = null;
    assert.equal(await first.stagedCount(), 1);

    const second = new LocalStore(mirrorFolders(root), mode);
    const resumed = await second.stage(PAGE);
    assert.equal(resumed.digest().sizeBytes, 'bytes'.length);
    await resumed.finish();
    await second.flushStaged([PAGE]);
    await second.place([PAGE]);
    const { images } = disk.crashStates(LOOKS_MAX);
    assert.ok(images.length > 0);
    for (const { entries } of images) {
      const placed = entries.find(({ path }) => path === `web/${PAGE}`);
      assert.equal(placed?.content.kind === 'file' && placed.content.bytes.toString(), 'bytes');
    }
  });
