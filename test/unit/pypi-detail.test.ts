/**
 * Goal: a detail document is understood in every shape that upstreams send, and refused, by name, in every other.
 * Method: one whole document, bent in one place at a time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError, JubjubError } from '../../src/errors.ts';
import {
  DOCUMENT_DEPTH_MAX,
  FILES_PER_PROJECT_MAX,
  offeredFiles,
  parseDetail,
  parseDetailText,
  serializeDetail,
} from '../../src/pypi/detail.ts';
import { CONTAINERS_MAX } from '../../src/pypi/json.ts';
import type { DistFile, JsonObject, JsonValue } from '../../src/pypi/types.ts';
import {
  BLAKE2_PATH,
  CONTEXT,
  detailDocument,
  fileDocument,
  OTHER_SHA256,
  PAGE_URL,
  SHA256,
} from '../support/details.ts';

const FILE = 'sample_project-1.0-py3-none-any.whl';

function parsedFile(changes: JsonObject): DistFile {
  const [file] = parseDetail(detailDocument([fileDocument(FILE, changes)]), CONTEXT).files;
  assert.ok(file);
  return file;
}

function refusal(document: unknown): JubjubError {
  try {
    parseDetail(document, CONTEXT);
  } catch (error) {
    if (error instanceof JubjubError) return error;
    throw error;
  }
  return assert.fail(`was accepted: ${JSON.stringify(document)}`);
}

test('PyPI’s document is read in full', () => {
  const document = detailDocument([fileDocument(FILE)]);
  const detail = parseDetail(document, CONTEXT);
  const { files, raw, ...rest } = detail;
  assert.deepEqual(rest, { name: 'sample-project', serial: 42, status: 'active', apiVersion: '1.4' });
  assert.deepEqual(raw, document);
  assert.deepEqual(files, [
    {
      filename: FILE,
      url: `https://files.example/packages/${BLAKE2_PATH}/${FILE}`,
      sha256: SHA256,
      sizeBytes: 1234,
      coreMetadata: { sha256: OTHER_SHA256 },
      provenance: null,
      requiresPython: '>=3.8',
      yanked: false,
      raw: (document['files'] as JsonObject[])[0],
    },
  ]);
});

test('a minimal document, as devpi writes it, is read with relative URLs made absolute', () => {
  const text =
    '{"meta":{"api-version":"1.0"},"name":"Sample.Project","files":[{"filename":"a-1.zip","url":"../../+f/ab/a-1.zip#sha256=x","hashes":{"md5":"x"}}]}';
  const detail = parseDetailText(text, { ...CONTEXT, headerSerial: 7 });
  assert.deepEqual([detail.name, detail.serial, detail.status], ['sample-project', 7, 'active']);
  const { raw, ...file } = detail.files[0] ?? assert.fail();
  assert.deepEqual(file, {
    filename: 'a-1.zip',
    url: 'https://pypi.example/+f/ab/a-1.zip',
    sha256: null,
    sizeBytes: null,
    coreMetadata: null,
    provenance: null,
    requiresPython: null,
    yanked: false,
  });
  assert.equal(raw['url'], file.url);
});

test('the serial comes from the document in either form, else from the header, and is stored', () => {
  const serialOf = (meta: JsonObject, headerSerial: number | null) => {
    const detail = parseDetail(detailDocument([], { meta }), { ...CONTEXT, headerSerial });
    assert.equal(parseDetailText(serializeDetail(detail), CONTEXT).serial, detail.serial);
    return detail.serial;
  };
  assert.equal(serialOf({ '_last-serial': 5 }, 9), 5);
  assert.equal(serialOf({ '_last-serial': '5' }, 9), 5);
  assert.equal(serialOf({ '_last-serial': null }, 9), 9);
  assert.equal(serialOf({}, 9), 9);
  assert.equal(serialOf({}, null), null);
});

test('every legal form of a file’s field is understood', () => {
  const cases: readonly (readonly [JsonObject, Partial<DistFile>])[] = [
    [{ hashes: { sha256: SHA256.toUpperCase() } }, { sha256: SHA256 as never }],
    [{ hashes: {} }, { sha256: null }],
    [{ size: 0 }, { sizeBytes: 0 }],
    [{ size: null }, { sizeBytes: null }],
    [{ 'core-metadata': true }, { coreMetadata: { sha256: null } }],
    [{ 'core-metadata': false }, { coreMetadata: null }],
    [{ 'core-metadata': { md5: 'x' } }, { coreMetadata: { sha256: null } }],
    [{ 'core-metadata': null, 'dist-info-metadata': true }, { coreMetadata: { sha256: null } }],
    [{ 'core-metadata': null, 'dist-info-metadata': false }, { coreMetadata: null }],
    [
      { 'core-metadata': null, 'data-dist-info-metadata': { sha256: SHA256 } },
      { coreMetadata: { sha256: SHA256 as never } },
    ],
    [{ yanked: true }, { yanked: true }],
    [{ yanked: 'broken <b>' }, { yanked: 'broken <b>' }],
    [{ yanked: '' }, { yanked: false }],
    [{ yanked: null }, { yanked: false }],
    [{ 'requires-python': '' }, { requiresPython: null }],
    [{ 'requires-python': null }, { requiresPython: null }],
    [{ provenance: 'https://pypi.example/integrity/x' }, { provenance: 'https://pypi.example/integrity/x' }],
    [{ provenance: '/integrity/x' }, { provenance: 'https://pypi.example/integrity/x' }],
    [{ 'upload-time': null }, {}],
    [
      { url: `http://files.example:8080/x/${FILE}?a=b#frag` },
      { url: `http://files.example:8080/x/${FILE}?a=b` },
    ],
    [{ url: FILE }, { url: PAGE_URL + FILE }],
    [{ 'gpg-sig': false, 'x-unknown': [1] }, {}],
  ];
  for (const [changes, expected] of cases) {
    const file = parsedFile(changes);
    assert.deepEqual({ ...file, ...expected }, file, JSON.stringify(changes));
  }
});

test('percent-encoding in the URL is undone before the file name is compared', () => {
  const name = 'a-1!2+b c.whl';
  for (const last of ['a-1!2+b%20c.whl', 'a-1%212%2Bb%20c.whl', '%61-1!2+b c.whl'])
    assert.equal(parsedFile({ filename: name, url: `../${last}` }).filename, name);
});

test('a document that is not what the specifications say is refused, naming the thing', () => {
  const file = (changes: JsonObject) =>
    detailDocument([fileDocument('ok-1.zip'), fileDocument('x.whl', changes)]);
  const cases: readonly (readonly [document: unknown, where: string])[] = [
    [null, 'the document'],
    [[], 'the document'],
    ['text', 'the document'],
    [detailDocument([], { meta: 1 }), 'meta'],
    [detailDocument([], { meta: { 'api-version': 1 } }), 'meta: api-version'],
    [detailDocument([], { meta: { 'api-version': 'one' } }), 'meta: api-version'],
    [detailDocument([], { meta: { '_last-serial': -1 } }), 'meta: _last-serial'],
    [detailDocument([], { meta: { '_last-serial': 'x' } }), 'meta: _last-serial'],
    [detailDocument([], { name: null }), 'name'],
    [detailDocument([], { name: 'other' }), 'name'],
    [detailDocument([], { files: null }), 'files'],
    [detailDocument([], { files: {} }), 'files'],
    [detailDocument([], { versions: '1.0' }), 'versions'],
    [detailDocument([], { versions: ['1.0', 2] }), 'versions[1]'],
    [detailDocument([], { 'project-status': 'active' }), 'project-status'],
    [detailDocument([], { 'project-status': { status: 1 } }), 'project-status: status'],
    [detailDocument([], { 'project-status': { status: 'active', reason: 1 } }), 'project-status: reason'],
    [detailDocument([], { files: [null] }), 'files[0]'],
    [detailDocument([fileDocument('a.whl'), fileDocument('b.whl'), fileDocument('a.whl')]), 'files[2]'],
    [file({ filename: 1 }), 'files[1]: filename'],
    [file({ filename: '../x.whl' }), 'files[1]: filename'],
    [file({ filename: 'x.whl.metadata' }), 'files[1]: filename'],
    [file({ url: null }), 'files[1] (x.whl): url'],
    [file({ url: 'https://files.example/y.whl' }), 'files[1] (x.whl): url'],
    [file({ url: 'https://files.example/x.whl/' }), 'files[1] (x.whl): url'],
    [file({ url: 'https://files.example/%ff/%c0x.whl' }), 'files[1] (x.whl): url'],
    [file({ url: 'ftp://files.example/x.whl' }), 'files[1] (x.whl): url'],
    [file({ url: 'file:///etc/x.whl' }), 'files[1] (x.whl): url'],
    [file({ url: 'javascript:x.whl' }), 'files[1] (x.whl): url'],
    [file({ url: 'https://u:p@files.example/x.whl' }), 'files[1] (x.whl): url'],
    [file({ url: 'https://[/x.whl' }), 'files[1] (x.whl): url'],
    [file({ hashes: 'x' }), 'files[1] (x.whl): hashes'],
    [file({ hashes: { sha256: 'x' } }), 'files[1] (x.whl): hashes.sha256'],
    [file({ hashes: { sha256: 1 } }), 'files[1] (x.whl): hashes.sha256'],
    [file({ size: '1' }), 'files[1] (x.whl): size'],
    [file({ size: -1 }), 'files[1] (x.whl): size'],
    [file({ size: 1.5 }), 'files[1] (x.whl): size'],
    [file({ size: 2 ** 53 }), 'files[1] (x.whl): size'],
    [file({ 'core-metadata': 'yes' }), 'files[1] (x.whl): core-metadata'],
    [file({ 'core-metadata': { sha256: 'x' } }), 'files[1] (x.whl): core-metadata.sha256'],
    [file({ 'requires-python': 3 }), 'files[1] (x.whl): requires-python'],
    [file({ 'upload-time': 3 }), 'files[1] (x.whl): upload-time'],
    [file({ yanked: 1 }), 'files[1] (x.whl): yanked'],
    [file({ provenance: true }), 'files[1] (x.whl): provenance'],
    [file({ provenance: 'data:x' }), 'files[1] (x.whl): provenance'],
  ];
  for (const [document, where] of cases) {
    const error = refusal(document);
    assert.equal(error.code, 'UPSTREAM_MALFORMED');
    assert.equal(error.message, `the detail of sample-project is malformed: ${where}`);
    assert.equal(error.facts.url, PAGE_URL);
    assert.ok(error.facts.expected !== undefined && error.facts.received !== undefined, where);
  }
});

test('another major API version is refused as such, even where the rest looks strange; a higher minor is fine', () => {
  const error = refusal({ meta: { 'api-version': '2.0' }, projects: 1 });
  assert.equal(error.code, 'UPSTREAM_API_VERSION');
  assert.match(`${error.facts.expected} ${error.facts.received}`, /1\.x .*2\.0/);
  assert.equal(refusal(detailDocument([], { meta: { 'api-version': '0.9' } })).code, 'UPSTREAM_API_VERSION');
  assert.equal(
    parseDetail(detailDocument([], { meta: { 'api-version': '1.99' } }), CONTEXT).apiVersion,
    '1.99',
  );
  assert.equal(parseDetail(detailDocument([], { meta: null }), CONTEXT).apiVersion, '1.0');
});

test('no error carries the credentials of a URL', () => {
  for (const scheme of ['https', 'ftp', 'https://[']) {
    const url = `${scheme}://jane:secret@files.example/x.whl`;
    const error = refusal(detailDocument([fileDocument('x.whl', { url })]));
    assert.doesNotMatch(JSON.stringify([error.message, error.facts]), /jane|secret/);
  }
});

test('text that is no JSON is refused with its address', () => {
  for (const text of ['', '<html>', '{"files":', '{"a":1}x'])
    assert.throws(
      () => parseDetailText(text, CONTEXT),
      (error) => isJubjubError(error, 'UPSTREAM_MALFORMED') && error.facts.url === PAGE_URL,
    );
});

test('nesting and the number of files have limits', () => {
  const nested = (depth: number) =>
    `{"name":"sample-project","files":[],"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  parseDetailText(nested(DOCUMENT_DEPTH_MAX - 1), CONTEXT);
  for (const depth of [DOCUMENT_DEPTH_MAX, 200_000])
    assert.throws(() => parseDetailText(nested(depth), CONTEXT), /is malformed: the document/);
  const many: JsonValue[] = new Array(FILES_PER_PROJECT_MAX + 1).fill(null);
  assert.match(refusal(detailDocument([], { files: many })).facts.expected ?? '', /at most 40000 files/);
});

test('keys named __proto__ are data like any other', () => {
  const text = `{"__proto__":{"status":"x"},"name":"sample-project","meta":{"__proto__":1},"files":[{"__proto__":{"size":"bad"},"filename":"x.whl","url":"x.whl","hashes":{"__proto__":{"sha256":"bad"}}}]}`;
  const detail = parseDetailText(text, CONTEXT);
  assert.equal(detail.files[0]?.sha256, null);
  assert.equal(detail.files[0]?.sizeBytes, null);
  const stored = JSON.stringify(JSON.parse(serializeDetail(detail)));
  assert.equal(stored.match(/"__proto__"/g)?.length, 4);
  assert.equal(({} as Record<string, unknown>)['status'], undefined);
});

test('a quarantined project offers no file, whatever its page lists', () => {
  const of = (status: string) =>
    offeredFiles(parseDetail(detailDocument([fileDocument(FILE)], { 'project-status': { status } }), CONTEXT))
      .length;
  assert.deepEqual(['active', 'archived', 'deprecated', 'new', 'quarantined'].map(of), [1, 1, 1, 1, 0]);
});

test('each number that JavaScript would write otherwise is stored as it came, and the others are plain', () => {
  const stored = (number: string) =>
    serializeDetail(
      parseDetailText(`{"name":"sample-project","files":[],"x":[[${number}],{"y":${number}}]}`, CONTEXT),
    );
  for (const number of [
    '9007199254740993',
    '-1234567890123456789',
    '1.0',
    '1e7',
    '-0',
    '-0.0',
    '1E400',
    '0.10',
    '7',
    '0.5',
  ])
    assert.ok(stored(number).includes(`"x":[[${number}],{"y":${number}}]`), number);
});

test('a page of nothing but brackets is refused before it is read: that would take 45 times its size', () => {
  const brackets = (count: number) =>
    `{"name":"sample-project","files":[],"x":[${'[],'.repeat(count - 3)}0]}`;
  assert.equal(parseDetailText(brackets(CONTAINERS_MAX), CONTEXT).files.length, 0);
  assert.throws(
    () => parseDetailText(brackets(CONTAINERS_MAX + 1), CONTEXT),
    (error) => isJubjubError(error, 'UPSTREAM_MALFORMED'),
  );
});

test('numbers that mean something are read however they are written', () => {
  const detail = parseDetailText(
    '{"name":"sample-project","meta":{"_last-serial":42.0},"files":[{"filename":"x.zip","url":"x.zip","size":1.5e1}]}',
    CONTEXT,
  );
  assert.equal(detail.serial, 42);
  assert.equal(detail.files[0]?.sizeBytes, 15);
  assert.match(serializeDetail(detail), /"size":1\.5e1,/);
  assert.deepEqual(parseDetailText(serializeDetail(detail), CONTEXT), detail);
  assert.throws(
    () =>
      parseDetailText(
        '{"name":"sample-project","files":[{"filename":"x.zip","url":"x.zip","size":1e400}]}',
        CONTEXT,
      ),
    /files\[0\] \(x\.zip\): size/,
  );
});

test('numbers keep their sign when a detail is stored', () => {
  const detail = parseDetailText('{"name":"sample-project","files":[],"x":[-0,1e-7]}', CONTEXT);
  assert.deepEqual(parseDetailText(serializeDetail(detail), CONTEXT), detail);
});
