/**
 * Goal: the mirror holds what the kept releases of the asked-for projects need, all of it and nothing else.
 * Method: the engine on the simulated upstream, over small worlds of wheels that need one another.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked } from '../support/mirror-kit.ts';
import { held, needsOf, needsWarnings, release, settle, startNeeding, sync } from '../support/needs-kit.ts';

const LINUX = { python: '3.12', platform: 'linux_x86_64' };
const WINDOWS = { python: '3.12', platform: 'win_amd64' };

test('what is asked for brings what it needs, and what that needs; nothing else comes', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['rabbit']);
  release(world, 'rabbit 1.0', ['Hole>=1,<2', 'watch']);
  for (const what of ['hole 0.9', 'hole 1.5', 'hole 2.0', 'watch 1.0', 'queen 1.0']) release(world, what);
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'hole 1.5', 'rabbit 1.0', 'watch 1.0']);
  assert.deepEqual(needsOf(world, 'hole'), ['rabbit 1.0 needs hole <2,>=1']);
  assert.deepEqual(needsWarnings(world), []);
});

test('needs of every kept release count; of several that need the same, the newest is told', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['rabbit<2', 'hat']);
  release(world, 'alice 1.10', ['rabbit>=2', 'hat']);
  release(world, 'alice 1.9', ['hat']);
  for (const what of ['rabbit 1.0', 'rabbit 2.0', 'hat 1.0']) release(world, what);
  await sync(world);
  assert.deepEqual(needsOf(world, 'hat'), ['alice 1.10 needs hat']);
  assert.deepEqual(held(world).slice(3), ['hat 1.0', 'rabbit 1.0', 'rabbit 2.0']);
});

test('only the extras that are asked for count, also those that an extra asks of its own project', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['tea[milk,Sugar_Cube]<2']);
  release(world, 'tea 1.0', [
    'cow; extra == "milk"',
    'tea[lump]; extra == "sugar-cube"',
    'cane; extra == "lump"',
    'rum; extra == "grog"',
  ]);
  for (const what of ['tea 2.0', 'cow 1.0', 'cane 1.0', 'rum 1.0']) release(world, what);
  await sync(world);
  // A need of tea by tea itself lets no other release of it in.
  assert.deepEqual(held(world), ['alice 1.0', 'cane 1.0', 'cow 1.0', 'tea 1.0']);
});

test('extras that a requirements file asks for count', async (t) => {
  const asks = (name: string) =>
    name === 'tea' ? [{ name, specifier: '', extras: ['milk'], sha256s: [], by: 'requirements.txt:1' }] : [];
  const world = await startNeeding(t, ['tea'], {
    engine: { wrap: (deps) => ({ ...deps, selection: { ...deps.selection, asksOf: asks } }) as never },
  });
  release(world, 'tea 1.0', ['cow; extra == "milk"', 'rum; extra == "grog"']);
  for (const what of ['cow 1.0', 'rum 1.0']) release(world, what);
  await sync(world);
  assert.deepEqual(held(world), ['cow 1.0', 'tea 1.0']);
});

test('markers count for the declared environments; without any, whatever may be true does', async (t) => {
  const requires = [
    'unix; sys_platform != "win32"',
    'winreg; sys_platform == "win32"',
    'backport; python_version < "3.10"',
    'never; python_version < "3" and python_version > "3"',
    'maybe; platform_release == "6.1"',
  ];
  for (const [environments, expected] of [
    [[LINUX], ['maybe', 'unix']],
    [[WINDOWS], ['maybe', 'winreg']],
    [
      [LINUX, WINDOWS],
      ['maybe', 'unix', 'winreg'],
    ],
    [[], ['backport', 'maybe', 'never', 'unix', 'winreg']],
  ] as const) {
    const world = await startNeeding(t, ['alice'], { environments });
    release(world, 'alice 1.0', requires);
    for (const name of ['unix', 'winreg', 'backport', 'never', 'maybe']) release(world, name);
    await sync(world);
    assert.deepEqual(
      held(world),
      ['alice 1.0', ...expected.map((name) => `${name} 1.0`)].sort(),
      JSON.stringify(environments),
    );
  }
});

test('a release that no declared Python may install needs nothing', async (t) => {
  const world = await startNeeding(t, ['alice'], { environments: [LINUX] });
  release(world, 'alice 1.0', ['old'], '<3.10');
  release(world, 'alice 2.0', ['new'], '>=3.10');
  for (const name of ['old', 'new']) release(world, name);
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'alice 2.0', 'new 1.0']);
});

test('a new release brings its new needs in the same run, and a run with nothing new asks for nothing', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['rabbit<2']);
  for (const what of ['rabbit 1.0', 'rabbit 2.0', 'hole 1.0']) release(world, what, []);
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'rabbit 1.0']);
  await settle(world);
  release(world, 'alice 2.0', ['rabbit>=2', 'hole']);
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'alice 2.0', 'hole 1.0', 'rabbit 1.0', 'rabbit 2.0']);
  // The range has grown: what rabbit has is known, and its page need not be asked for.
  assert.deepEqual(asked(world, /simple\/rabbit/), []);
  await settle(world);
  await sync(world);
  assert.deepEqual(asked(world, /^(?!POST )/), []);
});

test('what nothing needs any more leaves, though it and another need each other', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['hat']);
  release(world, 'alice 2.0', ['rabbit']);
  release(world, 'rabbit 1.0', ['hole']);
  release(world, 'hole 1.0', ['rabbit']);
  release(world, 'hat 1.0');
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'alice 2.0', 'hat 1.0', 'hole 1.0', 'rabbit 1.0']);
  world.sim.state.removeRelease('alice', '2.0');
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'hat 1.0']);
  assert.deepEqual(needsOf(world, 'hole'), []);
  await settle(world);
  release(world, 'alice 3.0', ['hole']);
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'alice 3.0', 'hat 1.0', 'hole 1.0', 'rabbit 1.0']);
  assert.deepEqual(asked(world, /simple\/(?:hole|rabbit)/), [], 'what was left out is known still');
});

test('a release that only its own needs would keep leaves, too', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['rabbit<2']);
  release(world, 'alice 2.0', ['rabbit']);
  release(world, 'rabbit 1.0');
  release(world, 'rabbit 2.0', ['hole']);
  release(world, 'hole 1.0', ['rabbit>=2']);
  await sync(world);
  assert.deepEqual(held(world).slice(2), ['hole 1.0', 'rabbit 1.0', 'rabbit 2.0']);
  world.sim.state.removeRelease('alice', '2.0');
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'rabbit 1.0']);
});

test('another environment brings other needs, without a word to upstream about what is known', async (t) => {
  const world = await startNeeding(t, ['alice'], { environments: [LINUX] });
  release(world, 'alice 1.0', ['unix; sys_platform == "linux"', 'winreg; sys_platform == "win32"']);
  for (const name of ['unix', 'winreg']) release(world, name);
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'unix 1.0']);
  world.engine.options.selection = { ...world.engine.options.selection, environments: [WINDOWS] };
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'winreg 1.0']);
});
