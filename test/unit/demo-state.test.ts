/**
 * Goal: the journal says what PyPI's would, literally, and serials move as PyPI's do (protocol §1.7, §1.8).
 * Method: operations on a state with a fixed clock; rows compared whole.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Commit } from '../../src/demo/index-model.ts';
import { IndexState } from '../../src/demo/index-state.ts';
import { JubjubError } from '../../src/errors.ts';
import { makeSdist, makeWheel } from '../support/wheels.ts';

const NOW_MS = 1_700_000_000_999;

function newState(gap?: () => number): { state: IndexState; commits: Commit[] } {
  const state = new IndexState({
    now: () => NOW_MS,
    startSerial: 100,
    ...(gap === undefined ? {} : { gap }),
  });
  const commits: Commit[] = [];
  state.onCommit((commit) => commits.push(commit));
  return { state, commits };
}

function recipe(name: string, version: string) {
  return { name, version, modules: { 'x.py': `NAME = '${name} ${version}'\n` } };
}

function actions(state: IndexState): string[] {
  return state.rowsSince(0, 1000).map((row) => `${row.name} ${row.version} ${row.action}`);
}

test('a first upload writes create, owner, release and file, with seconds and rising serials', () => {
  const { state } = newState();
  assert.equal(state.lastSerial, null);
  state.uploadFile(makeWheel(recipe('Tulgey_Wood', '1.0')));
  const row = { name: 'Tulgey_Wood', timestampS: 1_700_000_000 };
  assert.deepEqual(state.rowsSince(0, 1000), [
    { ...row, version: null, action: 'create', serial: 101 },
    { ...row, version: null, action: 'add Owner carroll', serial: 102 },
    { ...row, version: '1.0', action: 'new release', serial: 103 },
    { ...row, version: '1.0', action: 'add py3 file tulgey_wood-1.0-py3-none-any.whl', serial: 104 },
  ]);
  assert.equal(state.lastSerial, 104);
  assert.equal(state.project('tulgey.wood')?.lastSerial, 104);
});

test('a second file of a release writes its own row alone', () => {
  const { state } = newState();
  state.uploadFile(makeWheel(recipe('vorpal', '1.0')));
  state.uploadFile(makeSdist(recipe('vorpal', '1.0')));
  assert.deepEqual(actions(state).slice(4), ['vorpal 1.0 add source file vorpal-1.0.tar.gz']);
});

test('every operation writes the literal action of PyPI, and purges where PyPI does', () => {
  const { state, commits } = newState();
  state.uploadFile(makeWheel(recipe('vorpal', '1.0')));
  commits.length = 0;
  state.yankRelease('vorpal', '1.0', 'blunt');
  state.unyankRelease('vorpal', '1.0');
  state.quarantineProject('vorpal');
  state.clearProjectQuarantine('vorpal');
  state.quarantineRelease('vorpal', '1.0');
  state.clearReleaseQuarantine('vorpal', '1.0');
  state.addRole('vorpal', 'Maintainer', 'alice');
  state.removeRole('vorpal', 'Maintainer', 'alice');
  state.invite('vorpal', 'Owner', 'dodo');
  state.teamRole('vorpal', 'Owner', 'mad tea party');
  state.archiveProject('vorpal');
  state.removeFile('vorpal-1.0-py3-none-any.whl');
  state.removeRelease('vorpal', '1.0');
  state.journal({ name: 'vorpal', action: 'docupdate' });
  state.removeProject('vorpal', { purges: false });
  assert.deepEqual(
    commits.map(({ rows, purges }) => [rows[0]?.version, rows[0]?.action, purges]),
    [
      ['1.0', 'yank release', true],
      ['1.0', 'unyank release', true],
      [null, 'project quarantined', true],
      [null, 'project quarantine cleared', true],
      ['1.0', 'release quarantined', true],
      ['1.0', 'release quarantine cleared', true],
      [null, 'add Maintainer alice', true],
      [null, 'remove Maintainer alice', true],
      [null, 'invite Owner dodo', false],
      [null, 'add Owner mad tea party', false],
      [undefined, undefined, true],
      ['1.0', 'remove file vorpal-1.0-py3-none-any.whl', true],
      ['1.0', 'remove release', true],
      [null, 'docupdate', true],
      [null, 'remove project', false],
    ],
  );
});

test('serials may have gaps, and rows are cut at the limit without losing their order', () => {
  const { state } = newState(() => 2);
  state.createProject('vorpal');
  state.createProject('snark');
  const serials = (since: number, limit: number) => state.rowsSince(since, limit).map((row) => row.serial);
  assert.deepEqual(serials(0, 100), [103, 106, 109, 112]);
  assert.deepEqual(serials(103, 2), [106, 109]);
  assert.deepEqual(serials(104, 2), [106, 109]);
  assert.deepEqual(serials(112, 2), []);
});

test("a row moves the project's serial only under the exact display name", () => {
  const { state } = newState();
  state.createProject('Tulgey_Wood');
  state.journal({ name: 'tulgey-wood', action: 'docupdate' });
  state.journal({ name: null, action: 'keyrotate ' });
  assert.equal(state.project('tulgey-wood')?.lastSerial, 102);
  assert.equal(state.lastSerial, 104);
});

test('removed files keep their bytes but never their name; a project that comes back starts above', () => {
  const { state } = newState();
  const wheel = makeWheel(recipe('vorpal', '1.0'));
  const file = state.uploadFile(wheel);
  state.removeProject('vorpal');
  assert.equal(state.project('vorpal'), undefined);
  assert.deepEqual(state.blob(file.path), wheel.bytes);
  assert.deepEqual(state.blob(`${file.path}.metadata`), wheel.metadata);
  assert.throws(() => state.uploadFile(wheel), JubjubError);
  state.uploadFile(makeWheel(recipe('vorpal', '1.1')));
  assert.equal(state.project('vorpal')?.lastSerial, 109);
  assert.deepEqual([...(state.project('vorpal')?.releases.keys() ?? [])], ['1.1']);
});

test('paths look like PyPI paths and are not the sha256', () => {
  const { state } = newState();
  const file = state.uploadFile(makeWheel(recipe('vorpal', '1.0')));
  assert.match(
    file.path,
    /^\/packages\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{60}\/vorpal-1\.0-py3-none-any\.whl$/,
  );
  assert.ok(!file.path.replaceAll('/', '').includes(file.sha256));
});
