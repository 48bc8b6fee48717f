/**
 * Goal: a page that leads upstream does so again when a run was killed that had put local links in their place, so that the proof is true of it.
 * Method: files are mirrored from the second run on, which dies between its pages and its commit; in the third no page is to be had.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkManifest } from '../support/check-manifest.ts';
import { textOf } from '../support/docroot-pages.ts';
import { startWorld, upload } from '../support/mirror-kit.ts';
import { assertClean, verify } from '../support/verify-kit.ts';

test('pages with local links that nobody has committed lead upstream again', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { mirrorFiles: false } });
  const { engine, sim } = world;
  for (const name of ['snark', 'vorpal']) upload(world, name);
  assert.equal((await engine.run()).exitStatus, 0);
  const page = 'simple/snark/index.v1_json';
  const linked = textOf(engine.store.tree(), page);
  engine.options.settings = { mirrorFiles: true };
  engine.lifeline.onStep = (met) => {
    if (met.startsWith('catalogue commit')) engine.lifeline.dieAfter(0);
  };
  await engine.run().catch((error: unknown) => assert.ok(engine.lifeline.isDead, String(error)));
  assert.ok(engine.lifeline.isDead);
  engine.lifeline.onStep = () => {};
  engine.store.killed();
  engine.reopen();
  engine.lifeline.revive();
  assert.notEqual(textOf(engine.store.tree(), page), linked, 'the killed run had placed its pages');
  sim.faults.add({ match: /^GET \/simple\/[^/]+\/$/, fault: { kind: 'status', status: 404 } });
  upload(world, 'snark', '2.0');
  assert.equal((await engine.run()).exitStatus, 3);
  assert.equal(textOf(engine.store.tree(), page), linked);
  checkManifest(engine.store.tree(), engine.catalogue.progress().serial);
  assertClean(await verify(world));
});
