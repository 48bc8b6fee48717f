/**
 * Goal: what old caches still serve brings nothing back and hides nothing: pages, lists and 404s that nobody purged.
 * Method: pages and lists frozen as they were before a change, asked for by --full, --project and a new selection.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../support/docroot-pages.ts';
import { afterDeath } from '../support/engine.ts';
import { LONG_MS, MINUTE_MS, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { freezePage, JSON_TYPE } from '../support/tampering.ts';

const NAMES = ['snark', 'vorpal', 'boojum', 'borogove'];

/** A mirror of four projects whose first sync is out of the replay window. */
async function synced(t: Parameters<typeof startWorld>[0]): Promise<World> {
  const world = await startWorld(t, { cdn: false });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  return world;
}

/** snark is removed; its page, and the list that has it, are served as if nothing had happened. */
async function removedBehindCaches(world: World): Promise<void> {
  await freezePage(world, '/simple/snark/');
  await freezePage(world, '/simple/');
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  assert.equal(shown(world, 'snark'), null);
}

for (const isInWindow of [true, false]) {
  const when = isInWindow ? 'while its row is being replayed' : 'long after its row';
  test(`--full does not bring a removed project back from old caches ${when}`, async (t) => {
    const world = await synced(t);
    await removedBehindCaches(world);
    if (!isInWindow) {
      world.sim.advance(LONG_MS);
      upload(world, 'later');
      await runTo(world, 0);
    }
    await runTo(world, 0, { full: true });
    assert.equal(shown(world, 'snark'), null);
    world.sim.faults.clear();
    await runTo(world, 0, { full: true });
    assert.equal(shown(world, 'snark'), null);
  });
}

test('--project does not bring a removed project back from an old cache', async (t) => {
  const world = await synced(t);
  await removedBehindCaches(world);
  for (const waitMs of [0, LONG_MS]) {
    world.sim.advance(waitMs);
    upload(world, `later-${waitMs}`);
    const summary = await runTo(world, 2, { projects: ['snark'] });
    assert.match(summary.stoppedBy?.message ?? '', /no such project: snark/);
    assert.equal(shown(world, 'snark'), null);
    await runTo(world, 0);
    assert.equal(shown(world, 'snark'), null);
  }
});

test('an old page without a serial does not bring a removed project back: nothing shows that it is newer', async (t) => {
  const world = await synced(t);
  await freezePage(world, '/simple/snark/', (page) => {
    const { meta } = page as unknown as { meta: Record<string, unknown> };
    delete meta['_last-serial'];
  });
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  assert.equal(shown(world, 'snark'), null);
  world.sim.advance(LONG_MS);
  upload(world, 'later');
  await runTo(world, 3, { projects: ['snark'] });
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
  assert.equal(shown(world, 'snark'), null);
  world.sim.faults.clear();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark'), null);
});

test('a removed project that is made again comes back with its new page', async (t) => {
  const world = await synced(t);
  await removedBehindCaches(world);
  world.sim.faults.clear();
  const wheel = upload(world, 'snark', '9.0');
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), [wheel.filename]);
});

test('a listed project whose page is gone is pending until a list lacks it, and then owed no more', async (t) => {
  const world = await synced(t);
  const list = await freezePage(world, '/simple/', (page) => {
    const { projects } = page as unknown as { projects: Record<string, unknown>[] };
    projects.push({ name: 'jabberwock', '_last-serial': 1 });
  });
  await runTo(world, 3, { full: true });
  assert.deepEqual(world.engine.pending(), { jabberwock: 'UPSTREAM_ABSENT' });
  list.remove();
  await runTo(world, 3);
  await runTo(world, 0, { full: true });
  assert.deepEqual(world.engine.pending(), {});
});

test('a published project whose page is gone stays until a list lacks it, and then leaves', async (t) => {
  const world = await synced(t);
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault: { kind: 'missing' } });
  await runTo(world, 3, { full: true });
  assert.equal(shown(world, 'snark')?.length, 1);
  const unlisted = (page: unknown) => {
    const document = page as { projects: { name: string }[] };
    document.projects = document.projects.filter(({ name }) => name !== 'snark');
  };
  await freezePage(world, '/simple/', unlisted);
  const summary = await world.engine.run({ full: true });
  assert.deepEqual([summary.exitStatus, summary.withdrawn], [0, 1]);
  assert.equal(shown(world, 'snark'), null);
});

test('a widened selection finds a project that came when it was not selected, on no list yet', async (t) => {
  const world = await startWorld(t, { cdn: false }, { allow: ['snark'] });
  for (const name of ['snark', 'boojum']) upload(world, name);
  assert.equal((await world.engine.run()).exitStatus, 0);
  world.sim.advance(LONG_MS);
  const list = await freezePage(world, '/simple/');
  const wheel = upload(world, 'vorpal');
  assert.equal((await world.engine.run()).exitStatus, 0);
  // The row leaves the replay window, and the list has not come to know of it.
  world.sim.advance(20 * MINUTE_MS);
  upload(world, 'boojum', '2.0');
  assert.equal((await world.engine.run()).exitStatus, 0);
  world.engine.options.allow = [];
  await runTo(world, 0);
  assert.ok(list.hits > 0);
  assert.deepEqual(shown(world, 'vorpal'), [wheel.filename]);
  assert.equal(shown(world, 'boojum')?.length, 2);
});

test('a page that lost its serial on the way does not stand for the change that asked for it', async (t) => {
  const world = await synced(t);
  const page = await freezePage(world, '/simple/snark/', ({ meta }) => {
    delete meta['_last-serial'];
  });
  const wheel = upload(world, 'snark', '2.0');
  await runTo(world, 3);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
  assert.equal(shown(world, 'snark')?.length, 1);
  page.remove();
  await runTo(world, 0);
  assert.ok(shown(world, 'snark')?.includes(wheel.filename));
});

test('a list that is no list leaves everything as it was', async (t) => {
  const world = await synced(t);
  world.sim.faults.add({
    match: /^GET \/simple\/$/,
    fault: {
      kind: 'replace',
      body: '{"meta":{"api-version":"1.4"},"projects":[]}',
      contentType: JSON_TYPE,
    },
  });
  await runTo(world, 4, { full: true });
  for (const name of NAMES) assert.equal(shown(world, name)?.length, 1, name);
});

test('what was brought in by its name, and removed long before the first sync, does not stay because of an old cache', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0, { projects: ['snark', 'boojum'] });
  await freezePage(world, '/simple/snark/');
  world.sim.state.removeProject('snark');
  world.sim.advance(LONG_MS);
  upload(world, 'later');
  for (const waitMs of [0, LONG_MS]) {
    world.sim.advance(waitMs);
    await runTo(world, 3);
    assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
  }
  world.sim.faults.clear();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark'), null);
});

for (const hasSerial of [true, false]) {
  const what = hasSerial ? 'a page' : 'a page without a serial';
  test(`--project does not bring back what was removed without a row, by ${what} of an old cache`, async (t) => {
    const world = await startWorld(t, { cdn: false }, { settings: { reconcileShare: 0.5 } });
    for (const name of NAMES) upload(world, name);
    world.sim.advance(LONG_MS);
    upload(world, 'later');
    await runTo(world, 0);
    const page = textOf(world.engine.store.tree(), 'simple/snark/index.v1_json');
    world.sim.state.removeProject('snark', { journal: false });
    world.sim.advance(LONG_MS);
    await runTo(world, 0);
    assert.equal(shown(world, 'snark'), null);
    const body = hasSerial ? page : page.replace(/"_last-serial":\d+,?/, '');
    const fault = { kind: 'replace', body, contentType: JSON_TYPE } as const;
    world.sim.faults.add({ match: (request) => request.line === 'GET /simple/snark/', fault });
    await runTo(world, 3, { projects: ['snark'] });
    assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
    assert.equal(shown(world, 'snark'), null);
    world.sim.faults.clear();
    await runTo(world, 0);
    assert.equal(shown(world, 'snark'), null);
  });
}

test('what somebody named in vain before the first sync, and was removed since, does not come from an old cache', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of NAMES) upload(world, name);
  const { engine } = world;
  await engine.run({ projects: ['snark'] }, undefined, (event) => {
    if (event.type === 'phase' && event.phase === 'publish') engine.lifeline.dieAfter(0);
  });
  assert.ok(engine.lifeline.isDead);
  afterDeath(engine, null);
  await freezePage(world, '/simple/snark/');
  world.sim.state.removeProject('snark');
  world.sim.advance(LONG_MS);
  upload(world, 'later');
  await runTo(world, 3);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
  assert.equal(shown(world, 'snark'), null);
});
