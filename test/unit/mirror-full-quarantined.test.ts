/**
 * Goal: `--full` looks at every page that we have, those of quarantined projects too, which are on no list.
 * Method: what a quarantined page says changes without a row and without a serial; the full run is to bring it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../support/docroot-pages.ts';
import { docrootChanges, LONG_MS, runTo, startWorld, upload } from '../support/mirror-kit.ts';

for (const changes of ['changelog', 'list'] as const) {
  test(`a quarantined project's page that changed without a word (${changes}) comes with --full`, async (t) => {
    const world = await startWorld(
      t,
      { cdn: false },
      { upstream: { changes }, settings: { reconcileShare: null } },
    );
    for (const name of ['snark', 'boojum']) upload(world, name);
    await runTo(world, 0);
    world.sim.state.quarantineProject('snark');
    await runTo(world, 0, { full: true });
    world.sim.advance(LONG_MS);
    // The row of the quarantine leaves the replay window, which would look at the project, too.
    upload(world, 'tove');
    await runTo(world, 0);
    world.sim.state.setProjectStatus('snark', 'quarantined', 'it vanishes softly');
    await runTo(world, 0, { full: true });
    assert.match(textOf(world.engine.store.tree(), 'simple/snark/index.v1_json'), /it vanishes softly/);
    docrootChanges(world);
    await runTo(world, 0, { full: true });
    assert.deepEqual(docrootChanges(world), []);
  });
}
