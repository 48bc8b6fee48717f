/**
 * Goal: an interruption settles nothing that was not done, for projects that have nothing new upstream too.
 * Method: the signal aborts at the first page that answers `unchanged`, where something else of the project is owed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../support/docroot-pages.ts';
import { LONG_MS, pathOf, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';

const NAMES = ['snark', 'vorpal', 'boojum'];

/** A run that is interrupted when it learns that a project's page is what we have. */
async function interruptedAtUnchanged(world: World): Promise<void> {
  const stop = new AbortController();
  let unchanged = 0;
  await runTo(world, 130, {}, stop.signal, (event) => {
    if (event.type !== 'detail') return;
    if (event.outcome === 'unchanged') unchanged += 1;
    stop.abort();
  });
  assert.ok(unchanged > 0, 'a page was answered as unchanged before the run ended');
}

test('a project to be planned anew whose page is unchanged stays due when the run is interrupted', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  world.engine.options.settings = { mirrorMetadata: false };
  await interruptedAtUnchanged(world);
  const advertises = (name: string) =>
    /core-metadata/.test(textOf(world.engine.store.tree(), `simple/${name}/index.html`));
  const left = NAMES.filter(advertises);
  assert.ok(left.length > 0, 'the run was interrupted before its end');
  assert.ok(world.engine.catalogue.untriedCount() >= left.length, 'what still shows the old shape is due');
  await runTo(world, 0);
  assert.deepEqual(NAMES.filter(advertises), []);
});

test('a pending project whose page is unchanged stays pending when the run is interrupted', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const first = upload(world, 'snark');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  const lost = upload(world, 'snark', '2.0');
  const path = `/${pathOf(world, lost.filename)}`;
  world.sim.faults.add({ match: (request) => request.path === path, fault: { kind: 'missing' } });
  await runTo(world, 3);
  assert.deepEqual(shown(world, 'snark'), [first.filename]);
  world.sim.faults.clear();
  world.sim.advance(LONG_MS);
  await interruptedAtUnchanged(world);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_ABSENT' });
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), [first.filename, lost.filename]);
});
