/**
 * Goal: the project list is read in one pass, whatever order its keys have, and a list that is not whole is never taken for one.
 * Method: documents as PyPI and others write them, cut at random, and broken.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createListParser } from '../../src/upstream/list-parser.ts';
import fc from '../support/properties.ts';

const encoder = new TextEncoder();

function read(text: string, cuts: readonly number[] = []) {
  const parser = createListParser();
  const bytes = encoder.encode(text);
  const ends = [...cuts, bytes.length].map((end) => Math.min(end, bytes.length)).sort((a, b) => a - b);
  const entries = ends.flatMap((end, index) => parser.push(bytes.subarray(ends[index - 1] ?? 0, end)));
  parser.end();
  return { serial: parser.serial, entries, skipped: parser.skipped };
}

const meta = { '_last-serial': 9, 'api-version': '1.4' };
const projects = [
  { '_last-serial': 3, name: 'Foo_Bar' },
  { '_last-serial': '4', name: 'b.c' },
  { name: 'd' },
];
const expected = [
  { name: 'foo-bar', displayName: 'Foo_Bar', serial: 3 },
  { name: 'b-c', displayName: 'b.c', serial: 4 },
  { name: 'd', displayName: 'd', serial: null },
];

test('entries and serial are read however the document is cut and ordered', () => {
  for (const document of [
    { meta, projects },
    { projects, meta },
    { x: [{ a: [1] }], meta, projects, y: {} },
  ]) {
    const text = JSON.stringify(document);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 10 }), (cuts) => {
        const { serial, entries } = read(text, cuts);
        assert.equal(serial, 9);
        assert.deepEqual(entries, expected);
      }),
    );
  }
});

test('an empty list is a list; a document without one is not', () => {
  assert.deepEqual(read(JSON.stringify({ meta, projects: [] })).entries, []);
  for (const document of [
    { meta },
    { meta, projects: null },
    { meta, projects: { a: { name: 'a' } } },
    { meta, x: { projects: [] } },
    { meta, x: 'projects', y: [] },
    { projects: [] },
    [meta],
    [],
    null,
    'x',
  ])
    assert.throws(
      () => read(JSON.stringify(document)),
      { code: 'UPSTREAM_MALFORMED' },
      JSON.stringify(document),
    );
});

test('a document that is cut short anywhere, goes on behind its end, or is no JSON, is malformed', () => {
  const text = JSON.stringify({ meta, projects });
  for (let length = 0; length < text.length; length++)
    assert.throws(() => read(text.slice(0, length)), { code: 'UPSTREAM_MALFORMED' }, text.slice(0, length));
  for (const broken of [`${text}x`, `${text}${text}`, text.replace(':9', ':9x'), '<!DOCTYPE html>'])
    assert.throws(() => read(broken), { code: 'UPSTREAM_MALFORMED' }, broken);
  assert.equal(read(`${text}\n`).entries.length, 3);
});

test('entries without a valid name are counted and left out', () => {
  const odd = [{ name: '../x' }, { name: 5 }, {}, 7, null, { name: '' }, { name: 'ok' }];
  const { entries, skipped } = read(JSON.stringify({ meta, projects: odd }));
  assert.deepEqual(entries, [{ name: 'ok', displayName: 'ok', serial: null }]);
  assert.deepEqual(skipped, { count: 6, example: '{"name":"../x"}' });
});

test('a list whose own serial is none is malformed', () => {
  for (const serial of [2 ** 31, -1, 'x', true])
    assert.throws(
      () => read(JSON.stringify({ meta: { '_last-serial': serial }, projects })),
      { code: 'UPSTREAM_MALFORMED' },
      String(serial),
    );
  assert.equal(read(JSON.stringify({ meta: { '_last-serial': null }, projects })).serial, null);
});

test('PEP 629: another major version is refused, another minor one is not, none is 1.0', () => {
  const withVersion = (version: unknown) =>
    JSON.stringify({ meta: { 'api-version': version }, projects: [] });
  assert.equal(read(withVersion('1.99')).serial, null);
  assert.equal(read(withVersion(undefined)).serial, null);
  assert.throws(() => read(withVersion('2.0')), { code: 'UPSTREAM_API_VERSION' });
  for (const version of ['x', 1.4, '1', ''])
    assert.throws(() => read(withVersion(version)), { code: 'UPSTREAM_MALFORMED' }, String(version));
});

test('a name without an end, or much under an unknown key, is too large', () => {
  const parser = createListParser();
  const piece = encoder.encode('x'.repeat(64 * 1024));
  parser.push(encoder.encode('{"projects":[{"name":"'));
  assert.throws(
    () => {
      for (let sent = 0; sent < 64; sent++) parser.push(piece);
    },
    { code: 'UPSTREAM_TOO_LARGE' },
  );
});
