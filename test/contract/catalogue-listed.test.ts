/**
 * Goal: the root index that SQLite puts together is, byte for byte, the one that is rendered from its entries, also where names have to
 * be quoted; and no query about what is published looks at every project for each thousand of them, nor at any to count them.
 * Method: catalogues of more than a page of projects, some of them odd; the plans of the queries.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../../src/catalogue/database.ts';
import { LISTABLE_COUNT_SQL, LISTED_PAGE_SQL, runSql } from '../../src/catalogue/listed.ts';
import { HAS_SERIALS_SQL, PUBLISHED_COUNTS_SQL } from '../../src/catalogue/projects.ts';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { LIST_HTML, LIST_JSON, renderEntries } from '../../src/pypi/render-list.ts';
import { queryPlan } from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const INSERT = `INSERT INTO project (name, display_name, state, serial, status, files, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)`;

const FORMS = [LIST_JSON, LIST_HTML];

test('entries as text are those that are rendered one by one, over pages and whatever they are named', (t) => {
  const file = join(withTempDir(t), 'catalogue.db');
  const catalogue = new SqliteCatalogue(file);
  t.after(() => catalogue.close());
  const joined = (form: (typeof FORMS)[number]) => [...catalogue.rootRuns(form)].join(form.between);
  const rendered = (form: (typeof FORMS)[number]) =>
    [...renderEntries(form, catalogue.rootEntries())].join(form.between);
  assert.deepEqual(FORMS.map(joined), ['', '']);
  const db = openDatabase(file);
  t.after(() => db.close());
  db.atomically(() => {
    for (let number = 0; number < 2_500; number++) {
      const display = [null, `P.${number}`, `<${number} & "co">`, `\u00e9\u2028${number}`][
        number % 501 < 4 ? number % 4 : 0
      ];
      const state = number % 7 === 3 ? 'withdrawn' : 'published';
      const status = number % 11 === 5 ? 'quarantined' : 'active';
      db.run(
        INSERT,
        `p-${number}`,
        display ?? null,
        state,
        number % 13 === 0 ? null : number,
        status,
        1,
        number,
      );
    }
  });
  assert.deepEqual(FORMS.map(joined), FORMS.map(rendered));
  // A page on which there is nothing to list.
  db.run(`UPDATE project SET status = 'quarantined', display_name = NULL WHERE name < 'p-2'`);
  assert.deepEqual(FORMS.map(joined), FORMS.map(rendered));
  assert.deepEqual(
    { ...catalogue.publishedCounts() },
    {
      ...db.one(
        `SELECT count(*) AS projects, sum(files) AS files, sum(bytes) AS bytes FROM project WHERE state = 'published'`,
      ),
    },
  );
  db.run(`UPDATE project SET name = 'p--x' WHERE name = 'p-2400'`);
  assert.throws(() => joined(LIST_HTML), /jubjub never writes: name/);
});

test('what is published is counted as it changes, and a wrong count is found', (t) => {
  const file = join(withTempDir(t), 'catalogue.db');
  const catalogue = new SqliteCatalogue(file);
  t.after(() => catalogue.close());
  const db = openDatabase(file);
  t.after(() => db.close());
  const counted = () => Object.values(catalogue.publishedCounts());
  assert.deepEqual(counted(), [0, 0, 0]);
  db.run(INSERT, 'one', null, 'published', 1, 'active', 2, 20);
  db.run(INSERT, 'two', null, 'new', 1, 'active', 4, 40);
  assert.deepEqual(counted(), [1, 2, 20]);
  db.run(`UPDATE project SET state = 'published'`);
  assert.deepEqual(counted(), [2, 6, 60]);
  db.run(`UPDATE project SET files = files + 1, bytes = bytes - 5`);
  assert.deepEqual(counted(), [2, 8, 50]);
  db.run(`UPDATE project SET state = 'withdrawn', files = 0, bytes = 0 WHERE name = 'one'`);
  assert.deepEqual(counted(), [1, 5, 35]);
  db.run(`UPDATE project SET validated_ms = 7, serial = 9`);
  db.run(`DELETE FROM project WHERE name = 'two'`);
  assert.deepEqual(counted(), [0, 0, 0]);
  assert.deepEqual(catalogue.integrity(), []);
  db.run('UPDATE published SET bytes = bytes + 1');
  assert.equal(catalogue.integrity().filter((line) => line.includes('were counted wrong')).length, 1);
});

test('queries about what is published go along an index that has all they ask for, or at no project', (t) => {
  const db = openDatabase(join(withTempDir(t), 'catalogue.db'));
  t.after(() => db.close());
  const page = 'SEARCH project USING COVERING INDEX project_listed (name>?)';
  assert.deepEqual(queryPlan(db, LISTED_PAGE_SQL, 'x'), [page]);
  for (const form of FORMS) {
    const { sql, values } = runSql(form);
    const plan = queryPlan(db, sql, ...values, 'x');
    assert.ok(plan.includes(page), String(plan));
    assert.doesNotMatch(String(plan), /SCAN project/);
  }
  assert.deepEqual(queryPlan(db, LISTABLE_COUNT_SQL), ['SCAN project USING COVERING INDEX project_listed']);
  assert.match(
    String(queryPlan(db, HAS_SERIALS_SQL)),
    /^SEARCH project USING (?:COVERING )?INDEX project_by_serial/,
  );
  assert.deepEqual(queryPlan(db, PUBLISHED_COUNTS_SQL), ['SCAN published']);
});
