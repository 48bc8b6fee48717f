/**
 * Goal: random histories are reproducible by seed, do everything that an index can do, and leave it servable.
 * Method: histories of several seeds on fresh states; the told sentences, the journal and the rendered pages are compared.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IndexState } from '../../src/demo/index-state.ts';
import { detailJson, indexJson } from '../../src/demo/render-json.ts';
import { seeded } from '../support/prng.ts';
import { type HistoryOptions, randomHistory } from '../support/sim/history.ts';
import { QUIET_STEPS, QUIET_WEIGHTS } from '../support/sim/quiet-history.ts';
import { startSim } from '../support/sim/sim.ts';

const URLS = { site: 'https://pypi.example', files: 'https://files.example' };

function played(seed: number, steps: number, options?: HistoryOptions) {
  let nowMs = 1_795_253_400_000;
  const gaps = seeded(seed);
  const state = new IndexState({
    now: () => {
      nowMs += 1000;
      return nowMs;
    },
    gap: () => gaps.int(3),
  });
  return { state, told: randomHistory(seed, state, steps, options) };
}

function pages(state: IndexState): string[] {
  return [indexJson(state), ...[...state.projects].map((project) => detailJson(project, URLS))];
}

test('the same seed tells the same story and leaves the same index; another seed another', () => {
  const [first, second, other] = [played(1, 200), played(1, 200), played(2, 200)];
  assert.deepEqual(first.told, second.told);
  assert.deepEqual(first.state.rowsSince(0, 10_000), second.state.rowsSince(0, 10_000));
  assert.deepEqual(pages(first.state), pages(second.state));
  assert.notDeepEqual(first.told, other.told);
});

test('a long history holds events of every kind', () => {
  const { told } = played(3, 1500);
  assert.equal(told.length, 1500);
  const kinds = new Set(told.map((sentence) => sentence.split(' ')[0]));
  const expected = ['archive', 'clear', 'create', 'delete', 'invite', 'quarantine', 'remove', 'role', 'row'];
  assert.deepEqual([...kinds].sort(), [...expected, 'team', 'unarchive', 'unyank', 'upload', 'yank']);
});

test('quiet changes happen only to a history that asks for them, and then all of them', () => {
  const kinds = (options?: HistoryOptions) =>
    new Set(played(3, 1500, options).told.map((sentence) => sentence.split(' ')[0] ?? ''));
  const quiet = Object.keys(QUIET_STEPS);
  const [none, all] = [kinds(), kinds({ quiet: QUIET_WEIGHTS })];
  assert.deepEqual(
    quiet.filter((kind) => none.has(kind)),
    [],
  );
  assert.deepEqual(
    quiet.filter((kind) => !all.has(kind)),
    [],
  );
  const only = kinds({ quiet: { vanish: 3 } });
  assert.deepEqual(
    quiet.filter((kind) => only.has(kind)),
    ['vanish'],
  );
});

test('a quiet history is reproducible, writes rows for uploads only, and every link has its bytes', () => {
  const options = { quiet: QUIET_WEIGHTS };
  const [first, second] = [played(8, 400, options), played(8, 400, options)];
  assert.deepEqual(first.told, second.told);
  assert.deepEqual(pages(first.state), pages(second.state));
  const vanished = first.told.filter((sentence) => sentence.startsWith('vanish ')).length;
  const removals = first.state
    .rowsSince(0, 10_000)
    .filter(({ action }) => action === 'remove project').length;
  const told = first.told.flatMap((sentence) =>
    (/^(?:remove|delete the owner of) ([^ ]+(?:, [^ ]+)*)$/.exec(sentence)?.[1] ?? '')
      .split(', ')
      .filter(Boolean),
  ).length;
  assert.ok(vanished > 0);
  assert.equal(removals, told);
  for (const project of first.state.projects)
    for (const release of project.releases.values())
      for (const file of release.files.values()) {
        assert.equal(first.state.blob(file.path)?.length, file.sizeBytes);
        assert.equal(first.state.blob(`${file.path}.metadata`) !== undefined, file.metadataSha256 !== null);
      }
});

test('a history goes on from where another ended', () => {
  const { state } = played(4, 50);
  const before = state.lastSerial ?? 0;
  assert.equal(randomHistory(5, state, 50).length, 50);
  assert.ok((state.lastSerial ?? 0) > before);
});

test('two simulators of one seed write the same serials and lose the same purges', async (t) => {
  const run = async (seed: number) => {
    const sim = await startSim({ seed, cdn: { lostPurgeShare: 0.5, pops: 2 } });
    t.after(() => sim.close());
    const serials: (string | undefined)[] = [];
    randomHistory(1, sim.state, 10);
    for (let round = 0; round < 20; round++) {
      const reply = sim.cdn.answer({
        method: 'GET',
        path: '/simple/vorpal/',
        query: '',
        headers: {},
        body: '',
      });
      serials.push(reply.headers['x-pypi-last-serial']);
      if (sim.state.project('vorpal') === undefined) sim.state.createProject('vorpal');
      else sim.state.addRole('vorpal', 'Owner', 'alice');
      sim.advance(61_000);
    }
    return { serials, rows: sim.state.rowsSince(0, 1000) };
  };
  assert.deepEqual(await run(6), await run(6));
  assert.notDeepEqual((await run(6)).serials, (await run(7)).serials);
});

test('whatever happened, every link of every page has its bytes', () => {
  for (const seed of [11, 12, 13]) {
    const { state } = played(seed, 300);
    for (const project of state.projects) {
      const detail = JSON.parse(detailJson(project, URLS)) as { files: { url: string; size: number }[] };
      for (const file of detail.files)
        assert.equal(
          state.blob(file.url.slice(URLS.files.length))?.length,
          file.size,
          `seed ${seed}: ${file.url}`,
        );
    }
  }
});
