/**
 * Goal: what no page links to may leave the docroot when its time has come, and never while anything else needs it.
 * Method: a real SQLite catalogue through its contract; what may be hidden is asked at moments around each limit.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KnownFile } from '../../src/catalogue/contract.ts';
import { DELETABLE_SQL } from '../../src/catalogue/trash.ts';
import { HIDEABLE_SQL } from '../../src/catalogue/withdrawn.ts';
import {
  DEMO,
  distFile,
  hideAll,
  newCatalogue,
  OTHER,
  publish,
  queryPlan,
  remove,
} from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const WHEEL = distFile('demo-1.0-py3-none-any.whl');
const SDIST = distFile('demo-1.0.tar.gz');
const NEWER = distFile('demo-2.0.tar.gz');
const HOUR = 3_600_000;

const setUp = (t: Parameters<typeof newCatalogue>[0]) => newCatalogue(t, withTempDir(t));
const names = (found: readonly { readonly file: KnownFile }[]) => found.map(({ file }) => file.filename);

test('a withdrawn file may be hidden from its time on, with why and since when it is off the page', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST]);
  await publish(catalogue, 2000, DEMO, [WHEEL], { serial: 77 });
  assert.deepEqual(catalogue.hideable(1999, 10), []);
  assert.deepEqual(catalogue.hideable(2000, 10), [
    {
      name: DEMO,
      file: { ...SDIST, state: 'withdrawn' },
      sinceMs: 2000,
      why: 'no longer on the page',
      serial: 77,
      urgent: false,
      held: false,
    },
  ]);
  assert.deepEqual(catalogue.withdrawnOf(DEMO), catalogue.hideable(2000, 10));
  assert.deepEqual(catalogue.withdrawnOf(OTHER), []);
});

test('the oldest come first, as many as asked for', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST, NEWER]);
  await publish(catalogue, 2000, DEMO, [WHEEL, SDIST]);
  await publish(catalogue, 3000, DEMO, [SDIST]);
  await publish(catalogue, 4000, DEMO, []);
  assert.deepEqual(names(catalogue.hideable(9000, 2)), [NEWER.filename, WHEEL.filename]);
});

test('the files of a quarantined project are urgent, those withdrawn before, too', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST]);
  await publish(catalogue, 2000, DEMO, [WHEEL]);
  await publish(catalogue, 3000, DEMO, [], { status: 'quarantined' });
  const urgent = catalogue.hideable(0, 10);
  assert.deepEqual(
    urgent.map(({ file, sinceMs, why, urgent: hurry }) => [file.filename, sinceMs, why, hurry]),
    [
      [SDIST.filename, 2000, 'project quarantined', true],
      [WHEEL.filename, 3000, 'project quarantined', true],
    ],
  );
});

test('of a quarantined release only its own files are urgent, however the version is spelled', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST, NEWER]);
  await publish(catalogue, 2000, DEMO, [], { quarantinedVersions: ['1.0.0'] });
  assert.deepEqual(names(catalogue.hideable(0, 10)), [WHEEL.filename, SDIST.filename]);
  assert.deepEqual(
    catalogue.withdrawnOf(DEMO).map(({ why }) => why),
    ['release quarantined', 'release quarantined', 'no longer on the page'],
  );
});

test('a file that is back and withdrawn once more is neither urgent nor old', async (t) => {
  const { catalogue, shell } = setUp(t);
  const urgent = () => shell.all('SELECT id FROM file WHERE urgent = 1').length;
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await publish(catalogue, 2000, DEMO, [], { status: 'quarantined' });
  assert.equal(urgent(), 1);
  await publish(catalogue, 3000, DEMO, [WHEEL]);
  assert.equal(urgent(), 0);
  await publish(catalogue, 4000, DEMO, []);
  assert.deepEqual(catalogue.hideable(3999, 10), []);
  assert.deepEqual(names(catalogue.hideable(4000, 10)), [WHEEL.filename]);
});

test('a withdrawn file that a plan wants again is intended: not hideable, not urgent, and its time begins anew', async (t) => {
  const { catalogue, shell } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST]);
  await publish(catalogue, 2000, DEMO, [SDIST], { quarantinedVersions: ['1.0'] });
  // What upstream says of the size may be nothing; what is known of the bytes stays.
  const wanted = [{ ...WHEEL, sizeBytes: 0 }, { ...SDIST, sizeBytes: 0 }, NEWER];
  catalogue.intend([{ name: DEMO, files: wanted }], 3000);
  assert.deepEqual(catalogue.hideable(9000, 10), []);
  assert.deepEqual(shell.all('SELECT id FROM file WHERE urgent = 1'), []);
  assert.deepEqual(catalogue.filesOf(DEMO), [
    { ...WHEEL, state: 'intended' },
    SDIST,
    { ...NEWER, state: 'intended' },
  ]);
  await publish(catalogue, 4000, DEMO, [SDIST]);
  assert.deepEqual(catalogue.hideable(3999, 10), []);
  assert.deepEqual(
    catalogue.hideable(4000, 10).map(({ file, why }) => [file.filename, why]),
    [
      [WHEEL.filename, 'no longer on the page'],
      [NEWER.filename, 'planned, but never published'],
    ],
  );
});

test('a plan that wants other bytes at the path of a withdrawn file says which', async (t) => {
  const { catalogue } = setUp(t);
  const before = { ...WHEEL, metadataSha256: SDIST.sha256 };
  await publish(catalogue, 1000, DEMO, [before]);
  await publish(catalogue, 2000, DEMO, []);
  const other = { ...WHEEL, sha256: NEWER.sha256, sizeBytes: 5 };
  catalogue.intend([{ name: DEMO, files: [other] }], 3000);
  assert.deepEqual(catalogue.filesOf(DEMO), [{ ...other, state: 'intended' }]);
});

test('a path is hidden only when no other project links to it, plans it, keeps it, or withdrew it later', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await publish(catalogue, 1000, OTHER, [WHEEL]);
  await publish(catalogue, 2000, DEMO, []);
  assert.deepEqual(catalogue.hideable(9000, 10), [], 'published by the other');
  await publish(catalogue, 5000, OTHER, []);
  assert.deepEqual(catalogue.hideable(4999, 10), [], 'withdrawn later by the other');
  assert.deepEqual(
    catalogue.hideable(5000, 10).map(({ name }) => name),
    [OTHER],
  );
  catalogue.intend([{ name: DEMO, files: [WHEEL] }], 4000);
  assert.deepEqual(catalogue.hideable(9000, 10), [], 'intended by the other');
  await publish(catalogue, 4000, DEMO, []);
  catalogue.setHeld(DEMO, [WHEEL.path], true, 4000);
  assert.deepEqual(catalogue.hideable(9000, 10), [], 'held for the other');
  catalogue.setHeld(DEMO, [WHEEL.path], false, 4000);
  hideAll(catalogue, 9000);
  assert.deepEqual(
    catalogue.hideable(9000, 10).map(({ name }) => name),
    [DEMO],
    'and then the first one, whose bytes lie in the trash already',
  );
});

test('looking for work goes through what was withdrawn or hidden, never through the tree', (t) => {
  const { shell } = setUp(t);
  const hideable = queryPlan(shell, HIDEABLE_SQL, 1, 1);
  assert.equal(hideable[0], 'SCAN file USING INDEX file_withdrawn');
  assert.ok(hideable.some((line) => /SEARCH other USING INDEX file_by_path \(path_key=\?\)/.test(line)));
  assert.ok(
    !hideable.some((line) => /SCAN (?!file USING INDEX file_withdrawn)|TEMP B-TREE/.test(line)),
    hideable.join('\n'),
  );
  const deletable = queryPlan(shell, DELETABLE_SQL, 1, 1);
  assert.ok(
    deletable.some((line) => /trash_by_age \(hidden_ms<\?\)/.test(line)),
    deletable.join('\n'),
  );
  assert.ok(
    !deletable.some((line) => /SCAN (?!trash USING COVERING INDEX trash_returned)/.test(line)),
    deletable.join('\n'),
  );
  const held = queryPlan(shell, `SELECT * FROM held_files`);
  assert.ok(
    held.some((line) => /file_withdrawn/.test(line)),
    held.join('\n'),
  );
});

test('a removed project leaves its files to be hidden after their time, with the serial of the removal', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [WHEEL]);
  await remove(catalogue, 2000, DEMO, 99);
  assert.deepEqual(catalogue.hideable(1999, 10), []);
  assert.deepEqual(
    catalogue.hideable(2000 + HOUR, 10).map(({ why, serial, urgent }) => [why, serial, urgent]),
    [['removed upstream', 99, false]],
  );
});
