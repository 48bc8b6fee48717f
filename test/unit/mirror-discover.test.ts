/**
 * Goal: the changelog is read to its end, in order, from the right place; what does not fit together stops the run.
 * Method: the engine on the simulated upstream with small answers, limits on calls, cut answers and other upstreams.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import {
  asked,
  contents,
  docrootChanges,
  LONG_MS,
  runTo,
  shown,
  startWorld,
  upload,
  warm,
} from '../support/mirror-kit.ts';
import { startSim } from '../support/sim/sim.ts';

const CHANGES = /changelog_since_serial$/;
const NAMES = ['snark', 'vorpal', 'boojum', 'jabberwock', 'borogove', 'tulgey-wood', 'beamish-boy'];

test('a changelog longer than one answer is read to its end', async (t) => {
  const world = await startWorld(t, { changelogRowsMax: 3 });
  upload(world, 'a');
  await runTo(world, 0);
  world.sim.requests.length = 0;
  for (const name of NAMES) upload(world, name);
  const summary = await runTo(world, 0);
  assert.equal(summary.serial, world.sim.state.lastSerial);
  for (const name of NAMES) assert.equal(shown(world, name)?.length, 1, name);
  assert.ok(asked(world, CHANGES).length > NAMES.length);
});

test('a limit on calls is waited for as long as its text says', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  await runTo(world, 0);
  upload(world, 'snark', '2.0');
  const fault = world.sim.faults.add({
    match: CHANGES,
    times: 1,
    fault: { kind: 'rate-limited', waitS: 120 },
  });
  const beforeMs = world.sim.clock.now();
  await runTo(world, 0);
  assert.equal(fault.hits, 1);
  assert.ok(world.sim.clock.now() - beforeMs >= 120_000);
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('a limit that never ends stops the run with 4, and nothing is committed', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  const { serial } = await runTo(world, 0);
  upload(world, 'snark', '2.0');
  world.sim.faults.add({ match: CHANGES, fault: { kind: 'rate-limited', waitS: 5 } });
  const summary = await runTo(world, 4);
  assert.equal(summary.stoppedBy?.code, 'UPSTREAM_RATE_LIMITED');
  assert.equal(summary.serial, serial);
});

test('a changelog that is cut short commits nothing, and loses nothing', async (t) => {
  const world = await startWorld(t, { changelogRowsMax: 4 });
  upload(world, 'a');
  const { serial } = await runTo(world, 0);
  for (const name of NAMES) upload(world, name);
  let answers = 0;
  world.sim.faults.add({
    match: (request) => CHANGES.test(request.line) && ++answers > 3,
    fault: { kind: 'truncate', afterBytes: 300 },
  });
  const summary = await runTo(world, 4);
  assert.equal(summary.serial, serial);
  world.sim.faults.clear();
  await runTo(world, 0);
  for (const name of NAMES) assert.equal(shown(world, name)?.length, 1, name);
});

test('an upstream that is older than the mirror is not believed: 4, and nothing changed', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  const { serial } = await runTo(world, 0);
  const before = contents(world);
  world.sim.faults.add({
    match: /changelog_last_serial$/,
    fault: { kind: 'rewrite', rewrite: (text) => text.replace(/<int>\d+<\/int>/, '<int>7</int>') },
  });
  world.sim.faults.add({
    match: CHANGES,
    fault: { kind: 'rewrite', rewrite: (text) => text.replace(/<data>[\s\S]*<\/data>/, '<data></data>') },
  });
  const summary = await runTo(world, 4);
  assert.equal(summary.stoppedBy?.code, 'UPSTREAM_SERIAL_BACKWARDS');
  assert.equal(summary.serial, serial);
  assert.deepEqual(contents(world), before);
});

test('another upstream is refused before anything is touched', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  await runTo(world, 0);
  const other = await startSim({ name: 'other' });
  t.after(() => other.close());
  const steps = world.engine.lifeline.steps.length;
  world.engine.options.upstream = { url: other.url };
  world.engine.options.connections = other.connections;
  await assert.rejects(world.engine.run(), (error) => isJubjubError(error, 'DIRECTORY_OTHER_UPSTREAM'));
  assert.equal(world.engine.lifeline.steps.length, steps);
  assert.equal(other.requests.length, 0);
});

test('an empty list from an index with a long history is not believed: 4, and nothing changed', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  world.sim.faults.add({
    match: /^GET \/simple\/$/,
    fault: { kind: 'rewrite', rewrite: (text) => text.replace(/"projects":\[.*\]/s, '"projects":[]') },
  });
  const summary = await runTo(world, 4);
  assert.equal(summary.stoppedBy?.code, 'UPSTREAM_LIST_IMPLAUSIBLE');
  assert.equal(summary.serial, null);
  assert.deepEqual(contents(world), {});
  world.sim.faults.clear();
  await runTo(world, 0);
});

test('a first sync owes a change of the replay window that the page lacks', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  await warm(world, '/simple/snark/');
  world.sim.cdn.losePurges(['snark']);
  upload(world, 'snark', '2.0');
  await runTo(world, 3);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
  world.sim.cdn.clear();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('what changes while a first sync is under way is in it', async (t) => {
  const world = await startWorld(t);
  for (const name of NAMES) upload(world, name);
  let happened = false;
  world.sim.faults.add({
    match: (request) => {
      if (happened || !/^\/packages\//.test(request.path)) return false;
      happened = true;
      upload(world, 'late');
      upload(world, 'snark', '2.0');
      world.sim.state.removeProject('vorpal');
      return false;
    },
    fault: { kind: 'missing' },
  });
  await runTo(world, 0);
  assert.ok(happened);
  assert.deepEqual(
    [shown(world, 'late')?.length, shown(world, 'snark')?.length, shown(world, 'vorpal')],
    [1, 2, null],
  );
});

test('a run with nothing new asks at most twice, apart from the replay window, and writes nothing but its reports', async (t) => {
  const world = await startWorld(t);
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  upload(world, 'a');
  await runTo(world, 0);
  docrootChanges(world);
  world.sim.requests.length = 0;
  const summary = await runTo(world, 0);
  assert.equal(asked(world, /simple/).length, 1, 'only what changed in the last minutes is asked again');
  assert.deepEqual(
    asked(world, /simple/).map(({ status }) => status),
    [304],
  );
  assert.ok(world.sim.requests.length <= 3, JSON.stringify(world.sim.requests.map(({ line }) => line)));
  assert.equal(summary.requests, world.sim.requests.length);
  assert.deepEqual(docrootChanges(world), []);
});
