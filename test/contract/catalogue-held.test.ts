/**
 * Goal: what the operator brings back stays in the docroot until it is let go, whatever upstream does meanwhile.
 * Method: a real SQLite catalogue through its contract; files are held at each moment of their way.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KnownFile } from '../../src/catalogue/contract.ts';
import { DEMO, distFile, hideAll, newCatalogue, OTHER, publish } from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const WHEEL = distFile('demo-1.0-py3-none-any.whl');
const SDIST = distFile('demo-1.0.tar.gz');
const NEWER = distFile('demo-2.0.tar.gz');

const setUp = (t: Parameters<typeof newCatalogue>[0]) => newCatalogue(t, withTempDir(t));
const names = (found: readonly { readonly file: KnownFile }[]) => found.map(({ file }) => file.filename);

test('a held file is never hidden until it is let go, and then from that time on', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST]);
  await publish(catalogue, 2000, DEMO, [SDIST]);
  const held = catalogue.setHeld(DEMO, [WHEEL.path, SDIST.path, NEWER.path], true, 3000);
  assert.deepEqual(names(held), [WHEEL.filename], 'only what is withdrawn');
  assert.equal(held[0]?.held, true);
  assert.deepEqual(catalogue.setHeld(DEMO, [WHEEL.path], true, 3000), [], 'it was held before');
  assert.deepEqual(catalogue.hideable(9000, 10), []);
  assert.equal(catalogue.counts().heldFiles, 1);
  const released = catalogue.setHeld(DEMO, [WHEEL.path], false, 6000);
  assert.deepEqual([released[0]?.held, released[0]?.sinceMs], [false, 6000]);
  assert.deepEqual(catalogue.hideable(5999, 10), []);
  assert.deepEqual(names(catalogue.hideable(6000, 10)), [WHEEL.filename]);
  assert.deepEqual(catalogue.setHeld(OTHER, [WHEEL.path], true, 7000), [], 'a project that is not known');
});

test('a held file that is published again is held still when upstream drops it', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await publish(catalogue, 2000, DEMO, []);
  catalogue.setHeld(DEMO, [WHEEL.path], true, 3000);
  catalogue.intend([{ name: DEMO, files: [WHEEL] }], 4000);
  await publish(catalogue, 4000, DEMO, [WHEEL]);
  assert.equal(catalogue.counts().heldFiles, 0, 'a page links to it');
  await publish(catalogue, 5000, DEMO, []);
  assert.deepEqual(catalogue.hideable(9000, 10), []);
  await publish(catalogue, 6000, DEMO, [WHEEL]);
  const released = catalogue.setHeld(DEMO, [WHEEL.path], false, 7000);
  assert.deepEqual(
    released.map(({ file }) => file.state),
    ['published'],
  );
  await publish(catalogue, 8000, DEMO, []);
  assert.deepEqual(names(catalogue.hideable(8000, 10)), [WHEEL.filename]);
});

test('a restored file is withdrawn and held at its path, and what is left of it in the trash may go', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await publish(catalogue, 2000, DEMO, [], { status: 'quarantined', serial: 79 });
  hideAll(catalogue, 3000);
  const [trashed] = catalogue.trashOf(DEMO);
  assert.ok(trashed);
  catalogue.noteRestored(trashed, 4000);
  assert.deepEqual(catalogue.withdrawnOf(DEMO), [
    {
      name: DEMO,
      file: { ...WHEEL, state: 'withdrawn' },
      sinceMs: 4000,
      why: 'project quarantined',
      serial: 79,
      urgent: true,
      held: true,
    },
  ]);
  assert.deepEqual(catalogue.hideable(9000, 10), []);
  assert.deepEqual(catalogue.deletable(0, 10), [{ ...trashed, returned: true }]);
  catalogue.setHeld(DEMO, [WHEEL.path], false, 5000);
  assert.deepEqual(names(catalogue.hideable(0, 10)), [WHEEL.filename], 'it is quarantined still');
});

test('a file restored over a row of its own has the bytes that were restored', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await publish(catalogue, 2000, DEMO, []);
  hideAll(catalogue, 3000);
  const other = { ...WHEEL, sha256: NEWER.sha256 };
  await publish(catalogue, 4000, DEMO, [other]);
  await publish(catalogue, 5000, DEMO, []);
  const [trashed] = catalogue.trashOf(DEMO);
  assert.ok(trashed);
  catalogue.noteRestored(trashed, 6000);
  assert.deepEqual(catalogue.filesOf(DEMO), [{ ...WHEEL, state: 'withdrawn' }]);
});
