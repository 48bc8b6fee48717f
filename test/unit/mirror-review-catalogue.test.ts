/**
 * Goal: the catalogue tells the error that came first, and an operator reads whole serials in the sqlite3 shell.
 * Method: a database whose size is limited, so that SQLite rolls back by itself, and plain SQL over what was stored.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../src/catalogue/database.ts';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { isJubjubError } from '../../src/errors.ts';
import { withTempDir } from '../support/temp.ts';

const PAGES_MAX = 60;

test('a transaction that SQLite rolled back by itself fails with the first error, and the database stays usable', async (t) => {
  const database = openDatabase(`${withTempDir(t)}/catalogue.db`);
  t.after(() => database.close());
  database.exec(`PRAGMA max_page_count = ${PAGES_MAX}`);
  const fill = async () => {
    database.run("INSERT INTO meta VALUES ('lost', 1)");
    for (let at = 0; at < 5_000; at++) {
      const name = `${at}`.padEnd(200, 'x');
      database.run("INSERT INTO due (name, first, required, source) VALUES (?, 1, 1, 'list')", name);
    }
  };
  await assert.rejects(database.atomicallyAsync(fill), (error) => isJubjubError(error, 'STORE_FULL'));
  database.run("INSERT INTO meta VALUES ('kept', 1)");
  assert.deepEqual(database.all('SELECT key FROM meta'), [{ key: 'kept' }]);
});

test('a transaction that fails for a reason of its own is undone, and that reason is told', async (t) => {
  const database = openDatabase(`${withTempDir(t)}/catalogue.db`);
  t.after(() => database.close());
  const fail = async () => {
    database.run("INSERT INTO meta VALUES ('lost', 1)");
    throw new RangeError('its own');
  };
  await assert.rejects(database.atomicallyAsync(fail), RangeError);
  assert.deepEqual(database.all('SELECT key FROM meta'), []);
});

test('serials are integers in the shell', (t) => {
  const file = `${withTempDir(t)}/catalogue.db`;
  const catalogue = new SqliteCatalogue(file);
  catalogue.setDiscovered(38_000_059);
  catalogue.close();
  const database = openDatabase(file, { readOnly: true });
  t.after(() => database.close());
  const rows = database.all(
    "SELECT typeof(value) AS type, CAST(value AS TEXT) AS text FROM meta WHERE key = 'discovered'",
  );
  assert.deepEqual(rows, [{ type: 'integer', text: '38000059' }]);
});
