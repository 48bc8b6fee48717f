/**
 * Goal: serials that cannot be are believed nowhere, and neither a clock set back nor a second round distorts a run.
 * Method: pages and rows beyond the head, a catalogue ahead of its upstream, and a clock that jumps.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../support/docroot-pages.ts';
import {
  asked,
  contents,
  failureOf,
  LONG_MS,
  MINUTE_MS,
  runTo,
  shown,
  startWorld,
  upload,
  type World,
} from '../support/mirror-kit.ts';
import { freezePage } from '../support/tampering.ts';

/** A serial that can be, and that no head has reached. */
const BEYOND = 2_147_483_000;

async function synced(t: Parameters<typeof startWorld>[0]): Promise<World> {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  return world;
}

test('a page that claims a serial beyond the head is not believed; later pages and takedowns are', async (t) => {
  const world = await synced(t);
  const wheel = upload(world, 'snark', '2.0');
  const page = await freezePage(world, '/simple/snark/', ({ meta }) => {
    meta['_last-serial'] = BEYOND;
  });
  await runTo(world, 3);
  const { code, message } = failureOf(world, 'snark');
  assert.equal(code, 'UPSTREAM_MALFORMED');
  assert.match(message, /has not reached/);
  assert.equal(shown(world, 'snark')?.length, 1);
  page.remove();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 2);
  world.sim.state.removeFile(wheel.filename);
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('neither is a page that is asked for again because a file of it vanished', async (t) => {
  const world = await synced(t);
  const lost = upload(world, 'snark', '2.0');
  world.sim.faults.add({ match: ({ path }) => path.endsWith(lost.filename), fault: { kind: 'missing' } });
  // The second look is for the other encoding.
  world.sim.faults.add({
    match: ({ line, headers }) => line === 'GET /simple/snark/' && headers['accept-encoding'] === 'identity',
    fault: {
      kind: 'rewrite',
      rewrite: (text) => text.replace(/"_last-serial":\d+/, `"_last-serial":${BEYOND}`),
    },
  });
  await runTo(world, 3);
  assert.equal(failureOf(world, 'snark').code, 'UPSTREAM_ABSENT');
  world.sim.faults.clear();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 2);
  // A page that was believed would never be replaced by this one.
  world.sim.state.removeFile(lost.filename);
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('a page of a first sync that claims a serial beyond the head is not believed either', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  const page = await freezePage(world, '/simple/snark/', ({ meta }) => {
    meta['_last-serial'] = BEYOND;
  });
  await runTo(world, 3);
  assert.deepEqual([shown(world, 'snark'), shown(world, 'vorpal')?.length], [null, 1]);
  page.remove();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('a page that is newer than what was discovered, and not newer than the head, is taken', async (t) => {
  const world = await synced(t);
  upload(world, 'snark', '2.0');
  await runTo(world, 0, { projects: ['snark'] });
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('a row beyond the head is refused and commits nothing; the next run is an ordinary one', async (t) => {
  const world = await synced(t);
  const before = contents(world);
  const progress = world.engine.catalogue.progress();
  upload(world, 'vorpal', '2.0');
  const head = String(world.sim.state.lastSerial);
  const fault = world.sim.faults.add({
    match: ({ rpc }) => rpc === 'changelog_since_serial',
    // The first answer only, so that the paging ends.
    times: 1,
    fault: {
      kind: 'rewrite',
      rewrite: (xml) => xml.replaceAll(`<int>${head}</int>`, `<int>${BEYOND}</int>`),
    },
  });
  const summary = await runTo(world, 4);
  assert.equal(fault.hits, 1);
  assert.equal(summary.stoppedBy?.code, 'UPSTREAM_MALFORMED');
  assert.deepEqual(world.engine.catalogue.progress(), progress);
  assert.equal(world.engine.catalogue.untriedCount(), 0);
  assert.deepEqual(contents(world), before);
  await runTo(world, 0);
  assert.equal(shown(world, 'vorpal')?.length, 2);
});

test('an upstream whose head is below ours leaves nothing due, however many rows it has', async (t) => {
  const world = await synced(t);
  // More than what is written to the catalogue at once.
  for (let at = 0; at < 2_100; at++) world.sim.state.journal({ name: `other-${at}`, action: 'new release' });
  const ahead = (world.sim.state.lastSerial ?? 0) + 1_000;
  world.engine.catalogue.setDiscovered(ahead);
  const summary = await world.engine.run();
  assert.deepEqual([summary.exitStatus, summary.stoppedBy?.code], [4, 'UPSTREAM_SERIAL_BACKWARDS']);
  assert.equal(world.engine.catalogue.untriedCount(), 0);
  assert.deepEqual(summary.pending, []);
  assert.equal(world.engine.catalogue.progress().discovered, ahead);
});

test('--project does not renew last-modified, because it has not read the changelog', async (t) => {
  const world = await synced(t);
  const modified = () => textOf(world.engine.store.tree(), 'last-modified');
  const before = modified();
  const complete = world.engine.catalogue.lastCompleteMs();
  assert.notEqual(before, '');
  await runTo(world, 0, { projects: ['snark'] });
  assert.equal(modified(), before);
  assert.equal(world.engine.catalogue.lastCompleteMs(), complete);
  await runTo(world, 0);
  assert.notEqual(modified(), before);
});

test('a project that is named twice, in two spellings, is synced once', async (t) => {
  const world = await synced(t);
  upload(world, 'snark', '2.0');
  world.sim.requests.length = 0;
  await runTo(world, 0, { projects: ['snark', 'Snark', 'snark'] });
  assert.equal(shown(world, 'snark')?.length, 2);
  assert.equal(asked(world, /simple\/snark/).length, 1);
});

test('a clock that is set back while a stale page is waited for does not prolong the wait', async (t) => {
  const world = await synced(t);
  const page = await freezePage(world, '/simple/snark/');
  upload(world, 'snark', '2.0');
  const { clock } = world.sim;
  const now = () => clock.now() - (page.hits > 0 ? 24 * 60 * MINUTE_MS : 0);
  world.engine.options.wrap = (deps) => ({ ...deps, clock: { ...clock, now } });
  const startedMs = clock.now();
  await runTo(world, 3);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
  const tookMs = clock.now() - startedMs;
  assert.ok(tookMs >= MINUTE_MS && tookMs < 2 * MINUTE_MS, `waited ${tookMs} ms`);
});

test('attempts count runs, however many rounds a run has', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  world.sim.faults.add({ match: /simple\/snark/, fault: { kind: 'status', status: 403 } });
  for (const run of [1, 2, 3]) {
    const { pending } = await runTo(world, 3);
    assert.deepEqual(
      pending.map(({ name, attempts }) => [name, attempts]),
      [['snark', run]],
    );
    world.sim.advance(LONG_MS);
  }
});
