/**
 * Goal: with a requirements file and `dependencies = true` a mirror holds all that pip needs to install it, for each declared environment.
 * Method: the built program syncs a small index, which is gone afterwards, and serves; real pips install from nowhere else.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../src/clock.ts';
import { startOrigin } from '../../src/demo/http-origin.ts';
import { IndexState } from '../../src/demo/index-state.ts';
import { runPip } from '../support/isolated-pip.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { release, sdist } from '../support/needs-kit.ts';
import { startProgram } from '../support/program.ts';
import { suiteHooks } from '../support/suite-hooks.ts';
import { withTempDir } from '../support/temp.ts';

const REQUIREMENTS = 'Alice[tea]>=1,<3  # the roots\nqueen\n';

/** What pip must have installed, besides what all have. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  '3.9': ['backport-2.0'],
  '3.11': [],
  '3.13': ['future-1.0'],
};
const ALWAYS = ['alice-2.0', 'cup-1.5', 'hole-1.0', 'queen-1.0', 'rabbit-1.0', 'unix-1.0'];

const NOT_NEEDED = ['cup-2.0', 'cheshire', 'rum', 'winreg'];

/** An index in which nothing installs without the rest. */
function publish(state: IndexState): void {
  const world = { sim: { state } } as never;
  release(world, 'alice 3.0', ['cheshire']);
  release(world, 'alice 2.0', [
    'rabbit',
    'backport>=1; python_version < "3.10"',
    'future; python_version >= "3.13"',
    'unix; sys_platform == "linux"',
    'winreg; sys_platform == "win32"',
    'cup[handle]~=1.0; extra == "tea"',
    'rum; extra == "grog"',
  ]);
  // Only the JSON API tells what it needs.
  sdist(world, 'rabbit 1.0', ['hole']);
  release(world, 'cup 1.5', ['queen; extra == "handle"']);
  for (const what of ['cup 2.0', 'backport 1.0', 'backport 2.0', 'hole 1.0', 'queen 1.0', 'unix 1.0'])
    release(world, what);
  for (const name of ['future', 'winreg', 'rum', 'cheshire']) release(world, name);
}

/** The interpreter of a version, when this machine has it: as a command, or as one of pyenv's. */
function pythonOf(version: string): string | null {
  const told = ['-c', 'import sys; print(sys.executable, "%d.%d" % sys.version_info[:2])'];
  for (const command of [`python${version}`, ...pyenvPythons(version)]) {
    try {
      const said = execFileSync(command, told, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const [executable, is] = said.trim().split(' ');
      if (executable !== undefined && is === version) return executable;
    } catch {}
  }
  return null;
}

function pyenvPythons(version: string): string[] {
  try {
    const versions = path.join(execFileSync('pyenv', ['root'], { encoding: 'utf8' }).trim(), 'versions');
    const fitting = readdirSync(versions).filter((name) => name.startsWith(`${version}.`));
    return fitting.map((name) => path.join(versions, name, 'bin', 'python'));
  } catch {
    return [];
  }
}

describe('pip and the closure of a requirements file', { concurrency: 2 }, () => {
  const hooks = suiteHooks();
  const directory = withTempDir({ after: (hook) => after(hook as () => void) });
  const place = new MirrorPlace(directory);
  let url = '';
  before(async () => {
    const state = new IndexState({ now: () => systemClock.now() });
    publish(state);
    const origin = await startOrigin(state);
    const environments = Object.keys(BESIDES).map(
      (python) => `[[environment]]\npython = "${python}"\nplatform = "linux_x86_64"\n`,
    );
    const projects = '[projects]\nrequirements = ["requirements.txt"]\ndependencies = true\n';
    place.configure(origin.url, { more: [projects, ...environments].join('\n') });
    writeFileSync(path.join(directory, 'requirements.txt'), REQUIREMENTS);
    await place.sync(hooks);
    await origin.close();
    url = await startProgram(hooks, ['serve', '--port', '0'], { cwd: directory }).line('stdout', /^http:/);
  });

  for (const [version, besides] of Object.entries(BESIDES))
    test(`Python ${version} installs the roots and nothing else`, async (t) => {
      const python = pythonOf(version);
      if (python === null) return t.skip(`this machine has no Python ${version}`);
      const target = path.join(directory, `target-${version}`);
      mkdirSync(target);
      const index = ['--index-url', `${url}/simple/`, '--target', target];
      const install = ['--python', python, 'install', ...index, '-r', 'requirements.txt'];
      const { exitStatus, output } = await runPip(directory, install);
      assert.equal(exitStatus, 0, output);
      const installed = readdirSync(target).flatMap((name) => /^(.+)\.dist-info$/.exec(name)?.[1] ?? []);
      assert.deepEqual(installed.sort(), [...ALWAYS, ...besides].sort());
    });

  test('what no declared environment needs is not there', () => {
    const held = [...place.tree().keys()];
    for (const what of NOT_NEEDED)
      assert.deepEqual(
        held.filter((file) => file.includes(what)),
        [],
        what,
      );
  });
});
