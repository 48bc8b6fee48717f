/**
 * Goal: the journal tells what has changed in the words and the order that readers of PyPI expect, nothing above the
 * committed serial, and is not in the way of a running sync.
 * Method: catalogues written in plain SQL.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOLD_BACK_MS_MAX, openJournal } from '../../src/catalogue/journal.ts';
import { isJubjubError } from '../../src/errors.ts';
import { effectOf } from '../../src/pypi/changelog.ts';
import { ALL, NOW_MS, TestCatalogue } from '../support/serve-catalogue.ts';

test('changed and removed projects are rows in the order of their serials, and nothing lies above the committed one', (t) => {
  const catalogue = new TestCatalogue(t);
  catalogue.published('snark', 7, { displayName: 'The_Snark' });
  catalogue.published('boojum', 12);
  catalogue.withdrawn('jubjub', 9);
  catalogue.withdrawn('deselected', null);
  catalogue.published('no-serial', null);
  catalogue.published('ahead', 21);
  catalogue.withdrawn('gone-ahead', 22);
  catalogue.serial(20);
  const all = [
    ['The_Snark', 'update', 7],
    ['jubjub', 'remove project', 9],
    ['boojum', 'update', 12],
  ];
  assert.deepEqual(catalogue.since(0), all);
  assert.deepEqual(catalogue.since(-1), all);
  assert.deepEqual(catalogue.since(7), all.slice(1));
  assert.deepEqual(catalogue.since(0, 2), all.slice(0, 2), 'the limit');
  assert.deepEqual(catalogue.since(Number.MAX_SAFE_INTEGER), []);
  catalogue.serial(22);
  assert.deepEqual(catalogue.since(12), [
    ['ahead', 'update', 21],
    ['gone-ahead', 'remove project', 22],
  ]);
});

test('a row is written as readers of PyPI expect it, and says what it means', (t) => {
  const catalogue = new TestCatalogue(t);
  catalogue.nowMs = 1_700_000_000_999;
  catalogue.published('snark', 7, { displayName: 'Snark' });
  catalogue.withdrawn('jubjub', 8);
  catalogue.serial(8);
  const [changed, removed, ...more] = catalogue.read((journal) => [...journal.since(0, ALL)]);
  assert.deepEqual(changed, {
    name: 'Snark',
    version: null,
    timestampS: 1_700_000_000,
    action: 'update',
    serial: 7,
  });
  assert.ok(changed && removed);
  assert.deepEqual(effectOf(changed), { kind: 'page' });
  assert.deepEqual(effectOf(removed), { kind: 'remove-project' });
  assert.deepEqual(more, []);
});

test('the last row is the committed serial itself when no project has it, and is about nothing', (t) => {
  const catalogue = new TestCatalogue(t);
  catalogue.published('snark', 7);
  catalogue.serial(10);
  catalogue.db.run('INSERT INTO run (started_ms, finished_ms) VALUES (?, ?)', NOW_MS - 5_000, NOW_MS);
  const rows = catalogue.read((journal) => [...journal.since(0, ALL)]);
  const last = rows.at(-1);
  assert.deepEqual(last, {
    name: '',
    version: '',
    timestampS: NOW_MS / 1000,
    action: 'keyrotate ',
    serial: 10,
  });
  assert.deepEqual(effectOf(last), { kind: 'none' });
  assert.equal(rows.length, 2);
  assert.deepEqual(
    catalogue.read((journal) => [...journal.since(10, ALL)]),
    [],
    'the end is the end',
  );
  assert.equal(catalogue.read((journal) => [...journal.since(0, 1)]).length, 1, 'not beyond the limit');
});

test('a change that we owe holds back later rows for a while, and none that came before it', (t) => {
  const catalogue = new TestCatalogue(t);
  catalogue.published('early', 10);
  catalogue.published('owed', 5);
  catalogue.published('late', 30);
  catalogue.serial(40);
  catalogue.pending('owed', 20, 25);
  assert.deepEqual(catalogue.since(0), [
    ['owed', 'update', 5],
    ['early', 'update', 10],
  ]);
  assert.equal(
    catalogue.read((journal) => journal.lastSerial()),
    40,
    'the head never goes back',
  );
  assert.deepEqual(
    catalogue.read((journal) => [...journal.since(30, ALL)]),
    [],
    'nor is its row given out',
  );
  catalogue.nowMs += HOLD_BACK_MS_MAX;
  assert.deepEqual(
    catalogue.since(10),
    [['late', 'update', 30]],
    'one broken project does not stop all followers',
  );
});

test('only what is owed holds back: not a page that is new enough, nor a look that no change asked for', (t) => {
  const catalogue = new TestCatalogue(t);
  catalogue.published('file-missing', 25);
  catalogue.pending('file-missing', 20, 25);
  catalogue.published('swept', 3);
  catalogue.pending('swept', Number.MAX_SAFE_INTEGER, 0);
  catalogue.published('from-the-list', 4);
  catalogue.pending('from-the-list', 0, 0);
  catalogue.published('late', 30);
  catalogue.db.run(`INSERT INTO due (name, first, required, source) VALUES ('untried', 28, 28, 'changelog')`);
  catalogue.serial(40);
  assert.deepEqual(catalogue.since(25), [['late', 'update', 30]]);
  catalogue.published('kept-by-the-limit', 2);
  catalogue.pending('kept-by-the-limit', 27, 0, 27);
  assert.deepEqual(catalogue.since(25), []);
});

test('the list has every published project with a serial, none above the committed one', (t) => {
  const catalogue = new TestCatalogue(t);
  catalogue.published('snark', 7, { displayName: 'The_Snark' });
  catalogue.published('bad', 8, { status: 'quarantined' });
  catalogue.published('ahead', 99);
  catalogue.published('no-serial', null);
  catalogue.withdrawn('gone', 9);
  catalogue.serial(20);
  assert.deepEqual(
    catalogue.read((journal) => [...journal.projects()]),
    [
      { displayName: 'ahead', serial: 20 },
      { displayName: 'bad', serial: 8 },
      { displayName: 'The_Snark', serial: 7 },
    ],
  );
});

test('lists and rows of any length come whole, page by page', (t) => {
  const catalogue = new TestCatalogue(t);
  const count = 2_500;
  catalogue.db.atomically(() => {
    for (let at = 1; at <= count; at++)
      if (at % 5 === 0) catalogue.withdrawn(`p${at}`, at);
      else catalogue.published(`p${at}`, at % 7 === 0 ? at - 1 : at);
  });
  catalogue.serial(count);
  const rows = catalogue.since(0);
  assert.equal(rows.length, count);
  assert.equal(new Set(rows.map(([name]) => name)).size, count, 'also where projects share a serial');
  assert.deepEqual(
    rows.map(([, , serial]) => serial),
    rows.map(([, , serial]) => serial).sort((a, b) => a - b),
  );
  const names = catalogue.read((journal) => [...journal.projects()].map(({ displayName }) => displayName));
  assert.equal(new Set(names).size, count - count / 5);
});

test('a mirror says whether it has serials', (t) => {
  const catalogue = new TestCatalogue(t);
  const says = () => catalogue.read((journal) => [journal.lastSerial(), journal.hasSerials()]);
  assert.deepEqual(says(), [null, true]);
  catalogue.serial(0);
  assert.deepEqual(says(), [0, true], 'an empty index');
  catalogue.published('polled', null);
  assert.deepEqual(says(), [0, false], 'an index that is polled stays at 0');
  catalogue.published('from-devpi', 7);
  assert.deepEqual(says(), [0, false], 'also where its pages have serials of their own');
  catalogue.serial(9);
  assert.deepEqual(says(), [9, true]);
});

test('reading sees commits that come meanwhile, and is not in the way of any', (t) => {
  const catalogue = new TestCatalogue(t);
  catalogue.published('snark', 7);
  catalogue.serial(7);
  const journal = openJournal(catalogue.file, NOW_MS);
  t.after(() => journal.close());
  const rows = journal.since(0, ALL);
  assert.equal(rows.next().value?.serial, 7);
  catalogue.published('boojum', 8);
  catalogue.serial(8);
  catalogue.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  assert.equal(
    catalogue.db.one('PRAGMA wal_checkpoint(TRUNCATE)')?.['busy'],
    0,
    'nothing is held between pages',
  );
  assert.deepEqual([...rows], [], 'what came after the beginning waits for the next time');
  assert.deepEqual(catalogue.since(7), [['boojum', 'update', 8]]);
});

test('a catalogue of another version, or none at all, is an error and not an empty one', (t) => {
  const catalogue = new TestCatalogue(t);
  catalogue.db.exec('PRAGMA user_version = 1');
  assert.throws(
    () => openJournal(catalogue.file, NOW_MS),
    (error) => isJubjubError(error, 'CATALOGUE_UNREADABLE'),
  );
  assert.throws(
    () => openJournal(`${catalogue.file}.none`, NOW_MS),
    (error) => isJubjubError(error, 'STORE_NOT_WRITABLE'),
  );
});
