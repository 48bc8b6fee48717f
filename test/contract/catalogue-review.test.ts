/**
 * Goal: whose turn it is, by the last validation or because time alone changes what is selected, is found without a search.
 * Method: a real SQLite catalogue through its contract, asked at moments around each limit; the plans of its queries.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IS_LEFT_OUT_SQL, LEFT_OUT_COUNT_SQL, LEFT_OUT_NAMES_SQL } from '../../src/catalogue/left-out.ts';
import { REVIEWABLE_SQL, SHOWN_OR_LEFT_OUT_SQL } from '../../src/catalogue/selected.ts';
import { LEAST_RECENTLY_VALIDATED_SQL } from '../../src/catalogue/validations.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import {
  commit,
  DEMO,
  demand,
  leaveOut,
  newCatalogue,
  OTHER,
  pageOf,
  publish,
  queryPlan,
  remove,
} from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const setUp = (t: Parameters<typeof newCatalogue>[0]) => newCatalogue(t, withTempDir(t));
const [A, B, C, D] = [normalizeName('a'), normalizeName('b'), normalizeName('c'), normalizeName('d')];

test('the sweep takes published and left-out projects in one order, by their last validation', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, B, []);
  await leaveOut(catalogue, 2000, C, { page: pageOf(catalogue, C) });
  await publish(catalogue, 3000, D, []);
  await leaveOut(catalogue, 4000, A, { page: pageOf(catalogue, A) });
  assert.deepEqual(catalogue.leastRecentlyValidated(3), [B, C, D]);
  await commit(catalogue, 5000, { unchanged: [C] });
  assert.deepEqual(catalogue.leastRecentlyValidated(9), [B, D, A, C]);
  await leaveOut(catalogue, 6000, A);
  assert.deepEqual(catalogue.leastRecentlyValidated(9), [B, D, C, A], 'left out anew');
  catalogue.addDue([demand(D), demand(A)]);
  assert.deepEqual(catalogue.leastRecentlyValidated(9), [B, C]);
});

test('projects come up for review when their time has come, by name, and not while they are due', async (t) => {
  const { catalogue } = setUp(t);
  await publish(catalogue, 1000, OTHER, [], { selectedMs: 1000, reviewMs: 2000 });
  await leaveOut(catalogue, 1000, DEMO, { page: pageOf(catalogue, DEMO), reviewMs: 3000 });
  assert.deepEqual([catalogue.reviewable(1999), catalogue.reviewable(2999)], [[], [OTHER]]);
  assert.deepEqual(catalogue.reviewable(3000), [DEMO, OTHER]);
  catalogue.addDue([demand(DEMO)]);
  assert.deepEqual(catalogue.reviewable(3000), [OTHER]);
  const gone = normalizeName('gone');
  await publish(catalogue, 3500, gone, []);
  await remove(catalogue, 3500, gone);
  const names = [OTHER, gone, normalizeName('nobody')];
  catalogue.setReviews(
    names.map((name) => ({ name, reviewMs: 4000 })),
    3600,
  );
  assert.deepEqual([catalogue.reviewable(3999), catalogue.reviewable(4000)], [[], [OTHER]]);
  assert.equal(catalogue.project(OTHER)?.selectedMs, 3600);
  catalogue.setReviews([{ name: OTHER, reviewMs: null }], 4100);
  assert.deepEqual([catalogue.reviewable(9000), catalogue.project(OTHER)?.selectedMs], [[], 4100]);
  await publish(catalogue, 5000, OTHER, []);
  assert.equal(catalogue.project(OTHER)?.selectedMs, null, 'everything is kept, whatever the time');
});

test('nobody goes through all projects to find the few that are left out or to be looked at anew', (t) => {
  const { shell } = setUp(t);
  const known = 'project USING INDEX project_left_out_known';
  assert.deepEqual(queryPlan(shell, IS_LEFT_OUT_SQL, 'x'), [`SEARCH ${known} (name=?)`]);
  assert.deepEqual(queryPlan(shell, LEFT_OUT_NAMES_SQL, 'x'), [`SEARCH ${known} (name>?)`]);
  assert.match(
    String(queryPlan(shell, LEFT_OUT_COUNT_SQL)),
    /^SCAN project USING (COVERING )?INDEX project_left_out$/,
  );
  const plans = [
    queryPlan(shell, LEAST_RECENTLY_VALIDATED_SQL, 1, 1, 1),
    queryPlan(shell, REVIEWABLE_SQL, 1),
    queryPlan(shell, SHOWN_OR_LEFT_OUT_SQL, 'x'),
  ];
  const allowed =
    /^SCAN (project USING (COVERING )?INDEX project_(left_out_)?by_validation|\(subquery-\d+\))$/;
  for (const plan of plans) {
    const scans = plan.filter((line) => /^SCAN/.test(line) && !allowed.test(line));
    assert.deepEqual(scans, [], plan.join('\n'));
  }
  assert.match(String(plans[1]), /SEARCH selected USING COVERING INDEX selected_by_review \(review_ms<\?\)/);
});
