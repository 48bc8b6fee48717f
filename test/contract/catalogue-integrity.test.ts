/**
 * Goal: the check of the database tells what contradicts what in it, in few lines, and never gives up.
 * Method: plain SQL makes one contradiction in a sound catalogue; at last the file itself is overwritten.
 */
import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { DEMO, distFile, publish } from '../support/catalogue-kit.ts';
import { soundCatalogue, THEIRS } from '../support/catalogue-sound.ts';

interface Contradiction {
  readonly what: string;
  readonly sql: string;
  readonly told: readonly string[];
}

const CONTRADICTIONS: readonly Contradiction[] = [
  {
    what: 'a file row is missing',
    sql: `DELETE FROM file WHERE state = 'published' AND filename LIKE 'demo%'`,
    told: ['demo has 1 files on its page and 0 rows of them'],
  },
  {
    what: 'a file row is there twice',
    sql: `INSERT INTO file (project_id, path, path_key, filename, sha256, size, state, since_ms)
      SELECT project_id, path, path_key, filename, sha256, size, state, since_ms FROM file WHERE filename LIKE 'other%'`,
    told: [
      'other has 1 files on its page and 2 rows of them',
      `a file of other has a second row for its path: ${THEIRS.path}`,
    ],
  },
  {
    what: 'two projects publish different bytes at one path',
    sql: `UPDATE file SET (path, path_key) = (SELECT path, path_key FROM file WHERE filename LIKE 'other%')
      WHERE state = 'published' AND filename LIKE 'demo%'`,
    told: [`a file of demo has a second row for its path: ${THEIRS.path}`],
  },
  {
    what: 'a project row is missing',
    sql: `DELETE FROM project WHERE name = 'other'`,
    told: ['a row of file (3) belongs to a project that is not there'],
  },
  {
    what: 'a bucket counts wrong',
    sql: `UPDATE bucket SET changed = 0, projects = 7 WHERE id = '${bucketOf(DEMO)}'`,
    told: [`bucket ${bucketOf(DEMO)} of the proof has 7 projects and should have 1`],
  },
  {
    what: 'the serial is ahead',
    sql: `INSERT INTO meta VALUES ('serial', 5)`,
    told: ['the committed serial is 5, and only nothing was discovered'],
  },
];

for (const { what, sql, told } of CONTRADICTIONS) {
  test(`the check of the database says when ${what}`, async (t) => {
    const { catalogue, shell } = await soundCatalogue(t);
    assert.deepEqual(catalogue.integrity(), []);
    shell.exec('PRAGMA foreign_keys = OFF');
    shell.exec(sql);
    assert.deepEqual(catalogue.integrity(), told);
  });
}

test('a thousand rows with one damage are told in a few lines', async (t) => {
  const { catalogue, shell } = await soundCatalogue(t);
  const files = Array.from({ length: 1000 }, (_, at) => distFile(`demo-${at}.tar.gz`));
  await publish(catalogue, 4000, DEMO, files);
  shell.exec(`UPDATE file SET sha256 = x'00'`);
  const found = catalogue.integrity();
  assert.equal(found.length, 21);
  assert.equal(found.at(-1), 'and more of this kind');
});

test('a database file with garbage in it is told, and no check throws', async (t) => {
  const { catalogue, shell, file } = await soundCatalogue(t);
  await publish(
    catalogue,
    4000,
    DEMO,
    Array.from({ length: 500 }, (_, at) => distFile(`demo-${at}.tar.gz`)),
  );
  shell.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const page = 4096;
  const handle = openSync(file, 'r+');
  // All but the schema.
  for (let at = 24 * page; at < statSync(file).size; at += 2 * page)
    writeSync(handle, Buffer.alloc(page, 0xa5), 0, page, at);
  closeSync(handle);
  const reader = new SqliteCatalogue(file, { readOnly: true });
  t.after(() => reader.close());
  const found = reader.integrity();
  assert.ok(found.length > 0 && found.length < 300);
  assert.ok(
    found.some((line) => /malformed|SQLite: /.test(line)),
    found.join('\n'),
  );
});
