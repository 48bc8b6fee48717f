/**
 * Goal: an upstream without a changelog is followed by the serials of its list, as truly as with one.
 * Method: the simulated index with `changes = "list"`; XML-RPC must never be asked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked, failureOf, LONG_MS, runTo, shown, startWorld, upload } from '../support/mirror-kit.ts';

const LIST = { upstream: { changes: 'list' as const } };

test('a first sync and later changes need no XML-RPC', async (t) => {
  const world = await startWorld(t, { cdn: false }, LIST);
  for (const name of ['snark', 'boojum']) upload(world, name);
  const first = await runTo(world, 0);
  assert.equal(first.serial, world.sim.state.lastSerial);
  upload(world, 'snark', '2.0');
  upload(world, 'tove');
  world.sim.requests.length = 0;
  const second = await runTo(world, 0);
  assert.equal(second.serial, world.sim.state.lastSerial);
  assert.equal(shown(world, 'snark')?.length, 2);
  assert.equal(shown(world, 'tove')?.length, 1);
  assert.deepEqual(
    asked(world, /^GET \/simple\/.+\/$/)
      .map(({ line }) => line)
      .sort(),
    ['GET /simple/snark/', 'GET /simple/tove/'],
  );
  assert.deepEqual(asked(world, /^POST/), []);
});

test('with nothing new the list is the only request, and it is conditional', async (t) => {
  const world = await startWorld(t, { cdn: false }, LIST);
  upload(world, 'snark');
  await runTo(world, 0);
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.deepEqual(
    world.sim.requests.map(({ line, status }) => [line, status]),
    [['GET /simple/', 304]],
  );
});

test('a first list without any project, from an index that has many serials, is not believed', async (t) => {
  const world = await startWorld(t, { cdn: false }, LIST);
  upload(world, 'snark');
  world.sim.faults.add({
    match: /^GET \/simple\/$/,
    times: 1,
    fault: { kind: 'rewrite', rewrite: (text) => text.replace(/"projects":\[.*\]/s, '"projects":[]') },
  });
  const summary = await runTo(world, 4);
  assert.equal(summary.stoppedBy?.code, 'UPSTREAM_LIST_IMPLAUSIBLE');
  assert.equal(summary.serial, null);
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('what leaves the list leaves the mirror once its page is gone', async (t) => {
  const world = await startWorld(t, { cdn: false }, LIST);
  for (const name of ['snark', 'boojum', 'tove']) upload(world, name);
  await runTo(world, 0);
  world.sim.state.removeProject('boojum');
  const summary = await runTo(world, 0);
  assert.equal(summary.withdrawn, 1);
  assert.equal(shown(world, 'boojum'), null);
});

test('what has left the list and still has its page, from a cache, is owed until the page is gone', async (t) => {
  const world = await startWorld(t, {}, { ...LIST, settings: { stalePatienceMs: 0 } });
  for (const name of ['snark', 'boojum', 'tove']) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  world.sim.cdn.losePurges(['boojum']);
  world.sim.state.removeProject('boojum');
  assert.equal((await world.engine.run()).exitStatus, 3);
  assert.equal(failureOf(world, 'boojum').code, 'UPSTREAM_STALE_PAGE');
  assert.equal(shown(world, 'boojum')?.length, 1);
  world.sim.cdn.clear();
  assert.equal((await runTo(world, 0)).withdrawn, 1);
  assert.equal(shown(world, 'boojum'), null);
});

test('one 404 of what has left the list does not remove it, whatever was answered before', async (t) => {
  const world = await startWorld(t, { cdn: false }, LIST);
  for (const name of ['snark', 'boojum', 'tove']) upload(world, name);
  await runTo(world, 0);
  world.sim.state.quarantineProject('boojum');
  // Quarantined, it is on no list; its page comes from a cache, then wrongly not at all, and then as it is.
  const match = /^GET \/simple\/boojum\/$/;
  for (const kind of ['earlier', 'missing'] as const)
    world.sim.faults.add({ match, times: 1, fault: { kind } });
  const { withdrawn } = await runTo(world, 0);
  assert.equal(withdrawn, 0);
  assert.deepEqual(shown(world, 'boojum'), []);
});

test('what could not be had, and has left the list since, is a suspect like any other', async (t) => {
  const world = await startWorld(t, { cdn: false }, LIST);
  for (const name of ['snark', 'boojum']) upload(world, name);
  world.sim.faults.add({ match: /^GET \/simple\/boojum\/$/, fault: { kind: 'short', bytes: 0 } });
  assert.equal((await world.engine.run()).exitStatus, 3);
  assert.equal(failureOf(world, 'boojum').code, 'UPSTREAM_MALFORMED');
  world.sim.faults.clear();
  world.sim.state.removeProject('boojum');
  await runTo(world, 0);
  assert.equal(shown(world, 'boojum'), null);
});

test('an older list stops the run and changes nothing', async (t) => {
  const world = await startWorld(t, { cdn: false }, LIST);
  upload(world, 'snark');
  await runTo(world, 0);
  const old = JSON.stringify({
    meta: { '_last-serial': 1, 'api-version': '1.4' },
    projects: [{ _last_serial: 1, name: 'snark', '_last-serial': 1 }],
  });
  world.sim.faults.add({
    match: /^GET \/simple\/$/,
    fault: { kind: 'rewrite', rewrite: () => old },
  } as never);
  const summary = await runTo(world, 4);
  assert.equal(summary.stoppedBy?.code, 'UPSTREAM_SERIAL_BACKWARDS');
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('a page older than the list says is pending, the serial goes on, and a later run heals it', async (t) => {
  const world = await startWorld(t, {}, { ...LIST, settings: { stalePatienceMs: 0 } });
  upload(world, 'snark');
  upload(world, 'tove');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '2.0');
  // Past the age of the list at the edge; the page was purged and is stale for its first reader.
  world.sim.advance(LONG_MS);
  const summary = await world.engine.run();
  if (summary.exitStatus === 3) assert.equal(failureOf(world, 'snark').code, 'UPSTREAM_STALE_PAGE');
  assert.equal(summary.serial, world.sim.state.lastSerial);
  world.sim.advance(LONG_MS);
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('a page that was named before the first list, and claims a serial that cannot be, is replaced after it', async (t) => {
  const world = await startWorld(t, { cdn: false }, LIST);
  upload(world, 'snark');
  upload(world, 'vorpal');
  const fault = {
    kind: 'rewrite',
    rewrite: (text: string) => text.replace(/"_last-serial":\d+/, '"_last-serial":99000000'),
  } as const;
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, times: 1, fault });
  await runTo(world, 0, { projects: ['snark'] });
  await runTo(world, 0);
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 2);
});
