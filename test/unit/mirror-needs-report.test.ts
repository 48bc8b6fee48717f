/**
 * Goal: what is needed and not there is said, with who needs it and why it is not; and how a project came in can be told.
 * Method: the engine on the simulated upstream, then the report over its catalogue; chains over needs written by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Need } from '../../src/catalogue/contract.ts';
import { chainOf } from '../../src/mirror/needs/needs.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { World } from '../support/mirror-kit.ts';
import {
  held,
  needsWarnings,
  release,
  reportOf,
  sdist,
  settle,
  startNeeding,
  sync,
} from '../support/needs-kit.ts';
import fc from '../support/properties.ts';

async function unmet(world: World): Promise<string[]> {
  const report = await reportOf(world);
  return report.unmet.map(({ need: { by, name, specifier }, why }) => `${by}: ${name}${specifier}: ${why}`);
}

test('each need that nothing answers is told with its reason', async (t) => {
  const world = await startNeeding(t, ['alice'], {
    engine: { block: ['duchess'], selection: { projects: { dependencies: true, reserved: ['our-*'] } } },
  });
  release(world, 'alice 1.0', ['jabberwock', 'duchess', 'our-secret', 'rabbit>=3', 'rabbit>=1', 'hat']);
  for (const what of ['duchess 1.0', 'rabbit 1.0', 'rabbit 2.0', 'hat 1.0']) release(world, what);
  await sync(world);
  assert.match(needsWarnings(world).join(), /^NEEDS_UNMET .*\(4\): duchess, needed by alice 1\.0 \(/);
  const told = await unmet(world);
  assert.equal(told.length, 4);
  assert.match(told[0] ?? '', /^alice 1\.0: duchess: .*\[projects\] block leaves it out: duchess$/);
  assert.equal(told[1], 'alice 1.0: jabberwock: upstream has no such project');
  assert.match(told[2] ?? '', /^alice 1\.0: our-secret: \[projects\] reserved/);
  assert.equal(told[3], 'alice 1.0: rabbit>=3: no release on its page is >=3');
  assert.deepEqual(held(world), ['alice 1.0', 'hat 1.0', 'rabbit 1.0', 'rabbit 2.0']);
});

test('what upstream gets later comes with its row, and nothing is told any more', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['jabberwock']);
  await sync(world);
  await settle(world);
  assert.equal((await unmet(world)).length, 1);
  release(world, 'jabberwock 1.0');
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'jabberwock 1.0']);
  assert.deepEqual(await unmet(world), []);
  assert.deepEqual(needsWarnings(world), []);
});

test('a needed project of which other rules keep nothing is told; what is not kept needs nothing', async (t) => {
  const selection = { projects: { dependencies: true }, files: { types: ['wheel'] } };
  const world = await startNeeding(t, ['alice'], { engine: { selection } });
  sdist(world, 'rabbit 1.0');
  release(world, 'alice 1.0', ['rabbit']);
  sdist(world, 'alice 2.0', ['hole']);
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0']);
  assert.deepEqual(await unmet(world), ['alice 1.0: rabbit: its page has no files']);
});

test('requirements that cannot be followed are told with their file', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['rabbit', 'hat @ https://example.invalid/hat.whl', 'a requirement?']);
  release(world, 'rabbit 1.0');
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'rabbit 1.0']);
  assert.match(needsWarnings(world).join(), /NEEDS_UNKNOWN .*alice-1\.0.*direct reference/);
  const { unknown } = await reportOf(world);
  assert.match(unknown[0]?.why ?? '', /direct reference/);
});

test('many needs that are not met make one line', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7']);
  await sync(world);
  const warnings = needsWarnings(world);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /\(7\): a1, needed by alice 1\.0 \([^;]*; a2.*; a5[^;]*; …$/);
});

function needs(...pairs: readonly (readonly [of: string, name: string])[]) {
  const all = pairs.map(([of, name]): Need => {
    const what = { specifier: '', extras: [], sha256s: [] };
    return { ...what, of: normalizeName(of), name: normalizeName(name), by: `${of} 1.0` };
  });
  return { needsOf: (name: string) => all.filter((need) => need.name === name) };
}

const chain = (catalogue: ReturnType<typeof needs>, roots: readonly string[], name: string) =>
  chainOf(catalogue, (one) => roots.includes(one), normalizeName(name)).map(
    ({ of, name }) => `${of}>${name}`,
  );

test('the chain that brought a project in is a shortest one, from a root', () => {
  const catalogue = needs(['a', 'b'], ['b', 'c'], ['c', 'd'], ['b', 'd'], ['d', 'b'], ['x', 'd']);
  assert.deepEqual(chain(catalogue, ['a'], 'd'), ['a>b', 'b>d']);
  assert.deepEqual(chain(catalogue, ['a'], 'c'), ['a>b', 'b>c']);
  assert.deepEqual(chain(catalogue, ['a', 'x'], 'd'), ['x>d']);
  assert.deepEqual(chain(catalogue, ['a'], 'a'), []);
  assert.deepEqual(chain(catalogue, [], 'd'), [], 'nothing that is asked for leads there');
  assert.deepEqual(chain(catalogue, ['a'], 'zebra'), []);
});

test('a chain goes from need to need, and none is shorter', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  fc.assert(
    fc.property(fc.array(fc.tuple(names, names), { maxLength: 14 }), names, names, (pairs, root, name) => {
      const steps = chain(needs(...pairs), [root], name);
      const depths = depthsFrom(root, pairs);
      assert.equal(steps.length, depths.get(name) ?? 0);
      steps.reduce((at, step) => {
        const [of, to] = step.split('>');
        assert.equal(of, at);
        assert.ok(pairs.some(([one, other]) => one === of && other === to));
        return to ?? '';
      }, root);
      if (steps.length > 0) assert.ok(steps.at(-1)?.endsWith(`>${name}`));
    }),
    { numRuns: 200 },
  );
});

function depthsFrom(root: string, pairs: readonly (readonly [string, string])[]): Map<string, number> {
  const depths = new Map([[root, 0]]);
  for (const [name, depth] of depths)
    for (const [of, to] of pairs) if (of === name && !depths.has(to)) depths.set(to, depth + 1);
  return depths;
}
