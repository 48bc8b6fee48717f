/**
 * Goal: what the operating system says of a failed call becomes the right code and a hint that helps, also where Node has no name for it.
 * Method: errors as Node makes them; a database that cannot be opened.
 */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { asJubjubError } from '../../src/errors.ts';
import { storeError } from '../../src/store/fs-errors.ts';
import { openingError } from '../../src/store/opening-error.ts';
import { withTempDir } from '../support/temp.ts';

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${message}, open '/mirror/file'`), { code });
}

test('a quota that is used up, for which Node has no name, is a full store', () => {
  const error = systemError(
    'Unknown system error -122',
    'Unknown system error -122: Unknown system error -122',
  );
  const told = storeError(error, 'could not write', '/mirror/file');
  assert.equal(told.code, 'STORE_FULL');
  assert.match(told.facts.received ?? '', /^EDQUOT: /);
});

test('too few descriptors are told with what to do, in a file and in a socket', () => {
  const inFile = storeError(
    systemError('EMFILE', 'EMFILE: too many open files'),
    'could not open',
    '/mirror/file',
  );
  const inSocket = asJubjubError(systemError('EMFILE', 'connect EMFILE 127.0.0.1:443'));
  for (const told of [inFile, inSocket]) {
    assert.equal(told.exitStatus, 6);
    assert.match(told.facts.received ?? '', /EMFILE/);
    assert.match(told.facts.hint ?? '', /raise the limit of open files/);
  }
  assert.equal(asJubjubError(new Error('what nobody foresaw')).exitStatus, 1);
});

test('why SQLite cannot open a database: the first file that cannot be opened, with its reason', (t) => {
  const directory = withTempDir(t);
  const database = join(directory, 'catalogue.db');
  assert.equal(openingError(database), undefined, 'what is not there can be made');
  mkdirSync(`${database}-wal`);
  const found = openingError(database);
  assert.equal(found?.path, `${database}-wal`);
  assert.match(String(found?.error), /EISDIR/);
  symlinkSync('/dev/null', database);
  assert.match(String(openingError(database)?.error), /ELOOP/, 'no link is followed');
});
