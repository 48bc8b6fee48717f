/**
 * Goal: each option of sync does what its help says and nothing else, and a changed configuration reshapes the docroot.
 * Method: the engine on the simulated upstream, run with options and with settings changed between runs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { bucketPath } from '../../src/pypi/paths.ts';
import { allLinks, textOf } from '../support/docroot-pages.ts';
import {
  asked,
  contents,
  docrootChanges,
  LONG_MS,
  runTo,
  shown,
  startWorld,
  upload,
  type World,
} from '../support/mirror-kit.ts';

async function synced(t: Parameters<typeof startWorld>[0]): Promise<World> {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal', 'boojum']) upload(world, name);
  await runTo(world, 0);
  // Something later, so that the replay window does not hold them any more.
  world.sim.advance(LONG_MS);
  upload(world, 'latest');
  await runTo(world, 0);
  world.sim.requests.length = 0;
  return world;
}

test('a dry run of a first sync counts what it would do and changes nothing', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  const summary = await runTo(world, 0, { dryRun: true });
  assert.equal(summary.dryRun, true);
  assert.equal(summary.projects, 2);
  assert.equal(summary.files, 2);
  assert.ok(summary.bytes > 0);
  assert.equal(summary.serial, null);
  assert.equal(world.engine.store.tree().size + world.engine.store.staged().length, 0);
  assert.deepEqual(world.engine.catalogue.progress(), { serial: null, discovered: null });
  assert.equal(world.engine.catalogue.identity(), null);
  assert.equal(world.engine.catalogue.lastRun(), null);
  assert.deepEqual(asked(world, /packages/), []);
});

test('a dry run of changes counts them, and the real run then does just that', async (t) => {
  const world = await synced(t);
  upload(world, 'snark', '2.0');
  world.sim.state.removeProject('vorpal');
  const before = contents(world);
  const steps = world.engine.lifeline.steps.length;
  const planned = await runTo(world, 0, { dryRun: true });
  assert.deepEqual(contents(world), before);
  assert.ok(world.engine.lifeline.steps.slice(steps).every((step) => step.startsWith('catalogue')));
  const done = await runTo(world, 0);
  assert.deepEqual([planned.projects, planned.withdrawn], [done.projects, done.withdrawn]);
  assert.deepEqual([done.projects, done.withdrawn], [1, 1]);
});

test('--project brings that project up to date and leaves the serial', async (t) => {
  const world = await synced(t);
  const { serial } = world.engine.catalogue.progress();
  upload(world, 'snark', '2.0');
  upload(world, 'vorpal', '2.0');
  const summary = await runTo(world, 0, { projects: ['Snark'] });
  assert.equal(summary.serial, serial);
  assert.deepEqual([shown(world, 'snark')?.length, shown(world, 'vorpal')?.length], [2, 1]);
  assert.deepEqual(asked(world, /vorpal/), []);
  await runTo(world, 0);
  assert.equal(shown(world, 'vorpal')?.length, 2);
});

test('--project brings in what the mirror does not have yet, before any first sync too', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  const summary = await runTo(world, 0, { projects: ['snark'] });
  assert.equal(summary.serial, null);
  assert.deepEqual([shown(world, 'snark')?.length, shown(world, 'vorpal')], [1, null]);
  await runTo(world, 0);
  assert.equal(shown(world, 'vorpal')?.length, 1);
});

test('--project refuses what is no name and what is not selected, before anything is touched', async (t) => {
  const world = await startWorld(t, {}, { block: ['boojum'] });
  for (const name of ['boojum', '../etc', '']) {
    await assert.rejects(world.engine.run({ projects: [name] }), (error) =>
      isJubjubError(error, 'USAGE_INVALID'),
    );
  }
  assert.deepEqual(world.engine.lifeline.steps, []);
  assert.deepEqual(world.sim.requests, []);
});

test('--full finds what no row told: an archived project', async (t) => {
  const world = await synced(t);
  world.sim.state.archiveProject('snark');
  await runTo(world, 0);
  assert.match(textOf(world.engine.store.tree(), 'simple/snark/index.html'), /content="active"/);
  docrootChanges(world);
  await runTo(world, 0, { full: true });
  assert.match(textOf(world.engine.store.tree(), 'simple/snark/index.html'), /content="archived"/);
  assert.deepEqual(docrootChanges(world), [
    'place simple/snark/index.html',
    'place simple/snark/index.v1_json',
    `place ${bucketPath(bucketOf(normalizeName('snark')))}`,
    'place manifest.json',
  ]);
});

/** The list does not have snark; its page may answer or not. */
function unlist(world: World): void {
  world.sim.faults.add({
    match: /^GET \/simple\/$/,
    fault: { kind: 'rewrite', rewrite: (text) => text.replace(/,?\{[^{}]*"name":"snark"\}/, '') },
  });
}

test('--full withdraws what is not listed and whose page is a confirmed 404', async (t) => {
  const world = await synced(t);
  unlist(world);
  world.sim.faults.add({ match: /simple\/snark/, fault: { kind: 'missing' } });
  const summary = await world.engine.run({ full: true });
  assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
  assert.equal(shown(world, 'snark'), null);
  assert.equal(summary.withdrawn, 1);
  const encodings = asked(world, /simple\/snark/).map(({ headers }) => headers['accept-encoding']);
  assert.equal(new Set(encodings).size, 2, 'asked of both objects at the edge');
});

test('--full keeps what is not listed and still answers, and what is listed and does not', async (t) => {
  const world = await synced(t);
  unlist(world);
  world.sim.faults.add({ match: /simple\/vorpal/, fault: { kind: 'missing' } });
  await runTo(world, 3, { full: true });
  assert.deepEqual([shown(world, 'snark')?.length, shown(world, 'vorpal')?.length], [1, 1]);
  assert.deepEqual(world.engine.pending(), { vorpal: 'UPSTREAM_ABSENT' });
});

test('a blocked project leaves, and comes back without a download when it is allowed again', async (t) => {
  const world = await synced(t);
  world.engine.options.block = ['snark'];
  const summary = await world.engine.run();
  assert.deepEqual([summary.exitStatus, summary.withdrawn], [0, 1]);
  assert.deepEqual([shown(world, 'snark'), shown(world, 'vorpal')?.length], [null, 1]);
  world.engine.options.block = [];
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
  assert.deepEqual(asked(world, /packages/), []);
});

test('what is allowed alone is all that is mirrored', async (t) => {
  const world = await startWorld(t, { cdn: false }, { allow: ['sn*'] });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  assert.equal((await world.engine.run()).exitStatus, 0);
  assert.deepEqual([shown(world, 'snark')?.length, shown(world, 'vorpal')], [1, null]);
  upload(world, 'vorpal', '2.0');
  assert.equal((await world.engine.run()).serial, world.sim.state.lastSerial);
  assert.equal(shown(world, 'vorpal'), null);
});

test('without files the pages link to upstream; with them again nothing is fetched twice', async (t) => {
  const world = await synced(t);
  world.engine.options.settings = { mirrorFiles: false };
  const summary = await world.engine.run();
  assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
  const links = allLinks(world.engine.store.tree());
  assert.equal(links.length, 8);
  for (const { href } of links) assert.ok(href.startsWith(`${world.sim.filesUrl}/packages/`), href);
  world.engine.options.settings = {};
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.deepEqual(asked(world, /packages/), []);
});

test('without metadata no page advertises any; with it again the sidecars are brought in', async (t) => {
  const world = await synced(t);
  const page = () => textOf(world.engine.store.tree(), 'simple/snark/index.html');
  assert.match(page(), /data-core-metadata/);
  world.engine.options.settings = { mirrorMetadata: false };
  await runTo(world, 0);
  assert.doesNotMatch(page(), /data-core-metadata/);
  world.engine.options.settings = {};
  await runTo(world, 0);
  assert.match(page(), /data-core-metadata/);
});

test('an unchanged configuration replans nothing', async (t) => {
  const world = await synced(t);
  docrootChanges(world);
  const summary = await runTo(world, 0);
  assert.deepEqual(docrootChanges(world), []);
  assert.ok(!world.engine.events.some((event) => event.type === 'warning'));
  assert.equal(summary.projects, 0);
});
