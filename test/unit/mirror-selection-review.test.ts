/**
 * Goal: what reviews of the selection found stays mended: nothing that happens upstream to a project while the rules leave it out is
 * forgotten when they keep it again.
 * Method: a mirror in memory; each test plays the story that went wrong.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPages } from '../support/check-promise.ts';
import { asked, LONG_MS, shown, startWorld, upload, type World, warm } from '../support/mirror-kit.ts';
import type { SomeSelection } from '../support/some-selection.ts';
import { makeWheel } from '../support/wheels.ts';

async function runTo({ engine }: World, exitStatus: number, ...args: Parameters<World['engine']['run']>) {
  const summary = await engine.run(...args);
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify(summary, null, 1));
  if (exitStatus === 0) checkPages(engine.store.tree(), engine.catalogue);
  return summary;
}

const select = ({ engine }: World, selection: SomeSelection) => {
  engine.options.selection = selection;
};
const detailsAsked = (world: World) =>
  asked(world, /^GET \/simple\/(?!other)[^/]+\//).map(({ line }) => line);
const BOTH = ['snark-1.0-py3-none-any.whl', 'snark-2.0-py3-none-any.whl'];

/** Two projects that the rules leave out, and the removal limit holds: one of them goes on upstream. */
async function heldAndChanged(t: Parameters<typeof startWorld>[0]): Promise<World> {
  const world = await startWorld(
    t,
    { cdn: false },
    { settings: { removalLimit: { projects: 1, share: null } } },
  );
  for (const name of ['snark', 'boojum', 'other']) upload(world, name);
  await runTo(world, 0);
  select(world, { projects: { block: ['snark', 'boojum'] } });
  await runTo(world, 3);
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '2.0');
  await runTo(world, 3);
  assert.deepEqual(world.engine.pending(), { boojum: 'LIMIT_REMOVALS', snark: 'LIMIT_REMOVALS' });
  return world;
}

/** So that the change is in no replay window any more, and older than any list. */
async function laterOn(world: World, exitStatus: number): Promise<void> {
  world.sim.advance(4 * LONG_MS);
  upload(world, 'other', `1.${world.sim.clock.now()}`);
  await runTo(world, exitStatus);
}

test('what changes upstream while the removal limit holds a project is there when the rules keep it again', async (t) => {
  const world = await heldAndChanged(t);
  await laterOn(world, 3);
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), BOTH);
  assert.deepEqual(world.engine.pending(), {});
});

test('what has changed while it was held is not known when it leaves, and is asked for when it comes back', async (t) => {
  const world = await heldAndChanged(t);
  await laterOn(world, 3);
  await runTo(world, 0, { allowRemovals: 2 });
  assert.equal(shown(world, 'snark'), null);
  await laterOn(world, 0);
  world.sim.requests.length = 0;
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), BOTH);
  assert.deepEqual(detailsAsked(world), ['GET /simple/snark/']);
});

test('a project that was removed upstream while the limit held it does not come back with the rules', async (t) => {
  const world = await heldAndChanged(t);
  world.sim.advance(LONG_MS);
  world.sim.state.removeProject('snark');
  await runTo(world, 3);
  await laterOn(world, 3);
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual([shown(world, 'snark'), shown(world, 'boojum')], [null, ['boojum-1.0-py3-none-any.whl']]);
});

test('without a changelog the list tells what has changed of a blocked project', async (t) => {
  const world = await startWorld(t, { cdn: false }, { upstream: { changes: 'list' } });
  for (const name of ['snark', 'boojum']) upload(world, name);
  await runTo(world, 0);
  select(world, { projects: { block: ['snark', 'boojum'] } });
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  world.sim.requests.length = 0;
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), BOTH);
  assert.deepEqual(detailsAsked(world), ['GET /simple/snark/']);
});

test('without a changelog the list tells what has changed of a blocked project that the limit holds', async (t) => {
  const settings = { removalLimit: { projects: 1, share: null } };
  const world = await startWorld(t, { cdn: false }, { settings, upstream: { changes: 'list' } });
  for (const name of ['snark', 'boojum', 'other']) upload(world, name);
  await runTo(world, 0);
  select(world, { projects: { block: ['snark', 'boojum'] } });
  await runTo(world, 3);
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '2.0');
  await runTo(world, 3);
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), BOTH);
});

test('the removal limit counts what a run has taken away already, whoever asked for it', async (t) => {
  const settings = { removalLimit: { projects: 1, share: null } };
  const selection = { projects: { status: ['active'] } };
  const world = await startWorld(t, { cdn: false }, { settings, selection });
  for (const name of ['snark', 'boojum', 'other']) upload(world, name);
  await runTo(world, 0);
  world.sim.state.removeProject('snark');
  world.sim.state.archiveProject('boojum');
  upload(world, 'boojum', '2.0');
  const summary = await runTo(world, 3);
  assert.equal(summary.withdrawn, 1);
  assert.deepEqual([shown(world, 'snark'), world.engine.pending()], [null, { boojum: 'LIMIT_REMOVALS' }]);
  await runTo(world, 0);
  assert.equal(shown(world, 'boojum'), null);
});

test('what is quarantined is not offered, also where the rules leave it out and the removal limit holds it', async (t) => {
  const settings = { removalLimit: { projects: 1, share: null } };
  const selection = { projects: { status: ['active'] } };
  const world = await startWorld(t, { cdn: false }, { settings, selection });
  for (const name of ['snark', 'boojum', 'other']) upload(world, name);
  await runTo(world, 0);
  for (const name of ['snark', 'boojum']) world.sim.state.quarantineProject(name);
  await runTo(world, 3);
  assert.deepEqual(world.engine.pending(), { boojum: 'LIMIT_REMOVALS', snark: 'LIMIT_REMOVALS' });
  assert.deepEqual([shown(world, 'snark'), shown(world, 'boojum')], [[], []]);
  await runTo(world, 0, { allowRemovals: 2 });
  assert.deepEqual([shown(world, 'snark'), shown(world, 'boojum')], [null, null]);
});

test('a list that is older than the row does not take back the alert of a reserved name', async (t) => {
  const selection = { projects: { reserved: ['acme-core'] } };
  const world = await startWorld(t, {}, { settings: { reconcileShare: 1 }, selection });
  upload(world, 'snark');
  await runTo(world, 0);
  upload(world, 'other');
  world.sim.advance(LONG_MS);
  await warm(world, '/simple/');
  upload(world, 'acme-core');
  const { reserved } = await runTo(world, 3);
  assert.deepEqual(reserved, ['acme-core']);
  assert.deepEqual((await runTo(world, 0)).reserved, []);
  assert.deepEqual(
    world.engine.catalogue.reserved().map(({ name, told }) => [name, told]),
    [['acme-core', true]],
  );
});

const DOCUMENT = /^GET \/pypi\/snark\/json/;

/** A mirror of what Carroll wrote, and `snark` is by somebody else from its second release on. */
async function ofCarroll(t: Parameters<typeof startWorld>[0], sim = {}): Promise<World> {
  const selection = { projects: { metadata: { author: ['Carroll'] } } };
  return startWorld(t, { cdn: false, ...sim }, { selection });
}

function uploadBy({ sim }: World, author: string, version: string): void {
  const wheel = makeWheel({ name: 'snark', version, modules: {} });
  const formMetadata = Buffer.concat([wheel.metadata, Buffer.from(`Author: ${author}\n`)]);
  sim.state.uploadFile({ ...wheel, formMetadata });
}

test('a 404 of the JSON API says nothing of a project, and it is asked about again', async (t) => {
  const world = await ofCarroll(t);
  uploadBy(world, 'Dodgson', '1.0');
  world.sim.faults.add({ match: DOCUMENT, fault: { kind: 'missing' }, times: 1 });
  await runTo(world, 0);
  assert.notEqual(shown(world, 'snark'), null);
  await runTo(world, 0, { full: true });
  assert.equal(shown(world, 'snark'), null);
});

test('what a page takes down leaves it while the JSON API is down, and the project is owed', async (t) => {
  const world = await ofCarroll(t);
  for (const version of ['1.0', '2.0']) uploadBy(world, 'Carroll', version);
  await runTo(world, 0);
  world.sim.state.removeRelease('snark', '1.0');
  world.sim.faults.add({ match: DOCUMENT, fault: { kind: 'html-503' } });
  await runTo(world, 3);
  assert.deepEqual(shown(world, 'snark'), ['snark-2.0-py3-none-any.whl']);
  world.sim.faults.clear();
  await runTo(world, 0);
});

test('a project is judged by a document as new as its page', async (t) => {
  const world = await ofCarroll(t, { cdn: {} });
  uploadBy(world, 'Carroll', '1.0');
  await runTo(world, 0);
  await warm(world, '/pypi/snark/json');
  uploadBy(world, 'Dodgson', '2.0');
  await runTo(world, 0);
  assert.equal(shown(world, 'snark'), null);
});
