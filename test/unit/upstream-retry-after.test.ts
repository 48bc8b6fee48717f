/**
 * Goal: the wait that upstream asks for is understood in both of its forms, and nothing else is taken for one.
 * Method: a table of cases; dates of many years against the platform's own calendar.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRetryAfter, RETRY_AFTER_MS_MAX } from '../../src/upstream/retry-after.ts';
import fc from '../support/properties.ts';

const nowMs = Date.UTC(1994, 10, 6, 8, 49, 0);

test('seconds and HTTP dates become milliseconds from now', () => {
  assert.equal(parseRetryAfter('0', nowMs), 0);
  assert.equal(parseRetryAfter(' 120 ', nowMs), 120_000);
  assert.equal(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', nowMs), 37_000);
  assert.equal(parseRetryAfter('Sun, 06 Nov 1994 08:49:00 GMT', nowMs), 0);
});

test('a wait is cut to what is sane, and a time that has passed is none', () => {
  for (const value of ['21601', '999999999', 'Sun, 06 Nov 9994 08:49:37 GMT'])
    assert.equal(parseRetryAfter(value, nowMs), RETRY_AFTER_MS_MAX, value);
  assert.equal(parseRetryAfter('Sun, 06 Nov 1994 08:48:59 GMT', nowMs), null);
});

test('anything else is no wait at all', () => {
  const wrong = [null, '', '-1', '1.5', '1e3', 'soon', '99999999999', 'Sun, 06 Foo 1994 08:49:37 GMT'];
  const impossible = [
    'Sun, 99 Nov 1994 08:49:37 GMT',
    'Sun, 00 Dec 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 25:49:37 GMT',
  ];
  for (const value of [...wrong, ...impossible])
    assert.equal(parseRetryAfter(value, nowMs), null, String(value));
});

test('every date is read as the platform writes it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8_000_000_000 }), (seconds) => {
      const timeMs = seconds * 1000;
      assert.equal(parseRetryAfter(new Date(timeMs).toUTCString(), timeMs - 5000), 5000);
    }),
  );
});
