/**
 * Goal: changes that no changelog row announces are found by the sweep, within the stated number of runs, and counted.
 * Method: the index changes without a row; runs with a share follow, and what the mirror shows is looked at after each.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusReport } from '../../src/mirror/report.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { textOf } from '../support/docroot-pages.ts';
import { asked, LONG_MS, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { makeWheel } from '../support/wheels.ts';

const NAMES = ['bandersnatch', 'boojum', 'jubjub', 'snark', 'tove', 'vorpal'];

/** Six projects and one in the replay window, mirrored; each run revalidates a third of them. */
async function startSwept(t: Parameters<typeof startWorld>[0], share = 1 / 3): Promise<World> {
  const world = await startWorld(t, { cdn: false }, { settings: { reconcileShare: share } });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  // The replay window looks at its projects anyway: something later moves it on.
  world.sim.advance(LONG_MS);
  upload(world, 'zebra');
  await runTo(world, 0);
  return world;
}

/** Runs until `is` holds, at most so often; returns how many runs it took. */
async function runsUntil(world: World, limit: number, is: () => boolean): Promise<number> {
  for (let run = 1; run <= limit; run++) {
    world.sim.advance(LONG_MS);
    await runTo(world, 0);
    if (is()) return run;
  }
  assert.fail(`not within ${limit} runs`);
}

const statusOf = ({ engine }: World, name: string) => engine.catalogue.project(normalizeName(name))?.status;

test('a project that is archived without a row is found within one round of the sweep, and counted as drift', async (t) => {
  const world = await startSwept(t);
  world.sim.state.archiveProject('vorpal');
  await runsUntil(world, 3, () => statusOf(world, 'vorpal') === 'archived');
  const { drift } = statusReport(world.engine.catalogue);
  assert.equal(drift?.found, 1);
  world.sim.advance(LONG_MS);
  const quiet = await runTo(world, 0);
  assert.deepEqual(quiet.drift, { checked: 3, found: 0 });
});

test('metadata that is filled in later is found, and taken out of the wheel that is here', async (t) => {
  const world = await startSwept(t);
  const wheel = makeWheel({ name: 'rath', version: '1.0', modules: { 'rath.py': '' } });
  world.sim.state.uploadFile(wheel, null, { advertiseMetadata: false });
  await runTo(world, 0);
  const page = () => Buffer.from(world.engine.store.tree().get('simple/rath/index.v1_json') ?? []).toString();
  assert.doesNotMatch(page(), /"core-metadata":\{/);
  world.sim.state.backfillMetadata(wheel.filename);
  world.sim.requests.length = 0;
  await runsUntil(world, 4, () => page().includes('"core-metadata":{'));
  assert.deepEqual(asked(world, /\.metadata/), []);
});

test('a removal without a row leaves by the list and a confirmed 404', async (t) => {
  const world = await startSwept(t);
  world.sim.state.removeProject('tove', { journal: false });
  const runs = await runsUntil(world, 3, () => shown(world, 'tove') === null);
  assert.equal(runs, 1, 'a short list is compared by every run');
});

test('a 404 of what a row says is quarantined proves nothing, although no list has it', async (t) => {
  const world = await startSwept(t);
  world.sim.state.quarantineProject('tove');
  const storm = world.sim.faults.add({ match: /^GET \/simple\/tove\/$/, fault: { kind: 'missing' } });
  for (let run = 0; run < 2; run++) {
    world.sim.advance(LONG_MS);
    const { withdrawn } = await runTo(world, 3, { full: run === 1 });
    assert.equal(withdrawn, 0);
    assert.deepEqual(shown(world, 'tove'), [], 'its files go all the same');
  }
  storm.remove();
  await runTo(world, 0);
  assert.equal(statusOf(world, 'tove'), 'quarantined');
});

test('a share asks for so many pages, those first that were asked for longest ago', async (t) => {
  const world = await startSwept(t);
  const seen = new Set<string>();
  for (let run = 0; run < 3; run++) {
    world.sim.advance(LONG_MS);
    world.sim.requests.length = 0;
    const summary = await runTo(world, 0);
    assert.equal(summary.drift.checked, 3);
    const pages = asked(world, /^GET \/simple\/(?!zebra).+\/$/);
    assert.equal(pages.length, 3);
    for (const { line, status } of pages) {
      assert.equal(status, 304);
      seen.add(line);
    }
  }
  assert.equal(seen.size, NAMES.length, 'everything within three runs');
});

test('nothing is swept when it is off, and nothing of a first sync', async (t) => {
  const off = await startWorld(t, { cdn: false }, { settings: { reconcileShare: null } });
  upload(off, 'snark');
  await runTo(off, 0);
  off.sim.advance(LONG_MS);
  assert.deepEqual((await runTo(off, 0)).drift, { checked: 0, found: 0 });
  const first = await startWorld(t, { cdn: false }, { settings: { reconcileShare: 1 } });
  upload(first, 'snark');
  assert.deepEqual((await runTo(first, 0)).drift, { checked: 0, found: 0 });
});

test('a list that breaks keeps away nothing that the changelog says, and the run does not end with 0', async (t) => {
  const world = await startSwept(t);
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '2.0');
  world.sim.faults.add({ match: /^GET \/simple\/$/, fault: { kind: 'status', status: 503 }, times: 20 });
  await runTo(world, 4);
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('a sweep that was interrupted goes on', async (t) => {
  const world = await startSwept(t, 1);
  world.sim.advance(LONG_MS);
  const abort = new AbortController();
  await world.engine.run({}, abort.signal, (event) => {
    if (event.type === 'detail') abort.abort();
  });
  const summary = await runTo(world, 0);
  assert.equal(summary.drift.checked, NAMES.length);
});

for (const share of [0.1, null])
  test(`how a project is spelled that was named, and that the first list lacked, is learnt from the next list (share ${share})`, async (t) => {
    const world = await startWorld(t, { cdn: false }, { settings: { reconcileShare: share } });
    upload(world, 'Mome__Rath');
    world.sim.advance(LONG_MS);
    // Its rows are not in the replay window any more.
    for (const name of NAMES) upload(world, name);
    await runTo(world, 0, { projects: ['mome-rath', 'snark'] });
    const fault = {
      kind: 'rewrite',
      rewrite: (text: string) => text.replace(/,?\{[^{}]*"Mome__Rath"[^{}]*\}/, ''),
    } as const;
    world.sim.faults.add({ match: /^GET \/simple\/$/, times: 1, fault });
    const list = () => textOf(world.engine.store.tree(), 'simple/index.html');
    await runTo(world, 3);
    assert.deepEqual(world.engine.pending(), { 'mome-rath': 'UPSTREAM_STALE_PAGE' }, 'removed, or a lie');
    assert.match(list(), />mome-rath</, 'nobody has said how it is spelled');
    world.sim.advance(LONG_MS);
    await runTo(world, 0);
    assert.match(list(), />Mome__Rath</);
  });

test('a list that lost most of what is published is refused, also when some of it was removed and made again', async (t) => {
  const world = await startSwept(t);
  for (const name of ['snark', 'tove', 'vorpal']) {
    world.sim.state.removeProject(name);
    upload(world, name, '2.0');
  }
  const fault = {
    kind: 'rewrite',
    rewrite: (text: string) => text.replaceAll(/,?\{[^{}]*"(?:jubjub|snark|tove|vorpal)"[^{}]*\}/g, ''),
  } as const;
  world.sim.faults.add({ match: /^GET \/simple\/$/, times: 1, fault });
  const summary = await runTo(world, 4);
  assert.equal(summary.stoppedBy?.code, 'UPSTREAM_LIST_IMPLAUSIBLE');
  await runTo(world, 0);
});
