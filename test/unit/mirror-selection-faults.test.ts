/**
 * Goal: faults that a review of the selection found, each with the story that shows it.
 * Method: a mirror in memory, an upstream that misbehaves or an operator who changes the rules, and what pages and summaries say.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProjectName } from '../../src/pypi/types.ts';
import { LONG_MS, MINUTE_MS, shown, startWorld, upload, type World, warm } from '../support/mirror-kit.ts';
import { held, release } from '../support/needs-kit.ts';
import type { SomeSelection } from '../support/some-selection.ts';
import { verify } from '../support/verify-kit.ts';

const WHEEL = ['snark-1.0-py3-none-any.whl'];
const MIT: SomeSelection = { projects: { metadata: { license: ['MIT*'] } } };
const ACME: SomeSelection = { projects: { reserved: ['acme-*'] } };
const ACTIVE: SomeSelection = { projects: { status: ['active'] } };
const ONE_REMOVAL = { removalLimit: { projects: 1, share: null } };
const SWEEPING = { reconcileShare: 1 / 168 };

/** From now on the JSON API says this of snark. */
function say({ sim }: World, license: string, serial?: number): void {
  sim.faults.clear();
  const rewrite = (text: string) => {
    const document = JSON.parse(text);
    const last_serial = serial ?? document.last_serial;
    return JSON.stringify({ ...document, last_serial, info: { ...document.info, license } });
  };
  sim.faults.add({ match: /^GET \/pypi\/snark\/json/, fault: { kind: 'rewrite', rewrite } });
}

/** Out of the replay window, and something else happens. */
async function later(world: World): Promise<void> {
  world.sim.advance(2 * LONG_MS);
  upload(world, 'recent', `1.${world.sim.clock.now()}`);
  await world.engine.run();
}

test('metadata that changed while no rule looked at it is asked for when one does again', async (t) => {
  const world = await startWorld(t, { cdn: false }, { selection: MIT });
  upload(world, 'snark');
  say(world, 'MIT');
  await world.engine.run();
  world.engine.options.selection = {};
  say(world, 'GPL');
  upload(world, 'snark', '2.0');
  await world.engine.run();
  await later(world);
  world.engine.options.selection = MIT;
  await world.engine.run();
  assert.equal(shown(world, 'snark'), null);
});

test('a JSON API document that is older than the page is asked for again', async (t) => {
  const world = await startWorld(t, { cdn: false }, { selection: MIT });
  upload(world, 'snark');
  say(world, 'MIT');
  await world.engine.run();
  say(world, 'MIT', world.sim.state.lastSerial ?? 0);
  upload(world, 'snark', '2.0');
  const { exitStatus } = await world.engine.run();
  say(world, 'GPL');
  await later(world);
  await world.engine.run({ full: true });
  assert.deepEqual([exitStatus, shown(world, 'snark')], [3, null]);
});

for (const [what, act] of [
  ['removal', ({ sim }: World) => sim.state.removeRelease('snark', '2.0')],
  ['quarantine', ({ sim }: World) => sim.state.quarantineProject('snark')],
] as const)
  test(`a ${what} does not wait for the JSON API (P6)`, async (t) => {
    const world = await startWorld(t, { cdn: false }, { selection: MIT });
    for (const version of ['1.0', '2.0']) upload(world, 'snark', version);
    say(world, 'MIT');
    await world.engine.run();
    await later(world);
    world.sim.faults.clear();
    world.sim.faults.add({ match: /^GET \/pypi\/snark\/json/, fault: { kind: 'status', status: 500 } });
    act(world);
    assert.equal((await world.engine.run()).exitStatus, 3);
    assert.deepEqual(shown(world, 'snark'), what === 'removal' ? WHEEL : []);
  });

test('a list that is older than the row of a reserved name does not take the alert back', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: SWEEPING, selection: ACME });
  upload(world, 'snark');
  await world.engine.run();
  world.sim.advance(LONG_MS);
  const rewrite = (text: string) => {
    const list = JSON.parse(text);
    const meta = { ...list.meta, '_last-serial': (world.sim.state.lastSerial ?? 1) - 1 };
    const projects = list.projects.filter(({ name }: { name: string }) => name !== 'acme-core');
    return JSON.stringify({ ...list, meta, projects });
  };
  upload(world, 'acme-core');
  world.sim.faults.add({ match: /^GET \/simple\/$/, times: 1, fault: { kind: 'rewrite', rewrite } });
  const { exitStatus, reserved } = await world.engine.run();
  assert.deepEqual([exitStatus, reserved], [3, ['acme-core']]);
});

test('after an empty list nobody is told a second time of a reserved name', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: SWEEPING, selection: ACME });
  for (const name of ['snark', 'acme-core']) upload(world, name);
  assert.equal((await world.engine.run()).exitStatus, 3);
  await later(world);
  const rewrite = (text: string) => JSON.stringify({ ...JSON.parse(text), projects: [] });
  world.sim.faults.add({ match: /^GET \/simple\/$/, times: 1, fault: { kind: 'rewrite', rewrite } });
  await later(world);
  assert.equal((await world.engine.run()).exitStatus, 0);
});

for (const limit of [20, 1])
  test(`dependencies that come with a narrower allow withdraw nothing that is needed (limit ${limit})`, async (t) => {
    const settings = { removalLimit: { projects: limit, share: null } };
    const world = await startWorld(t, { cdn: false }, { settings });
    release(world, 'alice 1.0', ['rabbit']);
    release(world, 'rabbit 1.0', ['hole']);
    for (const what of ['hole 1.0', 'hat 1.0']) release(world, what);
    await world.engine.run();
    world.sim.advance(2 * LONG_MS);
    world.engine.options.selection = { projects: { allow: ['alice'], dependencies: true } };
    const absent = new Set<string>();
    const { exitStatus, withdrawn } = await world.engine.run({}, undefined, () => {
      for (const name of ['rabbit', 'hole']) if (shown(world, name) === null) absent.add(name);
    });
    assert.deepEqual([...absent], []);
    assert.deepEqual([exitStatus, withdrawn], [0, 1]);
    assert.deepEqual(held(world), ['alice 1.0', 'hole 1.0', 'rabbit 1.0']);
  });

test('a dry run tells what would leave, though the removal limit would hold it', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: ONE_REMOVAL });
  for (const name of ['snark', 'boojum', 'vorpal']) upload(world, name);
  await world.engine.run();
  world.engine.options.selection = { projects: { block: ['snark', 'boojum'] } };
  const { withdrawn, filesWithdrawn } = await world.engine.run({ dryRun: true });
  assert.deepEqual([withdrawn, filesWithdrawn], [2, 2]);
});

test('verify --repair withdraws no more projects than the removal limit allows', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: ONE_REMOVAL, selection: ACTIVE });
  for (const name of ['snark', 'boojum', 'vorpal']) upload(world, name);
  await world.engine.run();
  for (const name of ['snark', 'boojum', 'vorpal']) world.sim.state.archiveProject(name);
  const files = [...world.engine.store.tree().keys()].filter((path) => path.endsWith('.whl'));
  await world.engine.store.remove(files as never[]);
  await verify(world, { repair: true });
  assert.deepEqual(shown(world, 'snark'), WHEEL);
});

test('what the removal limit holds loses the files that upstream took down (P6)', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: ONE_REMOVAL, selection: ACTIVE });
  for (const name of ['snark', 'boojum']) for (const version of ['1.0', '2.0']) upload(world, name, version);
  await world.engine.run();
  await later(world);
  for (const name of ['snark', 'boojum']) world.sim.state.archiveProject(name);
  world.sim.state.removeRelease('snark', '2.0');
  world.sim.state.quarantineProject('boojum');
  await world.engine.run();
  assert.deepEqual([shown(world, 'snark'), shown(world, 'boojum')], [WHEEL, []]);
});

test('a project that is needed from now on is as new as the serial that is committed (P2)', async (t) => {
  const selection = { projects: { allow: ['alice'], dependencies: true } };
  const world = await startWorld(t, {}, { selection });
  for (const what of ['alice 1.0', 'rabbit 1.0']) release(world, what);
  await world.engine.run();
  await warm(world, '/simple/rabbit/');
  world.sim.advance(MINUTE_MS);
  release(world, 'rabbit 2.0');
  world.sim.advance(1_000);
  release(world, 'alice 2.0', ['rabbit']);
  const { exitStatus } = await world.engine.run();
  const isCurrent = shown(world, 'rabbit')?.length === 2;
  assert.ok(
    isCurrent || exitStatus === 3,
    'exit status 0, and a release below the committed serial is not there',
  );
});

test('where nothing has serials, what its detail left out is looked at again when expiry is over', async (t) => {
  const world = await startWorld(t, { cdn: false }, { upstream: { changes: 'poll' }, selection: ACTIVE });
  for (const name of ['snark', 'zebra']) upload(world, name);
  world.sim.state.archiveProject('zebra');
  await world.engine.run();
  world.sim.state.unarchiveProject('zebra');
  world.sim.faults.add({ match: /^GET \/simple\/$/, fault: { kind: 'status', status: 304 } });
  world.sim.advance(26 * LONG_MS);
  await world.engine.run();
  assert.deepEqual(shown(world, 'zebra'), ['zebra-1.0-py3-none-any.whl']);
});

test('what requirements ask for and upstream does not have is told', async (t) => {
  const ask = { specifier: '>=9', extras: [], sha256s: [], by: 'requirements.txt:1' };
  const requirements = ['snrak', 'boojum'].map((name) => ({ ...ask, name: name as ProjectName }));
  const world = await startWorld(t, { cdn: false }, { selection: { projects: { requirements } } });
  upload(world, 'boojum');
  await world.engine.run();
  assert.ok(world.engine.events.some(({ type }) => type === 'warning'));
});
