/**
 * Goal: a project that a run leaves as it is loses nothing that the run has learnt of it all the same: how it is spelled, what its
 * page says now, and what hangs on that page.
 * Method: the engine in memory; runs by name, with other settings under failing pages, and full ones inside the replay window.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkManifest } from '../support/check-manifest.ts';
import { textOf } from '../support/docroot-pages.ts';
import { afterDeath } from '../support/engine.ts';
import { pathOf, runTo, shown, startWorld, upload } from '../support/mirror-kit.ts';
import { provenanceNumber } from '../support/sim/quiet-history.ts';
import { ATTESTED, verify } from '../support/verify-kit.ts';
import { makeWheel } from '../support/wheels.ts';

test('a project that was first asked for by name is listed as upstream spells it, once a list has said so', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'Mome__Rath');
  await world.engine.run({ projects: ['mome-rath'] });
  assert.equal((await world.engine.run()).exitStatus, 0);
  assert.match(textOf(world.engine.store.tree(), 'simple/index.html'), />Mome__Rath</);
});

test('pages that are made anew for other settings while upstream fails are in the completeness proof', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { mirrorFiles: false } });
  upload(world, 'snark');
  upload(world, 'vorpal');
  assert.equal((await world.engine.run()).exitStatus, 0);
  world.engine.options.settings = { mirrorFiles: true };
  upload(world, 'snark', '2.0');
  world.sim.faults.add({ match: /^GET \/simple\/snark\//, fault: { kind: 'html-503' } });
  assert.equal((await world.engine.run()).exitStatus, 3);
  checkManifest(world.engine.store.tree(), world.engine.catalogue.progress().serial);
});

test('pages that lead to upstream stay so until their files are here', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { mirrorFiles: false } });
  upload(world, 'snark');
  assert.equal((await world.engine.run()).exitStatus, 0);
  world.engine.options.settings = { mirrorFiles: true };
  world.sim.faults.add({ match: /^GET \/packages\//, fault: { kind: 'corrupt' } });
  for (let run = 0; run < 3; run++) {
    assert.equal((await world.engine.run()).exitStatus, 3);
    assert.equal(shown(world, 'snark')?.length, 1);
  }
  world.sim.faults.clear();
  assert.equal((await runTo(world, 0)).files, 1);
});

test('pages that lead to upstream lose what is taken down there, though their files cannot be had', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { mirrorFiles: false } });
  upload(world, 'snark');
  const bad = upload(world, 'snark', '2.0');
  assert.equal((await world.engine.run()).exitStatus, 0);
  world.engine.options.settings = { mirrorFiles: true };
  world.sim.faults.add({ match: /^GET \/packages\//, fault: { kind: 'corrupt' } });
  world.sim.state.removeFile(bad.filename);
  // P6; and what is left is owed.
  assert.equal((await world.engine.run()).exitStatus, 3);
  assert.equal(shown(world, 'snark')?.includes(bad.filename), false);
  world.sim.faults.clear();
  assert.equal((await runTo(world, 0)).files, 1);
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('a repair after a run that died while pages left does not lead to them again', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  await runTo(world, 0);
  world.sim.state.removeProject('snark');
  const { lifeline } = world.engine;
  lifeline.onStep = (step) => {
    if (step === 'catalogue commits') lifeline.dieAfter(0);
  };
  await world.engine.run();
  lifeline.onStep = () => {};
  afterDeath(world.engine, null);
  assert.equal(shown(world, 'snark'), null);
  await verify(world, { repair: true });
  assert.doesNotMatch(textOf(world.engine.store.tree(), 'simple/index.html'), /snark/);
  await runTo(world, 0);
});

test('a full sync asks again for attestations, also where a row of the replay window asks for the page', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const wheel = makeWheel({ name: 'snark', version: '1.0', modules: { 'm.py': '1' } });
  world.sim.state.uploadFile(wheel, ATTESTED);
  assert.equal((await world.engine.run()).exitStatus, 0);
  upload(world, 'snark', '2.0');
  assert.equal((await world.engine.run()).exitStatus, 0);
  world.sim.state.setProvenance(wheel.filename, provenanceNumber(17));
  assert.equal((await world.engine.run({ full: true })).exitStatus, 0);
  const provenance = textOf(world.engine.store.tree(), `${pathOf(world, wheel.filename)}.provenance`);
  assert.match(provenance, /snark-17/);
});
