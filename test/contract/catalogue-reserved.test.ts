/**
 * Goal: a reserved name that upstream has is told once, and once more when it had gone in between.
 * Method: a real SQLite catalogue through its contract.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEMO, newCatalogue, OTHER } from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const setUp = (t: Parameters<typeof newCatalogue>[0]) => newCatalogue(t, withTempDir(t));

test('a name stands as it was noted first, and is told once', (t) => {
  const { catalogue } = setUp(t);
  assert.deepEqual(catalogue.reserved(), []);
  catalogue.noteReserved(
    [
      { name: OTHER, serial: null },
      { name: DEMO, serial: 7 },
    ],
    1000,
  );
  const untold = [
    { name: DEMO, seenMs: 1000, serial: 7, told: false },
    { name: OTHER, seenMs: 1000, serial: null, told: false },
  ];
  assert.deepEqual(catalogue.reserved(), untold);
  catalogue.noteReserved([{ name: DEMO, serial: 8 }], 2000);
  assert.deepEqual(catalogue.reserved(), untold);
  catalogue.setReservedTold();
  catalogue.noteReserved([{ name: DEMO, serial: 9 }], 3000);
  assert.deepEqual(
    catalogue.reserved(),
    untold.map((one) => ({ ...one, told: true })),
  );
  assert.equal(catalogue.counts().reserved, 2);
});

test('one that was forgotten is told again', (t) => {
  const { catalogue } = setUp(t);
  catalogue.noteReserved([{ name: DEMO, serial: 7 }], 1000);
  catalogue.setReservedTold();
  catalogue.forgetReserved([DEMO, OTHER]);
  assert.equal(catalogue.counts().reserved, 0);
  catalogue.noteReserved([{ name: DEMO, serial: 8 }], 2000);
  assert.deepEqual(catalogue.reserved(), [{ name: DEMO, seenMs: 2000, serial: 8, told: false }]);
});

test('a name that is none keeps nobody from the others, and is told', (t) => {
  const { catalogue, shell } = setUp(t);
  catalogue.noteReserved([{ name: DEMO, serial: 7 }], 1000);
  shell.run(`INSERT INTO reserved (name, seen_ms) VALUES ('De_mo', 1)`);
  assert.equal(catalogue.reserved().length, 1);
  assert.deepEqual(catalogue.integrity(), ['a reserved name is not normalized: "De_mo"']);
});
