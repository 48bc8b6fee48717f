/** Goal: versions stand in PyPI's order. Method: lists in the right order, every pair compared both ways. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions } from '../../src/demo/version-order.ts';

/** PEP 440's own example, framed by what sorts before and after everything. */
const ASCENDING = [
  'not a version',
  'weekly-7',
  '0.9',
  '1.0.dev456',
  '1.0a1',
  '1.0a2.dev456',
  '1.0a12.dev456',
  '1.0a12',
  '1.0b1.dev456',
  '1.0b2',
  '1.0b2.post345.dev456',
  '1.0b2.post345',
  '1.0rc1.dev456',
  '1.0rc1',
  '1.0',
  '1.0+abc.5',
  '1.0+abc.7',
  '1.0+5',
  '1.0.post456.dev34',
  '1.0.post456',
  '1.0.15',
  '1.1.dev1',
  '1.10',
  '1!0.1',
];

test('every pair of versions compares as its places say, in both directions', () => {
  for (const [i, left] of ASCENDING.entries())
    for (const [j, right] of ASCENDING.entries())
      assert.equal(compareVersions(left, right), Math.sign(i - j), `${left} against ${right}`);
});

test('spellings of one version are equal', () => {
  for (const spelling of ['1', '1.0', 'v1.0.0', ' 1.0 ']) assert.equal(compareVersions('1.0', spelling), 0);
  assert.equal(compareVersions('1.0-1', '1.0.post1'), 0);
  assert.equal(compareVersions('1.0-alpha_1', '1.0a1'), 0);
});
