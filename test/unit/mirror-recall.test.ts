/**
 * Goal: what comes back comes from the trash by its hash: nothing is downloaded twice, and nothing damaged is believed.
 * Method: takedowns that upstream takes back, on the simulated upstream, with requests counted and the trash tampered with.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JubjubError } from '../../src/errors.ts';
import { metadataPath, trashPath } from '../../src/pypi/paths.ts';
import type { Sha256 } from '../../src/pypi/types.ts';
import { sha256Hex } from '../support/docroot-pages.ts';
import { afterDeath } from '../support/engine.ts';
import {
  asked,
  LONG_MS,
  pathOf,
  runTo,
  shown,
  startWorld,
  upload,
  type World,
} from '../support/mirror-kit.ts';
import {
  isInDocroot,
  offer,
  prune,
  recreate,
  restored,
  storyOf,
  trashNames,
} from '../support/takedown-kit.ts';
import { serveBytes } from '../support/tampering.ts';
import type { Wheel } from '../support/wheels.ts';

const V1 = 'snark-1.0-py3-none-any.whl';
const DAY_MS = 24 * 3_600_000;

type Hooks = Parameters<typeof startWorld>[0];

/** Two releases of snark, synced and out of the replay window. */
async function mirrored(t: Hooks): Promise<World & { readonly wheel: Wheel }> {
  const world = await startWorld(t, { cdn: false });
  const wheel = upload(world, 'snark', '1.0');
  upload(world, 'snark', '2.0');
  upload(world, 'vorpal');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  return { ...world, wheel };
}

const placeOf = (wheel: Wheel) => trashPath(sha256Hex(wheel.bytes) as Sha256, wheel.filename);
const fileRequests = (world: World) => asked(world, /packages/).length;

const COMING_BACK: readonly {
  readonly what: string;
  readonly files: number;
  readonly down: (world: World) => void;
  readonly up: (world: World) => void;
}[] = [
  {
    what: 'a quarantined project that is cleared',
    files: 2,
    down: ({ sim }) => sim.state.quarantineProject('snark'),
    up: ({ sim }) => sim.state.clearProjectQuarantine('snark'),
  },
  {
    what: 'a quarantined release that is cleared',
    files: 1,
    down: ({ sim }) => sim.state.quarantineRelease('snark', '1.0'),
    up: ({ sim }) => sim.state.clearReleaseQuarantine('snark', '1.0'),
  },
];

for (const { what, files, down, up } of COMING_BACK) {
  test(`${what} has been in the trash and comes back whole, without a request for a file`, async (t) => {
    const world = await mirrored(t);
    down(world);
    assert.equal((await runTo(world, 0)).hidden.files, files);
    up(world);
    world.sim.requests.length = 0;
    const summary = await runTo(world, 0);
    assert.deepEqual([summary.recalled.files, summary.files, fileRequests(world)], [files, 0, 0]);
    assert.equal(shown(world, 'snark')?.length, 2);
    assert.deepEqual(trashNames(world), [], 'what is left of them in the trash goes with them');
    assert.deepEqual(storyOf(world, V1), ['withdraw', 'hide', 'restore']);
  });
}

test('without the lock nothing comes back: another run may be moving the same files', async (t) => {
  const world = await mirrored(t);
  world.sim.state.quarantineProject('snark');
  await runTo(world, 0);
  world.sim.state.clearProjectQuarantine('snark');
  const before = trashNames(world);
  world.engine.options.wrap = (deps) => ({ ...deps, holdsLock: () => false });
  const summary = await world.engine.run();
  assert.equal(summary.stoppedBy?.code, 'LOCK_HELD');
  assert.ok(before.length > 0);
  assert.deepEqual([trashNames(world), summary.recalled.files], [before, 0]);
});

test('a project that is removed and made again with the same file: its bytes come from the trash', async (t) => {
  const world = await mirrored(t);
  const path = pathOf(world, V1);
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  assert.equal((await runTo(world, 0)).hidden.files, 2);
  offer(world, 'snark', world.wheel, path, '9.0');
  world.sim.requests.length = 0;
  const summary = await runTo(world, 0);
  assert.deepEqual([summary.recalled.files, summary.recalled.bytes], [1, world.wheel.bytes.length]);
  assert.deepEqual(asked(world, new RegExp(V1)), [], 'neither the file nor its sidecar');
  assert.ok(shown(world, 'snark')?.includes(V1));
  assert.ok(world.engine.store.tree().has(`${path}.metadata`));
});

test('removed and made again between two runs, it never leaves the docroot', async (t) => {
  const world = await mirrored(t);
  recreate(world, 'snark', world.wheel);
  world.sim.requests.length = 0;
  const summary = await runTo(world, 0);
  assert.deepEqual(asked(world, new RegExp(V1)), []);
  assert.deepEqual([summary.hidden.files, shown(world, 'snark')?.includes(V1)], [0, true]);
});

test('bytes that were damaged in the trash are fetched anew, and never seen', async (t) => {
  const world = await mirrored(t);
  world.sim.state.quarantineProject('snark');
  await runTo(world, 0);
  world.engine.store.tamperTrash(placeOf(world.wheel), Buffer.alloc(world.wheel.bytes.length));
  world.sim.state.clearProjectQuarantine('snark');
  world.sim.requests.length = 0;
  const summary = await runTo(world, 0);
  assert.deepEqual([summary.recalled.files, summary.files], [1, 1]);
  assert.equal(asked(world, new RegExp(V1)).length, 1);
});

test('a sidecar that was damaged in the trash is taken out of the wheel again', async (t) => {
  const world = await mirrored(t);
  world.sim.state.quarantineProject('snark');
  await runTo(world, 0);
  world.engine.store.tamperTrash(metadataPath(placeOf(world.wheel)), Buffer.from('Name: boojum'));
  world.sim.state.clearProjectQuarantine('snark');
  world.sim.requests.length = 0;
  // `runTo` holds each sidecar against its advertised digest.
  assert.equal((await runTo(world, 0)).recalled.files, 2);
  assert.equal(fileRequests(world), 0);
});

test('what was deleted from the trash is fetched like anything else', async (t) => {
  const world = await mirrored(t);
  world.sim.state.quarantineProject('snark');
  await runTo(world, 0);
  world.sim.advance(15 * DAY_MS);
  assert.equal((await prune(world)).deleted.files, 2);
  world.sim.state.clearProjectQuarantine('snark');
  const summary = await runTo(world, 0);
  assert.deepEqual([summary.recalled.files, summary.files], [0, 2]);
});

test('a file that a killed prune moved and did not write down comes back from where it lies', async (t) => {
  const world = await mirrored(t);
  const { engine } = world;
  world.sim.state.quarantineProject('snark');
  await engine.run({}, undefined, (event) => {
    // The moves of two files with their sidecars, and their flush: the next step would write them down.
    if (event.type === 'phase' && event.phase === 'prune') engine.lifeline.dieAfter(5);
  });
  assert.ok(engine.lifeline.isDead);
  afterDeath(engine, null);
  assert.deepEqual([trashNames(world).length, engine.catalogue.counts().trashedFiles], [4, 0]);
  world.sim.state.clearProjectQuarantine('snark');
  world.sim.requests.length = 0;
  const summary = await runTo(world, 0);
  assert.deepEqual([summary.recalled.files, fileRequests(world), trashNames(world)], [2, 0, []]);
});

test('a file that two projects want again comes back once for both', async (t) => {
  const world = await mirrored(t);
  const path = pathOf(world, V1);
  offer(world, 'vorpal', world.wheel, path);
  await runTo(world, 0);
  for (const name of ['snark', 'vorpal']) world.sim.state.quarantineProject(name);
  await runTo(world, 0);
  assert.ok(!isInDocroot(world, path));
  for (const name of ['snark', 'vorpal']) world.sim.state.clearProjectQuarantine(name);
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.equal(fileRequests(world), 0);
  for (const name of ['snark', 'vorpal']) assert.ok(shown(world, name)?.includes(V1), name);
  assert.deepEqual(trashNames(world), []);
});

test('a file that comes back and goes again before its page is committed is not lost', async (t) => {
  const world = await mirrored(t);
  const { engine } = world;
  world.sim.state.quarantineProject('snark');
  await runTo(world, 0);
  world.sim.state.clearProjectQuarantine('snark');
  await engine.run({}, undefined, (event) => {
    if (event.type === 'phase' && event.phase === 'publish') engine.lifeline.dieAfter(0);
  });
  assert.ok(engine.lifeline.isDead);
  afterDeath(engine, null);
  world.sim.state.quarantineProject('snark');
  await runTo(world, 0);
  assert.deepEqual(engine.store.trash().get(placeOf(world.wheel)), world.wheel.bytes);
  world.sim.state.clearProjectQuarantine('snark');
  world.sim.requests.length = 0;
  assert.equal((await runTo(world, 0)).recalled.files, 2);
  assert.equal(fileRequests(world), 0);
});

test('the same bytes under another name are fetched: what lies in the trash is another file, and stays to be restored', async (t) => {
  const world = await mirrored(t);
  world.sim.state.quarantineRelease('snark', '1.0');
  await runTo(world, 0);
  const filename = 'vorpal-5.0-py3-none-any.whl';
  const path = `packages/00/11/${'2'.repeat(60)}/${filename}`;
  serveBytes(world, `/${path}`, world.wheel.bytes);
  offer(world, 'vorpal', { ...world.wheel, filename }, path, '5.0');
  const { recalled, deleted } = await runTo(world, 0);
  assert.deepEqual([recalled.files, deleted.files], [0, 0]);
  assert.ok(isInDocroot(world, path));
  assert.deepEqual(storyOf(world, filename), [], 'it has never been away');
  assert.deepEqual(world.engine.store.trash().get(placeOf(world.wheel)), world.wheel.bytes);
  assert.deepEqual(
    (await restored(world, 'snark', [V1])).map(({ state }) => state),
    ['restored'],
  );
});

for (const code of ['STORE_IO', 'STORE_NOT_WRITABLE'] as const) {
  test(`a trash that cannot be read (${code}) gives nothing back and keeps nothing from the pages: files are fetched`, async (t) => {
    const world = await mirrored(t);
    world.sim.state.quarantineRelease('snark', '1.0');
    await runTo(world, 0);
    world.sim.state.clearReleaseQuarantine('snark', '1.0');
    world.sim.state.removeProject('vorpal');
    world.engine.store.digestTrashed = () => Promise.reject(new JubjubError(code, 'could not look at it'));
    const warned: string[] = [];
    const { exitStatus, files, recalled } = await world.engine.run({}, undefined, (event) => {
      if (event.type === 'warning') warned.push(event.code);
    });
    assert.deepEqual([exitStatus, files, recalled.files], [0, 1, 0]);
    assert.deepEqual(warned, ['TRASH_UNREADABLE']);
    assert.equal(shown(world, 'vorpal'), null, 'P6');
    assert.ok(shown(world, 'snark')?.includes(V1));
  });
}
