/**
 * Goal: rules change what is mirrored, in both directions, by exactly the difference, and without asking upstream for what is known.
 * Method: a mirror in memory; the operator changes the rules between two runs, and requests, files and pages are counted.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPages } from '../support/check-promise.ts';
import {
  asked,
  docrootChanges,
  LONG_MS,
  MINUTE_MS,
  shown,
  startWorld,
  upload,
  type World,
} from '../support/mirror-kit.ts';
import { release } from '../support/needs-kit.ts';
import type { SomeSelection } from '../support/some-selection.ts';
import { makeSdist } from '../support/wheels.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;

async function runTo(world: World, exitStatus: number, ...args: Parameters<World['engine']['run']>) {
  world.sim.requests.length = 0;
  const summary = await world.engine.run(...args);
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify(summary, null, 1));
  if (exitStatus === 0) checkPages(world.engine.store.tree(), world.engine.catalogue);
  return summary;
}

const select = (world: World, selection: SomeSelection) => {
  world.engine.options.selection = selection;
};
const detailsAsked = (world: World) =>
  asked(world, /^GET \/simple\/(?!recent)[^/]+\//).map(({ line }) => line);
const filesAsked = (world: World) =>
  asked(world, /^GET \/packages\/.*[^a]$/)
    .map(({ path }) => path.split('/').at(-1))
    .filter((name) => !name?.endsWith('.metadata'))
    .sort();
const versions = (world: World, name: string): string[] => {
  const page = world.engine.store.tree().get(`simple/${name}/index.v1_json`);
  return JSON.parse(Buffer.from(page ?? '{}').toString('utf8')).versions;
};

function uploadSdist({ sim }: World, name: string, version = '1.0'): void {
  sim.state.uploadFile(makeSdist({ name, version, modules: { 'm.py': `${name} ${version}` } }));
}

async function twoKinds(t: Parameters<typeof startWorld>[0], selection: SomeSelection = {}): Promise<World> {
  const world = await startWorld(t, { cdn: false }, { selection });
  for (const version of ['1.0', '2.0']) {
    upload(world, 'snark', version);
    uploadSdist(world, 'snark', version);
  }
  upload(world, 'wheelonly');
  await runTo(world, 0);
  await settle(world);
  return world;
}

/** So that only one project, of which nothing else is asked, is in the replay window. */
async function settle(world: World): Promise<void> {
  world.sim.advance(2 * LONG_MS);
  upload(world, 'recent', `1.${world.sim.clock.now()}`);
  await runTo(world, 0);
}

test('a rule about files withdraws exactly those, and taken back brings exactly them, with no detail asked for', async (t) => {
  const world = await twoKinds(t);
  const before = world.engine.store.tree();
  select(world, { files: { types: ['wheel'] } });
  const narrowed = await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl', 'snark-2.0-py3-none-any.whl']);
  assert.deepEqual(detailsAsked(world), []);
  assert.deepEqual([narrowed.files, narrowed.filesWithdrawn, narrowed.projects], [0, 2, 1]);
  assert.deepEqual(narrowed.selection.dropped, [
    { rule: '[files] types', projects: 0, files: 2, bytes: narrowed.bytesWithdrawn },
  ]);
  // Long enough for them to be in the trash, and out of it.
  world.sim.advance(20 * DAY_MS);
  await runTo(world, 0);
  world.sim.advance(20 * DAY_MS);
  await runTo(world, 0);
  select(world, {});
  const widened = await runTo(world, 0);
  assert.deepEqual(detailsAsked(world), []);
  assert.deepEqual(filesAsked(world), ['snark-1.0.tar.gz', 'snark-2.0.tar.gz']);
  assert.deepEqual([widened.files, widened.filesWithdrawn], [2, 0]);
  const after = world.engine.store.tree();
  for (const path of before.keys())
    if (/^(?:simple|packages)\//.test(path)) assert.deepEqual(after.get(path), before.get(path), path);
});

test('a project of which the same files are kept is not touched by a change of the rules', async (t) => {
  const world = await twoKinds(t);
  docrootChanges(world);
  select(world, { files: { types: ['wheel', 'sdist'] } });
  await runTo(world, 0);
  assert.deepEqual(docrootChanges(world), []);
  select(world, { files: { types: ['wheel'] } });
  await runTo(world, 0);
  assert.deepEqual(
    docrootChanges(world).filter((step) => /wheelonly/.test(step)),
    [],
  );
});

test('a version without a file on the page is not listed, one that has another file is', async (t) => {
  const world = await twoKinds(t, { releases: { block: ['snark<2'] } });
  assert.deepEqual(shown(world, 'snark'), ['snark-2.0-py3-none-any.whl', 'snark-2.0.tar.gz']);
  assert.deepEqual(versions(world, 'snark'), ['2.0']);
  select(world, { files: { types: ['sdist'] } });
  await runTo(world, 0);
  assert.deepEqual(versions(world, 'snark'), ['1.0', '2.0']);
});

test('files that are left out are never asked for, and new ones are judged when they come', async (t) => {
  const world = await twoKinds(t, { files: { types: ['wheel'] } });
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl', 'snark-2.0-py3-none-any.whl']);
  uploadSdist(world, 'snark', '3.0');
  upload(world, 'snark', '3.0');
  await runTo(world, 0);
  assert.deepEqual(filesAsked(world), ['snark-3.0-py3-none-any.whl']);
});

test('a young file is hidden without a row of the changelog, and visible in the first run after it is due', async (t) => {
  const world = await startWorld(t, { cdn: false }, { selection: { releases: { minAgeMs: 3 * DAY_MS } } });
  upload(world, 'snark', '1.0');
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), []);
  assert.deepEqual(versions(world, 'snark'), []);
  await settle(world);
  world.sim.advance(3 * DAY_MS - 2 * LONG_MS - 5 * MINUTE_MS);
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), []);
  world.sim.advance(6 * MINUTE_MS);
  const summary = await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl']);
  assert.equal(summary.files, 1);
  assert.deepEqual(detailsAsked(world), []);
});

test('a project that its details leave out is not mirrored, and comes when the rules let it, without being asked for again', async (t) => {
  const world = await startWorld(t, { cdn: false }, { selection: { projects: { status: ['active'] } } });
  upload(world, 'snark');
  upload(world, 'zebra');
  world.sim.state.archiveProject('zebra');
  await runTo(world, 0);
  await settle(world);
  assert.equal(shown(world, 'zebra'), null);
  assert.equal(world.engine.catalogue.isLeftOut('zebra' as never), true);
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'zebra'), ['zebra-1.0-py3-none-any.whl']);
  assert.deepEqual(detailsAsked(world), []);
});

test('a project that becomes what the rules leave out leaves; many at once are held by the removal limit', async (t) => {
  const settings = { removalLimit: { projects: 1, share: null } };
  const world = await startWorld(
    t,
    { cdn: false },
    { settings, selection: { projects: { status: ['active'] } } },
  );
  for (const name of ['snark', 'boojum', 'vorpal']) upload(world, name);
  await runTo(world, 0);
  world.sim.state.archiveProject('snark');
  upload(world, 'snark', '2.0');
  const one = await runTo(world, 0);
  assert.deepEqual([one.withdrawn, shown(world, 'snark')], [1, null]);
  for (const name of ['boojum', 'vorpal']) {
    world.sim.state.archiveProject(name);
    upload(world, name, '2.0');
  }
  const held = await runTo(world, 3);
  assert.equal(held.stoppedBy?.code, 'LIMIT_REMOVALS');
  assert.deepEqual(shown(world, 'boojum'), ['boojum-1.0-py3-none-any.whl']);
  assert.deepEqual(world.engine.pending(), { boojum: 'LIMIT_REMOVALS', vorpal: 'LIMIT_REMOVALS' });
  const allowed = await runTo(world, 0, { allowRemovals: 2 });
  assert.deepEqual([allowed.withdrawn, shown(world, 'boojum'), shown(world, 'vorpal')], [2, null, null]);
});

test('rules that leave out too many projects at once are held, too', async (t) => {
  const settings = { removalLimit: { projects: 1, share: null } };
  const world = await startWorld(t, { cdn: false }, { settings });
  for (const name of ['snark', 'boojum', 'vorpal']) upload(world, name);
  for (const name of ['boojum', 'vorpal']) world.sim.state.archiveProject(name);
  await runTo(world, 0);
  select(world, { projects: { status: ['active'] } });
  const held = await runTo(world, 3);
  assert.equal(held.stoppedBy?.code, 'LIMIT_REMOVALS');
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual(world.engine.pending(), {});
});

test('a blocked project that has changed meanwhile is asked for again when it is allowed, one that has not is not', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'boojum']) upload(world, name);
  await runTo(world, 0);
  select(world, { projects: { block: ['snark', 'boojum'] } });
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  assert.deepEqual(detailsAsked(world), []);
  await settle(world);
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual(detailsAsked(world), ['GET /simple/snark/']);
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl', 'snark-2.0-py3-none-any.whl']);
  assert.deepEqual(shown(world, 'boojum'), ['boojum-1.0-py3-none-any.whl']);
});

test('a project removed upstream while it was left out does not come back with the rules', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'boojum', 'zebra']) upload(world, name);
  await runTo(world, 0);
  world.sim.state.archiveProject('boojum');
  upload(world, 'boojum', '2.0');
  select(world, { projects: { block: ['snark'], status: ['active'] } });
  await runTo(world, 0);
  assert.deepEqual([shown(world, 'snark'), shown(world, 'boojum')], [null, null]);
  world.sim.advance(LONG_MS);
  for (const name of ['snark', 'boojum']) world.sim.state.removeProject(name);
  await runTo(world, 0);
  world.sim.advance(5 * LONG_MS);
  upload(world, 'other');
  await runTo(world, 0);
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual([shown(world, 'snark'), shown(world, 'boojum')], [null, null]);
});

test('a reserved name that upstream registers is told once, with exit status 3, and never mirrored', async (t) => {
  const world = await startWorld(t, { cdn: false }, { selection: { projects: { reserved: ['acme-*'] } } });
  upload(world, 'snark');
  await runTo(world, 0);
  upload(world, 'acme-core');
  const told = await runTo(world, 3);
  assert.deepEqual([told.reserved, told.pending], [['acme-core'], []]);
  assert.equal(shown(world, 'acme-core'), null);
  upload(world, 'acme-core', '2.0');
  const again = await runTo(world, 0);
  assert.deepEqual(again.reserved, []);
  assert.deepEqual(
    world.engine.catalogue.reserved().map(({ name, told }) => [name, told]),
    [['acme-core', true]],
  );
  world.sim.state.removeProject('acme-core');
  await runTo(world, 0);
  assert.deepEqual(world.engine.catalogue.reserved(), []);
  upload(world, 'acme-core', '3.0');
  assert.deepEqual((await runTo(world, 3)).reserved, ['acme-core']);
});

test('a name that is reserved when upstream has it already leaves, and is told', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'acme-core']) upload(world, name);
  await runTo(world, 0);
  select(world, { projects: { reserved: ['acme-core'] } });
  assert.deepEqual((await runTo(world, 3)).reserved, ['acme-core']);
  assert.equal(shown(world, 'acme-core'), null);
  await runTo(world, 0);
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual(world.engine.catalogue.reserved(), []);
  assert.deepEqual(shown(world, 'acme-core'), [
    'acme-core-1.0-py3-none-any.whl'.replace('acme-core', 'acme_core'),
  ]);
});

test('a run that ends otherwise does not use up the alert', async (t) => {
  const world = await startWorld(t, { cdn: false }, { selection: { projects: { reserved: ['acme-core'] } } });
  upload(world, 'snark');
  await runTo(world, 0);
  upload(world, 'acme-core');
  await runTo(world, 0, { dryRun: true });
  assert.deepEqual(world.engine.catalogue.reserved(), []);
  assert.deepEqual((await runTo(world, 3)).reserved, ['acme-core']);
});

test('where files stay upstream, pages and documents leave out what the rules leave out', async (t) => {
  const settings = { mirrorFiles: false, jsonApi: true };
  const world = await startWorld(t, { cdn: false }, { settings, selection: { files: { types: ['wheel'] } } });
  upload(world, 'snark');
  uploadSdist(world, 'snark');
  await world.engine.run();
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl']);
  const api = () =>
    JSON.parse(Buffer.from(world.engine.store.tree().get('pypi/snark/json') ?? '{}').toString('utf8'));
  assert.deepEqual(
    api().urls.map(({ filename }: { filename: string }) => filename),
    ['snark-1.0-py3-none-any.whl'],
  );
  select(world, {});
  await world.engine.run();
  assert.deepEqual(shown(world, 'snark')?.length, 2);
  assert.equal(api().urls.length, 2, 'what was left out of the document comes back with the rule');
});

test('a dry run tells what a rule would drop and withdraw, and changes nothing', async (t) => {
  const world = await twoKinds(t);
  docrootChanges(world);
  select(world, { files: { types: ['wheel'] } });
  const dry = await runTo(world, 0, { dryRun: true });
  assert.deepEqual(docrootChanges(world), []);
  assert.deepEqual([dry.filesWithdrawn, dry.selection.dropped[0]?.files], [2, 2]);
  const real = await runTo(world, 0);
  assert.deepEqual(real.selection, dry.selection);
  assert.deepEqual([real.filesWithdrawn, real.bytesWithdrawn], [dry.filesWithdrawn, dry.bytesWithdrawn]);
});

test('the JSON API document speaks of a release that is here', async (t) => {
  const settings = { jsonApi: true };
  const world = await startWorld(
    t,
    { cdn: false },
    { settings, selection: { releases: { block: ['snark>=3'] } } },
  );
  for (const version of ['1.0', '2.0', '2.1rc1', '3.0']) upload(world, 'snark', version);
  await runTo(world, 0);
  const api = () =>
    JSON.parse(Buffer.from(world.engine.store.tree().get('pypi/snark/json') ?? '{}').toString('utf8'));
  const filenames = () => api().urls.map(({ filename }: { filename: string }) => filename);
  assert.deepEqual([api().info.version, filenames()], ['2.0', ['snark-2.0-py3-none-any.whl']]);
  assert.deepEqual(Object.keys(api().releases), ['1.0', '2.0', '2.1rc1']);
  docrootChanges(world);
  await runTo(world, 0, { full: true });
  assert.deepEqual(docrootChanges(world), []);
  select(world, {});
  await runTo(world, 0);
  assert.deepEqual([api().info.version, filenames()], ['3.0', ['snark-3.0-py3-none-any.whl']]);
});

test('what a rule leaves out stays on the page until what comes in its place is there', async (t) => {
  const world = await startWorld(t, { cdn: false }, { selection: { releases: { latest: 1 } } });
  upload(world, 'snark', '1.0');
  await runTo(world, 0);
  upload(world, 'snark', '2.0');
  world.sim.faults.add({ match: /^GET \/packages\/.*2\.0/, fault: { kind: 'status', status: 503 } });
  await runTo(world, 3);
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl']);
  world.sim.faults.clear();
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), ['snark-2.0-py3-none-any.whl']);
});

test('what leaves with what needed it is counted together by the removal limit', async (t) => {
  const settings = { removalLimit: { projects: 2, share: null } };
  const selection = { projects: { allow: ['alice', 'hat'], dependencies: true } };
  const world = await startWorld(t, { cdn: false }, { settings, selection });
  release(world, 'alice 1.0', ['rabbit']);
  release(world, 'rabbit 1.0', ['hole']);
  for (const what of ['hole 1.0', 'hat 1.0']) release(world, what);
  await runTo(world, 0);
  await settle(world);
  select(world, { projects: { allow: ['hat'], dependencies: true } });
  const summary = await runTo(world, 3);
  assert.deepEqual([summary.stoppedBy?.code, summary.withdrawn], ['LIMIT_REMOVALS', 0]);
  assert.equal((await runTo(world, 0, { allowRemovals: 3 })).withdrawn, 3);
});

test('a clock that was set back takes away nothing that was old enough', async (t) => {
  const world = await startWorld(t, { cdn: false }, { selection: { releases: { minAgeMs: 3 * DAY_MS } } });
  upload(world, 'snark');
  world.sim.advance(4 * DAY_MS);
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl']);
  const { clock } = world.sim;
  const wrap = world.engine.options.wrap;
  world.engine.options.wrap = (deps) => ({
    ...wrap(deps),
    clock: {
      ...clock,
      now: () => clock.now() - 4 * DAY_MS,
      sleep: clock.sleep.bind(clock),
      random: clock.random.bind(clock),
    },
  });
  await world.engine.run({ full: true });
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl']);
  select(world, { releases: { minAgeMs: 3 * DAY_MS }, files: { types: ['wheel'] } });
  await world.engine.run();
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl']);
});
