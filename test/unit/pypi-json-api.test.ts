/**
 * Goal: the JSON API document is upstream's with our links, and shows nothing that our pages do not.
 * Method: a document as PyPI writes it, rendered with more and fewer files, and again from its own result; broken ones.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortedJson } from '../../src/demo/render-json.ts';
import { isJubjubError } from '../../src/errors.ts';
import { type ApiFile, parseJsonApi, renderJsonApi } from '../../src/pypi/json-api.ts';
import type { JsonObject, JsonValue, Sha256 } from '../../src/pypi/types.ts';
import { NAME, OTHER_SHA256, SHA256 } from '../support/details.ts';

/** A file as PyPI describes it here (protocol §3). */
function apiFile(filename: string, changes: JsonObject = {}): JsonObject {
  return {
    comment_text: null,
    'core-metadata': false,
    digests: { blake2b_256: 'ab', md5: 'cd', sha256: SHA256 },
    downloads: -1,
    filename,
    has_sig: false,
    packagetype: 'sdist',
    requires_python: '',
    size: 7,
    upload_time: '2024-05-06T07:08:09',
    upload_time_iso_8601: '2024-05-06T07:08:09.000123Z',
    url: `https://files.example/packages/${filename}`,
    yanked: false,
    yanked_reason: null,
    ...changes,
  };
}

function apiDocument(changes: JsonObject = {}): JsonObject {
  return {
    info: { name: 'Sample.Project', version: '2', description: 'ä\u2028', downloads: { last_day: -1 } },
    last_serial: 4242,
    ownership: { organization: null, roles: [{ role: 'Owner', user: 'x' }] },
    releases: {
      '0.9': [],
      '1.0': [apiFile('a-1.zip'), apiFile('a-1.whl')],
      '2.0': [apiFile('a-2.zip')],
    },
    urls: [apiFile('a-2.zip')],
    vulnerabilities: [{ id: 'X-1', withdrawn: null }],
    'x-new': { any: [1] },
    ...changes,
  };
}

const filesOf = (...names: string[]) =>
  new Map<string, ApiFile>(
    names.map((name) => [name, { href: `../../packages/${name}`, sha256: SHA256 as Sha256 }]),
  );
const bytesOf = (value: JsonValue) => Buffer.from(JSON.stringify(value));
const render = (value: JsonObject, files: ReadonlyMap<string, ApiFile>) =>
  JSON.parse(renderJsonApi(bytesOf(value), files));

const ALL = filesOf('a-1.zip', 'a-1.whl', 'a-2.zip');

test('with every file ours, the document is upstream’s to the byte, but for the URLs of files', () => {
  const text = sortedJson(apiDocument({ ratio: 0.5 })).replace('"ratio":0.5', '"ratio":1.50');
  const relinked = text.replace(/https:\/\/files\.example\/packages/g, '../../packages');
  assert.equal(renderJsonApi(text, ALL), relinked);
  assert.equal(renderJsonApi(Buffer.from(text), ALL), relinked);
  assert.equal(renderJsonApi(text.trimEnd(), ALL), relinked.trimEnd());
});

test('files that our pages do not list are gone, and a release of which none is left; one that never had any stays', () => {
  const page = render(apiDocument(), filesOf('a-1.whl'));
  assert.deepEqual(Object.keys(page.releases), ['0.9', '1.0']);
  assert.deepEqual(page.releases['0.9'], []);
  assert.deepEqual(page.releases['1.0'], [apiFile('a-1.whl', { url: '../../packages/a-1.whl' })]);
  assert.deepEqual(page.urls, []);
  assert.deepEqual(page.info, apiDocument()['info']);
});

test('an entry with another digest than our file is gone, and one without a digest is ours', () => {
  const of = (digests: JsonValue, ours: string | null = SHA256) =>
    render(
      apiDocument({ urls: [apiFile('a-2.zip', { digests })] }),
      new Map([['a-2.zip', { href: 'x', sha256: ours as Sha256 | null }]]),
    ).urls.length;
  assert.equal(of({ sha256: OTHER_SHA256 }), 0);
  assert.equal(of({ sha256: 'rubbish' }), 0);
  assert.equal(of({ sha256: SHA256.toUpperCase() }), 1);
  assert.equal(of({ md5: 'x' }), 1);
  assert.equal(of(null), 1);
  assert.equal(of({ sha256: OTHER_SHA256 }, null), 1);
});

test('what is published can be rendered again, with the same files or with fewer, as if from upstream’s', () => {
  const document = apiDocument();
  const published = renderJsonApi(bytesOf(document), ALL);
  assert.equal(renderJsonApi(published, ALL), published);
  for (const files of [filesOf('a-1.zip'), filesOf('a-2.zip'), filesOf()])
    assert.equal(renderJsonApi(published, files), renderJsonApi(bytesOf(document), files));
});

test('a document of one release, which has no list of releases, does not get one', () => {
  const { releases: _releases, ...document } = apiDocument();
  assert.ok(!('releases' in render(document, ALL)));
  assert.equal(render(document, ALL).urls.length, 1);
});

test('keys and file names like __proto__ are data', () => {
  const text =
    '{"__proto__":{"x":1},"info":{"name":"sample-project"},"releases":{"__proto__":[{"filename":"constructor"}],"1":[]},"urls":[]}';
  assert.equal(
    renderJsonApi(text, new Map()),
    '{"__proto__":{"x":1},"info":{"name":"sample-project"},"releases":{"1":[]},"urls":[]}',
  );
});

test('the facts are the serial, or that there is none', () => {
  assert.deepEqual(parseJsonApi(bytesOf(apiDocument()), NAME), { serial: 4242 });
  assert.deepEqual(parseJsonApi(bytesOf(apiDocument({ last_serial: '7' })), NAME), { serial: 7 });
  assert.deepEqual(parseJsonApi(JSON.stringify(apiDocument({ last_serial: null })), NAME), { serial: null });
});

test('what is no document of the project is refused, naming the part', () => {
  const file = (changes: JsonObject) => ({ releases: { '1.0': [apiFile('a.zip'), changes] } });
  const cases: readonly (readonly [document: Uint8Array | string, where: string])[] = [
    ['', 'the document'],
    ['<html>', 'the document'],
    ['[]', 'the document'],
    ['null', 'the document'],
    [`{"x":${'['.repeat(64)}${']'.repeat(64)}}`, 'the document'],
    [Buffer.from([0x22, 0xff, 0x22]), 'the document'],
    [bytesOf({}), 'info.name'],
    [bytesOf(apiDocument({ info: { name: 'other' } })), 'info.name'],
    [bytesOf(apiDocument({ info: 'x' })), 'info.name'],
    [bytesOf(apiDocument({ last_serial: -1 })), 'last_serial'],
    [bytesOf(apiDocument({ last_serial: {} })), 'last_serial'],
    [bytesOf(apiDocument({ releases: [] })), 'releases'],
    [bytesOf(apiDocument({ releases: { '1.0': {} } })), 'releases["1.0"]'],
    [bytesOf(apiDocument({ urls: {} })), 'urls'],
    [bytesOf(apiDocument({ urls: [null] })), 'urls[0]'],
    [bytesOf(apiDocument(file({ filename: 1 }))), 'releases["1.0"][1]'],
  ];
  for (const [document, where] of cases)
    assert.throws(
      () => parseJsonApi(document, NAME),
      (error) => {
        assert.ok(isJubjubError(error, 'UPSTREAM_MALFORMED'), String(error));
        assert.equal(error.message, `the JSON API document of sample-project is malformed: ${where}`);
        assert.ok(error.facts.expected !== undefined && error.facts.effect !== undefined);
        return true;
      },
    );
  assert.throws(() => renderJsonApi('{"urls":1}', ALL), /a JSON API document is malformed: urls/);
});
