/**
 * Goal: what the changelog says was taken down leaves a stale detail, and nothing else does.
 * Method: a detail with three releases, and rows in their order.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offeredFiles } from '../../src/pypi/detail.ts';
import { applyTakedowns } from '../../src/pypi/takedown.ts';
import type { Detail, RowEffect } from '../../src/pypi/types.ts';
import { detailOf } from '../support/details.ts';

const WHEEL_1 = 'sample_project-1.0-py3-none-any.whl';
const SDIST_1 = 'sample-project-1.0.tar.gz';
const WHEEL_2 = 'sample_project-2.0.0-py3-none-any.whl';
const INSTALLER_3 = 'setup-of-3.0.exe';
const VERSIONS = ['1.0', '2.0', '3.0'];
const detail = detailOf([WHEEL_1, SDIST_1, WHEEL_2, INSTALLER_3], { versions: VERSIONS });

const namesOf = ({ files }: Detail) => files.map(({ filename }) => filename);
const removeFile = (filename: string): RowEffect => ({ kind: 'remove-file', filename });
const release = (
  kind: 'remove-release' | 'quarantine-release' | 'clear-release',
  version: string,
): RowEffect => ({ kind, version });

test('rows that take nothing of this page down give the same object back', () => {
  const harmless: readonly (readonly RowEffect[])[] = [
    [],
    [{ kind: 'none' }, { kind: 'page' }],
    [{ kind: 'remove-project' }],
    [removeFile('other-1.0.tar.gz'), removeFile(SDIST_1.toUpperCase())],
    [release('remove-release', '9.9'), release('clear-release', '1.0')],
    [release('quarantine-release', '2.0'), release('clear-release', '2.0.0')],
    [{ kind: 'quarantine-project' }, { kind: 'clear-project' }],
  ];
  for (const effects of harmless)
    assert.equal(applyTakedowns(detail, effects), detail, JSON.stringify(effects));
});

test('a removed file goes; its release stays on the list while it has another file', () => {
  const one = applyTakedowns(detail, [removeFile(WHEEL_1)]);
  assert.deepEqual(namesOf(one), [SDIST_1, WHEEL_2, INSTALLER_3]);
  assert.deepEqual(one.raw['versions'], VERSIONS);
  const both = applyTakedowns(detail, [removeFile(WHEEL_1), removeFile(SDIST_1)]);
  assert.deepEqual(namesOf(both), [WHEEL_2, INSTALLER_3]);
  assert.deepEqual(both.raw['versions'], ['2.0', '3.0']);
  assert.deepEqual(
    both.raw['files'],
    both.files.map(({ raw }) => raw),
  );
});

test('a removed release goes with all its files, in whatever spelling', () => {
  const taken = applyTakedowns(detail, [release('remove-release', '2')]);
  assert.deepEqual(namesOf(taken), [WHEEL_1, SDIST_1, INSTALLER_3]);
  assert.deepEqual(taken.raw['versions'], ['1.0', '3.0']);
});

test('a release whose files do not say it leaves the list of versions only', () => {
  const taken = applyTakedowns(detail, [release('remove-release', '3.0')]);
  assert.deepEqual(namesOf(taken), namesOf(detail));
  assert.deepEqual(taken.raw['versions'], ['1.0', '2.0']);
});

test('a cleared quarantine of a release does not bring back a removed one', () => {
  const rows = [
    release('remove-release', '1.0'),
    release('quarantine-release', '1.0'),
    release('clear-release', '1.0'),
  ];
  assert.deepEqual(namesOf(applyTakedowns(detail, rows)), [WHEEL_2, INSTALLER_3]);
});

test('a release that is quarantined again after it was cleared is gone', () => {
  const rows = [release('clear-release', '1.0'), release('quarantine-release', '1.0')];
  assert.deepEqual(namesOf(applyTakedowns(detail, rows)), [WHEEL_2, INSTALLER_3]);
});

test('a quarantined project stays, says so, and has neither files nor versions', () => {
  const taken = applyTakedowns(detail, [{ kind: 'quarantine-project' }]);
  assert.equal(taken.status, 'quarantined');
  assert.deepEqual(taken.raw['project-status'], { status: 'quarantined' });
  assert.deepEqual([taken.files, taken.raw['files'], taken.raw['versions']], [[], [], []]);
  assert.deepEqual(offeredFiles(taken), []);
  assert.equal(applyTakedowns(taken, [{ kind: 'quarantine-project' }]), taken);
});

test('a detail without a list of versions gets none', () => {
  const old = detailOf([SDIST_1, WHEEL_2], { versions: null });
  assert.equal(applyTakedowns(old, [release('remove-release', '1.0')]).raw['versions'], null);
  assert.equal(applyTakedowns(old, [{ kind: 'quarantine-project' }]).raw['versions'], null);
});
