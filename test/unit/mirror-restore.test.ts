/**
 * Goal: restore brings back what it says, verified, and holds it; what it cannot bring back it tells and leaves alone.
 * Method: withdrawn files in the docroot and in the trash, some damaged, taken or lost; the simulated upstream unasked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadataPath, parseDocrootPath, provenancePath, trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath, Sha256 } from '../../src/pypi/types.ts';
import { sha256Hex } from '../support/docroot-pages.ts';
import { afterDeath } from '../support/engine.ts';
import { LONG_MS, pathOf, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { provenanceNumber } from '../support/sim/quiet-history.ts';
import { stride } from '../support/stride.ts';
import { isInDocroot, letGo, prune, restored, storyOf, swept, trashNames } from '../support/takedown-kit.ts';
import type { Wheel } from '../support/wheels.ts';

const V1 = 'snark-1.0-py3-none-any.whl';
const V2 = 'snark-2.0-py3-none-any.whl';
const MONTH_MS = 30 * 24 * 3_600_000;

interface Down extends World {
  readonly wheel: Wheel;
  readonly path: DocrootPath;
}

/** snark 1.0 with its attestations, and 2.0: both withdrawn because the project is removed, and hidden. */
async function takenDown(t: Parameters<typeof startWorld>[0]): Promise<Down> {
  const world = await startWorld(t, { cdn: false });
  const wheel = upload(world, 'snark', '1.0');
  world.sim.state.setProvenance(V1, provenanceNumber(1));
  upload(world, 'snark', '2.0');
  upload(world, 'vorpal');
  await runTo(world, 0);
  const path = parseDocrootPath(pathOf(world, V1));
  assert.ok(path);
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  await runTo(world, 0);
  assert.equal(trashNames(world).length, 5);
  world.sim.requests.length = 0;
  return { ...world, wheel, path };
}

const placeOf = (wheel: Wheel) => trashPath(sha256Hex(wheel.bytes) as Sha256, wheel.filename);
const statesOf = (files: readonly { readonly filename: string; readonly state: string }[]) =>
  Object.fromEntries(files.map(({ filename, state }) => [filename, state]));

test('files come back from the trash with their sidecars, unlisted and held, and nobody is asked', async (t) => {
  const world = await takenDown(t);
  const files = await restored(world, 'Snark');
  assert.deepEqual(statesOf(files), { [V1]: 'restored', [V2]: 'restored' });
  assert.ok(files.every(({ listed }) => !listed));
  for (const path of [world.path, metadataPath(world.path), provenancePath(world.path)])
    assert.ok(isInDocroot(world, path), path);
  assert.equal(shown(world, 'snark'), null, 'P6: pages stay what upstream says');
  assert.deepEqual((await swept(world)).found, [], 'what lies beside a held file is held');
  assert.deepEqual(world.sim.requests, []);
  world.sim.advance(MONTH_MS);
  await runTo(world, 0);
  assert.ok(isInDocroot(world, world.path), 'held');
  assert.equal(world.engine.catalogue.counts().heldFiles, 2);
  assert.deepEqual(trashNames(world), []);
  assert.deepEqual(storyOf(world, V1), ['withdraw', 'hide', 'restore']);
});

test('only the named file comes back', async (t) => {
  const world = await takenDown(t);
  assert.deepEqual(statesOf(await restored(world, 'snark', [V2])), { [V2]: 'restored' });
  assert.ok(!isInDocroot(world, world.path));
});

test('what is let go waits for hide-after once more, and goes', async (t) => {
  const world = await takenDown(t);
  await restored(world, 'snark', [V1]);
  assert.deepEqual(await letGo(world, 'snark'), [V1]);
  assert.equal((await prune(world)).hidden.files, 0, 'its time begins anew');
  world.sim.advance(LONG_MS);
  assert.equal((await prune(world)).hidden.files, 1);
  assert.ok(trashNames(world).includes(`${V1}.provenance`));
  assert.deepEqual(storyOf(world, V1), ['withdraw', 'hide', 'restore', 'release', 'hide']);
  assert.deepEqual(await letGo(world, 'snark'), []);
});

test('a file that is still in the docroot is held there; asked for again, it was held before', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark', '1.0');
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  assert.deepEqual(statesOf(await restored(world, 'snark')), { [V1]: 'held' });
  assert.deepEqual(statesOf(await restored(world, 'snark')), { [V1]: 'already' });
  world.sim.advance(LONG_MS);
  assert.equal((await prune(world)).hidden.files, 0);
  assert.deepEqual(storyOf(world, V1), ['withdraw', 'restore']);
});

test('damaged bytes stay in the trash, and so does a damaged sidecar; the others come back', async (t) => {
  const world = await takenDown(t);
  const { store } = world.engine;
  store.tamperTrash(placeOf(world.wheel), Buffer.from('not a wheel'));
  const sidecar = [...store.trash().keys()].find((path) => path.endsWith(`${V2}.metadata`));
  assert.ok(sidecar);
  store.tamperTrash(sidecar as Parameters<typeof store.tamperTrash>[0], Buffer.from('Name: boojum'));
  assert.deepEqual(statesOf(await restored(world, 'snark')), { [V1]: 'damaged', [V2]: 'restored' });
  assert.ok(trashNames(world).includes(V1));
  assert.ok(!isInDocroot(world, world.path));
  assert.ok(![...store.tree().keys()].some((path) => path.endsWith(`${V2}.metadata`)));
});

test('a file that is gone from the trash, or whose place has other bytes, is told and nothing is overwritten', async (t) => {
  const world = await takenDown(t);
  const { store } = world.engine;
  const other = Buffer.from('somebody else was here');
  store.tamper(world.path, other);
  const second = [...store.trash().keys()].find((path) => path.endsWith(V2));
  assert.ok(second);
  store.loseTrashed(second as Parameters<typeof store.loseTrashed>[0]);
  assert.deepEqual(statesOf(await restored(world, 'snark')), { [V1]: 'taken', [V2]: 'missing' });
  assert.deepEqual(store.tree().get(world.path), other);
  store.lose(world.path);
});

test('a held file whose bytes went bad is told, not counted as there; the right ones come back from the trash', async (t) => {
  const world = await takenDown(t);
  const { store } = world.engine;
  const wheel = Buffer.from(world.wheel.bytes);
  await restored(world, 'snark', [V1]);
  store.tamper(world.path, Buffer.alloc(wheel.length));
  assert.deepEqual(statesOf(await restored(world, 'snark', [V1])), { [V1]: 'damaged' });
  store.tamperTrash(placeOf(world.wheel), wheel);
  assert.deepEqual(statesOf(await restored(world, 'snark', [V1])), { [V1]: 'restored' });
  assert.deepEqual(store.tree().get(world.path), wheel);
  assert.deepEqual(statesOf(await restored(world, 'snark', [V1])), { [V1]: 'already' });
});

test("a file that upstream's page lists is published by the next sync, from what was restored", async (t) => {
  const world = await startWorld(t, { cdn: false });
  const wheel = upload(world, 'snark', '1.0');
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  // The operator did not want files for a while.
  world.engine.options.settings = { mirrorFiles: false };
  await world.engine.run();
  world.sim.advance(LONG_MS);
  await world.engine.run();
  world.engine.options.settings = {};
  const [file] = await restored(world, 'snark', [V1]);
  assert.deepEqual([file?.state, file?.listed], ['restored', true]);
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), [V1, V2]);
  assert.ok(isInDocroot(world, pathOf(world, wheel.filename)));
});

test('killed after any of its steps, restore goes on when it is asked again, and no bytes are lost', async (t) => {
  for (let steps = 0; ; steps += stride(3)) {
    const world = await takenDown(t);
    const { engine } = world;
    engine.lifeline.dieAfter(steps);
    await restored(world, 'snark', [V1]).catch(() => {});
    const { isDead } = engine.lifeline;
    if (isDead) afterDeath(engine, null);
    engine.lifeline.revive();
    // What a run between the two does must not take the bytes away either.
    world.sim.advance(MONTH_MS / 3);
    await runTo(world, 0);
    const again = statesOf(await restored(world, 'snark', [V1]));
    assert.match(again[V1] ?? '', /restored|already/, `killed after ${steps} steps`);
    assert.deepEqual(engine.store.tree().get(world.path), world.wheel.bytes);
    assert.deepEqual(storyOf(world, V1), ['withdraw', 'hide', 'restore'], `killed after ${steps} steps`);
    if (!isDead) return t.diagnostic(`${steps} steps`);
  }
});
