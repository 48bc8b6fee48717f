/**
 * Goal: what others need of a project is what was said last, nothing of it is written twice, and everyone knows when it is out of date.
 * Method: a real SQLite catalogue through its contract; a trigger counts the rows that are written; a model of sets beside it.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DueSource, FileNeeds, Need, WaveCommit } from '../../src/catalogue/contract.ts';
import { NEW_SQL, NO_LONGER_SQL, WANTED_SQL } from '../../src/catalogue/needs.ts';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { sha256Of } from '../../src/pypi/digests.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import {
  commit,
  DEMO,
  DROP,
  demand,
  leaveOut,
  needOf,
  newCatalogue,
  OTHER,
  pageOf,
  publish,
  queryPlan,
  remove,
  updateOf,
} from '../support/catalogue-kit.ts';
import fc from '../support/properties.ts';
import { withTempDir } from '../support/temp.ts';

const THIRD = normalizeName('third');
const FOR_OTHER = needOf(OTHER, DEMO, '>=1');
const FOR_THIRD = needOf(THIRD, DEMO, '<2', ['extra']);

const setUp = (t: Pick<TestContext, 'after'>) => newCatalogue(t, withTempDir(t));

test('needs come back as they were given, in a fixed order, extras sorted and each once', (t) => {
  const { catalogue } = setUp(t);
  const twice = { ...FOR_THIRD, extras: ['z', 'a', 'z'] };
  const [first, last] = [needOf(THIRD, DEMO, '', []), needOf(THIRD, OTHER, '>=3')];
  catalogue.replaceNeeds([last, twice, FOR_OTHER, first, twice]);
  assert.deepEqual(catalogue.needsOf(THIRD), [first, { ...twice, extras: ['a', 'z'] }, last]);
  assert.deepEqual(catalogue.needsOf(OTHER), [FOR_OTHER]);
  assert.deepEqual(catalogue.needsOf(DEMO), []);
  assert.deepEqual([...catalogue.neededNames()], [OTHER, THIRD]);
});

const CHANGES: readonly [what: string, needs: readonly Need[], rows: number][] = [
  ['the same again', [FOR_THIRD, FOR_OTHER], 0],
  ['another range', [needOf(OTHER, DEMO, '>=2'), FOR_THIRD], 2],
  ['one more range', [FOR_OTHER, needOf(OTHER, DEMO, '<9'), FOR_THIRD], 1],
  ['another extra', [FOR_OTHER, needOf(THIRD, DEMO, '<2', ['more'])], 2],
  ['nothing any more', [FOR_OTHER], 1],
  ['somebody new', [FOR_OTHER, FOR_THIRD, needOf(DEMO, OTHER)], 1],
  ['the same of one more release', [FOR_OTHER, FOR_THIRD, { ...FOR_OTHER, by: 'demo 2.0' }], 1],
  ['the same, asked by another project', [{ ...FOR_OTHER, of: THIRD }, FOR_THIRD], 2],
  ['all of it gone', [], 2],
];

for (const [what, needs, rows] of CHANGES) {
  test(`replacing needs, ${what}: only what differs is written`, (t) => {
    const { catalogue, shell } = setUp(t);
    catalogue.replaceNeeds([FOR_OTHER, FOR_THIRD]);
    shell.exec(`CREATE TABLE written (name TEXT);
      CREATE TRIGGER came AFTER INSERT ON need BEGIN INSERT INTO written VALUES (new.name); END;
      CREATE TRIGGER went AFTER DELETE ON need BEGIN INSERT INTO written VALUES (old.name); END`);
    catalogue.replaceNeeds(needs);
    assert.equal(shell.all('SELECT * FROM written').length, rows);
  });
}

test('after any replacement exactly the last needs are known', (t) => {
  const catalogue = new SqliteCatalogue(':memory:');
  t.after(() => catalogue.close());
  const names = [DEMO, OTHER, THIRD];
  const need = fc.record({
    name: fc.constantFrom(...names),
    of: fc.constantFrom(...names),
    by: fc.constantFrom('x 1', 'x 2'),
    specifier: fc.constantFrom('', '>=1'),
    extras: fc.subarray(['a', 'b']),
    sha256s: fc.constant([]),
  });
  fc.assert(
    fc.property(fc.array(need, { maxLength: 6 }), (needs) => {
      catalogue.replaceNeeds(needs);
      for (const name of names) {
        const known = new Set(catalogue.needsOf(name).map((one) => JSON.stringify(one)));
        const wanted = needs.filter((one) => one.name === name).map((one) => JSON.stringify(one));
        assert.deepEqual([...known].sort(), [...new Set(wanted)].sort());
        assert.equal(known.size, catalogue.needsOf(name).length);
      }
    }),
    { numRuns: 60 },
  );
});

test('a dry run sees its own needs, and leaves none', async (t) => {
  const { catalogue, shell } = setUp(t);
  catalogue.pretend();
  catalogue.replaceNeeds([FOR_OTHER]);
  catalogue.replaceNeeds([FOR_OTHER, FOR_THIRD]);
  assert.deepEqual([...catalogue.neededNames()], [OTHER, THIRD]);
  assert.deepEqual(shell.all('SELECT * FROM need'), []);
});

test('needs are up to date for one selection, until a commit changes what is published', async (t) => {
  const { catalogue } = setUp(t);
  assert.equal(catalogue.areNeedsStale('one'), true, 'a new catalogue');
  await publish(catalogue, 1000, DEMO, []);
  await leaveOut(catalogue, 1000, OTHER, { page: pageOf(catalogue, OTHER) });
  const fail = { name: DEMO, code: 'UPSTREAM_STATUS', message: '', nextTryMs: 1 };
  const left = { name: OTHER, displayName: null, page: null, drop: DROP, reviewMs: null };
  const gone = { name: THIRD, why: 'removed upstream', removed: null };
  const waves: readonly [wave: Partial<WaveCommit>, stale: boolean][] = [
    [{}, false],
    [{ unchanged: [DEMO], settled: [DEMO], failures: [fail] }, false],
    [{ leftOut: [left] }, false],
    [{ withdrawn: [gone] }, false],
    [{ updates: [updateOf(catalogue, DEMO, [])] }, true],
    [{ leftOut: [{ ...left, name: DEMO }] }, true],
    [{ updates: [updateOf(catalogue, DEMO, [])] }, true],
    [{ withdrawn: [{ ...gone, name: DEMO }] }, true],
  ];
  for (const [at, [wave, stale]] of waves.entries()) {
    catalogue.setNeedsFresh('one');
    assert.deepEqual([catalogue.areNeedsStale('one'), catalogue.areNeedsStale('two')], [false, true]);
    await commit(catalogue, 2000, wave);
    assert.equal(catalogue.areNeedsStale('one'), stale, `wave ${at}`);
  }
});

test('needs outlast another upstream, and the removal of those that are needed', async (t) => {
  const { catalogue } = setUp(t);
  catalogue.replaceNeeds([FOR_OTHER]);
  await remove(catalogue, 1000, OTHER);
  catalogue.startOver('https://other.example');
  assert.deepEqual(catalogue.needsOf(OTHER), [FOR_OTHER]);
});

const FILE = sha256Of('a file');
const TOLD: FileNeeds = {
  sha256: FILE,
  source: 'metadata',
  requiresDist: ['other (>=1) ; extra == "x"'],
  requiresPython: '>=3.9',
  trouble: null,
};
const UNTOLD: FileNeeds = {
  sha256: FILE,
  source: 'unknown',
  requiresDist: [],
  requiresPython: null,
  trouble: 'no PKG-INFO',
};

test('what a file needs is known by its digest; what nothing could tell may be told later, and not the other way', (t) => {
  const { catalogue, shell } = setUp(t);
  const known = () => catalogue.fileNeeds([sha256Of('another'), FILE]);
  assert.deepEqual(known(), new Map());
  for (const [noted, expected] of [
    [UNTOLD, UNTOLD],
    [
      { ...UNTOLD, trouble: 'no METADATA' },
      { ...UNTOLD, trouble: 'no METADATA' },
    ],
    [
      { ...TOLD, source: 'json-api' },
      { ...TOLD, source: 'json-api' },
    ],
    [UNTOLD, { ...TOLD, source: 'json-api' }],
    [TOLD, TOLD],
  ] as const) {
    catalogue.noteFileNeeds([noted]);
    assert.deepEqual(known(), new Map([[FILE, expected]]));
  }
  shell.run(`UPDATE file_needs SET requires_dist = '["x"'`);
  assert.deepEqual(known(), new Map(), 'what cannot be read is not known');
  assert.deepEqual(catalogue.integrity(), [`what the file ${FILE} needs cannot be read`]);
  catalogue.noteFileNeeds([UNTOLD]);
  assert.deepEqual(known(), new Map([[FILE, UNTOLD]]));
});

test('what a project says of itself is kept with its serial, and written over', (t) => {
  const { catalogue } = setUp(t);
  assert.equal(catalogue.info(DEMO), null);
  catalogue.setInfo(DEMO, { serial: 3, info: { license: 'MIT', classifiers: ['a'] } });
  assert.deepEqual(catalogue.info(DEMO), { serial: 3, info: { license: 'MIT', classifiers: ['a'] } });
  catalogue.setInfo(DEMO, { serial: null, info: {} });
  assert.deepEqual(catalogue.info(DEMO), { serial: null, info: {} });
  assert.equal(catalogue.info(OTHER), null);
});

const SUMS: readonly [earlier: DueSource, later: DueSource, sum: DueSource][] = [
  ['needed', 'changelog', 'changelog'],
  ['needed', 'list', 'list'],
  ['needed', 'unlisted', 'unlisted'],
  ['needed', 'selection', 'selection'],
  ['needed', 'settings', 'needed'],
  ['needed', 'reconcile', 'needed'],
  ['needed', 'operator', 'needed'],
  ['changelog', 'needed', 'changelog'],
  ['list', 'needed', 'list'],
  ['unlisted', 'needed', 'unlisted'],
  ['selection', 'needed', 'needed'],
  ['settings', 'needed', 'needed'],
  ['reconcile', 'needed', 'needed'],
  ['operator', 'needed', 'needed'],
];

test('a need counts less than what upstream says, and more than what only we wanted to look at', (t) => {
  const catalogue = new SqliteCatalogue(':memory:');
  t.after(() => catalogue.close());
  for (const [earlier, later, sum] of SUMS) {
    const name = normalizeName(`${earlier}-${later}`);
    catalogue.addDue([demand(name, { source: earlier }), demand(name, { source: later })]);
    assert.equal(catalogue.due(name)?.source, sum, `${earlier}, then ${later}`);
  }
});

test('a replacement looks rows up in both directions', (t) => {
  const { shell } = setUp(t);
  shell.exec(WANTED_SQL);
  const key = 'USING PRIMARY KEY (name=? AND needed_by=? AND release=? AND specifier=? AND extras=?)';
  assert.ok(queryPlan(shell, NO_LONGER_SQL).includes(`SEARCH temp.wanted ${key}`));
  assert.ok(queryPlan(shell, NEW_SQL).includes(`SEARCH need ${key}`));
});
