/**
 * Goal: durations, sizes, shares, removal limits and addresses mean what the operator wrote, and nothing else is taken.
 * Method: tables of texts, and laws over generated ones.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, parseHost, parseHostPort, parseProxy, parseSite } from '../../src/config/addresses.ts';
import { redact, redactHarder } from '../../src/config/redact.ts';
import {
  durationText,
  parseDuration,
  parseInstant,
  parseRemovalLimit,
  parseShare,
  parseSize,
} from '../../src/config/values.ts';
import fc from '../support/properties.ts';

test('durations have one unit and come out in whole milliseconds', () => {
  const cases: [string, number | null][] = [
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['1.5h', 5_400_000],
    ['14d', 1_209_600_000],
    ['0s', 0],
    ['15', null],
    ['15 m', null],
    ['-1s', null],
    ['1h30m', null],
    ['15M', null],
    ['1w', null],
    ['', null],
    ['999999999999d', null],
  ];
  for (const [text, expected] of cases) assert.equal(parseDuration(text), expected, text);
});

test('a duration that is written and read again is the same', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10 ** 11 }), (ms) => assert.equal(parseDuration(durationText(ms)), ms)),
  );
  assert.equal(durationText(900_000), '15m');
  assert.equal(durationText(90_000), '90s');
});

test('sizes are powers of 1000 or of 1024, as their unit says', () => {
  const cases: [string, number | null][] = [
    ['512B', 512],
    ['1kB', 1000],
    ['100MB', 100_000_000],
    ['2GiB', 2_147_483_648],
    ['1.5KiB', 1536],
    ['1TiB', 1_099_511_627_776],
    ['2G', null],
    ['2gib', null],
    ['2 GiB', null],
    ['-1B', null],
    ['2', null],
    ['999999999999999TiB', null],
  ];
  for (const [text, expected] of cases) assert.equal(parseSize(text), expected, text);
});

test('shares are fractions or percentages above 0 and up to 1', () => {
  const cases: [string, number | null][] = [
    ['1/168', 1 / 168],
    ['1/1', 1],
    ['1%', 0.01],
    ['0.5%', 0.005],
    ['100%', 1],
    ['0%', null],
    ['0/5', null],
    ['5/0', null],
    ['0/0', null],
    ['2/1', null],
    ['101%', null],
    ['0.01', null],
    ['off', null],
  ];
  for (const [text, expected] of cases) assert.equal(parseShare(text), expected, text);
});

test('removal limits are a number, a share, or the larger of both', () => {
  assert.deepEqual(parseRemovalLimit(20), { projects: 20, share: null });
  assert.deepEqual(parseRemovalLimit(0), { projects: 0, share: null });
  assert.deepEqual(parseRemovalLimit('1%'), { projects: null, share: 0.01 });
  assert.deepEqual(parseRemovalLimit('max(20, 1%)'), { projects: 20, share: 0.01 });
  assert.deepEqual(parseRemovalLimit('max(20,1%)'), { projects: 20, share: 0.01 });
  for (const bad of [
    -1,
    1.5,
    Number.NaN,
    '20',
    'min(20, 1%)',
    'max(20, 1)',
    'max(1%, 20)',
    'max(20, 101%)',
    '',
  ]) {
    assert.equal(parseRemovalLimit(bad), null, String(bad));
  }
});

test('a date is its midnight, and what has no offset is UTC', () => {
  const day = Date.UTC(2024, 1, 29);
  const cases: [string, number | null][] = [
    ['2024-02-29', day],
    ['2024-02-29T12:30:15Z', day + 45_015_000],
    ['2024-02-29 12:30:15', day + 45_015_000],
    ['2024-02-29t12:30:15.250z', day + 45_015_250],
    ['2024-02-29T12:30:15.123456789Z', day + 45_015_123],
    ['2024-02-29T12:30', day + 45_000_000],
    ['2024-02-29T01:00:00+02:00', day - 3_600_000],
    ['2024-02-29T00:00:00-00:30', day + 1_800_000],
    ['2023-02-29', null],
    ['1900-02-29', null],
    ['2024-04-31', null],
    ['2024-13-01', null],
    ['2024-00-10', null],
    ['2024-01-00', null],
    ['2024-02-29T24:00:00Z', null],
    ['2024-02-29T12:60:00Z', null],
    ['2024-02-29T12:00:00+25:00', null],
    ['2024-02-29T', null],
    ['12:30:15', null],
    ['2024-2-9', null],
    ['29.02.2024', null],
    ['yesterday', null],
    ['', null],
  ];
  for (const [text, expected] of cases) assert.equal(parseInstant(text), expected, text);
});

test('the site loses its trailing slash and keeps its path and its password', () => {
  assert.equal(parseSite('https://pypi.example/'), 'https://pypi.example');
  assert.equal(parseSite('HTTPS://PyPI.example:443//'), 'https://pypi.example');
  assert.equal(
    parseSite('https://u:p@pypi.example/root/pypi-like/'),
    'https://u:p@pypi.example/root/pypi-like',
  );
});

test('a site with /simple or /pypi behind it is refused with the corrected value', () => {
  for (const text of [
    'https://pypi.example/simple',
    'https://pypi.example/simple/',
    'https://pypi.example/pypi',
  ]) {
    const refusal = parseSite(text);
    assert.ok(typeof refusal === 'object');
    assert.equal(refusal.expected, '"https://pypi.example"');
    assert.match(refusal.hint ?? '', /the site itself/);
  }
});

test('a site is http or https, without query and fragment', () => {
  for (const text of [
    '',
    'pypi.example',
    'ftp://pypi.example',
    'https:pypi.example',
    'https://',
    'https:///x',
    'file:///x',
    'https://a b/',
    'https://pypi.example/?a',
    'https://pypi.example/#a',
  ]) {
    assert.equal(typeof parseSite(text), 'object', text);
  }
});

test('hosts come out in lower case, with their port if they have one', () => {
  assert.equal(parseHost('Files.Example'), 'files.example');
  assert.equal(parseHost('files.example:8443'), 'files.example:8443');
  assert.equal(parseHost('[::1]:80'), '[::1]:80');
  for (const text of ['', 'a/b', 'a b', 'a:b', '*.example', 'a:99999', '::1', 'user@a.example']) {
    assert.equal(typeof parseHost(text), 'object', text);
  }
  assert.deepEqual(parseHost('https://files.example/packages'), {
    expected: 'a host such as "files.example" or "files.example:8443"',
    hint: 'did you mean "files.example"?',
  });
});

test('a host and its port are told apart, also for IPv6', () => {
  assert.equal(parseHostPort(''), null);
  assert.deepEqual(parseHostPort('Origin.example:443'), { host: 'origin.example', port: 443 });
  assert.deepEqual(parseHostPort('[::1]:8080'), { host: '::1', port: 8080 });
  for (const text of ['origin.example', ':80', 'a:0', 'a:65536', '::1:80', 'a:1:2']) {
    const refusal = parseHostPort(text);
    assert.ok(refusal !== null && 'expected' in refusal, text);
  }
});

test('a proxy is an address or nothing', () => {
  assert.equal(parseProxy(''), null);
  assert.equal(parseProxy('http://u:p@proxy.example:3128'), 'http://u:p@proxy.example:3128');
  assert.equal(typeof parseProxy('proxy.example:3128'), 'object');
});

test('loopback is localhost, 127.0.0.0/8 and ::1', () => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.8.9.1', '[::1]'])
    assert.ok(isLoopback(host), host);
  for (const host of ['pypi.example', '128.0.0.1', '127.0.0.1.example', 'localhost.example', '[::2]']) {
    assert.ok(!isLoopback(host), host);
  }
});

test('no password in an address is left, wherever the address stands', () => {
  assert.equal(
    redact('from https://u:p@a.example/x to http://token@b.example and c@d.example'),
    'from https://a.example/x to http://b.example and c@d.example',
  );
  assert.equal(redact('{"a":"https://a.example","b":"x@y"}'), '{"a":"https://a.example","b":"x@y"}');
  assert.equal(redactHarder('http://u:p/a?s#s"@w@proxy.example'), 'http://proxy.example');
  assert.equal(redactHarder('u:p@proxy.example:80'), 'proxy.example:80');
});
