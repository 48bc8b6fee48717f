/**
 * Goal: after a removal that was killed half-way the proof never names a document that is not there (P1), whoever writes it next.
 * Method: the run dies when the pages are about to leave, with list and proof in their places; then a run by name writes both anew.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifest } from '../support/check-manifest.ts';
import { startWorld, upload } from '../support/mirror-kit.ts';

for (const step of ['remove simple/vorpal/index.html', 'remove simple/vorpal/index.v1_json']) {
  test(`killed before "${step}", the next run's proof has all its documents`, async (t) => {
    const world = await startWorld(t, { cdn: false });
    const { engine, sim } = world;
    for (const name of ['snark', 'vorpal']) upload(world, name);
    assert.equal((await engine.run()).exitStatus, 0);
    sim.state.removeProject('vorpal');
    upload(world, 'snark', '2.0');
    let isMet = false;
    engine.lifeline.onStep = (met) => {
      if (!isMet && met === step) {
        isMet = true;
        engine.lifeline.dieAfter(0);
      }
    };
    await engine.run().catch((error: unknown) => assert.ok(engine.lifeline.isDead, String(error)));
    assert.ok(isMet && engine.lifeline.isDead);
    engine.lifeline.onStep = () => {};
    engine.store.killed();
    engine.reopen();
    engine.lifeline.revive();
    await engine.run({ projects: ['snark'] });
    const tree = engine.store.tree();
    const lacking = Object.keys(readManifest(tree).buckets).filter(
      (id) => !tree.has(`manifest/${id}.sha256`),
    );
    assert.deepEqual(lacking, []);
  });
}
