/**
 * Goal: laws of names, serials, versions, paths and the order of JSON keys.
 * Method: fast-check; where there is an independent way to the answer, both must agree.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from '@renovatebot/pep440';
import { checkFilename, FILENAME_BYTES_MAX, releaseOf } from '../../src/pypi/filenames.ts';
import { canonicalJson, compareCodePoints } from '../../src/pypi/json.ts';
import { tryNormalizeName } from '../../src/pypi/names.ts';
import {
  detailPaths,
  digestFilePath,
  hrefFromDetail,
  metadataPath,
  parseDocrootPath,
} from '../../src/pypi/paths.ts';
import { parseSerial } from '../../src/pypi/serials.ts';
import type { JsonValue, Sha256 } from '../../src/pypi/types.ts';
import { anyOf, compareVersions, sameVersion } from '../../src/pypi/versions.ts';
import { nastyText, SHA256 } from '../support/details.ts';
import fc from '../support/properties.ts';

const nameText = fc.string({ unit: fc.constantFrom(...'aZ09-_.'), minLength: 1, maxLength: 12 });

test('normalizing a name twice is normalizing it once, and its page stays inside the docroot', () => {
  fc.assert(
    fc.property(fc.oneof(nameText, nastyText), (raw) => {
      const name = tryNormalizeName(raw);
      if (name === null) return;
      assert.equal(tryNormalizeName(name), name);
      assert.match(name, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      for (const path of Object.values(detailPaths(name))) assert.equal(parseDocrootPath(path), path);
    }),
  );
});

test('a serial reads the same as a number and as its digits', () => {
  fc.assert(
    // `nat` goes as far as serials do: to 2^31 - 1.
    fc.property(fc.nat(), (serial) => {
      assert.equal(parseSerial(serial), serial);
      assert.equal(parseSerial(String(serial)), serial);
    }),
  );
});

const number = fc.oneof(
  fc.nat({ max: 3 }).map(String),
  fc.constantFrom('00', '20240101123456789012', '20240101123456789013'),
);
const pep440Text = fc
  .record({
    epoch: fc.constantFrom('', '0!', '1!'),
    release: fc.array(number, { minLength: 1, maxLength: 3 }).map((numbers) => numbers.join('.')),
    pre: fc.constantFrom('', 'a1', '.alpha', 'b', 'rc2', '-c.2'),
    post: fc.constantFrom('', '.post1', '-1', 'r', '.rev0'),
    dev: fc.constantFrom('', '.dev', '.dev3', '-DEV03'),
    local: fc.constantFrom('', '+1e5', '+100000', '+abc', '+ABC.1', '+abc-01', '+5', '+abc.0x10'),
  })
  .map(({ epoch, release, pre, post, dev, local }) => `${epoch}${release}${pre}${post}${dev}${local}`);
const versionText = fc.oneof(
  { arbitrary: pep440Text, weight: 4 },
  { arbitrary: fc.constantFrom('', 'x', '1.0 final', '2004d?', '1..0'), weight: 1 },
);

test('versions have a total order, and equal ones are the same version', () => {
  fc.assert(
    fc.property(versionText, versionText, versionText, (a, b, c) => {
      assert.equal(compareVersions(a, a), 0);
      assert.equal(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
      assert.equal(sameVersion(a, b), compareVersions(a, b) === 0);
    }),
    { numRuns: 2000 },
  );
});

test('versions whose numbers are exact in the PEP 440 library stand as it orders them', () => {
  const exact = pep440Text.filter((text) => !/[0-9]{16}/.test(text) && !/\+.*(?:e|x)/.test(text));
  fc.assert(
    fc.property(exact, exact, (a, b) => {
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(compare(a, b)), `${a} and ${b}`);
    }),
    { numRuns: 2000 },
  );
});

test('a set of versions knows the same versions as comparing with each', () => {
  fc.assert(
    fc.property(fc.array(versionText), versionText, (versions, version) => {
      const expected = versions.some((other) => sameVersion(other, version));
      assert.equal(anyOf(versions)(version), expected);
      assert.ok(versions.every(anyOf(versions)));
    }),
  );
});

test('versions whose numbers are large or have leading zeros compare as their small counterparts', () => {
  const release = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 4 });
  const large = (numbers: readonly number[]) =>
    numbers.map((n) => (n === 0 ? '0' : `0${(10n ** 20n + BigInt(n)).toString()}`)).join('.');
  fc.assert(
    fc.property(release, release, (a, b) => {
      const small = Math.sign(compareVersions(a.join('.'), b.join('.')));
      assert.equal(Math.sign(compareVersions(large(a), large(b))), small);
    }),
  );
});

test('a safe file name has a path of five components, and the link to it decodes to exactly that path', () => {
  const filename = fc.oneof(
    nastyText,
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('..', 'a/b', 'a%2fb', 'a+b!c.whl'),
  );
  fc.assert(
    fc.property(filename, (raw) => {
      const safe = checkFilename(raw);
      if (safe === null) return;
      const path = metadataPath(digestFilePath(SHA256 as Sha256, safe));
      assert.equal(parseDocrootPath(path), path);
      assert.equal(path.split('/').length, 5);
      assert.ok(Buffer.byteLength(safe) <= FILENAME_BYTES_MAX);
      const url = new URL(hrefFromDetail(path), 'https://mirror.example/x/simple/name/');
      assert.equal(url.search + url.hash, '');
      assert.equal(decodeURIComponent(url.pathname), `/x/${path}`);
    }),
    { numRuns: 500 },
  );
});

test('no text becomes a path that leaves the docroot', () => {
  const component = fc.oneof(nastyText, fc.constantFrom('..', '.', '', 'a', '%2e%2e', 'C:', '\\'));
  fc.assert(
    fc.property(fc.array(component, { maxLength: 5 }), (components) => {
      const path = parseDocrootPath(components.join('/'));
      if (path === null) return;
      assert.ok(new URL(`file:///docroot/${encodeURI(path)}`).pathname.startsWith('/docroot/'));
      assert.ok(!path.startsWith('/') && !path.includes('\\') && !path.split('/').includes('..'));
    }),
  );
});

test('the release of a wheel or sdist is the one it was named with', () => {
  const name = tryNormalizeName('foo-bar');
  assert.ok(name);
  const version = pep440Text.map((text) => text.replaceAll('-', '.'));
  const spelling = fc.constantFrom('foo-bar', 'Foo.Bar', 'foo_bar', 'FOO__bar');
  fc.assert(
    fc.property(spelling, version, (spelled, text) => {
      assert.equal(releaseOf(`${spelled}-${text}.tar.gz`, name), text);
      assert.equal(releaseOf(`${spelled.replaceAll('-', '_')}-${text}-1-py3-none-any.whl`, name), text);
    }),
  );
});

test('canonical JSON reads as the same value, whatever the order of its keys', () => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, shuffled(inner)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as JsonValue);
      assert.deepEqual(JSON.parse(text), value);
      assert.equal(canonicalJson(shuffled(value) as JsonValue), text);
    }),
  );
});

test('the order of keys is that of their UTF-8 bytes', () => {
  const text = fc.string({ unit: 'binary', maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareCodePoints(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
