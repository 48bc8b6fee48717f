/**
 * Goal: what a repair distrusts is looked at again, whatever it is, and what cannot be read does not stand in its way.
 * Method: a project of a sound catalogue is distrusted, and published anew as the repair does it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { commit, DEMO, distFile, publish, updateOf } from '../support/catalogue-kit.ts';
import { GONE, SHOWN, soundCatalogue, VALIDATOR } from '../support/catalogue-sound.ts';

const FILE = (change: string, state = 'published') =>
  `UPDATE file SET ${change} WHERE state = '${state}' AND filename LIKE 'demo%'`;

test('file rows that cannot be read are forgotten with the trust, and the project can be published anew', async (t) => {
  const { catalogue, shell } = await soundCatalogue(t);
  shell.run(FILE(`sha256 = x'abcd'`));
  shell.run(FILE(`path = '../x'`, 'withdrawn'));
  shell.run(`UPDATE project SET page_sha256 = x'abcd', detail = x'00' WHERE name = 'demo'`);
  catalogue.setBuckets(catalogue.changedBuckets().map((id) => ({ id, sha256: SHOWN.sha256, projects: 1 })));
  await assert.rejects(commit(catalogue, 4000, { updates: [updateOf(catalogue, DEMO, [SHOWN])] }), /demo/);
  catalogue.distrust(DEMO, []);
  assert.deepEqual(catalogue.filesOf(DEMO), []);
  assert.deepEqual(catalogue.changedBuckets(), [bucketOf(DEMO)]);
  await publish(catalogue, 5000, DEMO, [SHOWN]);
  assert.deepEqual(catalogue.filesOf(DEMO), [SHOWN]);
  assert.equal(catalogue.bucketEntries(bucketOf(DEMO)).length, 1);
  assert.equal(catalogue.detail(DEMO)?.name, DEMO);
  catalogue.setBuckets(catalogue.changedBuckets().map((id) => ({ id, sha256: SHOWN.sha256, projects: 1 })));
  assert.deepEqual(catalogue.integrity(), []);
});

test('what is distrusted is hashed and asked for again: intended, without sidecars, without validators', async (t) => {
  const { catalogue } = await soundCatalogue(t);
  const second = distFile('demo-1.1.tar.gz');
  await publish(catalogue, 3500, DEMO, [SHOWN, second], {
    validator: VALIDATOR,
    api: { serial: 5, validator: VALIDATOR, sha256: SHOWN.sha256 },
  });
  catalogue.distrust(DEMO, [SHOWN.path, GONE.path]);
  assert.deepEqual(catalogue.project(DEMO)?.validator, null);
  assert.deepEqual(catalogue.project(DEMO)?.api, { serial: 5, validator: null, sha256: SHOWN.sha256 });
  assert.deepEqual(catalogue.filesOf(DEMO), [
    { ...SHOWN, state: 'intended', metadataSha256: null },
    { ...GONE, state: 'withdrawn' },
    second,
  ]);
  assert.deepEqual(catalogue.integrity(), [], 'half way through a repair');
  const before = catalogue.unwrittenAudit(1000).length;
  await publish(catalogue, 4000, DEMO, [SHOWN, second]);
  assert.equal(catalogue.unwrittenAudit(1000).length, before, 'it was on the page all the time');
});

test('with no paths only the page is asked for again; a project that is not known has nothing to distrust', async (t) => {
  const { catalogue } = await soundCatalogue(t);
  catalogue.distrust(DEMO, []);
  assert.equal(catalogue.project(DEMO)?.validator, null);
  assert.equal(catalogue.filesOf(DEMO).find(({ path }) => path === SHOWN.path)?.state, 'published');
  catalogue.distrust(distFile('x').filename as typeof DEMO, [SHOWN.path]);
});

test('a distrusted file that upstream has dropped leaves the page like any other', async (t) => {
  const { catalogue } = await soundCatalogue(t);
  catalogue.distrust(DEMO, [SHOWN.path]);
  const result = await commit(catalogue, 4000, { updates: [updateOf(catalogue, DEMO, [])] });
  assert.equal(result.filesWithdrawn, 1);
  const last = catalogue.unwrittenAudit(1000).at(-1);
  assert.deepEqual([last?.action, last?.filename], ['withdraw', SHOWN.filename]);
});
