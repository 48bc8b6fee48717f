/**
 * Goal: a project that was quarantined and then removed without a row is not owed for ever, and a 404 for a while proves nothing (P7).
 * Method: the changelog says that a project is quarantined, no list has it, and its page answers 404: for hours, then for days.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { pageDetail } from '../support/docroot-pages.ts';
import { contents, failureOf, LONG_MS, runTo, shown, startWorld, upload } from '../support/mirror-kit.ts';

const HOUR_MS = 60 * 60_000;
const RUNS = 5;

/** Mirrored with others, then quarantined; its page cannot be had any more. `isNew`: it came in the meantime, too. */
async function quarantinedBehind404s(t: TestContext, isNew: boolean) {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['boojum', 'tove', ...(isNew ? [] : ['snark'])]) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  if (isNew) upload(world, 'snark');
  world.sim.state.quarantineProject('snark');
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault: { kind: 'missing' } });
  return world;
}

for (const isNew of [false, true]) {
  const what = isNew ? 'had before it was quarantined' : 'quarantined';
  test(`the page of a project that we ${isNew ? 'never ' : ''}${what}: gone for days, it is owed no more`, async (t) => {
    const world = await quarantinedBehind404s(t, isNew);
    const others = () => [shown(world, 'boojum'), shown(world, 'tove')];
    const before = others();
    for (let run = 1; run < RUNS; run++) {
      await runTo(world, 3, { full: true });
      assert.equal(failureOf(world, 'snark').code, 'UPSTREAM_ABSENT');
      world.sim.advance(8 * HOUR_MS);
    }
    await runTo(world, 3, { full: true });
    await runTo(world, 0, { full: true });
    assert.equal(shown(world, 'snark'), null);
    assert.deepEqual(others(), before);
    // It was there all the time, and is let go: then the changelog says so.
    world.sim.faults.clear();
    world.sim.state.clearProjectQuarantine('snark');
    await runTo(world, 0);
    assert.equal(shown(world, 'snark')?.length, 1);
  });
}

for (const [what, runs, everyMs] of [
  ['many runs within a day', 2 * RUNS, HOUR_MS],
  ['a few runs in many days', RUNS - 1, 48 * HOUR_MS],
] as const) {
  test(`404s for ${what} take nothing away from what is quarantined`, async (t) => {
    const world = await quarantinedBehind404s(t, false);
    await runTo(world, 3, { full: true });
    const before = contents(world);
    for (let run = 1; run < runs; run++) {
      world.sim.advance(everyMs);
      await runTo(world, 3, { full: true });
    }
    assert.deepEqual(Object.keys(contents(world)).sort(), Object.keys(before).sort());
    world.sim.faults.clear();
    await runTo(world, 0, { full: true });
    assert.equal(pageDetail(world.engine.store.tree(), normalizeName('snark'))?.status, 'quarantined');
  });
}

test('what was named and quarantined, and removed long before the first sync, is owed by that, and then gone', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  world.sim.state.quarantineProject('snark');
  await runTo(world, 0, { projects: ['snark'] });
  world.sim.state.removeProject('snark');
  world.sim.advance(LONG_MS);
  upload(world, 'later');
  await runTo(world, 3);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_ABSENT' });
  await runTo(world, 0, { full: true });
  assert.equal(shown(world, 'snark'), null);
});
