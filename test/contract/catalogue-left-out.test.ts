/**
 * Goal: a project that the selection leaves out is nowhere to be seen, and what is known of it stays for the next change of rules.
 * Method: a real SQLite catalogue through its contract; what every reader says after each commit.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openJournal } from '../../src/catalogue/journal.ts';
import type { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { isJubjubError } from '../../src/errors.ts';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import {
  auditLines,
  commit,
  DEMO,
  DROP,
  demand,
  distFile,
  leaveOut,
  newCatalogue,
  OTHER,
  pageOf,
  publish,
  remove,
} from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const WHEEL = distFile('demo-1.0-py3-none-any.whl');
const SDIST = distFile('demo-1.0.tar.gz');
const VALIDATOR = { etag: '"e"', encoding: 'gzip' } as const;
const WHY = 'left out by [projects] status active: status archived';

const setUp = (t: Parameters<typeof newCatalogue>[0]) => newCatalogue(t, withTempDir(t));

/** Published, with all that may hang on a page. */
async function publishDemo(catalogue: SqliteCatalogue): Promise<void> {
  const learned = [{ url: 'https://x.example/f', sha256: SDIST.sha256, sizeBytes: 1, validator: null }];
  const api = { serial: 5, validator: VALIDATOR, sha256: SDIST.sha256 };
  await publish(catalogue, 1000, DEMO, [WHEEL, SDIST], {
    validator: VALIDATOR,
    api,
    learned,
    selectedMs: 900,
  });
  catalogue.setBuckets(catalogue.changedBuckets().map((id) => ({ id, sha256: SDIST.sha256, projects: 1 })));
}

test('what was published leaves the list, the proof and the pages; what is known of it stays', async (t) => {
  const { catalogue } = setUp(t);
  await publishDemo(catalogue);
  const result = await leaveOut(catalogue, 2000, DEMO, { displayName: 'Demo' });
  const bytesWithdrawn = WHEEL.sizeBytes + SDIST.sizeBytes;
  assert.deepEqual(
    [result.rootChanged, result.filesWithdrawn, result.bytesWithdrawn],
    [true, 2, bytesWithdrawn],
  );
  assert.deepEqual([...catalogue.rootEntries()], []);
  assert.deepEqual([...catalogue.publishedNames()], []);
  assert.deepEqual(catalogue.changedBuckets(), [bucketOf(DEMO)]);
  assert.deepEqual(catalogue.learnedOf(DEMO), []);
  assert.deepEqual([catalogue.packed(DEMO), catalogue.detail(DEMO)], [null, null]);
  assert.equal(catalogue.isLeftOut(DEMO), true);
  assert.deepEqual([...catalogue.leftOutNames()], [DEMO]);
  assert.deepEqual(catalogue.project(DEMO), {
    name: DEMO,
    displayName: 'Demo',
    serial: 10,
    published: false,
    withdrawn: true,
    status: 'active',
    removed: null,
    validator: VALIDATOR,
    api: null,
    files: 0,
    missing: 0,
    pageSha256: null,
    leftOut: DROP,
    selectedMs: null,
  });
  const packed = catalogue.knownDetail(DEMO);
  assert.equal(packed === null ? null : catalogue.unpack(packed, DEMO).name, DEMO);
  assert.deepEqual(
    catalogue.hideable(2000, 10).map(({ file, why, urgent }) => [file.filename, why, urgent]),
    [
      [WHEEL.filename, WHY, false],
      [SDIST.filename, WHY, false],
    ],
  );
  assert.deepEqual(auditLines(catalogue), [
    `withdraw demo * "${WHY}" `,
    `withdraw demo ${WHEEL.filename} "${WHY}" `,
    `withdraw demo ${SDIST.filename} "${WHY}" `,
  ]);
  assert.deepEqual([catalogue.counts().leftOut, catalogue.counts().projects], [1, 0]);
  assert.deepEqual(catalogue.integrity(), []);
});

test('the page that a look has brought is what is known from then on', async (t) => {
  const { catalogue } = setUp(t);
  await publishDemo(catalogue);
  const page = pageOf(catalogue, DEMO, { serial: 20, status: 'archived', validator: null });
  await leaveOut(catalogue, 2000, DEMO, { page, displayName: 'DEMO' });
  await leaveOut(catalogue, 2000, DEMO, { page, displayName: 'Demo' });
  await leaveOut(catalogue, 2000, DEMO);
  const known = catalogue.project(DEMO);
  assert.deepEqual(
    [known?.displayName, known?.serial, known?.status, known?.validator],
    ['Demo', 20, 'archived', null],
  );
  assert.deepEqual(Buffer.from(catalogue.knownDetail(DEMO) ?? []), Buffer.from(page.detail));
  assert.equal(auditLines(catalogue)[0], `withdraw demo * "${WHY}" 20`, 'its serial is that of the change');
});

test('a project that was never published is left out without a word to the list and the audit', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, OTHER, []);
  catalogue.intend([{ name: DEMO, files: [WHEEL] }], 1500);
  const result = await leaveOut(catalogue, 2000, DEMO, { page: pageOf(catalogue, DEMO) });
  assert.deepEqual([result.rootChanged, result.filesWithdrawn], [false, 0]);
  assert.deepEqual(auditLines(catalogue), []);
  assert.deepEqual(catalogue.intendedPaths(), [], 'what a killed run had planned is off the plan');
  assert.equal(catalogue.isLeftOut(DEMO), true);
  await leaveOut(catalogue, 3000, OTHER);
  assert.equal(auditLines(catalogue).length, 1);
  const drop = { ...DROP, value: '', why: 'status deprecated' };
  const again = await leaveOut(catalogue, 4000, OTHER, { drop });
  assert.equal(again.rootChanged, false);
  assert.equal(auditLines(catalogue).length, 1, 'it had left before');
  assert.deepEqual(catalogue.project(OTHER)?.leftOut, drop);
});

test('of one whose name alone says it nothing is known, and nothing is to be looked at anew', async (t) => {
  const { catalogue } = setUp(t);
  await leaveOut(catalogue, 1000, DEMO);
  assert.deepEqual(catalogue.project(DEMO)?.leftOut, DROP);
  assert.deepEqual([catalogue.isLeftOut(DEMO), catalogue.knownDetail(DEMO)], [false, null]);
  assert.deepEqual([...catalogue.leftOutNames()], []);
  assert.deepEqual(catalogue.leastRecentlyValidated(9), []);
  assert.equal(catalogue.counts().leftOut, 1);
  assert.deepEqual([catalogue.isLeftOut(OTHER), catalogue.knownDetail(OTHER)], [false, null]);
});

test('published again it is not left out any more; gone upstream nothing of it is known', async (t) => {
  const { catalogue } = setUp(t);
  await publishDemo(catalogue);
  await leaveOut(catalogue, 2000, DEMO, { reviewMs: 5000 });
  await publish(catalogue, 3000, DEMO, [WHEEL], { selectedMs: 2900, reviewMs: 6000 });
  assert.deepEqual(
    [catalogue.project(DEMO)?.leftOut, catalogue.project(DEMO)?.selectedMs, catalogue.isLeftOut(DEMO)],
    [null, 2900, false],
  );
  assert.deepEqual([catalogue.reviewable(5999), catalogue.reviewable(6000)], [[], [DEMO]]);
  assert.deepEqual(catalogue.knownDetail(DEMO), catalogue.packed(DEMO));
  await leaveOut(catalogue, 4000, DEMO, { reviewMs: 7000 });
  catalogue.setInfo(DEMO, { serial: 1, info: {} });
  await remove(catalogue, 5000, DEMO, 77);
  assert.deepEqual([catalogue.project(DEMO)?.leftOut, catalogue.project(DEMO)?.removed], [null, 77]);
  assert.deepEqual([catalogue.knownDetail(DEMO), catalogue.info(DEMO)], [null, null]);
  assert.deepEqual([catalogue.reviewable(9000), catalogue.counts().leftOut], [[], 0]);
});

test('the files of one that is quarantined, too, are hidden at once', async (t) => {
  const { catalogue } = setUp(t);
  await publishDemo(catalogue);
  await leaveOut(catalogue, 2000, DEMO);
  assert.deepEqual(catalogue.hideable(0, 10), []);
  await leaveOut(catalogue, 3000, DEMO, { page: pageOf(catalogue, DEMO, { status: 'quarantined' }) });
  assert.deepEqual(
    catalogue.hideable(0, 10).map(({ why }) => why),
    ['project quarantined', 'project quarantined'],
  );
});

test('what has changed since is left out still, and nothing else is known of it', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, OTHER, [], { validator: VALIDATOR });
  await leaveOut(catalogue, 1000, DEMO, {
    page: pageOf(catalogue, DEMO, { validator: VALIDATOR }),
    reviewMs: 2000,
  });
  catalogue.outdateLeftOut([DEMO, OTHER, normalizeName('nobody')]);
  const known = catalogue.project(DEMO);
  assert.deepEqual([known?.leftOut, known?.serial, known?.validator], [DROP, null, null]);
  assert.deepEqual([catalogue.isLeftOut(DEMO), catalogue.knownDetail(DEMO)], [false, null]);
  assert.deepEqual([[...catalogue.leftOutNames()], catalogue.reviewable(9000)], [[], []]);
  assert.equal(catalogue.counts().leftOut, 1);
  assert.deepEqual(catalogue.project(OTHER)?.validator, VALIDATOR, 'it is published');
});

test('a left-out project that a list lacks is a suspect, unless the list is older, or has no quarantined ones', async (t) => {
  const { catalogue } = setUp(t);
  const unseen = (listSerial: number | null) => [...catalogue.unseen(listSerial)];
  await leaveOut(catalogue, 1000, DEMO, { page: pageOf(catalogue, DEMO, { serial: 20 }) });
  catalogue.clearSeen();
  assert.deepEqual([unseen(null), unseen(20), unseen(19)], [[DEMO], [DEMO], []]);
  catalogue.noteSeen([DEMO]);
  assert.deepEqual(unseen(null), []);
  catalogue.clearSeen();
  await leaveOut(catalogue, 2000, DEMO, { page: pageOf(catalogue, DEMO, { status: 'quarantined' }) });
  assert.deepEqual(unseen(null), []);
  catalogue.outdateLeftOut([DEMO]);
  await leaveOut(catalogue, 3000, OTHER);
  assert.deepEqual(unseen(19), [OTHER]);
  catalogue.addDue([demand(OTHER, { removed: 30 })]);
  assert.deepEqual(unseen(null), [], 'a row is about to decide');
});

test('another upstream is asked anew about all of them, and has no reserved names yet', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, OTHER, [], { selectedMs: 1000, reviewMs: 2000 });
  await leaveOut(catalogue, 1000, DEMO, {
    page: pageOf(catalogue, DEMO, { validator: VALIDATOR }),
    reviewMs: 3000,
  });
  catalogue.setInfo(OTHER, { serial: 1, info: {} });
  catalogue.noteReserved([{ name: OTHER, serial: 9 }], 1000);
  catalogue.startOver('https://other.example');
  const known = catalogue.project(DEMO);
  assert.deepEqual([known?.leftOut, known?.serial, known?.validator], [DROP, null, null]);
  assert.deepEqual([catalogue.isLeftOut(DEMO), catalogue.knownDetail(DEMO)], [false, null]);
  assert.deepEqual([catalogue.info(OTHER), catalogue.reserved()], [null, []]);
  assert.deepEqual(catalogue.reviewable(9000), [OTHER], 'what is published stays as it was selected');
  assert.notEqual(catalogue.knownDetail(OTHER), null);
});

test('followers are told of what left, in serials, and never of what is left out', async (t) => {
  const { catalogue, file } = setUp(t);
  for (const name of [DEMO, OTHER]) await publish(catalogue, 1000, name, []);
  await remove(catalogue, 2000, OTHER, 12);
  await publish(catalogue, 3000, OTHER, [], { serial: 14 });
  await leaveOut(catalogue, 4000, DEMO, { page: pageOf(catalogue, DEMO, { serial: 15 }) });
  await leaveOut(catalogue, 5000, OTHER);
  catalogue.setDiscovered(20);
  await commit(catalogue, 6000, { advance: true });
  const journal = openJournal(file, 6000);
  t.after(() => journal.close());
  assert.deepEqual([...journal.projects()], []);
  const rows = [...journal.since(0, 100)].filter(({ name }) => name !== '');
  assert.deepEqual(
    rows.map(({ name, action, serial, timestampS }) => [name, action, serial, timestampS]),
    [['other', 'remove project', 12, 5]],
    'its page is not here; who has it from before finds that in the list',
  );
});

test('a reason that cannot be read is told, keeps nobody from the names, and can be forgotten', async (t) => {
  const { catalogue, shell } = setUp(t);
  for (const name of [DEMO, OTHER]) await leaveOut(catalogue, 1000, name, { page: pageOf(catalogue, name) });
  for (const damage of ['{', '{"rule":"x"}', '[]']) {
    shell.run(`UPDATE project SET left_out = ? WHERE name = 'demo'`, damage);
    assert.throws(
      () => catalogue.project(DEMO),
      (error) =>
        isJubjubError(error, 'CATALOGUE_UNREADABLE') && error.message.endsWith(': left_out, of project demo'),
    );
    assert.deepEqual([...catalogue.leftOutNames()], [DEMO, OTHER]);
    assert.deepEqual(catalogue.leastRecentlyValidated(9), [DEMO, OTHER]);
    assert.notEqual(catalogue.knownDetail(DEMO), null);
    assert.equal(shell.all('SELECT * FROM left_out').length, 2);
    assert.deepEqual(catalogue.integrity(), ['why demo is left out cannot be read']);
    catalogue.forgetUnreadable(DEMO);
    assert.equal(catalogue.project(DEMO)?.leftOut?.rule, '(unreadable)');
    assert.deepEqual(catalogue.integrity(), []);
  }
  assert.deepEqual(catalogue.project(OTHER)?.leftOut, DROP);
  shell.run(`UPDATE project SET state = 'published' WHERE name = 'demo'`);
  assert.deepEqual(catalogue.integrity(), ['demo is left out and published']);
});

test('more of them than one read takes come by name, each once', async (t) => {
  const { catalogue, shell } = setUp(t);
  shell.run(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    INSERT INTO project (name, state, left_out, detail) SELECT 'p' || i, 'withdrawn', '{}', x'00' FROM n`);
  const names = [...catalogue.leftOutNames()];
  assert.equal(new Set(names).size, 2500);
  assert.deepEqual(names, [...names].sort());
  assert.equal(catalogue.counts().leftOut, 2500);
});
