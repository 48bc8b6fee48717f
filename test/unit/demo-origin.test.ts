/**
 * Goal: the built-in upstream answers over HTTP as PyPI's application does (protocol §1.1 to §1.3, §2.1 to §2.3, §4.2, §4.5).
 * Method: raw requests over loopback against a small state.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type RunningServer, startOrigin } from '../../src/demo/http-origin.ts';
import { IndexState } from '../../src/demo/index-state.ts';
import { intParam, rawRequest, rpcRequest } from '../support/raw-http.ts';
import { makeWheel } from '../support/wheels.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const state = new IndexState({ now: () => 1_700_000_000_000, startSerial: 100 });
const wheel = makeWheel({
  name: 'Tulgey_Wood',
  version: '1.0',
  modules: { 'tulgey_wood.py': 'X = 1\n'.repeat(100) },
});
const file = state.uploadFile(wheel, { version: 1, attestation_bundles: [] });
const plain = state.uploadFile(makeWheel({ name: 'Tulgey_Wood', version: '1.1', modules: {} }));
let server: RunningServer;

before(async () => {
  server = await startOrigin(state, { changelogRowsMax: 2 });
});
after(() => server.close());

function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return rawRequest(`${server.url}${path}`, { headers, method });
}

async function rpcText(method: string, params = ''): Promise<string> {
  const reply = await rpcRequest(server.url, method, params);
  assert.equal(reply.status, 200);
  assert.equal(reply.headers['content-type'], 'text/xml; charset=UTF-8');
  return reply.body.toString();
}

test('the type of a page follows Accept, and nothing is ever refused', async () => {
  const cases: [accept: string | null, type: string][] = [
    [JSON_TYPE, JSON_TYPE],
    [null, 'text/html; charset=UTF-8'],
    ['*/*', 'text/html; charset=UTF-8'],
    ['application/json', 'text/html; charset=UTF-8'],
    ['application/*', 'application/vnd.pypi.simple.v1+html'],
    ['application/vnd.pypi.simple.latest+json', JSON_TYPE],
    [`${JSON_TYPE};q=0.1, text/html`, 'text/html; charset=UTF-8'],
    [`${JSON_TYPE}, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01`, JSON_TYPE],
  ];
  for (const [accept, type] of cases) {
    const reply = await get('/simple/tulgey-wood/', accept === null ? {} : { accept });
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], type, `Accept: ${accept}`);
  }
});

test('a page names its serial, its lifetime, and links to the server itself', async () => {
  const reply = await get('/simple/tulgey-wood/', { accept: JSON_TYPE });
  assert.equal(reply.headers['x-pypi-last-serial'], '106');
  assert.equal(reply.headers['cache-control'], 'max-age=600, public');
  assert.equal(reply.headers['vary'], 'Accept, Accept-Encoding');
  assert.equal(reply.headers['last-modified'], undefined);
  assert.match(reply.body.toString(), new RegExp(`"url":"${server.url}/packages/`));
  assert.equal((await get('/simple/', { accept: JSON_TYPE })).headers['x-pypi-last-serial'], '106');
});

test('each encoding has its own validator, and 304 answers the right one only', async () => {
  const accept = { accept: JSON_TYPE };
  const gzip = { ...accept, 'accept-encoding': 'gzip' };
  const identity = await get('/simple/tulgey-wood/', accept);
  const zipped = await get('/simple/tulgey-wood/', gzip);
  assert.equal(zipped.headers['content-encoding'], 'gzip');
  assert.deepEqual(gunzipSync(zipped.body), identity.body);
  const [plainTag, gzipTag] = [identity.headers['etag'] ?? '', zipped.headers['etag'] ?? ''];
  assert.match(plainTag, /^"[A-Za-z0-9+/]{22}"$/);
  assert.notEqual(plainTag, gzipTag);
  const again = await get('/simple/tulgey-wood/', { ...gzip, 'if-none-match': gzipTag });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
  assert.equal(again.headers['etag'], gzipTag);
  assert.equal((await get('/simple/tulgey-wood/', { ...gzip, 'if-none-match': plainTag })).status, 200);
});

test('names are redirected to their normal form, and paths to their slash', async () => {
  const spelled = await get('/simple/Tulgey_Wood/');
  assert.deepEqual([spelled.status, spelled.headers['location']], [301, '/simple/tulgey-wood/']);
  const bare = await get('/simple/tulgey-wood');
  assert.deepEqual([bare.status, bare.headers['location']], [301, '/simple/tulgey-wood/']);
  assert.equal((await get('/simple')).headers['location'], '/simple/');
});

test('an unknown project is a 404 in plain text, with no serial', async () => {
  const reply = await get('/simple/boojum/', { accept: JSON_TYPE });
  assert.equal(reply.status, 404);
  assert.equal(reply.headers['content-type'], 'text/plain; charset=UTF-8');
  assert.equal(reply.headers['x-pypi-last-serial'], undefined);
  assert.equal(reply.body.toString(), '404 Not Found');
});

test('files come whole whatever the condition, or as the range asked for', async () => {
  const whole = await get(file.path, { 'if-none-match': '*', 'accept-encoding': 'gzip' });
  assert.deepEqual([whole.status, whole.headers['content-encoding']], [200, undefined]);
  assert.deepEqual(whole.body, wheel.bytes);
  const size = wheel.bytes.length;
  for (const [range, first, last] of [
    ['bytes=10-', 10, size - 1],
    ['bytes=10-19', 10, 19],
    ['bytes=-5', size - 5, size - 1],
    ['bytes=0-999999', 0, size - 1],
  ] as const) {
    const part = await get(file.path, { range });
    assert.equal(part.status, 206);
    assert.equal(part.headers['content-range'], `bytes ${first}-${last}/${size}`);
    assert.deepEqual(part.body, wheel.bytes.subarray(first, last + 1));
  }
  assert.equal((await get(file.path, { range: `bytes=${size}-` })).status, 416);
  const head = await get(file.path, {}, 'HEAD');
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, String(size), 0]);
});

test('metadata stands beside its wheel, what is not there is a 404 of the storage', async () => {
  assert.deepEqual((await get(`${file.path}.metadata`)).body, wheel.metadata);
  const zipped = await get(`${file.path}.metadata`, { 'accept-encoding': 'gzip' });
  assert.deepEqual(gunzipSync(zipped.body), wheel.metadata);
  const missing = await get('/packages/aa/bb/cc/x.whl');
  assert.deepEqual([missing.status, missing.headers['content-type']], [404, 'application/xml']);
});

test('the integrity API has what was uploaded, and a 404 in JSON for the rest', async () => {
  const attested = await get(`/integrity/tulgey-wood/1.0/${wheel.filename}/provenance`);
  assert.equal(attested.headers['content-type'], 'application/vnd.pypi.integrity.v1+json');
  assert.equal(attested.body.toString(), '{"attestation_bundles":[],"version":1}');
  const missing = await get(`/integrity/tulgey-wood/1.1/${plain.filename}/provenance`);
  assert.equal(missing.status, 404);
  assert.deepEqual(JSON.parse(missing.body.toString()), {
    message: `No provenance available for ${plain.filename}`,
  });
});

test('the changelog is paged by its cap without saying so', async () => {
  const serials = async (since: number) =>
    [...(await rpcText('changelog_since_serial', intParam(since))).matchAll(/<int>(\d{3})<\/int>/g)].map(
      (m) => m[1],
    );
  assert.match(await rpcText('changelog_last_serial'), /<value><int>106<\/int><\/value>/);
  assert.deepEqual(await serials(0), ['101', '102']);
  assert.deepEqual(await serials(104), ['105', '106']);
  assert.deepEqual(await serials(106), []);
  assert.deepEqual(await serials(2 ** 31 - 1), []);
});

test('the list of packages has display names in the order of jsonb', async () => {
  const other = new IndexState({ now: () => 0 });
  for (const name of ['snark', 'Boojum', 'a']) other.createProject(name);
  const origin = await startOrigin(other);
  const xml = (await rpcRequest(origin.url, 'list_packages_with_serial')).body.toString();
  await origin.close();
  assert.deepEqual(
    [...xml.matchAll(/<name>(\w+)<\/name>/g)].map((m) => m[1]),
    ['a', 'snark', 'Boojum'],
  );
});

test('everything else over XML-RPC is a fault with status 200', async () => {
  const string = '<param><value><string>17</string></value></param>';
  const cases: [method: string, params: string, code: number, message: RegExp][] = [
    ['list_packages', '', -32500, /^RuntimeError: PyPI no longer supports the XMLRPC list_packages method\./],
    ['changelog', '', -32500, /use changelog_since_serial instead\.$/],
    ['toString', '', -32601, /^server error; requested method not found$/],
    ['changelog_since_serial', string, -32602, /^client error; serial: Input should be a valid integer$/],
    ['changelog_since_serial', '', -32602, /^client error; serial: Missing required argument$/],
  ];
  for (const [method, params, code, message] of cases) {
    const xml = await rpcText(method, params);
    assert.ok(xml.includes(`<name>faultCode</name>\n<value><int>${code}</int></value>`), xml);
    assert.match(/<string>([^<]*)<\/string>/.exec(xml)?.[1] ?? '', message);
  }
  const broken = await rawRequest(`${server.url}/RPC2`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8' },
    body: '<methodCall><methodName>changelog_last_serial',
  });
  assert.match(broken.body.toString(), /parse error; not well formed/);
});

test('what is no XML by its type is no XML-RPC', async () => {
  const reply = await rawRequest(`${server.url}/pypi`, {
    method: 'POST',
    headers: { 'content-type': 'application/xml' },
    body: '<methodCall><methodName>changelog_last_serial</methodName></methodCall>',
  });
  assert.equal(reply.status, 404);
});
