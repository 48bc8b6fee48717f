/**
 * Goal: docroots of bandersnatch and shadowmire say what these tools make of PyPI, and are served as nginx does (protocol §7).
 * Method: a state is written to a directory and asked for over loopback; what changed is written again.
 */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { IndexState } from '../../src/demo/index-state.ts';
import { startStaticTree } from '../support/dialects/static-tree.ts';
import type { TreeOptions } from '../support/dialects/tree-writer.ts';
import { rawRequest } from '../support/raw-http.ts';
import { withTempDir } from '../support/temp.ts';
import { makeSdist, makeWheel } from '../support/wheels.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const HTML_TYPE = 'application/vnd.pypi.simple.v1+html';
const JSON_ACCEPT = { accept: JSON_TYPE };
const WHEEL = makeWheel({ name: 'Tulgey_Wood', version: '1.0', requiresPython: '>=3.8', modules: {} });
const SDIST = makeSdist({ name: 'Tulgey_Wood', version: '1!0.1', modules: {} });

async function treeWith(t: TestContext, options: TreeOptions = {}) {
  const directory = withTempDir(t);
  const tree = await startStaticTree(directory, options);
  t.after(() => tree.close());
  const state = new IndexState({ now: () => 1_700_000_000_000, startSerial: 100 });
  const wheel = state.uploadFile(WHEEL, { version: 1 });
  const sdist = state.uploadFile(SDIST);
  state.yankRelease('tulgey-wood', '1!0.1', 'a "snark"');
  state.createProject('empty');
  tree.write(state);
  const get = (path: string, headers: Record<string, string> = JSON_ACCEPT) =>
    rawRequest(`${tree.url}${path}`, { headers });
  const json = async (path: string) => JSON.parse((await get(path)).body.toString());
  return { tree, directory, state, wheel, sdist, get, json };
}

test('bandersnatch’s page: a serial as string, a yank without its reason, no status, no provenance', async (t) => {
  const { json, wheel, sdist } = await treeWith(t);
  const time = '2023-11-14T22:13:20Z';
  assert.deepEqual(await json('/simple/tulgey-wood/'), {
    files: [
      {
        filename: SDIST.filename,
        hashes: { sha256: sdist.sha256 },
        'requires-python': '',
        size: sdist.sizeBytes,
        'upload-time': time,
        url: `../..${sdist.path}`,
        yanked: true,
      },
      {
        filename: WHEEL.filename,
        hashes: { sha256: wheel.sha256 },
        'requires-python': '>=3.8',
        size: wheel.sizeBytes,
        'upload-time': time,
        url: `../..${wheel.path}`,
        yanked: false,
        'core-metadata': { sha256: wheel.metadataSha256 },
      },
    ],
    meta: { 'api-version': '1.1', '_last-serial': '107' },
    name: 'tulgey-wood',
    versions: ['1!0.1', '1.0'],
  });
});

test('shadowmire’s page: the display name, both metadata keys, and the tool’s own files beside it', async (t) => {
  const { json, get, wheel, state, directory } = await treeWith(t, { flavour: 'shadowmire' });
  const page = await json('/simple/tulgey-wood/');
  assert.deepEqual([page.name, page.meta['_last-serial']], ['Tulgey_Wood', '107']);
  assert.deepEqual(page.files[1]['data-dist-info-metadata'], { sha256: wheel.metadataSha256 });
  assert.deepEqual(await json('/local.json'), { 'tulgey-wood': 107 });
  assert.equal((await get('/local.db.serial')).body.toString(), String(state.lastSerial));
  assert.equal((await json('/json/tulgey-wood')).last_serial, 107);
  assert.equal((await get('/pypi/tulgey-wood/json')).status, 404);
  assert.ok(lstatSync(join(directory, 'simple/tulgey-wood/index.html')).isSymbolicLink());
});

test('the list has one serial of its own and none for a project; what has no release is not in it', async (t) => {
  for (const flavour of ['bandersnatch', 'shadowmire'] as const) {
    const { json, get, state } = await treeWith(t, { flavour });
    assert.deepEqual(await json('/simple/'), {
      meta: { '_last-serial': state.lastSerial, 'api-version': '1.1' },
      projects: [{ name: 'tulgey-wood' }],
    });
    const html = (await get('/simple/', { accept: 'text/html' })).body.toString();
    assert.match(html, /<a href="tulgey-wood\/">tulgey-wood<\/a>/);
  }
});

test('HTML ends with the serial, and no answer has it in a header', async (t) => {
  const { tree, get } = await treeWith(t);
  const html = (await get('/simple/tulgey-wood/', { accept: 'text/html' })).body.toString();
  assert.match(html, /<title>Links for Tulgey_Wood<\/title>/);
  assert.match(html, /data-yanked="a &quot;snark&quot;">tulgey_wood-1!0\.1\.tar\.gz<\/a><br\/>\n/);
  assert.ok(html.endsWith('\n<!--SERIAL 107-->'));
  for (const path of ['/simple/', '/simple/tulgey-wood/'])
    assert.equal((await get(path)).headers['x-pypi-last-serial'], undefined);
  const call = await rawRequest(`${tree.url}/pypi`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
  });
  assert.equal(call.status, 405);
});

test('the type follows a pattern in Accept, whatever the weights', async (t) => {
  const { get } = await treeWith(t);
  const html = 'text/html; charset=utf-8';
  const cases: [accept: string, type: string][] = [
    [JSON_TYPE, JSON_TYPE],
    [`text/html, ${JSON_TYPE};q=0.01`, JSON_TYPE],
    [`${HTML_TYPE};q=0.2, text/html`, HTML_TYPE],
    ['text/html', html],
    ['*/*', html],
    ['application/vnd.pypi.simple.latest+json', html],
  ];
  for (const [accept, type] of cases)
    assert.equal((await get('/simple/tulgey-wood/', { accept })).headers['content-type'], type, accept);
});

test('a tree in HTML alone answers HTML to everyone', async (t) => {
  const { get, directory } = await treeWith(t, { formats: 'html' });
  const reply = await get('/simple/tulgey-wood/');
  assert.deepEqual([reply.status, reply.headers['content-type']], [200, 'text/html; charset=utf-8']);
  assert.ok(!existsSync(join(directory, 'simple/tulgey-wood/index.v1_json')));
});

test('links lead to the bytes, metadata stands beside, ranges work, what is not stored is 404', async (t) => {
  const { tree, json, get } = await treeWith(t, { stores: (filename) => filename !== SDIST.filename });
  const { files } = await json('/simple/tulgey-wood/');
  const [sdist, wheel] = files.map(
    ({ url }: { url: string }) => new URL(url, `${tree.url}/simple/tulgey-wood/`),
  );
  assert.deepEqual((await rawRequest(wheel.href)).body, WHEEL.bytes);
  assert.deepEqual((await rawRequest(`${wheel.href}.metadata`)).body, WHEEL.metadata);
  const part = await rawRequest(wheel.href, { headers: { range: 'bytes=10-' } });
  assert.deepEqual([part.status, part.body], [206, WHEEL.bytes.subarray(10)]);
  assert.equal((await rawRequest(sdist.href)).status, 404);
  const bare = await get('/simple/tulgey-wood');
  assert.deepEqual([bare.status, bare.headers['location']], [301, `${tree.url}/simple/tulgey-wood/`]);
  assert.equal((await get('/simple/Tulgey_Wood/')).status, 404);
});

test('pages are 304 by tag or exact date until they change; what did not change keeps its date', async (t) => {
  const { tree, state, get } = await treeWith(t);
  state.uploadFile(makeWheel({ name: 'snark', version: '1.0', modules: {} }));
  tree.write(state);
  const paths = ['/simple/', '/simple/tulgey-wood/', '/simple/snark/'];
  const before = new Map<string, Record<string, string>[]>();
  for (const path of paths) {
    const { etag = '', 'last-modified': modified = '' } = (await get(path)).headers;
    assert.match(etag, /^"[0-9a-f]+-[0-9a-f]+"$/);
    before.set(path, [{ 'if-none-match': etag }, { 'if-modified-since': modified }]);
    const later = new Date(Date.parse(modified) + 1000).toUTCString();
    assert.equal((await get(path, { ...JSON_ACCEPT, 'if-modified-since': later })).status, 200);
  }
  const statuses = async () => {
    const found: number[] = [];
    for (const path of paths)
      for (const condition of before.get(path) ?? [])
        found.push((await get(path, { ...JSON_ACCEPT, ...condition })).status);
    return found;
  };
  assert.deepEqual(await statuses(), [304, 304, 304, 304, 304, 304]);
  state.yankRelease('snark', '1.0');
  tree.write(state);
  assert.deepEqual(await statuses(), [200, 200, 304, 304, 200, 200]);
  assert.deepEqual(
    tree.requests.slice(-6).map(({ status }) => status),
    await statuses(),
  );
});

test('what is gone upstream leaves the tree, or stays as bandersnatch leaves it', async (t) => {
  for (const keepsRemoved of [false, true]) {
    const { tree, state, get, json } = await treeWith(t, { keepsRemoved, json: true });
    assert.equal((await get('/pypi/tulgey-wood/json')).headers['content-type'], 'application/json');
    state.removeProject('tulgey-wood');
    tree.write(state);
    const status = keepsRemoved ? 200 : 404;
    assert.equal((await get('/simple/tulgey-wood/')).status, status);
    assert.equal((await get('/pypi/tulgey-wood/json')).status, status);
    assert.equal((await json('/simple/')).projects.length, keepsRemoved ? 1 : 0);
  }
});

test('bandersnatch says when it last ran, in its own format', async (t) => {
  const { directory } = await treeWith(t);
  assert.match(readFileSync(join(directory, 'last-modified'), 'utf8'), /^\d{8}T\d{2}:\d{2}:\d{2}\n$/);
});

test('faults reach a tree, too', async (t) => {
  const { tree, get } = await treeWith(t);
  tree.failNext(500);
  tree.cutNext({ match: /tulgey/ });
  assert.equal((await get('/simple/')).status, 500);
  assert.equal((await get('/simple/tulgey-wood/')).complete, false);
  const storm = tree.notFoundStorm();
  assert.equal((await get('/simple/')).status, 404);
  storm.remove();
  assert.equal((await get('/simple/')).status, 200);
});
