/**
 * Goal: what was hidden stands in the trash, can be found there, and is deleted when it may be, never before.
 * Method: a real SQLite catalogue through its contract; files are published, dropped and hidden as a run does it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import { DEMO, distFile, hidden, hideAll, newCatalogue, OTHER, publish } from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const WHEEL = distFile('demo-1.0-py3-none-any.whl');
const SDIST = distFile('demo-1.0.tar.gz');
const NEWER = distFile('demo-2.0.tar.gz');

const setUp = (t: Parameters<typeof newCatalogue>[0]) => newCatalogue(t, withTempDir(t));

test('what was hidden leaves the files and stands in the trash; what was not there is forgotten', async (t) => {
  const { catalogue } = setUp(t);
  const wheel = { ...WHEEL, metadataSha256: SDIST.sha256 };
  await publish(catalogue, 1000, DEMO, [wheel, SDIST, NEWER]);
  await publish(catalogue, 2000, DEMO, [NEWER], { serial: 78 });
  const [first, second] = catalogue.hideable(9000, 10);
  assert.ok(first && second);
  catalogue.noteHidden([hidden(first), hidden(second, false)], 5000);
  assert.deepEqual(catalogue.filesOf(DEMO), [NEWER]);
  assert.equal(catalogue.digestAt(WHEEL.path, null), null);
  assert.equal(catalogue.knowsFile(WHEEL.path), false);
  assert.equal(catalogue.knowsFile(NEWER.path), true);
  assert.deepEqual([catalogue.filesAt(WHEEL.path), catalogue.filesAt(NEWER.path)], [[], [NEWER]]);
  const trashed = catalogue.trashOf(DEMO);
  assert.deepEqual(trashed, [
    {
      id: trashed[0]?.id,
      path: trashPath(WHEEL.sha256, WHEEL.filename),
      docrootPath: WHEEL.path,
      name: DEMO,
      filename: WHEEL.filename,
      sha256: WHEEL.sha256,
      sizeBytes: WHEEL.sizeBytes,
      metadataSha256: SDIST.sha256,
      hiddenMs: 5000,
      why: 'no longer on the page',
      serial: 78,
      returned: false,
    },
  ]);
  assert.deepEqual(catalogue.trashOf(OTHER), []);
});

test('a file that was published meanwhile stays a file when something notes it as hidden', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await publish(catalogue, 2000, DEMO, []);
  const found = catalogue.hideable(2000, 1).map((file) => hidden(file));
  await publish(catalogue, 3000, DEMO, [WHEEL]);
  catalogue.noteHidden(found, 4000);
  assert.deepEqual(catalogue.filesOf(DEMO), [WHEEL]);
});

test('the trash lets go what is old enough, and at once what has returned', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST]);
  await publish(catalogue, 2000, DEMO, [SDIST]);
  hideAll(catalogue, 3000);
  await publish(catalogue, 4000, DEMO, []);
  hideAll(catalogue, 5000);
  const deletable = (beforeMs: number, limit = 10) =>
    catalogue.deletable(beforeMs, limit).map(({ filename, returned }) => [filename, returned]);
  assert.deepEqual(deletable(2999), []);
  assert.deepEqual(deletable(3000), [[WHEEL.filename, false]]);
  assert.deepEqual(deletable(5000), [
    [WHEEL.filename, false],
    [SDIST.filename, false],
  ]);
  assert.deepEqual(deletable(5000, 1), [[WHEEL.filename, false]]);
  await publish(catalogue, 6000, DEMO, [SDIST]);
  assert.deepEqual(deletable(0), [[SDIST.filename, true]]);
  assert.deepEqual(catalogue.counts().trashedFiles, 1);
  catalogue.noteDeleted(catalogue.deletable(5000, 10), 7000);
  assert.deepEqual(deletable(9000), []);
});

test('bytes that two projects had lie there once, and go with the last of them', async (t) => {
  const { catalogue } = setUp(t);
  for (const name of [DEMO, OTHER]) await publish(catalogue, 1000, name, [WHEEL]);
  for (const name of [DEMO, OTHER]) await publish(catalogue, 2000, name, []);
  hideAll(catalogue, 3000);
  hideAll(catalogue, 3000);
  assert.deepEqual(catalogue.counts().trashedFiles, 1);
  assert.equal(catalogue.counts().trashedBytes, WHEEL.sizeBytes);
  const [one, two] = catalogue.deletable(3000, 10);
  assert.ok(one && two);
  assert.deepEqual([catalogue.sharesTrash(one), catalogue.sharesTrash(two)], [true, true]);
  catalogue.noteDeleted([one], 4000);
  assert.equal(catalogue.sharesTrash(two), false);
});

test('a file hidden twice has one row, with the time of the second', async (t) => {
  const { catalogue } = setUp(t);
  for (const atMs of [1000, 5000]) {
    await publish(catalogue, atMs, DEMO, [WHEEL]);
    await publish(catalogue, atMs + 1000, DEMO, []);
    hideAll(catalogue, atMs + 2000);
  }
  assert.deepEqual(
    catalogue.trashOf(DEMO).map(({ hiddenMs, returned }) => [hiddenMs, returned]),
    [[7000, false]],
  );
});

test('what a sweep found belongs to nobody, and is deleted like the rest', (t) => {
  const { catalogue } = setUp(t);
  const path = 'packages/zz/odd name.bin' as DocrootPath;
  const to = `swept/1/${path}` as ReturnType<typeof trashPath>;
  catalogue.noteSwept([{ path, to, sizeBytes: 9, why: 'foreign' }], 1000);
  const [swept] = catalogue.deletable(1000, 10);
  assert.ok(swept);
  assert.deepEqual([swept.name, swept.sha256, swept.filename, swept.path], [null, null, 'odd name.bin', to]);
  assert.equal(catalogue.counts().trashedBytes, 9);
  catalogue.noteDeleted([swept], 2000);
  assert.equal(catalogue.counts().trashedFiles, 0);
});
