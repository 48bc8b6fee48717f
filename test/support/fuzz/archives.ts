/** The readers of bytes: METADATA in wheels, packed details, proofs of other mirrors, attestations, what the catalogue holds. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { packDetail, unpackDetail } from '../../../src/catalogue/projects.ts';
import {
  docrootPath,
  dropOrNull,
  projectName,
  sha256,
  textsOf,
  trashPathOf,
} from '../../../src/catalogue/values.ts';
import { needsInDocument } from '../../../src/mirror/needs/release-document.ts';
import { cursorText, standingOf } from '../../../src/mirror/verify/cursor.ts';
import type { VerifyOptions } from '../../../src/mirror/verify/options.ts';
import { parseDetail } from '../../../src/pypi/detail.ts';
import { sha256Of } from '../../../src/pypi/digests.ts';
import {
  bucketOf,
  manifestOf,
  renderBucket,
  renderManifest,
  rootDigest,
} from '../../../src/pypi/manifest.ts';
import { parseBucket, parseManifest } from '../../../src/pypi/parse-manifest.ts';
import { parseDocrootPath } from '../../../src/pypi/paths.ts';
import type { JsonObject, ProjectName, Serial } from '../../../src/pypi/types.ts';
import { serialFinder } from '../../../src/serve/serial.ts';
import { metadataInWheel } from '../../../src/store/wheel-metadata.ts';
import { type CraftedEntry, craftZip, inMemory } from '../crafted-zip.ts';
import { anyDetailDocument, CONTEXT } from '../details.ts';
import fc from '../properties.ts';
import { bentJson } from './json.ts';
import { bytesOf, JSON_WORDS } from './pages.ts';
import { foreseen, type Law, type TextParser } from './parser.ts';
import { cuts, cutUp, inputsOf } from './texts.ts';

const URL_OF_PROOF = 'https://mirror.example/manifest.json';
const NAMES = ['a', 'b', 'sample-project'] as unknown as readonly [ProjectName, ...ProjectName[]];
const BUCKET = bucketOf(NAMES[2] as ProjectName);

const manifests = fc
  .record({ serial: fc.option(fc.nat()), ids: fc.uniqueArray(fc.constantFrom('000', '0a1', '100', 'fff')) })
  .map(({ serial, ids }) =>
    renderManifest(
      manifestOf({
        serial: serial as Serial | null,
        projects: ids.length,
        files: 3,
        bytes: 9,
        buckets: new Map(ids.map((id) => [id, sha256Of(id)])),
      }),
    ),
  );
const bucketText = renderBucket([{ name: NAMES[2] as ProjectName, pageSha256: sha256Of('x') }]);
const HEX = [
  'a',
  '0',
  '00',
  '100',
  'fff',
  sha256Of('a'),
  '  ',
  'simple/',
  '/index.v1_json',
  '\n',
  '"buckets": {',
  '"digest": ',
];

const VERIFY: VerifyOptions = {
  quick: false,
  subset: null,
  upstream: false,
  repair: false,
} as unknown as VerifyOptions;
const cursor = cursorText(VERIFY, 'id', {
  step: 'pages',
  after: NAMES[0],
  checked: { projects: 1, files: 2, bytes: 3 },
  damage: {},
  repaired: {},
  pending: 0,
  findings: [],
  claimed: [],
  owed: [],
  durationMs: 5,
} as unknown as Parameters<typeof cursorText>[2]);

const release: JsonObject = {
  info: {
    name: 'sample-project',
    version: '1.0',
    requires_dist: ['x>=1'],
    requires_python: '>=3',
    dynamic: ['Requires-Dist'],
  },
  urls: [],
};

export const ARCHIVE_PARSERS: readonly TextParser[] = [
  {
    name: 'manifest',
    eats: 'the proofs of other mirrors',
    words: [...HEX, ...JSON_WORDS],
    documents: fc.oneof(
      manifests,
      manifests.chain((text) => bentJson(fc.constant(JSON.parse(text) as JsonObject))),
    ),
    eat(text) {
      const read = foreseen(['UPSTREAM_MALFORMED', 'UPSTREAM_API_VERSION'], () =>
        parseManifest(text, URL_OF_PROOF),
      );
      if (read === null) return;
      assert.equal(rootDigest(read.buckets), read.digest);
      assert.deepEqual(parseManifest(renderManifest(read), URL_OF_PROOF), read);
    },
  },
  {
    name: 'manifest-bucket',
    eats: 'the buckets of such proofs',
    words: HEX,
    documents: fc.constant(bucketText),
    eat(text) {
      const read = foreseen(['UPSTREAM_MALFORMED'], () => parseBucket(text, BUCKET, URL_OF_PROOF));
      if (read !== null) assert.equal(renderBucket(read), text);
    },
  },
  {
    name: 'verify-cursor',
    eats: 'the cursor of a verify that was interrupted',
    words: [...JSON_WORDS, '"step":"files"', '"after":', '"findings":['],
    documents: fc.oneof(fc.constant(cursor), bentJson(fc.constant(JSON.parse(cursor) as JsonObject))),
    eat: (text) => void foreseen(['USAGE_INVALID'], () => standingOf(text, VERIFY, 'id')),
  },
  {
    name: 'release-document',
    eats: 'what a release needs, in the JSON API',
    words: JSON_WORDS,
    documents: bentJson(fc.constant(release)),
    eat(text) {
      const found = foreseen(['UPSTREAM_MALFORMED'], () =>
        needsInDocument(Buffer.from(text), NAMES[2] as ProjectName, '1.0'),
      );
      for (const one of found?.requiresDist ?? []) assert.equal(typeof one, 'string');
    },
  },
  {
    name: 'catalogue-values',
    eats: 'values that the catalogue holds',
    words: [...JSON_WORDS, '..', '/', 'simple', '"rule":"x"', '"why":"y"', '"value":"z"'],
    documents: fc.constantFrom(
      '["a"]',
      '{"rule":"a","value":"b","why":"c"}',
      'packages/aa/bb/cc/a.whl',
      'a-b',
    ),
    eat(text) {
      const row = { column: text, bytes: Buffer.from(text) };
      for (const read of [projectName, docrootPath, trashPathOf, textsOf, dropOrNull])
        foreseen(['CATALOGUE_UNREADABLE'], () => read(row, 'column'));
      foreseen(['CATALOGUE_UNREADABLE'], () => sha256(row, 'bytes'));
      const path = foreseen(['CATALOGUE_UNREADABLE'], () => docrootPath(row, 'column'));
      assert.ok(path === null || parseDocrootPath(path) === path);
      foreseen(['CATALOGUE_UNREADABLE'], () => unpackDetail(gzipSync(text), CONTEXT.name));
    },
  },
];

const entry: fc.Arbitrary<CraftedEntry> = fc
  .record(
    {
      name: fc.constantFrom(
        'a-1.dist-info/METADATA',
        'a-1.dist-info/RECORD',
        'b-1.dist-info/METADATA',
        'x.py',
        '../x',
        '/x',
        'a\0b',
        '',
      ),
      data: fc.constantFrom('', 'Metadata-Version: 2.1\n', 'x'.repeat(3000)).map((text) => Buffer.from(text)),
      method: fc.constantFrom(0, 8, 8, 12, 99),
      flags: fc.constantFrom(0, 0, 1, 8, 0x800, 0xffff),
      crc: fc.nat(0xffff_ffff),
      packedBytes: fc.constantFrom(0, 1, 0xffff_fffe, 0xffff_ffff),
      sizeBytes: fc.constantFrom(0, 1, 5_000_000, 0xffff_ffff),
      headerOffset: fc.constantFrom(0, 1, 30, 0xffff_fffe, 0xffff_ffff),
      extra: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      comment: fc.uint8Array({ maxLength: 10 }).map((bytes) => Buffer.from(bytes)),
      descriptor: fc.boolean(),
    },
    { requiredKeys: ['name'] },
  )
  .map((made) => made as CraftedEntry);

interface Damage {
  readonly at: number;
  readonly byte: number;
}

const damages: fc.Arbitrary<readonly Damage[]> = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), {
  maxLength: 3,
});

const wheels: Law<{ readonly bytes: Buffer; readonly damage: readonly Damage[]; readonly length: number }> = {
  name: 'wheel',
  eats: 'wheels: METADATA inside zips that lie',
  inputs: fc.record({
    bytes: fc
      .record({ entries: fc.array(entry, { maxLength: 4 }), comment: fc.constantFrom('', 'PK\x05\x06') })
      .map(({ entries, comment }) => craftZip({ entries, comment: Buffer.from(comment) })),
    damage: damages,
    length: fc.constantFrom(1000, 1000, 1000, 990, 700, 1),
  }),
  async check({ bytes, damage, length }) {
    const file = Buffer.from(bytes.subarray(0, Math.ceil((bytes.length * length) / 1000)));
    for (const { at, byte } of damage)
      if (file.length > 0) file[file.length - 1 - (at % Math.min(file.length, 400))] = byte;
    const reading = inMemory(file);
    const found = await metadataInWheel(reading);
    assert.ok(found === null || found.length > 0);
    const readBytes = reading.readBytes.reduce((sum, one) => sum + one, 0);
    assert.ok(readBytes < 16 * (file.length + 70_000), `${readBytes} bytes were asked for`);
  },
};

const packed: Law<{ readonly document: JsonObject; readonly damage: readonly Damage[] }> = {
  name: 'packed-detail',
  eats: 'packed details of the catalogue, damaged ones too',
  inputs: fc.record({ document: anyDetailDocument, damage: damages }),
  check({ document, damage }) {
    const detail = parseDetail(document, CONTEXT);
    const bytes = packDetail(detail);
    assert.deepEqual(unpackDetail(bytes, CONTEXT.name), detail);
    for (const { at, byte } of damage) bytes[at % bytes.length] = byte;
    const again = foreseen(['CATALOGUE_UNREADABLE'], () => unpackDetail(bytes, CONTEXT.name));
    // A detail that does not read as it was is one that only the header of gzip was damaged of.
    if (again !== null) assert.deepEqual(again, detail);
  },
};

const serials: Law<{ readonly bytes: Uint8Array; readonly places: readonly number[] }> = {
  name: 'page-serial',
  eats: 'pages of the docroot, from which `serve` reads the serial, cut anywhere',
  inputs: fc.record({
    bytes: bytesOf(inputsOf(bentJson(anyDetailDocument), [...JSON_WORDS, '<!--SERIAL 4-->'])),
    places: cuts,
  }),
  check({ bytes, places }) {
    for (const place of ['json', 'api', 'html'] as const) {
      const [whole, inPieces] = [serialFinder(place), serialFinder(place)];
      whole.feed(bytes);
      for (const piece of cutUp(bytes, places)) inPieces.feed(piece);
      assert.equal(inPieces.serial(), whole.serial());
    }
  },
};

export const ARCHIVE_LAWS = [wheels, packed, serials] as const;
