/**
 * Goal: the documents of the completeness proof are what docs/manifest.md says, and another mirror's are read without
 * believing anything in them.
 * Method: a worked example by hand; a table of documents that must be refused, each with what the error must name; and
 * that reading gives back what was written, for any projects.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { sha256Of } from '../../src/pypi/digests.ts';
import {
  bucketOf,
  isBucket,
  type Manifest,
  manifestOf,
  type PageDigest,
  renderBucket,
  renderManifest,
  rootDigest,
} from '../../src/pypi/manifest.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { parseBucket, parseManifest } from '../../src/pypi/parse-manifest.ts';
import { SERIAL_MAX } from '../../src/pypi/serials.ts';
import type { ProjectName, Sha256 } from '../../src/pypi/types.ts';
import { sha256Hex } from '../support/docroot-pages.ts';
import fc from '../support/properties.ts';

const URL_SHOWN = 'http://mirror.example/manifest.json';
const PAGE = sha256Of('a page');
const hex = (text: string) => sha256Hex(Buffer.from(text));

const snark: PageDigest = { name: normalizeName('snark'), pageSha256: PAGE };
const SNARK_BUCKET = hex('snark').slice(0, 3);
const SNARK_DOCUMENT = `${PAGE}  simple/snark/index.v1_json\n`;

const EXAMPLE: Manifest = manifestOf({
  serial: 7,
  projects: 1,
  files: 2,
  bytes: 3,
  buckets: new Map([[SNARK_BUCKET, sha256Of(SNARK_DOCUMENT)]]),
});

test('a bucket document is what sha256sum writes, and its name is the begin of the hash of the project name', () => {
  assert.equal(bucketOf(snark.name), SNARK_BUCKET);
  assert.equal(renderBucket([snark]), SNARK_DOCUMENT);
});

test('the root digest is that of the lines of the bucket documents, in order', () => {
  const line = `${hex(SNARK_DOCUMENT)}  manifest/${SNARK_BUCKET}.sha256\n`;
  assert.equal(EXAMPLE.digest, hex(line));
  assert.equal(rootDigest([]), hex(''), 'of a mirror without projects that of nothing');
});

test('the manifest is JSON with its buckets in order, those that look like numbers too', () => {
  const ids = ['fff', '100', '000', '0a3', '999'];
  const manifest = manifestOf({ ...EXAMPLE, projects: 5, buckets: new Map(ids.map((id) => [id, PAGE])) });
  const text = renderManifest(manifest);
  const found = [...text.matchAll(/^ {4}"([0-9a-f]{3})": "[0-9a-f]{64}",?$/gm)].map((match) => match[1]);
  assert.deepEqual(found, ['000', '0a3', '100', '999', 'fff']);
  const { buckets, ...head } = JSON.parse(text);
  assert.deepEqual(head, { version: 1, serial: 7, projects: 5, files: 2, bytes: 3, digest: manifest.digest });
  assert.equal(Object.keys(buckets).length, 5);
  assert.ok(text.endsWith('}\n'));
});

test('keys that a later version may add are passed over, and a serial may be missing', () => {
  const raw = { ...JSON.parse(renderManifest(EXAMPLE)), later: { anything: [1] } };
  assert.deepEqual(parseManifest(JSON.stringify(raw), URL_SHOWN), EXAMPLE);
  for (const serial of [null, undefined])
    assert.equal(parseManifest(JSON.stringify({ ...raw, serial }), URL_SHOWN).serial, null);
});

type Change = (raw: Record<string, unknown>) => void;

const set =
  (key: string, value: unknown): Change =>
  (raw) => {
    raw[key] = value;
  };

const BAD_MANIFESTS: readonly (readonly [what: string, change: Change, code: string, says: RegExp])[] = [
  ['a later version', set('version', 2), 'UPSTREAM_API_VERSION', /version/],
  ['no version', set('version', undefined), 'UPSTREAM_MALFORMED', /version/],
  ['version 0', set('version', 0), 'UPSTREAM_MALFORMED', /version/],
  ['version as text', set('version', '1'), 'UPSTREAM_MALFORMED', /version/],
  ['a serial as text', set('serial', '7'), 'UPSTREAM_MALFORMED', /serial/],
  ['a serial above all', set('serial', SERIAL_MAX + 1), 'UPSTREAM_MALFORMED', /serial/],
  ['a negative serial', set('serial', -1), 'UPSTREAM_MALFORMED', /serial/],
  ['a count below nothing', set('files', -1), 'UPSTREAM_MALFORMED', /files/],
  ['half a byte', set('bytes', 0.5), 'UPSTREAM_MALFORMED', /bytes/],
  ['a count beyond numbers', set('bytes', 2 ** 60), 'UPSTREAM_MALFORMED', /bytes/],
  ['fewer projects than buckets', set('projects', 0), 'UPSTREAM_MALFORMED', /projects/],
  ['another digest', set('digest', PAGE), 'UPSTREAM_MALFORMED', /digest/],
  ['a digest in capitals', set('digest', EXAMPLE.digest.toUpperCase()), 'UPSTREAM_MALFORMED', /digest/],
  ['no buckets', set('buckets', undefined), 'UPSTREAM_MALFORMED', /buckets/],
  ['buckets in a list', set('buckets', []), 'UPSTREAM_MALFORMED', /buckets/],
  ['a bucket of two digits', set('buckets', { '0a': PAGE }), 'UPSTREAM_MALFORMED', /bucket/],
  ['a bucket in capitals', set('buckets', { '0A3': PAGE }), 'UPSTREAM_MALFORMED', /bucket/],
  ['a bucket that climbs', set('buckets', { '../': PAGE }), 'UPSTREAM_MALFORMED', /bucket/],
  ['a bucket without a digest', set('buckets', { '0a3': 'x' }), 'UPSTREAM_MALFORMED', /bucket 0a3/],
];

for (const [what, change, code, says] of BAD_MANIFESTS) {
  test(`a manifest is refused: ${what}`, () => {
    const raw = JSON.parse(renderManifest(EXAMPLE)) as Record<string, unknown>;
    change(raw);
    assert.throws(
      () => parseManifest(JSON.stringify(raw), URL_SHOWN),
      (error) => {
        assert.ok(isJubjubError(error, code as 'UPSTREAM_MALFORMED'), String(error));
        assert.match(JSON.stringify([error.message, error.facts]), says);
        assert.equal(error.facts.url, URL_SHOWN);
        return true;
      },
    );
  });
}

test('what is no JSON object is refused', () => {
  for (const text of ['', 'null', '[]', '<html>', '{"version":1', '1'])
    assert.throws(() => parseManifest(text, URL_SHOWN), { code: 'UPSTREAM_MALFORMED' }, text);
});

const BAD_BUCKETS: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  ['nothing', '', /whole line/],
  ['half a line', SNARK_DOCUMENT.trimEnd(), /whole line/],
  ['an empty line', `${SNARK_DOCUMENT}\n`, /line 2/],
  ['one blank', SNARK_DOCUMENT.replace('  ', ' '), /line 1/],
  ['a binary mark', SNARK_DOCUMENT.replace('  ', ' *'), /line 1/],
  ['a digest in capitals', SNARK_DOCUMENT.replace(PAGE, PAGE.toUpperCase()), /line 1/],
  ['a short digest', SNARK_DOCUMENT.slice(1), /line 1/],
  ['the HTML page', SNARK_DOCUMENT.replace('v1_json', 'html'), /line 1/],
  ['a name that is not normalized', SNARK_DOCUMENT.replace('snark', 'Snark'), /normalized name: snark/],
  ['a name that climbs', SNARK_DOCUMENT.replace('snark', '..'), /line 1/],
  ['a path that climbs', SNARK_DOCUMENT.replace('snark', '../snark'), /line 1/],
  ['a project of another bucket', SNARK_DOCUMENT.replace('snark', 'vorpal'), /bucket/],
  ['a project twice', SNARK_DOCUMENT.repeat(2), /line 2/],
  ['carriage returns', SNARK_DOCUMENT.replace('\n', '\r\n'), /line 1/],
];

for (const [what, text, says] of BAD_BUCKETS) {
  test(`a bucket is refused: ${what}`, () => {
    assert.throws(
      () => parseBucket(text, SNARK_BUCKET, URL_SHOWN),
      (error) => {
        assert.ok(isJubjubError(error, 'UPSTREAM_MALFORMED'), String(error));
        assert.match(JSON.stringify([error.message, error.facts]), says);
        return true;
      },
    );
  });
}

const sha256 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex') as Sha256);
const bucketId = fc.nat(4095).map((number) => number.toString(16).padStart(3, '0'));

/** Names of one bucket are rare: this many are tried for a handful. */
const NAMES_BY_BUCKET = (() => {
  const found = new Map<string, ProjectName[]>();
  for (let number = 0; number < 20_000; number++) {
    const name = normalizeName(`p-${number}`);
    found.set(bucketOf(name), [...(found.get(bucketOf(name)) ?? []), name]);
  }
  return [...found];
})();

test('reading a manifest gives back what was written, whatever it says', () => {
  const facts = fc.record({
    serial: fc.option(fc.nat(SERIAL_MAX), { nil: null }),
    more: fc.nat(1_000_000),
    files: fc.maxSafeNat(),
    bytes: fc.maxSafeNat(),
    buckets: fc.uniqueArray(fc.tuple(bucketId, sha256), { selector: ([id]) => id, maxLength: 50 }),
  });
  fc.assert(
    fc.property(facts, ({ more, buckets, ...rest }) => {
      const projects = buckets.length === 0 ? 0 : buckets.length + more;
      const manifest = manifestOf({ ...rest, projects, buckets: new Map(buckets) });
      assert.deepEqual(parseManifest(renderManifest(manifest), URL_SHOWN), manifest);
      assert.deepEqual([...manifest.buckets.keys()], [...manifest.buckets.keys()].sort());
    }),
  );
});

test('reading a bucket gives back what was written, whatever projects it has', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...NAMES_BY_BUCKET),
      fc.array(sha256, { minLength: 30, maxLength: 30 }),
      ([id, names], digests) => {
        const projects = [...names]
          .sort()
          .map((name, index) => ({ name, pageSha256: digests[index % 30] ?? PAGE }));
        assert.deepEqual(parseBucket(renderBucket(projects), id, URL_SHOWN), projects);
        assert.ok(isBucket(id));
      },
    ),
  );
});

test('no text makes the readers fail otherwise than with an error of ours', () => {
  const documents = fc.oneof(
    fc.string(),
    fc.json(),
    fc.string().map((text) => `${SNARK_DOCUMENT}${text}\n`),
  );
  fc.assert(
    fc.property(documents, (text) => {
      for (const read of [
        () => parseManifest(text, URL_SHOWN),
        () => parseBucket(text, SNARK_BUCKET, URL_SHOWN),
      ]) {
        try {
          read();
        } catch (error) {
          assert.ok(isJubjubError(error), String(error));
        }
      }
    }),
  );
});
