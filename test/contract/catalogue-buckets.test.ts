/**
 * Goal: the catalogue knows which buckets of the completeness proof have changed, and who is in them.
 * Method: commits through the contract; after each, the buckets that it must have touched, and no other.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENTRIES_SQL } from '../../src/catalogue/buckets.ts';
import { sha256Of } from '../../src/pypi/digests.ts';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { ProjectName } from '../../src/pypi/types.ts';
import {
  commit,
  DEMO,
  NOTHING,
  newCatalogue,
  OTHER,
  publish,
  queryPlan,
  remove,
  updateOf,
} from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const PAGE = sha256Of('a page');
const NEXT = sha256Of('its next state');

const setUp = (t: Parameters<typeof newCatalogue>[0]) => newCatalogue(t, withTempDir(t));

/** The proof is told of what changed, as the writer of the root index does it. */
function settle(catalogue: ReturnType<typeof setUp>['catalogue']): void {
  catalogue.setBuckets(
    catalogue.changedBuckets().map((id) => {
      const entries = catalogue.bucketEntries(id);
      return { id, sha256: sha256Of(JSON.stringify(entries)), projects: entries.length };
    }),
  );
}

/** Two names of one bucket. */
function neighbours(): readonly [ProjectName, ProjectName] {
  const seen = new Map<string, ProjectName>();
  for (let at = 0; ; at++) {
    const name = normalizeName(`project-${at}`);
    const before = seen.get(bucketOf(name));
    if (before !== undefined) return [before, name];
    seen.set(bucketOf(name), name);
  }
}

test('a bucket has changed when a page of it came, changed or left, until it is settled', async (t) => {
  const { catalogue } = setUp(t);
  const ours = bucketOf(DEMO);
  await publish(catalogue, 1000, DEMO, [], { pageSha256: PAGE });
  assert.deepEqual(catalogue.changedBuckets(), [ours]);
  assert.deepEqual(catalogue.bucketEntries(ours), [{ name: DEMO, pageSha256: PAGE }]);
  assert.equal(catalogue.project(DEMO)?.pageSha256, PAGE);
  assert.deepEqual(catalogue.buckets(), [], 'none is settled');
  settle(catalogue);
  assert.deepEqual(catalogue.changedBuckets(), []);
  assert.deepEqual(catalogue.buckets(), [
    { id: ours, sha256: sha256Of(JSON.stringify([{ name: DEMO, pageSha256: PAGE }])), projects: 1 },
  ]);
  await publish(catalogue, 2000, DEMO, [], { pageSha256: PAGE, serial: 11 });
  await commit(catalogue, 2000, { unchanged: [DEMO] });
  assert.deepEqual(catalogue.changedBuckets(), [], 'the same page');
  await publish(catalogue, 3000, DEMO, [], { pageSha256: NEXT });
  assert.deepEqual(catalogue.changedBuckets(), [ours]);
  settle(catalogue);
  await remove(catalogue, 4000, DEMO);
  assert.deepEqual(catalogue.changedBuckets(), [ours]);
  assert.deepEqual(catalogue.bucketEntries(ours), []);
  assert.equal(catalogue.project(DEMO)?.pageSha256, null);
  settle(catalogue);
  assert.deepEqual([catalogue.buckets(), catalogue.changedBuckets()], [[], []]);
  await remove(catalogue, 5000, DEMO);
  assert.deepEqual(catalogue.changedBuckets(), [], 'it was gone before');
});

test('a quarantined project has a page, and stands in its bucket', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [], { pageSha256: PAGE, status: 'quarantined' });
  assert.equal(catalogue.bucketEntries(bucketOf(DEMO)).length, 1);
});

test('a page without a digest stands in no bucket; one that loses it leaves its bucket', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [], { pageSha256: null });
  assert.deepEqual(catalogue.changedBuckets(), []);
  await publish(catalogue, 2000, DEMO, [], { pageSha256: PAGE });
  settle(catalogue);
  await publish(catalogue, 3000, DEMO, [], { pageSha256: null });
  assert.deepEqual(catalogue.changedBuckets(), [bucketOf(DEMO)]);
  assert.deepEqual(catalogue.bucketEntries(bucketOf(DEMO)), []);
});

test('the projects of a bucket come by name, and no others; all buckets come in order', async (t) => {
  const { catalogue } = setUp(t);
  const [one, two] = neighbours();
  const updates = [two, DEMO, one, OTHER].map((name) => updateOf(catalogue, name, []));
  await commit(catalogue, 1000, { updates });
  assert.deepEqual(
    catalogue.bucketEntries(bucketOf(one)).map(({ name }) => name),
    [one, two].sort(),
  );
  const ids = [bucketOf(one), bucketOf(DEMO), bucketOf(OTHER)].sort();
  assert.deepEqual(catalogue.changedBuckets(), ids);
  settle(catalogue);
  assert.deepEqual(
    catalogue.buckets().map(({ id }) => id),
    ids,
  );
});

test('a commit that is undone has changed no bucket, and its writer saw what would have been', async (t) => {
  const { catalogue } = setUp(t);
  const update = updateOf(catalogue, DEMO, []);
  const dying = catalogue.commit({ ...NOTHING, atMs: 1000, updates: [update] }, async () => {
    assert.deepEqual(catalogue.changedBuckets(), [bucketOf(DEMO)]);
    settle(catalogue);
    throw new RangeError('the disk is full');
  });
  await assert.rejects(dying, RangeError);
  assert.deepEqual([catalogue.changedBuckets(), catalogue.buckets()], [[], []]);
});

test('another upstream changes no bucket: what is published stays', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, DEMO, [], { pageSha256: PAGE });
  settle(catalogue);
  catalogue.startOver('https://other.example');
  assert.deepEqual(catalogue.changedBuckets(), []);
  assert.deepEqual(catalogue.bucketEntries(bucketOf(DEMO)), [{ name: DEMO, pageSha256: PAGE }]);
});

test('a bucket is read from its index alone', (t) => {
  const { shell } = setUp(t);
  assert.deepEqual(queryPlan(shell, ENTRIES_SQL, '000'), [
    'SEARCH project USING COVERING INDEX project_by_bucket (bucket=?)',
  ]);
});
