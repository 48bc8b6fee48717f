/**
 * Goal: whatever is taken away and brought back stands in the audit once, with why and the serial, or did not happen.
 * Method: commits and moves through the contract; the outbox is read, and emptied, as a run does it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import type { DocrootPath, TrashPath } from '../../src/pypi/types.ts';
import {
  auditLines,
  commit,
  DEMO,
  distFile,
  hidden,
  hideAll,
  NOTHING,
  newCatalogue,
  OTHER,
  publish,
  remove,
  updateOf,
} from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const WHEEL = distFile('demo-1.0-py3-none-any.whl');
const SDIST = distFile('demo-1.0.tar.gz');

const setUp = (t: Parameters<typeof newCatalogue>[0]) => newCatalogue(t, withTempDir(t));

/** Empties the outbox, so that a test sees what came after. */
function drain(catalogue: ReturnType<typeof setUp>['catalogue']): void {
  catalogue.auditWritten(catalogue.unwrittenAudit(1000).at(-1)?.seq ?? 0);
}

test('publishing says nothing; a file that leaves its page says why, and the serial of the page', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST]);
  assert.deepEqual(catalogue.unwrittenAudit(10), []);
  await publish(catalogue, 2000, DEMO, [WHEEL], { serial: 77 });
  assert.deepEqual(catalogue.unwrittenAudit(10), [
    {
      seq: 1,
      atMs: 2000,
      action: 'withdraw',
      project: DEMO,
      filename: SDIST.filename,
      path: SDIST.path,
      sha256: SDIST.sha256,
      why: 'no longer on the page',
      serial: 77,
    },
  ]);
  await publish(catalogue, 3000, DEMO, [WHEEL], { serial: 78 });
  assert.equal(catalogue.unwrittenAudit(10).length, 1, 'what is withdrawn stays so without a word');
});

test('a project that leaves says so once for itself, and once for each file on its page', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST]);
  await publish(catalogue, 2000, DEMO, [WHEEL]);
  drain(catalogue);
  await remove(catalogue, 3000, DEMO, 99);
  assert.deepEqual(auditLines(catalogue), [
    'withdraw demo * "removed upstream" 99',
    `withdraw demo ${WHEEL.filename} "removed upstream" 99`,
  ]);
  await remove(catalogue, 4000, DEMO, 99);
  await remove(catalogue, 4000, OTHER, 99);
  assert.equal(catalogue.unwrittenAudit(10).length, 2, 'what is not there cannot leave');
});

test('a quarantine is told of each file, not of the project, whose page stays', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await publish(catalogue, 2000, DEMO, [], { status: 'quarantined', serial: 80 });
  assert.deepEqual(auditLines(catalogue), [`withdraw demo ${WHEEL.filename} "project quarantined" 80`]);
});

test('a file that was planned and never published leaves no page, and comes back to none', async (t) => {
  const { catalogue } = setUp(t);
  catalogue.intend([{ name: DEMO, files: [WHEEL] }], 1000);
  await publish(catalogue, 2000, DEMO, []);
  catalogue.intend([{ name: DEMO, files: [WHEEL] }], 3000);
  await publish(catalogue, 4000, DEMO, []);
  catalogue.intend([{ name: DEMO, files: [WHEEL] }], 5000);
  await publish(catalogue, 6000, DEMO, [WHEEL]);
  assert.deepEqual(auditLines(catalogue), []);
});

test('a file that is published again says so, whether it had left the docroot or not', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await publish(catalogue, 2000, DEMO, []);
  catalogue.intend([{ name: DEMO, files: [WHEEL] }], 3000);
  drain(catalogue);
  await publish(catalogue, 3000, DEMO, [WHEEL], { serial: 81 });
  assert.deepEqual(auditLines(catalogue), [`restore demo ${WHEEL.filename} "published again" 81`]);
  await publish(catalogue, 4000, DEMO, []);
  hideAll(catalogue, 5000);
  catalogue.intend([{ name: DEMO, files: [WHEEL] }], 6000);
  drain(catalogue);
  await publish(catalogue, 6000, DEMO, [WHEEL], { serial: 82 });
  assert.deepEqual(auditLines(catalogue), [`restore demo ${WHEEL.filename} "published again" 82`]);
  assert.equal(catalogue.trashOf(DEMO)[0]?.returned, true);
  await publish(catalogue, 7000, DEMO, [{ ...WHEEL, metadataSha256: SDIST.sha256 }]);
  assert.equal(catalogue.unwrittenAudit(10).length, 1, 'it was there all the time');
});

test('bytes that another project had in the trash return with the file that has them now', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, distFile('demo-2.0.tar.gz')]);
  await publish(catalogue, 2000, DEMO, []);
  hideAll(catalogue, 3000);
  drain(catalogue);
  await publish(catalogue, 4000, OTHER, [WHEEL, SDIST], { serial: 83 });
  assert.deepEqual(auditLines(catalogue), [`restore other ${WHEEL.filename} "published again" 83`]);
  const returned = catalogue.trashOf(DEMO).map((file) => [file.filename, file.returned]);
  assert.deepEqual(returned, [
    [WHEEL.filename, true],
    ['demo-2.0.tar.gz', false],
  ]);
  await publish(catalogue, 5000, normalizeName('third'), [WHEEL]);
  assert.equal(catalogue.unwrittenAudit(10).length, 1, 'they have returned once');
});

test('hiding, deleting, restoring, holding and letting go are told, each with its reason', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST]);
  await publish(catalogue, 2000, DEMO, [], { serial: 84 });
  drain(catalogue);
  const [wheel, sdist] = catalogue.hideable(2000, 10);
  assert.ok(wheel && sdist);
  catalogue.noteHidden([hidden(wheel), hidden(sdist, false)], 3000);
  const [trashed] = catalogue.trashOf(DEMO);
  assert.ok(trashed);
  catalogue.noteRestored(trashed, 4000);
  catalogue.setHeld(DEMO, [WHEEL.path], false, 5000);
  catalogue.setHeld(DEMO, [WHEEL.path], true, 5000);
  catalogue.noteDeleted(catalogue.deletable(0, 10), 6000);
  const path = 'packages/odd' as DocrootPath;
  catalogue.noteSwept(
    [{ path, to: 'swept/1/packages/odd' as TrashPath, sizeBytes: 3, why: 'foreign' }],
    7000,
  );
  catalogue.noteDeleted(catalogue.deletable(7000, 10), 8000);
  assert.deepEqual(auditLines(catalogue), [
    `hide demo ${WHEEL.filename} "no longer on the page" 84`,
    `restore demo ${WHEEL.filename} "restored by the operator" `,
    `release demo ${WHEEL.filename} "no longer kept by the operator" `,
    `restore demo ${WHEEL.filename} "kept by the operator" `,
    'hide  odd "foreign" ',
    'delete  odd "foreign" ',
  ]);
  assert.deepEqual(
    catalogue.unwrittenAudit(10).map((record) => record.path),
    [...Array(4).fill(WHEEL.path), path, path],
  );
});

test('a deletion is told with what had withdrawn the file, and only once', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await remove(catalogue, 2000, DEMO, 85);
  hideAll(catalogue, 3000);
  drain(catalogue);
  const deletable = catalogue.deletable(3000, 10);
  catalogue.noteDeleted(deletable, 4000);
  catalogue.noteDeleted(deletable, 5000);
  assert.deepEqual(auditLines(catalogue), [`delete demo ${WHEEL.filename} "removed upstream" 85`]);
});

test('records are given out oldest first, as many as asked for, until they are written; no number comes twice', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST]);
  await remove(catalogue, 2000, DEMO);
  const seqs = (limit = 10) => catalogue.unwrittenAudit(limit).map(({ seq }) => seq);
  assert.deepEqual(seqs(2), [1, 2]);
  catalogue.auditWritten(2);
  assert.deepEqual(seqs(), [3]);
  catalogue.auditWritten(3);
  await publish(catalogue, 3000, DEMO, [WHEEL]);
  assert.deepEqual(seqs(), [4]);
});

test('what is undone was never told', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  const update = updateOf(catalogue, DEMO, []);
  const dying = catalogue.commit({ ...NOTHING, atMs: 2000, updates: [update] }, async () => {
    assert.equal(catalogue.unwrittenAudit(10).length, 1);
    throw new RangeError('the disk is full');
  });
  await assert.rejects(dying, RangeError);
  assert.deepEqual(catalogue.unwrittenAudit(10), []);
  await commit(catalogue, 3000, { updates: [update] });
  assert.equal(catalogue.unwrittenAudit(10).length, 1);
});
