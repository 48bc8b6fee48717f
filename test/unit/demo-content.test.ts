/**
 * Goal: the demo's index is installable as it stands, and its second act does what it says.
 * Method: real pip installs a project with dependencies straight from the built-in upstream; the state is looked at.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { secondAct, seedDemoIndex } from '../../src/demo/demo-content.ts';
import { startOrigin } from '../../src/demo/http-origin.ts';
import { IndexState } from '../../src/demo/index-state.ts';
import { pip, python } from '../support/python.ts';
import { withTempDir } from '../support/temp.ts';

function demoState(): IndexState {
  const state = new IndexState({ now: () => 1_795_253_400_000 });
  seedDemoIndex(state);
  return state;
}

function filenames(state: IndexState): string[] {
  return [...state.projects].flatMap((project) =>
    [...project.releases.values()].flatMap((release) => [...release.files.keys()]),
  );
}

test('the first act is a dozen projects with about twenty files, a yank with a reason, an odd spelling', () => {
  const state = demoState();
  assert.equal([...state.projects].length, 12);
  assert.equal(filenames(state).length, 19);
  assert.equal(state.project('snark')?.releases.get('1.0')?.yanked, 'it was a Boojum');
  assert.equal(state.project('tulgey-wood')?.displayName, 'Tulgey_Wood');
  assert.deepEqual(state.rowsSince(0, 1000), demoState().rowsSince(0, 1000));
});

test('the second act uploads, yanks, removes a file and removes a project, and says so', () => {
  const state = demoState();
  const before = state.lastSerial ?? 0;
  const told = secondAct(state);
  assert.equal(told.length, 4);
  assert.deepEqual(
    state.rowsSince(before, 1000).map((row) => `${row.name} ${row.action}`),
    [
      'vorpal new release',
      'vorpal add py3 file vorpal-1.1-py3-none-any.whl',
      'vorpal add source file vorpal-1.1.tar.gz',
      'jabberwock yank release',
      'borogove remove file borogove-1.0.tar.gz',
      'mome-rath remove project',
    ],
  );
  assert.ok(!filenames(state).includes('borogove-1.0.tar.gz'));
  assert.equal(state.project('mome-rath'), undefined);
});

test('real pip installs a project and what it requires, and skips what needs another Python', async (t) => {
  const origin = await startOrigin(demoState());
  t.after(() => origin.close());
  const target = join(withTempDir(t), 'target');
  await pip('install', '--index-url', `${origin.url}/simple/`, '--target', target, 'beamish', 'tumtum-tree');
  const program =
    `import sys; sys.path.insert(0, ${JSON.stringify(target)})\n` +
    'import importlib.metadata as m\n' +
    'print(*(f"{n}={m.version(n)}" for n in ["beamish", "jabberwock", "vorpal", "tulgey-wood", "tumtum-tree"]))';
  assert.equal(
    (await python('-c', program)).trim(),
    'beamish=1.0 jabberwock=1.1 vorpal=1.0 tulgey-wood=1.0 tumtum-tree=0.9',
  );
});
