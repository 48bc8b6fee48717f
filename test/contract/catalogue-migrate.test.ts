/**
 * Goal: a catalogue of an earlier version is taken over with everything in it, and what it lacks is made up as pages come.
 * Method: databases of earlier versions, made by their own migrations and filled by plain SQL, opened by this version.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { openDatabase } from '../../src/catalogue/database.ts';
import { pathKey } from '../../src/catalogue/files.ts';
import { MIGRATIONS } from '../../src/catalogue/schema.ts';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { isJubjubError } from '../../src/errors.ts';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { auditLines, DEMO, distFile, OTHER, publish, updateOf } from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const SHOWN = distFile('demo-1.0.tar.gz');
const PLANNED = distFile('demo-2.0.tar.gz');
const GONE = distFile('demo-0.9.tar.gz');

/** A catalogue as an earlier version left it. */
function oldCatalogue(t: TestContext, version: number): string {
  const file = join(withTempDir(t), 'catalogue.db');
  const database = new Database(file);
  for (const statements of MIGRATIONS.slice(0, version)) database.exec(statements);
  database.pragma(`user_version = ${version}`);
  const made = new SqliteCatalogue(':memory:');
  const { detail } = updateOf(made, DEMO, []);
  made.close();
  database
    .prepare(
      `INSERT INTO project (id, name, state, serial, etag, encoding, detail, files, bytes, validated_ms)
       VALUES (1, 'demo', 'published', 9, '"e"', 'gzip', ?, 1, ?, 5)`,
    )
    .run(detail, SHOWN.sizeBytes);
  database.exec(`INSERT INTO project (id, name, state, removed) VALUES (2, 'other', 'withdrawn', 7)`);
  const insert = database.prepare(
    `INSERT INTO file (project_id, path, path_key, filename, sha256, size, state, since_ms, why)
     VALUES (1, ?, ?, ?, ?, ?, ?, 1000, ?)`,
  );
  for (const [{ path, filename, sha256, sizeBytes }, state, why] of [
    [SHOWN, 'published', null],
    [PLANNED, 'intended', null],
    [GONE, 'withdrawn', 'no longer on the page'],
  ] as const)
    insert.run(path, pathKey(path), filename, Buffer.from(sha256, 'hex'), sizeBytes, state, why);
  database.exec(`
    INSERT INTO meta VALUES ('identity', 'https://pypi.example'), ('serial', 8), ('discovered', 9);
    INSERT INTO due (name, first, required, source, attempts, round, since_ms, next_try_ms, code, message)
      VALUES ('other', 9, 9, 'changelog', 1, 1, 10, 20, 'UPSTREAM_STATUS', '503');
    INSERT INTO run (started_ms, finished_ms, exit_status, complete) VALUES (1, 2, 0, 1)`);
  database.close();
  return file;
}

function taken(t: TestContext, version = 2): { readonly catalogue: SqliteCatalogue; readonly file: string } {
  const file = oldCatalogue(t, version);
  const catalogue = new SqliteCatalogue(file);
  t.after(() => catalogue.close());
  return { catalogue, file };
}

for (const version of [2, 3]) {
  test(`everything that version ${version} knew is known, and nothing is left out, needed or reserved`, (t) => {
    const { catalogue } = taken(t, version);
    assert.equal(catalogue.identity(), 'https://pypi.example');
    assert.deepEqual(catalogue.progress(), { serial: 8, discovered: 9 });
    assert.deepEqual([...catalogue.publishedNames()], [DEMO]);
    assert.equal(catalogue.detail(DEMO)?.name, DEMO);
    assert.deepEqual(catalogue.project(DEMO)?.validator, { etag: '"e"', encoding: 'gzip' });
    assert.equal(catalogue.project(OTHER)?.removed, 7);
    assert.equal(catalogue.pendingOf(OTHER)?.code, 'UPSTREAM_STATUS');
    assert.equal(catalogue.lastCompleteMs(), 1);
    assert.deepEqual(catalogue.filesOf(DEMO), [
      SHOWN,
      { ...PLANNED, state: 'intended' },
      { ...GONE, state: 'withdrawn' },
    ]);
    assert.deepEqual(catalogue.counts(), {
      projects: 1,
      files: 1,
      bytes: SHOWN.sizeBytes,
      pending: 1,
      untried: 0,
      withdrawnFiles: 1,
      trashedFiles: 0,
      trashedBytes: 0,
      heldFiles: 0,
      leftOut: 0,
      reserved: 0,
    });
    const known = catalogue.project(DEMO);
    assert.deepEqual([known?.leftOut, known?.selectedMs, catalogue.isLeftOut(OTHER)], [null, null, false]);
    assert.deepEqual(
      [catalogue.reviewable(9e15), [...catalogue.neededNames()], catalogue.reserved()],
      [[], [], []],
    );
    assert.equal(catalogue.areNeedsStale(''), true);
    assert.deepEqual(catalogue.integrity(), []);
  });
}

test('its withdrawn files may be hidden, with what was known of them', (t) => {
  const { catalogue } = taken(t);
  const [found, ...others] = catalogue.hideable(1000, 10);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [found?.file.filename, found?.serial, found?.urgent, found?.held],
    [GONE.filename, null, false, false],
  );
});

test('its pages have no digests, and stand in their buckets once they are published anew', async (t) => {
  const { catalogue } = taken(t);
  assert.deepEqual(catalogue.bucketEntries(bucketOf(DEMO)), []);
  await publish(catalogue, 2000, DEMO, [SHOWN]);
  assert.deepEqual(catalogue.changedBuckets(), [bucketOf(DEMO)]);
  assert.equal(catalogue.bucketEntries(bucketOf(DEMO)).length, 1);
  assert.deepEqual(auditLines(catalogue), [], 'what it had only planned was on no page');
});

test('the views for people can be read', (t) => {
  const { catalogue, file } = taken(t);
  catalogue.close();
  const shell = openDatabase(file, { readOnly: true });
  t.after(() => shell.close());
  const views = shell
    .all(`SELECT name FROM sqlite_schema WHERE type = 'view'`)
    .map(({ name }) => String(name));
  for (const view of views) shell.all(`SELECT * FROM ${view}`);
  assert.ok(
    ['withdrawn_files', 'held_files', 'trashed_files', 'left_out', 'needs', 'reserved_names'].every((view) =>
      views.includes(view),
    ),
  );
  assert.deepEqual(shell.all('SELECT path, urgent, held FROM withdrawn_files'), [
    { path: GONE.path, urgent: 0, held: 0 },
  ]);
});

test('a reader beside it does not migrate, and says what does', (t) => {
  const file = oldCatalogue(t, 2);
  assert.throws(
    () => new SqliteCatalogue(file, { readOnly: true }),
    (error) => isJubjubError(error, 'CATALOGUE_UNREADABLE') && /jubjub sync/.test(error.facts.hint ?? ''),
  );
  const shell = new Database(file, { readonly: true });
  t.after(() => shell.close());
  assert.equal(shell.pragma('user_version', { simple: true }), 2);
});
