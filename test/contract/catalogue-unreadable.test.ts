/**
 * Goal: what cannot be read does not stand in the way of a repair, and nothing else is forgotten with it.
 * Method: rows of a sound catalogue are broken, forgotten, and published anew as the repair does it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { commit, DEMO, distFile, needOf, OTHER, publish, updateOf } from '../support/catalogue-kit.ts';
import { SHOWN, soundCatalogue } from '../support/catalogue-sound.ts';

const FILE = (change: string, state = 'published') =>
  `UPDATE file SET ${change} WHERE state = '${state}' AND filename LIKE 'demo%'`;

test('file rows that cannot be read are forgotten, and the project can be published anew', async (t) => {
  const { catalogue, shell } = await soundCatalogue(t);
  shell.run(FILE(`sha256 = x'abcd'`));
  shell.run(FILE(`path = '../x'`, 'withdrawn'));
  shell.run(`UPDATE project SET page_sha256 = x'abcd', detail = x'00' WHERE name = 'demo'`);
  catalogue.setBuckets(catalogue.changedBuckets().map((id) => ({ id, sha256: SHOWN.sha256, projects: 1 })));
  await assert.rejects(commit(catalogue, 4000, { updates: [updateOf(catalogue, DEMO, [SHOWN])] }), /demo/);
  catalogue.forgetUnreadable(DEMO);
  assert.deepEqual(catalogue.filesOf(DEMO), []);
  assert.deepEqual(catalogue.changedBuckets(), [bucketOf(DEMO)]);
  await publish(catalogue, 5000, DEMO, [SHOWN]);
  assert.deepEqual(catalogue.filesOf(DEMO), [SHOWN]);
  assert.equal(catalogue.bucketEntries(bucketOf(DEMO)).length, 1);
  assert.equal(catalogue.detail(DEMO)?.name, DEMO);
  catalogue.setBuckets(catalogue.changedBuckets().map((id) => ({ id, sha256: SHOWN.sha256, projects: 1 })));
  assert.deepEqual(catalogue.integrity(), []);
});

test('what can be read stays, but for the validators; a project that is not known has nothing to forget', async (t) => {
  const { catalogue } = await soundCatalogue(t);
  const before = catalogue.filesOf(DEMO);
  catalogue.forgetUnreadable(DEMO);
  assert.equal(catalogue.project(DEMO)?.validator, null);
  assert.deepEqual(catalogue.project(DEMO)?.api, { serial: 5, validator: null, sha256: SHOWN.sha256 });
  assert.deepEqual(catalogue.filesOf(DEMO), before);
  assert.deepEqual(catalogue.integrity(), []);
  catalogue.forgetUnreadable(distFile('x').filename as typeof DEMO);
});

test('metadata and needs that cannot be read go, and the needs are to be found out anew', async (t) => {
  const { catalogue, shell } = await soundCatalogue(t);
  const sound = needOf(DEMO, OTHER, '>=1');
  catalogue.replaceNeeds([sound]);
  catalogue.setNeedsFresh('x');
  catalogue.setInfo(OTHER, { serial: 1, info: {} });
  shell.run(`INSERT INTO info (project_id, info) SELECT id, '{' FROM project WHERE name = 'demo'`);
  shell.run(
    `INSERT INTO need VALUES ('demo', 'other', 'other 2.0', '', '['), ('unknown', '-', '', '', '[]')`,
  );
  catalogue.forgetUnreadable(OTHER);
  assert.equal(catalogue.areNeedsStale('x'), false);
  catalogue.forgetUnreadable(DEMO);
  assert.deepEqual([catalogue.info(DEMO), catalogue.needsOf(DEMO)], [null, [sound]]);
  assert.deepEqual(catalogue.info(OTHER), { serial: 1, info: {} });
  assert.equal(catalogue.areNeedsStale('x'), true);
  const unknown = normalizeName('unknown');
  assert.deepEqual([...catalogue.neededNames()], [DEMO, unknown]);
  catalogue.forgetUnreadable(unknown);
  assert.deepEqual([...catalogue.neededNames()], [DEMO]);
  assert.deepEqual(catalogue.integrity(), []);
});
