/**
 * Goal: a page that is older than its change is never published; it is waited for, and owed when it does not come.
 * Method: the engine on the simulated upstream, whose CDN serves old pages as PyPI's does; time is simulated.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asked,
  failureOf,
  LONG_MS,
  runTo,
  shown,
  startWorld,
  upload,
  type World,
  warm,
} from '../support/mirror-kit.ts';

const PAGE = /^GET \/simple\/snark\/$/;

/** A mirror that has snark 1.0 and vorpal 1.0, both in every cache. */
async function synced(t: Parameters<typeof startWorld>[0], cdn = {}): Promise<World> {
  const world = await startWorld(t, { cdn });
  upload(world, 'snark');
  upload(world, 'vorpal');
  await warm(world, '/simple/snark/');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  world.sim.requests.length = 0;
  return world;
}

test('a page that is stale after a soft purge is waited for in both encodings, and never published', async (t) => {
  const world = await synced(t, { refreshDelayMs: 3_000 });
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl', 'snark-2.0-py3-none-any.whl']);
  const encodings = asked(world, PAGE).map(({ headers }) => headers['accept-encoding']);
  assert.ok(encodings.length > 2, 'it was asked again');
  for (const [at, encoding] of encodings.entries())
    if (at > 0) assert.notEqual(encoding, encodings[at - 1], 'the encodings take turns');
  const published = world.engine.events.filter(({ type }) => type === 'published');
  assert.equal(published.length, 1, 'once, and not the stale page before');
});

test('a validator goes only with the encoding that it came with', async (t) => {
  const world = await synced(t, { refreshDelayMs: 3_000 });
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  for (const { headers } of asked(world, PAGE))
    assert.equal(headers['if-none-match'] !== undefined, headers['accept-encoding'] === 'gzip');
});

test('a stale gzip page beside a fresh identity one costs one more question', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  world.sim.cdn.losePurges(['snark']);
  upload(world, 'snark', '2.0');
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.equal(asked(world, PAGE).length, 2);
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('a page stale beyond patience is pending, the serial goes on, the others too, and the next run clears it', async (t) => {
  const world = await synced(t);
  world.sim.cdn.losePurges(['snark']);
  upload(world, 'snark', '2.0');
  upload(world, 'vorpal', '2.0');
  const summary = await runTo(world, 3);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
  assert.match(failureOf(world, 'snark').message, /snark/);
  assert.equal(summary.serial, world.sim.state.lastSerial);
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl']);
  assert.equal(shown(world, 'vorpal')?.length, 2);
  world.sim.cdn.clear();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('patience lasts as long as it is set, and a pending project keeps counting its attempts', async (t) => {
  const world = await synced(t);
  world.sim.cdn.losePurges(['snark'], 10);
  upload(world, 'snark', '2.0');
  for (const patienceMs of [30_000, 120_000]) {
    world.engine.options.settings = { stalePatienceMs: patienceMs };
    const beforeMs = world.sim.clock.now();
    const { pending } = await runTo(world, 3);
    assert.equal(world.sim.clock.now() - beforeMs, patienceMs);
    assert.equal(pending[0]?.attempts, patienceMs === 30_000 ? 1 : 2);
    assert.equal(pending[0]?.serial, world.sim.state.lastSerial);
  }
});

test('roles, invitations and teams ask for no page and make nothing pending', async (t) => {
  const world = await synced(t);
  world.sim.state.addRole('snark', 'Maintainer', 'alice');
  world.sim.state.invite('snark', 'Owner', 'dodo');
  world.sim.state.teamRole('vorpal', 'Maintainer', 'mad tea party');
  const summary = await runTo(world, 0);
  assert.equal(summary.serial, world.sim.state.lastSerial, 'the serial goes past them all the same');
  world.sim.advance(LONG_MS);
  world.sim.state.invite('vorpal', 'Owner', 'dodo');
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.deepEqual(
    asked(world, /simple\/vorpal/).filter(({ status }) => status !== 304),
    [],
  );
});

/** An index whose cache never heard of the second release of snark, and a list that has. */
async function lostBeforeFirst(world: World): Promise<void> {
  upload(world, 'snark');
  await warm(world, '/simple/snark/');
  world.sim.cdn.losePurges(['snark']);
  upload(world, 'snark', '2.0');
  world.sim.advance(LONG_MS);
  upload(world, 'vorpal');
}

test('a first sync does not believe a page that is older than the list says, though no row of the replay window asks for it', async (t) => {
  const world = await startWorld(t);
  await lostBeforeFirst(world);
  const beganMs = world.sim.clock.now();
  const { serial } = await runTo(world, 3);
  assert.ok(
    world.sim.clock.now() - beganMs < 30_000,
    'it is not waited for: there may be such a one in each wave',
  );
  assert.equal(serial, world.sim.state.lastSerial);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
  world.sim.cdn.clear();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('nor does it when the project was brought in by its name before', async (t) => {
  const world = await startWorld(t);
  await lostBeforeFirst(world);
  await runTo(world, 0, { projects: ['snark'] });
  assert.equal(shown(world, 'snark')?.length, 1, 'that is all that the cache has');
  await runTo(world, 3);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
});

test('what a list says beyond the head is left to the changelog', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark');
  world.sim.faults.add({
    match: /^GET \/simple\/$/,
    fault: {
      kind: 'rewrite',
      rewrite: (text) =>
        text.replace(/("projects":\[.*"_last-serial":)\d+/s, (_all, before) => `${before}2147483647`),
    },
  });
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('an edge that lags behind what is published does not take it back', async (t) => {
  const world = await synced(t, { pops: 3 });
  world.engine.options.settings = { stalePatienceMs: 600_000 };
  world.sim.cdn.losePurges(['snark']);
  upload(world, 'snark', '2.0');
  await world.engine.run();
  for (let run = 0; run < 4; run++) {
    const before = shown(world, 'snark')?.length ?? 0;
    await world.engine.run({ full: true });
    assert.ok((shown(world, 'snark')?.length ?? 0) >= before);
  }
});
