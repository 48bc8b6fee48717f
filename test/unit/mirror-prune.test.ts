/**
 * Goal: what no page links to leaves the docroot after its grace and the trash after its own, and nothing else ever does.
 * Method: the engine on the simulated upstream and a store in memory, with a clock that the test moves.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MirrorSettings } from '../../src/mirror/deps.ts';
import { pruneAlone } from '../../src/mirror/prune.ts';
import { metadataPath, parseDocrootPath, trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath, Sha256 } from '../../src/pypi/types.ts';
import { checkAlways } from '../support/check-promise.ts';
import { sha256Hex } from '../support/docroot-pages.ts';
import { afterDeath } from '../support/engine.ts';
import { having } from '../support/having.ts';
import {
  asked,
  contents,
  LONG_MS,
  MINUTE_MS,
  pathOf,
  runTo,
  shown,
  startWorld,
  upload,
  type World,
} from '../support/mirror-kit.ts';
import { seeded } from '../support/prng.ts';
import {
  codeOf,
  isInDocroot,
  letGo,
  offer,
  prune,
  restored,
  storyOf,
  trashNames,
} from '../support/takedown-kit.ts';
import { serveBytes } from '../support/tampering.ts';
import type { Wheel } from '../support/wheels.ts';

const V1 = 'snark-1.0-py3-none-any.whl';
const HIDE_MS = 15 * MINUTE_MS;
const DELETE_MS = 14 * 24 * 60 * MINUTE_MS;

interface Mirrored extends World {
  readonly wheel: Wheel;
  /** Of snark 1.0, in the docroot. */
  readonly path: DocrootPath;
}

/** Two releases of snark, and vorpal; all of it synced, and older than the replay window. */
async function mirrored(
  t: Parameters<typeof startWorld>[0],
  settings: Partial<MirrorSettings> = {},
): Promise<Mirrored> {
  const world = await startWorld(t, { cdn: false }, { settings });
  const wheel = upload(world, 'snark', '1.0');
  upload(world, 'snark', '2.0');
  upload(world, 'vorpal');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  const path = parseDocrootPath(pathOf(world, V1));
  assert.ok(path);
  return { ...world, wheel, path };
}

test('a withdrawn file stays for hide-after to the millisecond, then lies in the trash with its sidecar', async (t) => {
  const world = await mirrored(t);
  world.sim.state.removeFile(V1);
  const withdrawing = await runTo(world, 0);
  assert.deepEqual([withdrawing.filesWithdrawn, withdrawing.hidden.files], [1, 0]);
  const withdrawnMs = world.engine.catalogue.hideable(Number.MAX_SAFE_INTEGER, 1)[0]?.sinceMs ?? 0;
  world.sim.advance(withdrawnMs + HIDE_MS - 1 - world.sim.clock.now());
  assert.equal((await prune(world)).hidden.files, 0);
  assert.ok(isInDocroot(world, world.path));
  world.sim.advance(1);
  assert.deepEqual((await prune(world)).hidden, { files: 1, bytes: world.wheel.bytes.length });
  assert.ok(!isInDocroot(world, world.path) && !isInDocroot(world, metadataPath(world.path)));
  assert.deepEqual(trashNames(world), [V1, `${V1}.metadata`]);
  const place = trashPath(sha256Hex(world.wheel.bytes) as Sha256, V1);
  assert.deepEqual(world.engine.store.trash().get(place), world.wheel.bytes);
});

test('it is deleted delete-after later to the millisecond, and the audit tells the whole story once', async (t) => {
  const world = await mirrored(t);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  assert.equal((await runTo(world, 0)).hidden.files, 1, 'at the end of a sync, too');
  const hiddenMs = world.engine.catalogue.deletable(Number.MAX_SAFE_INTEGER, 1)[0]?.hiddenMs ?? 0;
  world.sim.advance(hiddenMs + DELETE_MS - 1 - world.sim.clock.now());
  assert.equal((await prune(world)).deleted.files, 0);
  world.sim.advance(1);
  const { deleted } = await runTo(world, 0);
  assert.deepEqual(deleted, { files: 1, bytes: world.wheel.bytes.length });
  assert.deepEqual(trashNames(world), []);
  assert.deepEqual(storyOf(world, V1), ['withdraw', 'hide', 'delete']);
  assert.deepEqual((await runTo(world, 0)).deleted, { files: 0, bytes: 0 });
});

for (const [what, act] of [
  ['project', ({ sim }: World) => sim.state.quarantineProject('snark')],
  ['release', ({ sim }: World) => sim.state.quarantineRelease('snark', '1.0')],
] as const) {
  test(`files of a quarantined ${what} are hidden by the run that learns of it`, async (t) => {
    const world = await mirrored(t);
    act(world);
    const summary = await runTo(world, 0);
    assert.equal(summary.hidden.files, summary.filesWithdrawn);
    assert.ok(!isInDocroot(world, world.path));
    assert.ok(trashNames(world).includes(V1));
  });
}

test('hide-after and delete-after of 0 do all of it in one run', async (t) => {
  const world = await mirrored(t, { hideAfterMs: 0, deleteAfterMs: 0 });
  world.sim.state.removeFile(V1);
  const { hidden, deleted } = await runTo(world, 0);
  assert.deepEqual([hidden.files, deleted.files, trashNames(world)], [1, 1, []]);
});

test('a dry run tells what would go and changes nothing, the catalogue included', async (t) => {
  const world = await mirrored(t, { deleteAfterMs: 0 });
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  const before = contents(world);
  const told: string[] = [];
  const tally = await prune(world, { dryRun: true, onEvent: ({ type }) => void told.push(type) });
  assert.deepEqual([tally.hidden.files, tally.deleted.files], [2, 2]);
  assert.deepEqual(told.sort(), ['deleted', 'deleted', 'hidden', 'hidden']);
  assert.deepEqual([contents(world), trashNames(world)], [before, []]);
  assert.equal(world.engine.catalogue.counts().withdrawnFiles, 2);
  assert.deepEqual(storyOf(world, V1), ['withdraw']);
});

test('prune by itself asks the upstream nothing', async (t) => {
  const world = await mirrored(t);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  world.sim.requests.length = 0;
  assert.equal((await prune(world)).hidden.files, 1);
  assert.deepEqual(world.sim.requests, []);
});

for (const code of ['STORE_FULL', 'STORE_NOT_WRITABLE'] as const) {
  test(`a trash that fails with ${code}: the takedown is published and kept, 6, and the next run goes on`, async (t) => {
    const world = await mirrored(t);
    world.sim.state.quarantineProject('snark');
    world.engine.store.failTrash(code);
    const summary = await runTo(world, 6);
    assert.equal(summary.stoppedBy?.code, code);
    assert.equal(summary.serial, world.sim.state.lastSerial);
    assert.deepEqual(shown(world, 'snark'), []);
    assert.ok(isInDocroot(world, world.path), 'nothing is lost');
    assert.equal(await codeOf(prune(world)), code);
    world.engine.store.healTrash();
    assert.equal((await runTo(world, 0)).hidden.files, 2);
    assert.deepEqual(storyOf(world, V1), ['withdraw', 'hide']);
  });
}

test('a run that the upstream fails hides what was withdrawn before it', async (t) => {
  const world = await mirrored(t);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  world.sim.faults.add({ match: /./, fault: { kind: 'disconnect' } });
  const summary = await world.engine.run();
  assert.deepEqual([summary.exitStatus, summary.hidden.files], [4, 1]);
});

test('so does a run that the removal limit stops; a dry run does not', async (t) => {
  const world = await mirrored(t, { removalLimit: { projects: 0, share: 0 } });
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  world.sim.state.removeProject('vorpal');
  assert.equal((await world.engine.run({ dryRun: true })).hidden.files, 0);
  assert.equal((await runTo(world, 3)).hidden.files, 1);
});

test('and one of --project', async (t) => {
  const world = await mirrored(t);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  assert.equal((await runTo(world, 0, { projects: ['vorpal'] })).hidden.files, 1);
});

test('a run that lost its lock moves nothing', async (t) => {
  const world = await mirrored(t);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  world.engine.options.wrap = (deps) => ({ ...deps, holdsLock: () => false });
  assert.equal(await codeOf(prune(world)), 'LOCK_HELD');
  assert.ok(isInDocroot(world, world.path));
});

test('a clock that is set back makes files wait, and brings nothing forward', async (t) => {
  const world = await mirrored(t);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  let backMs = 24 * 60 * MINUTE_MS;
  world.engine.options.wrap = (deps) => {
    return { ...deps, clock: having(deps.clock, { now: () => deps.clock.now() - backMs }) };
  };
  world.sim.advance(HIDE_MS);
  assert.equal((await prune(world)).hidden.files, 0);
  backMs = 0;
  assert.equal((await prune(world)).hidden.files, 1);
});

test('what the operator holds is not hidden until it is let go', async (t) => {
  const world = await mirrored(t);
  world.sim.state.quarantineProject('snark');
  world.engine.store.failTrash('STORE_IO');
  await runTo(world, 6);
  world.engine.store.healTrash();
  assert.deepEqual(
    (await restored(world, 'snark')).map(({ state }) => state),
    ['held', 'held'],
  );
  world.sim.advance(DELETE_MS);
  assert.equal((await runTo(world, 0)).hidden.files, 0);
  assert.equal((await letGo(world, 'snark')).length, 2);
  // Quarantined: nobody holds it any more, so it goes at once.
  assert.equal((await prune(world)).hidden.files, 2);
});

test('a file of two projects stays while one of them has it, and is hidden and deleted once for both', async (t) => {
  const world = await mirrored(t);
  offer(world, 'vorpal', world.wheel, world.path);
  await runTo(world, 0);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  assert.equal((await prune(world)).hidden.files, 0, 'vorpal links to it');
  world.sim.state.removeProject('vorpal');
  await runTo(world, 0);
  assert.equal((await prune(world)).hidden.files, 0, 'vorpal has just lost it');
  world.sim.advance(HIDE_MS);
  // The file for both of them, and vorpal's own.
  assert.equal((await prune(world)).hidden.files, 3);
  assert.equal(trashNames(world).filter((name) => name === V1).length, 1);
  world.sim.advance(DELETE_MS);
  await prune(world);
  assert.deepEqual(trashNames(world), []);
  assert.deepEqual(storyOf(world, V1).sort(), ['delete', 'delete', 'hide', 'hide', 'withdraw', 'withdraw']);
});

test('a file that moves to another project never leaves the docroot, and is not fetched', async (t) => {
  const world = await mirrored(t, { hideAfterMs: 0 });
  world.sim.state.removeFile(V1);
  offer(world, 'vorpal', world.wheel, world.path);
  world.sim.requests.length = 0;
  const summary = await runTo(world, 0);
  assert.equal(summary.hidden.files, 0);
  assert.deepEqual(asked(world, new RegExp(V1)), []);
  assert.ok(shown(world, 'vorpal')?.includes(V1) && isInDocroot(world, world.path));
});

test('files.mirror = false hides all files and keeps all pages; switched back, they come from the trash', async (t) => {
  const world = await mirrored(t);
  world.engine.options.settings = { mirrorFiles: false };
  await world.engine.run();
  world.sim.advance(HIDE_MS);
  assert.equal((await world.engine.run()).hidden.files, 3);
  assert.equal(shown(world, 'snark')?.length, 2);
  world.engine.options.settings = {};
  world.sim.requests.length = 0;
  const { recalled, files } = await runTo(world, 0);
  assert.deepEqual([recalled.files, files], [3, 0]);
  assert.deepEqual(asked(world, /packages/), []);
});

test('what a page in the docroot links to stays, whatever the catalogue says, and the next run puts the page right', async (t) => {
  const world = await mirrored(t);
  world.sim.state.removeFile(V1);
  const page = 'simple/snark/index.html' as DocrootPath;
  const before = world.engine.store.tree().get(page);
  assert.ok(before);
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  world.engine.store.tamper(page, before);
  const warned: string[] = [];
  await world.engine.act(false, async (deps) => {
    const emit: typeof deps.emit = (event) => void (event.type === 'warning' && warned.push(event.code));
    const tally = await pruneAlone({ ...deps, emit }, { dryRun: false }, new AbortController().signal);
    assert.equal(tally.hidden.files, 0);
  });
  assert.deepEqual(warned, ['PRUNE_LINKED']);
  assert.deepEqual(world.engine.pending(), { snark: 'PRUNE_LINKED' }, 'owed: no run that met it ends with 0');
  assert.ok(isInDocroot(world, world.path));
  assert.equal((await runTo(world, 0)).hidden.files, 1, 'the page was put right, and then the file went');
});

test('an interruption between two batches leaves the rest for the next run', async (t) => {
  const world = await mirrored(t);
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  world.sim.advance(HIDE_MS);
  const controller = new AbortController();
  const interrupted = world.engine.act(
    false,
    (deps) => {
      const one = (beforeMs: number) => deps.catalogue.hideable(beforeMs, 1);
      const catalogue = having(deps.catalogue, { hideable: one });
      return pruneAlone({ ...deps, catalogue }, { dryRun: false }, controller.signal);
    },
    () => controller.abort(),
  );
  assert.equal(await codeOf(interrupted), 'INTERRUPTED');
  assert.equal(trashNames(world).filter((name) => name.endsWith('.whl')).length, 1);
  assert.equal((await prune(world)).hidden.files, 1);
});

test('a file that the page of a killed run links to again may not be hidden, also when the catalogue is asked alone', async (t) => {
  const world = await mirrored(t);
  const { engine } = world;
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  offer(world, 'snark', world.wheel, world.path, '9.0');
  await engine.run({}, undefined, (event) => {
    if (event.type === 'phase' && event.phase === 'commit') engine.lifeline.dieAfter(0);
  });
  assert.ok(engine.lifeline.isDead);
  afterDeath(engine, null);
  assert.ok(shown(world, 'snark')?.includes(V1), 'its page is there and not committed');
  const hideable = engine.catalogue.hideable(Number.MAX_SAFE_INTEGER, 100);
  assert.deepEqual(
    hideable.map(({ file }) => file.filename),
    ['snark-2.0-py3-none-any.whl'],
  );
  world.sim.advance(HIDE_MS);
  assert.equal((await prune(world)).hidden.files, 1);
  assert.ok(isInDocroot(world, world.path));
});

test('what a killed prune moved is made durable before it is written down: no power cut brings it back unknown', async (t) => {
  for (let seed = 1; seed <= 8; seed++) {
    const world = await mirrored(t);
    const { engine } = world;
    world.sim.state.removeFile(V1);
    await runTo(world, 0);
    world.sim.advance(HIDE_MS);
    // The file and its sidecar are moved, and that is not flushed.
    engine.lifeline.dieAfter(2);
    await assert.rejects(prune(world));
    afterDeath(engine, null);
    assert.equal((await prune(world)).hidden.files, 1);
    engine.store.crash(seeded(seed));
    checkAlways(engine.store.tree(), engine.catalogue, world.origin);
    assert.ok(!isInDocroot(world, world.path), `seed ${seed}`);
  }
});

test('bytes that two projects had at two addresses lie in the trash once, until the time of the later one has come', async (t) => {
  const world = await mirrored(t);
  const other = `packages/00/11/${'2'.repeat(60)}/${V1}`;
  serveBytes(world, `/${other}`, world.wheel.bytes);
  offer(world, 'vorpal', world.wheel, other);
  await runTo(world, 0);
  assert.ok(isInDocroot(world, other) && isInDocroot(world, world.path));
  world.sim.state.quarantineRelease('snark', '1.0');
  await runTo(world, 0);
  world.sim.advance(DELETE_MS / 2);
  world.sim.state.quarantineProject('vorpal');
  await runTo(world, 0);
  assert.equal(trashNames(world).filter((name) => name === V1).length, 1);
  world.sim.advance(DELETE_MS / 2);
  await prune(world);
  assert.ok(trashNames(world).includes(V1), 'vorpal may want it back');
  world.sim.advance(DELETE_MS / 2);
  await prune(world);
  assert.deepEqual(trashNames(world), []);
});
