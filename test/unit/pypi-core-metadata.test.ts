/**
 * Goal: a METADATA or PKG-INFO document tells what the release needs, whoever wrote it and when.
 * Method: small documents of each age, and some that nobody should have written.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCoreMetadata } from '../../src/pypi/core-metadata.ts';

const NOTHING = { requiresDist: [], requiresPython: null, providesExtra: [], dynamic: [] };

test('the headers of a modern document are read, and its description is not', () => {
  const document = [
    'Metadata-Version: 2.4',
    'Name: thing',
    'Version: 1.0',
    'Dynamic: Requires-Dist',
    'Dynamic: license-file',
    'Requires-Python: >=3.8',
    'Requires-Dist: a>=1',
    "Requires-Dist: b ; extra == 'Test'",
    'Provides-Extra: Test',
    'Description-Content-Type: text/markdown',
    '',
    'Requires-Dist: not-this-one',
  ].join('\n');
  const expected = {
    requiresDist: ['a>=1', "b ; extra == 'Test'"],
    requiresPython: '>=3.8',
    providesExtra: ['Test'],
    dynamic: ['requires-dist', 'license-file'],
  };
  assert.deepEqual(parseCoreMetadata(document), expected);
  assert.deepEqual(parseCoreMetadata(Buffer.from(document)), expected);
  assert.deepEqual(parseCoreMetadata(document.replaceAll('\n', '\r\n')), expected);
  assert.deepEqual(parseCoreMetadata(document.replaceAll('\n', '\r')), expected);
  assert.deepEqual(parseCoreMetadata(`\ufeff\n\n${document}`), expected);
});

test('a description that is a header of many lines hides nothing that follows it', () => {
  const document = [
    'Metadata-Version: 1.2',
    'Description: A thing',
    '        ',
    '        Requires-Dist: not-this-one',
    '       |Requires-Dist: nor-this-one',
    '\t',
    'Platform: UNKNOWN',
    'REQUIRES-DIST : a',
    '  (>=1)',
    '\t; extra == "x"',
    'requires-python:',
    'Requires-Python:>=2.7',
    'Requires-Python: >=3',
    'Requires-Dist:   ',
  ].join('\n');
  assert.deepEqual(parseCoreMetadata(document), {
    ...NOTHING,
    requiresDist: ['a (>=1) ; extra == "x"'],
    requiresPython: '>=2.7',
  });
});

test('what is no header is passed over, and what is no document tells nothing', () => {
  const odd =
    'From nobody\nno header here\n: empty\nRequires Dist: b\nRequires-Dist: a\n=====\nRequires-Dist: c';
  assert.deepEqual(parseCoreMetadata(odd).requiresDist, ['a', 'c']);
  const latin1 = Buffer.from('Author: Jos\u00e9\nRequires-Dist: a\n\n', 'latin1');
  assert.deepEqual(parseCoreMetadata(latin1).requiresDist, ['a']);
  for (const empty of ['', '\n', '\r\n\r\n', '\0\0', 'PK\x03\x04']) {
    assert.deepEqual(parseCoreMetadata(empty), NOTHING);
    assert.deepEqual(parseCoreMetadata(Buffer.from(empty)), NOTHING);
  }
});

test('long runs of white space, lines or headers are read in one go', () => {
  const spaces = ' '.repeat(200_000);
  assert.deepEqual(parseCoreMetadata(`Requires-Dist: a${spaces}b\na${spaces}b\n`).requiresDist, [
    `a${spaces}b`,
  ]);
  const folded = `Description: x${'\n '.repeat(100_000)}\nRequires-Dist: a`;
  assert.deepEqual(parseCoreMetadata(folded).requiresDist, ['a']);
  assert.deepEqual(parseCoreMetadata('a'.repeat(5_000_000)), NOTHING);
  assert.equal(parseCoreMetadata('Requires-Dist:a\n'.repeat(10_000)).requiresDist.length, 10_000);
});
