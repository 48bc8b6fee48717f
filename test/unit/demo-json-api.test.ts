/**
 * Goal: the JSON API has every key of PyPI's, says 404 where PyPI does, and carries its headers (protocol §3).
 * Method: documents of a small state written down whole or by key; raw requests over loopback for the rest.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { startOrigin } from '../../src/demo/http-origin.ts';
import { IndexState } from '../../src/demo/index-state.ts';
import { rawRequest } from '../support/raw-http.ts';
import { makeSdist, makeWheel } from '../support/wheels.ts';

const NOW_MS = 1_700_000_000_025;

function recipe(version: string, name = 'Tulgey_Wood') {
  return {
    name,
    version,
    requires: ['snark>=1.0', 'vorpal'],
    requiresPython: '>=3.8',
    modules: { 'x.py': `V = '${name} ${version}'\n` },
  };
}

async function served(t: TestContext) {
  const state = new IndexState({ now: () => NOW_MS, startSerial: 100 });
  const origin = await startOrigin(state);
  t.after(() => origin.close());
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    rawRequest(`${origin.url}${path}`, { headers, method });
  const json = async (path: string) => JSON.parse((await get(path)).body.toString());
  return { state, url: origin.url, get, json };
}

const ROOT_KEYS = ['info', 'last_serial', 'ownership', 'releases', 'urls', 'vulnerabilities'];
const INFO_KEYS =
  'author author_email bugtrack_url classifiers description description_content_type docs_url download_url ' +
  'downloads dynamic home_page keywords license license_expression license_files maintainer maintainer_email name ' +
  'package_url platform project_url project_urls provides_extra release_url requires_dist requires_python summary ' +
  'version yanked yanked_reason';

test('a document has every key of PyPI, sorted, and one line feed at the end', async (t) => {
  const { state, url, get, json } = await served(t);
  const wheel = state.uploadFile(makeWheel(recipe('1.0')), { version: 1 });
  const text = (await get('/pypi/tulgey-wood/json')).body.toString();
  assert.match(text, /^\{"info":\{"author":null,.*\}\n$/);
  const document = await json('/pypi/tulgey-wood/json');
  assert.deepEqual(Object.keys(document), ROOT_KEYS);
  assert.deepEqual(Object.keys(document.info), INFO_KEYS.split(' '));
  assert.deepEqual(document.info.requires_dist, ['snark>=1.0', 'vorpal']);
  const { name, version, requires_python: python, release_url: release } = document.info;
  assert.deepEqual(
    [name, version, python, release],
    ['Tulgey_Wood', '1.0', '>=3.8', `${url}/project/Tulgey_Wood/1.0/`],
  );
  assert.deepEqual(document.urls, [
    {
      comment_text: null,
      'core-metadata': { sha256: wheel.metadataSha256 },
      digests: {
        blake2b_256: wheel.path.split('/').slice(2, 5).join(''),
        md5: wheel.md5,
        sha256: wheel.sha256,
      },
      downloads: -1,
      filename: 'tulgey_wood-1.0-py3-none-any.whl',
      has_sig: false,
      md5_digest: wheel.md5,
      packagetype: 'bdist_wheel',
      python_version: 'py3',
      requires_python: '>=3.8',
      size: wheel.sizeBytes,
      upload_time: '2023-11-14T22:13:20',
      upload_time_iso_8601: '2023-11-14T22:13:20.025000Z',
      url: `${url}${wheel.path}`,
      yanked: false,
      yanked_reason: null,
    },
  ]);
  assert.deepEqual(document.releases, { '1.0': document.urls });
});

test('the project’s own serial stands in the document and in the header', async (t) => {
  const { state, get, json } = await served(t);
  state.uploadFile(makeWheel(recipe('1.0')));
  state.createProject('snark');
  assert.deepEqual([state.project('tulgey-wood')?.lastSerial, state.lastSerial], [104, 106]);
  for (const path of ['/pypi/tulgey-wood/json', '/pypi/tulgey-wood/1.0/json']) {
    assert.equal((await get(path)).headers['x-pypi-last-serial'], '104');
    assert.equal((await json(path)).last_serial, 104);
  }
});

test('latest is not yanked before yanked, final before pre-release, then the highest', async (t) => {
  const { state, json } = await served(t);
  const shown = async () => (await json('/pypi/tulgey-wood/json')).info.version;
  for (const version of ['1.0', '2.0rc1', '0.9rc1', '1.10', '1.9'])
    state.uploadFile(makeWheel(recipe(version)));
  assert.equal(await shown(), '1.10');
  state.yankRelease('tulgey-wood', '1.10', 'blunt');
  assert.equal(await shown(), '1.9');
  for (const version of ['1.0', '1.9']) state.yankRelease('tulgey-wood', version);
  assert.equal(await shown(), '2.0rc1');
  state.yankRelease('tulgey-wood', '2.0rc1');
  assert.equal(await shown(), '0.9rc1');
  const releases = (await json('/pypi/tulgey-wood/json')).releases;
  assert.deepEqual([releases['1.10'][0].yanked, releases['1.10'][0].yanked_reason], [true, 'blunt']);
  assert.deepEqual([releases['1.9'][0].yanked, releases['1.9'][0].yanked_reason], [true, null]);
});

test('releases without files are listed here and not on the page; quarantined ones are on neither', async (t) => {
  const { state, json, get } = await served(t);
  const sdist = state.uploadFile(makeSdist(recipe('1.0')));
  state.uploadFile(makeWheel(recipe('1.1')));
  state.uploadFile(makeWheel(recipe('1.2')));
  state.removeFile(sdist.filename);
  state.quarantineRelease('tulgey-wood', '1.2');
  const { releases, info } = await json('/pypi/tulgey-wood/json');
  assert.deepEqual([Object.keys(releases), releases['1.0'], info.version], [['1.0', '1.1'], [], '1.1']);
  assert.equal((await get('/pypi/tulgey-wood/1.2/json')).status, 404);
});

test('a release’s own document has its files and no releases, under every spelling of one version', async (t) => {
  const { state, json, get } = await served(t);
  state.uploadFile(makeWheel(recipe('1.0')));
  state.uploadFile(makeSdist(recipe('1.1')));
  const document = await json('/pypi/tulgey-wood/1.0/json');
  assert.deepEqual(
    Object.keys(document),
    ROOT_KEYS.filter((key) => key !== 'releases'),
  );
  assert.equal(document.urls.length, 1);
  assert.equal((await json('/pypi/tulgey-wood/1.0.0/json')).info.version, '1.0');
  assert.equal((await json('/pypi/tulgey-wood/1.1/json')).urls[0].packagetype, 'sdist');
  assert.equal((await get('/pypi/tulgey-wood/9.9/json')).status, 404);
});

test('unknown, without a release, quarantined: the same 404 in JSON, without a serial', async (t) => {
  const { state, get } = await served(t);
  state.createProject('empty');
  state.uploadFile(makeWheel(recipe('1.0', 'bad')));
  assert.equal((await get('/pypi/bad/json')).status, 200);
  state.quarantineProject('bad');
  for (const name of ['boojum', 'empty', 'bad']) {
    const reply = await get(`/pypi/${name}/json`);
    assert.equal(reply.status, 404, name);
    assert.match(reply.headers['content-type'] ?? '', /^application\/json/);
    assert.equal(reply.body.toString(), '{"message": "Not Found"}');
    assert.equal(reply.headers['x-pypi-last-serial'], undefined);
  }
  state.clearProjectQuarantine('bad');
  assert.equal((await get('/pypi/bad/json')).status, 200);
});

test('headers: exact type, a quarter of an hour, CORS, a validator for each encoding', async (t) => {
  const { state, get } = await served(t);
  state.uploadFile(makeWheel(recipe('1.0')));
  const path = '/pypi/tulgey-wood/json';
  const plain = await get(path);
  const zipped = await get(path, { 'accept-encoding': 'gzip' });
  assert.equal(plain.headers['content-type'], 'application/json');
  assert.equal(plain.headers['cache-control'], 'max-age=900, public');
  assert.equal(plain.headers['access-control-allow-origin'], '*');
  assert.deepEqual(gunzipSync(zipped.body), plain.body);
  const [plainTag, gzipTag] = [plain.headers['etag'] ?? '', zipped.headers['etag'] ?? ''];
  assert.match(plainTag, /^"[A-Za-z0-9+/]{22}"$/);
  assert.notEqual(plainTag, gzipTag);
  const again = await get(path, { 'accept-encoding': 'gzip', 'if-none-match': gzipTag });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
  assert.equal((await get(path, { 'if-none-match': gzipTag })).status, 200);
});

test('the application redirects other spellings of a name, and a slash at the end', async (t) => {
  const { state, get } = await served(t);
  state.uploadFile(makeWheel(recipe('1.0')));
  const location = async (path: string) => {
    const { status, headers } = await get(path);
    return [status, headers['location']];
  };
  assert.deepEqual(await location('/pypi/Tulgey_Wood/json'), [301, '/pypi/tulgey-wood/json']);
  assert.deepEqual(await location('/pypi/Tulgey_Wood/1.0/json'), [301, '/pypi/tulgey-wood/1.0/json']);
  assert.deepEqual(await location('/pypi/tulgey-wood/json/'), [301, '/pypi/tulgey-wood/json']);
});

test('ownership and vulnerabilities change the document, not the serial, and not the simple page', async (t) => {
  const { state, get, json } = await served(t);
  state.uploadFile(makeWheel(recipe('1.0')));
  state.addRole('tulgey-wood', 'Maintainer', 'alice');
  const page = (await get('/simple/tulgey-wood/')).headers['etag'];
  const serial = state.lastSerial;
  const report = { id: 'PYSEC-2026-1', aliases: [], fixed_in: ['1.1'] };
  state.setOrganization('tulgey-wood', 'wonderland');
  state.setVulnerabilities('tulgey-wood', '1.0', [report]);
  const document = await json('/pypi/tulgey-wood/json');
  const roles = [
    { role: 'Owner', user: 'carroll' },
    { role: 'Maintainer', user: 'alice' },
  ];
  assert.deepEqual(document.ownership, { organization: 'wonderland', roles });
  assert.deepEqual(document.vulnerabilities, [report]);
  assert.equal(state.lastSerial, serial);
  assert.equal((await get('/simple/tulgey-wood/')).headers['etag'], page);
  state.removeRole('tulgey-wood', 'Maintainer', 'alice');
  assert.deepEqual((await json('/pypi/tulgey-wood/json')).ownership.roles, roles.slice(0, 1));
});

test('HEAD has the head of GET, and other methods are refused, on every kind of page', async (t) => {
  const { state, get } = await served(t);
  const wheel = makeWheel(recipe('1.0'));
  const file = state.uploadFile(wheel, { version: 1 });
  const provenance = `/integrity/tulgey-wood/1.0/${wheel.filename}/provenance`;
  const paths = ['/simple/', '/simple/tulgey-wood/', '/pypi/tulgey-wood/json', provenance, file.path];
  for (const path of [...paths, `${file.path}.metadata`]) {
    const [whole, head] = [await get(path), await get(path, {}, 'HEAD')];
    assert.deepEqual([head.status, head.body.length], [200, 0], path);
    for (const name of ['content-length', 'content-type', 'etag', 'x-pypi-last-serial'])
      assert.equal(head.headers[name], whole.headers[name], `${name} of ${path}`);
    assert.equal((await get(path, {}, 'DELETE')).status, 405, path);
  }
});
