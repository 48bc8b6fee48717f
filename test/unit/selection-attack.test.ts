/**
 * Goal: what is hostile, damaged or absurd around the selection ends in an answer: soon, and never in more than was asked for.
 * Method: names, metadata, lock files and configurations that an attacker would write; rows of the catalogue broken by plain SQL.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { importBandersnatch } from '../../src/bandersnatch/import.ts';
import { readConfig } from '../../src/config/load.ts';
import { readRequirements } from '../../src/config/requirements/read.ts';
import { namePatterns } from '../../src/selection/patterns.ts';
import type { World } from '../support/mirror-kit.ts';
import { held, release, startNeeding, sync } from '../support/needs-kit.ts';
import { withTempDir } from '../support/temp.ts';
import { sql, verify } from '../support/verify-kit.ts';

const DIGEST = 'a'.repeat(64);
const MANY = Array.from({ length: 25 }, (_, at) => `leaf-${at}`);

// With backtracking this would end in some million years.
test('a glob with many stars is done with a name made to be slow', () => {
  const { find } = namePatterns(['*a*a*a*a*a*a*a*a*b']);
  assert.equal(find(`${'a'.repeat(239)}c`), null);
});

test('a lock file adds no members that its objects only inherit, and digests may be in upper case', (t) => {
  const folder = withTempDir(t);
  const packages = {
    constructor: { version: '==2' },
    snark: { version: '==1', hashes: [`sha256:${DIGEST.toUpperCase()}`] },
  };
  const inherited = '"__proto__": {"version": "==3"}, ';
  const text = JSON.stringify({ _meta: { 'pipfile-spec': 6 }, default: packages, develop: {} });
  writeFileSync(
    join(folder, 'Pipfile.lock'),
    text.replace('"constructor"', () => `${inherited}"constructor"`),
  );
  const context = {
    environments: [],
    sites: [],
    tell: (problems: readonly Error[]) => assert.deepEqual(problems, []),
  };
  const { asks } = readRequirements(['Pipfile.lock'], folder, context);
  const shown = asks?.map(({ name, specifier, sha256s }) => [name, specifier, ...sha256s]);
  assert.deepEqual(shown?.toSorted(), [
    ['constructor', '==2'],
    ['snark', '==1', DIGEST],
  ]);
});

test('an allowlist of which nothing can be read does not let everything in', () => {
  for (const entry of ['a!!', 'https://example.org/a.zip', './local']) {
    const text = `[mirror]\ndirectory=/a\n[plugins]\nenabled = allowlist_project\n[allowlist]\npackages =\n  ${entry}\n`;
    const options = { name: 'b.conf', file: '/srv/mirror.toml', readRequirements: () => null };
    const { toml } = importBandersnatch(text, options);
    const { allow, block } = readConfig(toml, options.file).settings.selection.projects;
    assert.ok(allow.length > 0 || block.includes('*'), `${entry}:\n${toml}`);
  }
});

test('what is held back by the removal limit and needed again stays, and the mirror comes to rest', async (t) => {
  const world = await startNeeding(t, ['boojum']);
  release(world, 'boojum 1.0', MANY);
  for (const name of MANY) release(world, name);
  await sync(world);
  world.sim.state.removeRelease('boojum', '1.0');
  release(world, 'boojum 2.0');
  await sync(world, 3);
  release(world, 'boojum 3.0', MANY);
  const ended = [(await world.engine.run()).exitStatus, (await world.engine.run()).exitStatus];
  assert.equal(ended[1], 0, `ended with ${ended}`);
  assert.equal(held(world).length, MANY.length + 2);
});

test('a chain of needs that is longer than a run follows is owed: the run does not end with 0', async (t) => {
  const world = await startNeeding(t, ['link-0']);
  const length = 54;
  for (let at = 0; at < length; at++) release(world, `link-${at}`, [`link-${at + 1}`]);
  release(world, `link-${length}`);
  const first = await world.engine.run();
  assert.ok(first.exitStatus === 3 || held(world).length === length + 1, `${first.exitStatus}`);
  await sync(world);
  assert.equal(held(world).length, length + 1);
});

/** A mirror with a need and with a project that is left out, of which one value is broken. */
async function broken(t: TestContext, statement: string): Promise<World> {
  const selection = { projects: { dependencies: true, maxVersions: 2 } };
  const world = await startNeeding(t, ['boojum', 'large'], { engine: { selection } });
  release(world, 'boojum', ['snark']);
  release(world, 'snark');
  for (const version of ['1.0', '2.0', '3.0']) release(world, `large ${version}`);
  await sync(world);
  sql(world, statement);
  return world;
}

const DAMAGES: Readonly<Record<string, string>> = {
  'a need': `UPDATE need SET extras = 'x'`,
  'why a project is left out': `UPDATE project SET left_out = '{' WHERE left_out IS NOT NULL`,
  'the detail of a project that is left out': `UPDATE project SET detail = x'00' WHERE left_out IS NOT NULL`,
};

for (const [what, statement] of Object.entries(DAMAGES)) {
  test(`the catalogue comes to rest when it cannot read ${what}: repaired, and with other rules`, async (t) => {
    const world = await broken(t, statement);
    await verify(world, { repair: true });
    world.engine.options.selection = { projects: { dependencies: true, maxVersions: 3 } };
    const changed = await world.engine.run();
    assert.equal(changed.exitStatus, 0, JSON.stringify(changed.stoppedBy));
    assert.equal((await verify(world, { repair: true })).summary.exitStatus, 0);
    assert.deepEqual(held(world), ['boojum 1.0', 'large 1.0', 'large 2.0', 'large 3.0', 'snark 1.0']);
  });
}
