/** Detail documents for tests: one that is whole, to be bent, and arbitrary ones for laws. */

import { type DetailContext, parseDetail } from '../../src/pypi/detail.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Place } from '../../src/pypi/placement.ts';
import type { Detail, JsonObject } from '../../src/pypi/types.ts';
import fc from './properties.ts';

export const NAME = normalizeName('sample-project');
export const PAGE_URL = 'https://pypi.example/simple/sample-project/';
export const CONTEXT: DetailContext = { name: NAME, url: PAGE_URL, headerSerial: null };
export const SHA256 = '0123456789abcdef'.repeat(4);
export const OTHER_SHA256 = 'fedcba9876543210'.repeat(4);
export const BLAKE2_PATH = `ab/cd/${'12'.repeat(30)}`;

/** A file as PyPI lists it (protocol §2.5). */
export function fileDocument(filename: string, changes: JsonObject = {}): JsonObject {
  return {
    'core-metadata': { sha256: OTHER_SHA256 },
    'data-dist-info-metadata': { sha256: OTHER_SHA256 },
    filename,
    hashes: { sha256: SHA256 },
    provenance: null,
    'requires-python': '>=3.8',
    size: 1234,
    'upload-time': '2024-05-06T07:08:09.000123Z',
    url: `https://files.example/packages/${BLAKE2_PATH}/${encodeURIComponent(filename)}`,
    yanked: false,
    ...changes,
  };
}

/** A detail as PyPI writes it. */
export function detailDocument(files: readonly JsonObject[], changes: JsonObject = {}): JsonObject {
  return {
    files: [...files],
    meta: { '_last-serial': 42, 'api-version': '1.4' },
    name: NAME,
    'project-status': { status: 'active' },
    versions: ['1.0'],
    ...changes,
  };
}

/** The parsed detail with files of these names. */
export function detailOf(filenames: readonly string[], changes: JsonObject = {}): Detail {
  return parseDetail(
    detailDocument(
      filenames.map((filename) => fileDocument(filename)),
      changes,
    ),
    CONTEXT,
  );
}

/** Puts every file, with its metadata, at a path of its own. */
export const placeAll: Place = (file) => ({
  href: `../../packages/${file.filename}`,
  coreMetadata: true,
  provenance: null,
});

/** Texts as an attacker would choose them: markup, controls, other scripts, broken surrogates. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    maxLength: 6,
  }),
  fc.constantFrom(
    '"><script>',
    "' onload='x",
    '-->',
    '&amp;',
    '</body>',
    '\u202e',
    '\ud800',
    '__proto__',
    '',
  ),
);

const unknownKeys: fc.Arbitrary<JsonObject> = fc
  .dictionary(
    fc.oneof(nastyText, fc.constantFrom('__proto__', '_private', 'x-new')),
    fc.jsonValue({ maxDepth: 2 }),
    {
      maxKeys: 3,
      noNullPrototype: true,
    },
  )
  .map(asParsed);

const safeFilename = fc
  .string({
    unit: fc.constantFrom(...'abcXYZ019-_.+!~ %#?&<>"\'()[]{}@:;,=ä漢𝒳'),
    minLength: 1,
    maxLength: 20,
  })
  .map((text) => `f${text}.whl`);

const digest = fc.string({
  unit: fc.constantFrom(...'0123456789abcdefABCDEF'),
  minLength: 64,
  maxLength: 64,
});

const coreMetadata = fc.oneof(
  fc.boolean(),
  fc.record({ sha256: digest }),
  fc.record({ blake2b_256: fc.string() }),
);

/** Some of the keys, each with or without. */
const fileDetails = fc.record(
  {
    'core-metadata': coreMetadata,
    'dist-info-metadata': coreMetadata,
    'data-dist-info-metadata': coreMetadata,
    hashes: fc.record({ sha256: digest, md5: fc.string() }, { requiredKeys: [] }),
    provenance: fc.oneof(fc.constant(null), fc.webUrl(), fc.constant('/integrity/x#y')),
    'requires-python': fc.oneof(fc.constant(null), nastyText),
    size: fc.maxSafeNat(),
    'upload-time': fc.oneof(fc.constant(null), nastyText),
    yanked: fc.oneof(fc.boolean(), nastyText),
  },
  { requiredKeys: [] },
);

/** Valid documents in every shape that the specifications allow, with unknown keys at every level. */
export const anyDetailDocument: fc.Arbitrary<JsonObject> = fc
  .record({
    files: fc.uniqueArray(fc.tuple(safeFilename, fileDetails, unknownKeys), {
      selector: ([filename]) => filename,
      maxLength: 5,
    }),
    base: fc.constantFrom('https://files.example/a/', '../../packages/', '/p/', '//other.example:8080/'),
    meta: fc.record(
      {
        'api-version': fc.constantFrom('1.0', '1.4', '1.99'),
        '_last-serial': fc.oneof(fc.nat(), fc.nat().map(String)),
      },
      { requiredKeys: [] },
    ),
    name: fc.constantFrom('sample-project', 'Sample_Project', 'sample..project'),
    status: fc.option(
      fc.record({ status: fc.oneof(fc.constantFrom('active', 'quarantined'), nastyText), reason: nastyText }),
    ),
    versions: fc.option(fc.array(nastyText, { maxLength: 4 })),
    more: unknownKeys,
  })
  .map(({ files, base, meta, name, status, versions, more }) => ({
    ...more,
    files: files.map(([filename, details, extra]) => ({
      ...extra,
      ...(details as JsonObject),
      filename,
      url: `${base}${encodeURIComponent(filename)}#sha256=x`,
    })),
    meta: meta as JsonObject,
    name,
    'project-status': status,
    versions,
  }))
  .map(asParsed);

/** As JSON.parse makes it: ordinary prototypes, and `__proto__` a key like any other. */
function asParsed(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
