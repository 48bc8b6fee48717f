/**
 * Goal: a mirror belongs to one upstream, and goes on with another only when it is told to, losing nothing.
 * Method: two simulated indexes; the engine is pointed from one to the other.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { checkKnown, checkLinks, checkPages } from '../support/check-promise.ts';
import { afterDeath } from '../support/engine.ts';
import { LONG_MS, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { startSim } from '../support/sim/sim.ts';
import { stride } from '../support/stride.ts';

const NAMES = ['snark', 'boojum', 'tove'];

async function startMirrored(t: TestContext): Promise<World> {
  const world = await startWorld(t, { cdn: false });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  return world;
}

/** Another index with the same projects and serials of its own; the mirror's settings lead to it from now on. */
async function moveTo(t: TestContext, world: World, names: readonly string[]) {
  const other = await startSim({ cdn: false, clock: world.sim.clock, seed: 5, name: 'other' });
  t.after(() => other.close());
  for (const name of names) upload({ sim: other }, name);
  world.engine.options.upstream = { url: other.url };
  world.engine.options.connections = other.connections;
  return other;
}

test('another upstream is refused until it is accepted; then the mirror goes on with it', async (t) => {
  const world = await startMirrored(t);
  const other = await moveTo(t, world, [...NAMES, 'rath']);
  await assert.rejects(world.engine.run(), (error) => {
    assert.ok(isJubjubError(error, 'DIRECTORY_OTHER_UPSTREAM'));
    assert.match(error.facts.hint ?? '', /--accept-upstream/);
    return true;
  });
  const summary = await world.engine.run({ acceptUpstream: true });
  assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
  assert.equal(summary.serial, other.state.lastSerial);
  assert.equal(world.engine.catalogue.identity(), other.url);
  assert.equal(shown(world, 'rath')?.length, 1);
  assert.equal((await world.engine.run()).exitStatus, 0, 'and needs no option from then on');
});

test('an upstream that lacks most of what the mirror has is not accepted, and nothing is forgotten', async (t) => {
  const world = await startMirrored(t);
  await moveTo(t, world, ['rath']);
  const summary = await world.engine.run({ acceptUpstream: true });
  assert.equal(summary.exitStatus, 4);
  assert.equal(summary.stoppedBy?.code, 'UPSTREAM_LIST_IMPLAUSIBLE');
  assert.equal(world.engine.catalogue.identity(), world.sim.url);
  for (const name of NAMES) assert.equal(shown(world, name)?.length, 1, name);
});

test('a project that the new upstream lacks goes by its list and a confirmed 404', async (t) => {
  const world = await startMirrored(t);
  await moveTo(t, world, ['snark', 'boojum']);
  const summary = await world.engine.run({ acceptUpstream: true });
  assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
  assert.equal(summary.withdrawn, 1);
  assert.equal(shown(world, 'tove'), null);
});

test('with the upstream that it belongs to there is nothing to accept', async (t) => {
  const world = await startMirrored(t);
  world.sim.advance(LONG_MS);
  const serial = world.engine.catalogue.progress().serial;
  const summary = await runTo(world, 0, { acceptUpstream: true });
  assert.equal(summary.serial, serial);
  assert.ok(
    world.engine.events.some((event) => event.type === 'warning' && event.code === 'UPSTREAM_UNMOVED'),
  );
});

test('a run that was cut short after it had accepted goes on with the new upstream by itself', async (t) => {
  const world = await startMirrored(t);
  const other = await moveTo(t, world, [...NAMES, 'rath']);
  const abort = new AbortController();
  const cut = await world.engine.run({ acceptUpstream: true }, abort.signal, (event) => {
    if (event.type === 'detail') abort.abort();
  });
  assert.equal(cut.exitStatus, 130);
  const summary = await world.engine.run();
  assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
  assert.equal(summary.serial, other.state.lastSerial);
});

test('a new mirror that is made with the option belongs to its upstream like any other', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark');
  await runTo(world, 0, { acceptUpstream: true });
  assert.equal(world.engine.catalogue.identity(), world.sim.url);
});

test('nothing is mixed by the name of a project: that takes a directory of its own upstream', async (t) => {
  const world = await startMirrored(t);
  await moveTo(t, world, NAMES);
  await assert.rejects(world.engine.run({ acceptUpstream: true, projects: ['snark'] }), (error) =>
    isJubjubError(error, 'DIRECTORY_OTHER_UPSTREAM'),
  );
});

test('so many removals as are allowed are no reason to refuse another upstream, and its error says how many', async (t) => {
  const world = await startMirrored(t);
  await moveTo(t, world, ['snark']);
  const refused = await world.engine.run({ acceptUpstream: true });
  assert.equal(refused.exitStatus, 4);
  const stopped = world.engine.events.find((event) => event.type === 'stopped');
  assert.match(stopped?.error.facts.hint ?? '', /jubjub sync --accept-upstream --allow-removals 2/);
  const summary = await world.engine.run({ acceptUpstream: true, allowRemovals: 2 });
  assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
  assert.equal(shown(world, 'boojum'), null);
});

test('a list whose entries alone have serials can be accepted when it was set back', async (t) => {
  const world = await startWorld(t, { cdn: false }, { upstream: { changes: 'list' } });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  const projects = NAMES.map((name) => ({ name, '_last-serial': 1 }));
  const body = JSON.stringify({ meta: { 'api-version': '1.4' }, projects });
  const match = /^GET \/simple\/$/;
  world.sim.faults.add({
    match,
    fault: { kind: 'replace', body, contentType: 'application/vnd.pypi.simple.v1+json' },
  });
  // No 304 comes before it: the list has changed.
  world.sim.state.removeProject('tove');
  const refused = await world.engine.run();
  assert.equal(refused.stoppedBy?.code, 'UPSTREAM_SERIAL_BACKWARDS', JSON.stringify(refused));
  await world.engine.run({ acceptUpstream: true });
  assert.ok(
    world.engine.events.some((event) => event.type === 'warning' && event.code === 'UPSTREAM_ACCEPTED'),
  );
});

test('what a killed run left of a project that the accepted upstream does not have goes', async (t) => {
  for (let steps = 0, isDead = true; isDead; steps += stride(7)) {
    const world = await startMirrored(t);
    upload(world, 'rath');
    world.engine.lifeline.dieAfter(steps);
    await world.engine.run().catch(() => {});
    ({ isDead } = world.engine.lifeline);
    if (isDead) afterDeath(world.engine, null);
    world.engine.lifeline.revive();
    await moveTo(t, world, NAMES);
    const summary = await world.engine.run({ acceptUpstream: true });
    assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
    const tree = world.engine.store.tree();
    checkLinks(tree);
    checkKnown(tree, world.engine.catalogue);
    checkPages(tree, world.engine.catalogue);
  }
});

test('a first sync that is told to be full asks for nothing twice', async (t) => {
  const requests = async (full: boolean) => {
    const world = await startWorld(t, { cdn: false });
    for (const name of NAMES) upload(world, name);
    return (await runTo(world, 0, { full })).requests;
  };
  assert.equal(await requests(true), await requests(false));
});
