/**
 * Goal: a run that is interrupted keeps what is complete and promises no more; a full disk leaves nothing half-done.
 * Method: gates stop the upstream in the middle of an answer, where the signal aborts; the store in memory runs full.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { textOf } from '../support/docroot-pages.ts';
import { asked, pathOf, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { stride } from '../support/stride.ts';

const LARGE_BYTES = 400_000;
const HALF_BYTES = 200_000;

/** Text that no archive makes smaller. */
const bulk = () => randomBytes(LARGE_BYTES).toString('base64');

/** Runs until the upstream stands at the gate, then interrupts. */
async function interruptedAt(world: World, gate: { readonly reached: Promise<unknown>; release(): void }) {
  const stop = new AbortController();
  void gate.reached.then(() => stop.abort());
  const summary = await runTo(world, 130, {}, stop.signal);
  gate.release();
  return summary;
}

test('interrupted in the middle of a file: the rest is published, the serial stops before, the next run goes on from there', async (t) => {
  const world = await startWorld(
    t,
    { cdn: false },
    { upstream: { fileConnections: 1 }, settings: { filesAtOnce: 1 } },
  );
  upload(world, 'vorpal');
  await runTo(world, 0);
  const first = upload(world, 'snark');
  const between = world.sim.state.lastSerial ?? 0;
  const large = upload(world, 'boojum', '1.0', bulk());
  upload(world, 'tulgey-wood');
  const path = `/${pathOf(world, large.filename)}`;
  const gate = world.sim.faults.gate((request) => request.path === path, { afterBytes: HALF_BYTES });
  const received = new Promise<void>((resolve) => {
    let bytes = 0;
    world.engine.options.wrap = (deps) => ({
      ...deps,
      emit: (event) => {
        if (event.type === 'bytes') bytes += event.bytes;
        if (bytes >= HALF_BYTES) resolve();
        deps.emit(event);
      },
    });
  });
  const summary = await interruptedAt(world, {
    reached: Promise.all([gate.reached, received]),
    release: gate.release,
  });
  assert.equal(summary.stoppedBy?.code, 'INTERRUPTED');
  assert.deepEqual(shown(world, 'snark'), [first.filename]);
  assert.equal(shown(world, 'boojum'), null);
  assert.ok((summary.serial ?? 0) >= between, 'what is complete is committed');
  assert.ok((summary.serial ?? 0) < (world.sim.state.lastSerial ?? 0), 'and nothing more');
  assert.deepEqual(summary.pending, [], 'nobody is to blame');
  world.sim.requests.length = 0;
  await runTo(world, 0);
  const [request] = asked(world, new RegExp(large.filename.replaceAll('.', '\\.')));
  const range = /^bytes=(\d+)-$/.exec(request?.headers['range'] ?? '');
  assert.ok(Number(range?.[1]) >= HALF_BYTES, `asked for ${request?.headers['range']}`);
  assert.equal(request?.status, 206);
  assert.deepEqual(shown(world, 'boojum'), [large.filename]);
});

test('interrupted while pages are fetched: those that came are published, the others stay due', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'a');
  await runTo(world, 0);
  const names = Array.from({ length: 20 }, (_, at) => `project-${at}`);
  for (const name of names) upload(world, name);
  const summary = await interruptedAt(world, world.sim.faults.gate(/simple\/project-13\//));
  assert.equal(shown(world, 'project-13'), null);
  assert.ok((summary.serial ?? 0) < (world.sim.state.lastSerial ?? 0));
  await runTo(world, 0);
  for (const name of names) assert.equal(shown(world, name)?.length, 1, name);
});

test('interrupted before anything: 130, nothing changed, and the next run does it all', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark');
  await runTo(world, 130, {}, AbortSignal.abort());
  assert.equal(shown(world, 'snark'), null);
  await runTo(world, 0);
});

test('interrupted during a first sync: the list is not lost, and no serial is promised before its end', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (let at = 0; at < 20; at++) upload(world, `project-${at}`);
  const summary = await interruptedAt(world, world.sim.faults.gate(/simple\/project-7\//));
  assert.equal(summary.serial, null);
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.deepEqual(asked(world, /^GET \/simple\/$/), [], 'the list is not read twice');
});

test('a disk that runs full at any write ends with 6, shows nothing half-done, and heals with room', async (t) => {
  for (let writes = 0; writes < 40; writes += stride(3)) {
    const world = await startWorld(t, { cdn: false });
    for (const name of ['snark', 'vorpal', 'boojum']) upload(world, name);
    world.engine.store.failWritesAfter(writes);
    const summary = await world.engine.run();
    if (summary.exitStatus === 0) {
      assert.ok(writes > 10);
      return;
    }
    assert.equal(summary.exitStatus, 6, `after ${writes} writes: ${JSON.stringify(summary.stoppedBy)}`);
    world.engine.store.healWrites();
    await runTo(world, 0);
  }
  assert.fail('the run never fits the disk');
});

test('an I/O error blames no project', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark');
  world.engine.store.failWritesAfter(1, 'STORE_IO');
  const summary = await runTo(world, 6);
  assert.deepEqual(summary.pending, []);
});

test('interrupted before its JSON API document: that loses what its page lost, and the next run asks for it', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { jsonApi: true } });
  const old = upload(world, 'snark');
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  world.sim.state.removeFile(old.filename);
  upload(world, 'vorpal');
  const gate = world.sim.faults.gate((request) => request.path === '/pypi/snark/json');
  await interruptedAt(world, gate);
  const document = () => textOf(world.engine.store.tree(), 'pypi/snark/json');
  assert.deepEqual(shown(world, 'snark')?.includes(old.filename), false, 'the page lost it');
  assert.ok(!document().includes(old.filename), 'and so did the document');
  await runTo(world, 0);
  const { api, serial } = world.engine.catalogue.project(normalizeName('snark')) ?? {};
  assert.equal(api?.serial, serial);
});
