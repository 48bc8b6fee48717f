/**
 * Goal: what a killed process left in the catalogue's write-ahead log is in the database before anything is added: behind a frame that
 * never reached the disk, a power cut would take that, too.
 * Method: the files of an open catalogue are copied, as a kill leaves them, and opened beside a reader and without one.
 */
import assert from 'node:assert/strict';
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { withTempDir } from '../support/temp.ts';

const START_MS = 1_700_000_000_000;

/** A catalogue of a process that was killed after its first run began; returns its file. */
function killed(directory: string): string {
  const [alive, dead] = [join(directory, 'alive.db'), join(directory, 'dead.db')];
  const catalogue = new SqliteCatalogue(alive);
  catalogue.startRun(START_MS);
  for (const suffix of ['', '-wal']) copyFileSync(`${alive}${suffix}`, `${dead}${suffix}`);
  catalogue.close();
  return dead;
}

test('opening a catalogue empties the log that a kill has left, and keeps what is in it', (t) => {
  const file = killed(withTempDir(t));
  assert.notEqual(statSync(`${file}-wal`).size, 0);
  const catalogue = new SqliteCatalogue(file);
  t.after(() => catalogue.close());
  assert.equal(statSync(`${file}-wal`).size, 0);
  assert.equal(catalogue.startRun(START_MS), 2);
});

test('a reader that has the catalogue open keeps nobody from it', (t) => {
  const file = killed(withTempDir(t));
  const reader = new Database(file, { readonly: true });
  t.after(() => reader.close());
  reader.prepare('SELECT count(*) FROM run').get();
  const catalogue = new SqliteCatalogue(file);
  t.after(() => catalogue.close());
  assert.equal(statSync(`${file}-wal`).size, 0);
});
