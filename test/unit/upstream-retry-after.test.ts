/**
 * Goal: the wait that upstream asks for is understood in both of its forms, and nothing else is taken for one.
 * Method: a table of cases; dates of many years against the platform's own calendar.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRetryAfter } from '../../src/upstream/retry-after.ts';

const nowMs = Date.UTC(1994, 10, 6, 8, 49, 0);

test('seconds and HTTP dates become milliseconds from now', () => {
  assert.equal(parseRetryAfter('0', nowMs), 0);
  assert.equal(parseRetryAfter(' 120 ', nowMs), 120_000);
  assert.equal(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', nowMs), 37_000);
  assert.equal(parseRetryAfter('Sun, 06 Nov 1994 08:48:00 GMT', nowMs), 0);
});

test('anything else is no wait at all', () => {
  for (const value of [null, '', '-1', '1.5', '1e3', 'soon', 'Sun, 06 Foo 1994 08:49:37 GMT', '99999999999'])
    assert.equal(parseRetryAfter(value, nowMs), null, String(value));
});

test('every date is read as the platform writes it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8_000_000_000 }), (seconds) => {
      assert.equal(parseRetryAfter(new Date(seconds * 1000).toUTCString(), 0), seconds * 1000);
    }),
  );
});
