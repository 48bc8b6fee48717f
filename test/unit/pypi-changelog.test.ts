/**
 * Goal: every action that PyPI writes, or wrote once, has the effect on a mirror that it should have.
 * Method: a table of all action strings of the protocol (§1.7), then rows that look like others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf } from '../../src/pypi/changelog.ts';
import type { RowEffect } from '../../src/pypi/types.ts';

type Case = readonly [action: string | null, version: string | null, effect: RowEffect];

const NONE: RowEffect = { kind: 'none' };
const PAGE: RowEffect = { kind: 'page' };

function check(cases: readonly Case[]): void {
  for (const [action, version, effect] of cases)
    assert.deepEqual(effectOf({ action, version }), effect, `${action} (version ${version})`);
}

test('every action of today has its effect', () => {
  check([
    ['create', null, PAGE],
    ['new release', '1.0', PAGE],
    ['add source file x-1.tar.gz', '1', PAGE],
    ['add py3 file x-1-py3-none-any.whl', '1', PAGE],
    ['add py2.py3 file x-1-py2.py3-none-any.whl', '1', PAGE],
    ['add cp312 file x-1-cp312-cp312-win32.whl', '1', PAGE],
    ['remove file x-1.tar.gz', '1', { kind: 'remove-file', filename: 'x-1.tar.gz' }],
    ['remove release', '1.0', { kind: 'remove-release', version: '1.0' }],
    ['remove project', null, { kind: 'remove-project' }],
    ['yank release', '1.0', PAGE],
    ['unyank release', '1.0', PAGE],
    ['project quarantined', null, { kind: 'quarantine-project' }],
    ['project quarantine cleared', null, { kind: 'clear-project' }],
    ['release quarantined', '1.0', { kind: 'quarantine-release', version: '1.0' }],
    ['release quarantine cleared', '1.0', { kind: 'clear-release', version: '1.0' }],
    ['add Owner somebody', null, NONE],
    ['add Maintainer somebody', null, NONE],
    ['remove Owner somebody', null, NONE],
    ['remove Maintainer Some Team Name', null, NONE],
    ['change Owner somebody to Maintainer', null, NONE],
    ['change Maintainer Some Team to Owner', null, NONE],
    ['accepted Owner somebody', null, NONE],
    ['accepted Maintainer somebody', null, NONE],
    ['invite Owner somebody', null, NONE],
    ['invite Maintainer somebody', null, NONE],
    ['revoke_invite Owner somebody', null, NONE],
    ['revoke_invite Maintainer somebody', null, NONE],
  ]);
});

test('every action of the past has its effect', () => {
  check([
    ['remove', null, { kind: 'remove-project' }],
    ['remove', '1.0', { kind: 'remove-release', version: '1.0' }],
    ['docdestroy', null, NONE],
    ['docupdate', null, NONE],
    ['keyrotate ', '', NONE],
    ['add alternate repository https://other.example/', null, PAGE],
    ['deleted alternate repository https://other.example/', null, PAGE],
    ['update summary', '1.0', PAGE],
    ['update _pypi_hidden, summary', '1.0', PAGE],
    ['update hosting_mode', null, PAGE],
    ['add url https://other.example/x.tar.gz', '1.0', PAGE],
    ['remove url https://other.example/x.tar.gz', '1.0', PAGE],
    ['rename from old-name', null, PAGE],
    ['add source file x-1.tar.gz', null, PAGE],
  ]);
});

test('what is not understood for certain is a changed page, never less and never a removal', () => {
  check([
    [null, null, PAGE],
    [null, '1.0', PAGE],
    ['', null, PAGE],
    ['something new', '1.0', PAGE],
    ['remove release', null, PAGE],
    ['remove release', '', PAGE],
    ['remove', '', PAGE],
    ['release quarantined', null, PAGE],
    ['release quarantine cleared', null, PAGE],
    ['remove file', '1.0', PAGE],
    ['remove file ', '1.0', PAGE],
    ['remove projects', null, PAGE],
    ['Remove project', null, PAGE],
    ['change Admin somebody to Owner', null, PAGE],
  ]);
});

test('names chosen to look like other actions do not', () => {
  check([
    ['add Owner file', null, NONE],
    ['remove Owner file', null, NONE],
    ['remove Owner release', null, NONE],
    ['remove Maintainer project', null, NONE],
    ['invite Owner file', null, NONE],
    ['add Maintainer file x-1.tar.gz', null, NONE],
    // "Owner" as the uploader's free-text Python version: only an upload has a release.
    ['add Owner file x-1.tar.gz', '1.0', PAGE],
    ['add remove file x-1.tar.gz', '1.0', PAGE],
    ['remove file Owner somebody', '1.0', { kind: 'remove-file', filename: 'Owner somebody' }],
  ]);
});

test('references that stand for non-ASCII characters in file names are decoded, and no others', () => {
  const filenameOf = (action: string) => {
    const effect = effectOf({ action, version: '1' });
    return effect.kind === 'remove-file' ? effect.filename : effect.kind;
  };
  assert.equal(filenameOf('remove file x&#8230;y-&#28450;-1.zip'), 'x…y-漢-1.zip');
  assert.equal(filenameOf('remove file x&#119987;.zip'), 'x𝒳.zip');
  assert.equal(filenameOf('remove file x&#47;&#046;&#38;&amp;.zip'), 'x&#47;&#046;&#38;&amp;.zip');
  assert.equal(filenameOf('remove file x&#55296;&#9999999;.zip'), 'x&#55296;&#9999999;.zip');
});
