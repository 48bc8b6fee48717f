/**
 * Goal: each fault of the simulated upstream does what its name says, as often as asked, and a gate holds until released.
 * Method: raw requests over loopback, one fault a test.
 */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { rawRequest, rpcRequest } from '../support/raw-http.ts';
import { wallClock } from '../support/sim/clock.ts';
import type { Fault } from '../support/sim/faults.ts';
import { type SimOptions, startSim } from '../support/sim/sim.ts';
import { makeWheel } from '../support/wheels.ts';

const JSON_ACCEPT = { accept: 'application/vnd.pypi.simple.v1+json' };
const PAGE = '/simple/vorpal/';
const WHEEL = makeWheel({ name: 'vorpal', version: '1.0', modules: { 'vorpal.py': 'X = 1\n' } });

async function simWith(t: TestContext, options: SimOptions = {}) {
  const sim = await startSim({ sockets: true, ...options });
  t.after(() => sim.close());
  const file = sim.state.uploadFile(WHEEL);
  const get = (path = file.path, headers: Record<string, string> = {}) =>
    rawRequest(`${path.startsWith('/packages') ? sim.filesUrl : sim.url}${path}`, { headers });
  const fail = (match: RegExp, fault: Fault) => sim.faults.add({ match, fault, times: 1 });
  return { sim, file, get, fail };
}

test('without faults the simulator is honest, and remembers what it was asked', async (t) => {
  const { sim, get, file } = await simWith(t);
  assert.deepEqual((await get()).body, WHEEL.bytes);
  assert.equal((await get(PAGE, JSON_ACCEPT)).status, 200);
  await rpcRequest(sim.url, 'changelog_last_serial');
  assert.deepEqual(
    sim.requests.map(({ line, status, fault }) => [line, status, fault]),
    [
      [`GET ${file.path}`, 200, null],
      [`GET ${PAGE}`, 200, null],
      ['POST /pypi changelog_last_serial', 200, null],
    ],
  );
  assert.equal(sim.requests[1]?.headers['accept'], JSON_ACCEPT.accept);
});

test('a fault is done as often as told and to what matches only', async (t) => {
  const { sim, get } = await simWith(t);
  const handle = sim.faults.add({
    match: (one) => one.path === PAGE,
    times: 2,
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '7' }, body: 'slow down' },
  });
  assert.equal((await get()).status, 200);
  const limited = await get(PAGE);
  assert.deepEqual(
    [limited.status, limited.headers['retry-after'], limited.body.toString()],
    [429, '7', 'slow down'],
  );
  assert.equal((await get(PAGE)).status, 429);
  assert.equal((await get(PAGE)).status, 200);
  assert.equal(handle.hits, 2);
  const forever = sim.faults.add({ match: /GET \/simple\//, fault: { kind: 'missing' } });
  assert.equal((await get(PAGE)).status, 404);
  forever.remove();
  assert.equal((await get(PAGE)).status, 200);
});

test('html-503 is HTML, to XML-RPC as well', async (t) => {
  const { sim, fail } = await simWith(t);
  fail(/POST/, { kind: 'html-503' });
  const reply = await rpcRequest(sim.url, 'changelog_last_serial');
  assert.equal(reply.status, 503);
  assert.match(reply.headers['content-type'] ?? '', /^text\/html/);
});

test('disconnect resets before any answer', async (t) => {
  const { sim, get, fail } = await simWith(t);
  fail(/packages/, { kind: 'disconnect' });
  await assert.rejects(get(), { code: 'ECONNRESET' });
  assert.deepEqual([sim.requests[0]?.status, sim.requests[0]?.fault], [null, 'disconnect']);
});

test('truncate announces everything and breaks off', async (t) => {
  const { get, fail } = await simWith(t);
  fail(/packages/, { kind: 'truncate', afterBytes: 100 });
  const reply = await get();
  assert.equal(reply.headers['content-length'], String(WHEEL.bytes.length));
  assert.equal(reply.complete, false);
  assert.deepEqual(reply.body, WHEEL.bytes.subarray(0, 100));
});

test('stall sends nothing more, and nothing at all when told so', async (t) => {
  const { sim, file, fail } = await simWith(t);
  fail(/packages/, { kind: 'stall', afterBytes: 10 });
  const reply = await rawRequest(`${sim.url}${file.path}`, { hangUpAfterBytes: 10 });
  assert.deepEqual([reply.status, reply.body.length, reply.complete], [200, 10, false]);
  fail(/packages/, { kind: 'stall' });
  const arrived = sim.faults.gate(/packages/);
  const outgoing = request(`${sim.url}${file.path}`, { agent: false });
  let answered = false;
  const ended = new Promise<void>((resolve) => outgoing.on('error', () => resolve()));
  outgoing.on('response', () => {
    answered = true;
  });
  outgoing.end();
  await arrived.reached;
  arrived.release();
  // Another request, begun and answered later, shows that the silent one was passed over.
  assert.equal((await rawRequest(`${sim.url}${PAGE}`)).status, 200);
  assert.equal(answered, false);
  outgoing.destroy(new Error('enough'));
  await ended;
});

test('corrupt changes one byte, short leaves the rest away and says so', async (t) => {
  const { get, fail } = await simWith(t);
  fail(/packages/, { kind: 'corrupt', atByte: 3 });
  const corrupt = (await get()).body;
  const different = [...corrupt.keys()].filter((at) => corrupt[at] !== WHEEL.bytes[at]);
  assert.deepEqual([corrupt.length, different], [WHEEL.bytes.length, [3]]);
  fail(/packages/, { kind: 'short', bytes: 5 });
  const short = await get();
  assert.deepEqual([short.headers['content-length'], short.complete], ['5', true]);
});

test('endless goes on for as long as somebody reads, plain and gzipped', async (t) => {
  const { sim, fail } = await simWith(t);
  fail(/simple/, { kind: 'endless' });
  const bytes = 4 * 1024 * 1024;
  const plain = await rawRequest(`${sim.url}${PAGE}`, { headers: JSON_ACCEPT, hangUpAfterBytes: bytes });
  assert.ok(plain.body.length >= bytes && !plain.complete);
  assert.match(plain.body.subarray(0, 20).toString(), /^\{"files"/);
  fail(/simple/, { kind: 'endless', gzip: true });
  const zipped = await rawRequest(`${sim.url}${PAGE}`, { headers: JSON_ACCEPT, hangUpAfterBytes: 4096 });
  assert.equal(zipped.headers['content-encoding'], 'gzip');
  assert.equal(zipped.complete, false);
});

test('foreign-host leads links elsewhere, in either encoding, with a validator of its own', async (t) => {
  const { get, fail } = await simWith(t);
  for (const headers of [JSON_ACCEPT, { ...JSON_ACCEPT, 'accept-encoding': 'gzip' }]) {
    const honest = await get(PAGE, headers);
    const etag = honest.headers['etag'] ?? '';
    fail(/simple/, { kind: 'foreign-host', origin: 'http://evil.example' });
    const reply = await get(PAGE, { ...headers, 'if-none-match': etag });
    const zipped = reply.headers['content-encoding'] === 'gzip';
    assert.equal(reply.status, 200);
    assert.match(
      (zipped ? gunzipSync(reply.body) : reply.body).toString(),
      /"http:\/\/evil\.example\/packages\//,
    );
    assert.notEqual(reply.headers['etag'], etag);
  }
});

test('rewrite changes the text, replace puts another body, redirect leads away', async (t) => {
  const { get, fail } = await simWith(t);
  fail(/simple/, { kind: 'rewrite', rewrite: (text) => text.replace('"1.4"', '"2.0"') });
  assert.match((await get(PAGE, JSON_ACCEPT)).body.toString(), /"api-version":"2\.0"/);
  fail(/simple/, { kind: 'replace', body: '<html>', contentType: 'text/html' });
  const replaced = await get(PAGE, JSON_ACCEPT);
  assert.deepEqual([replaced.headers['content-type'], replaced.body.toString()], ['text/html', '<html>']);
  fail(/simple/, { kind: 'redirect', to: 'http://elsewhere.example/' });
  const redirect = await get(PAGE);
  assert.deepEqual([redirect.status, redirect.headers['location']], [302, 'http://elsewhere.example/']);
});

test('missing has the shape of its place', async (t) => {
  const { sim, get } = await simWith(t);
  sim.faults.add({ match: /./, fault: { kind: 'missing' } });
  assert.equal((await get()).headers['content-type'], 'application/xml');
  assert.equal((await get(PAGE)).body.toString(), '404 Not Found');
});

test('faults of XML-RPC come with status 200', async (t) => {
  const { sim, fail } = await simWith(t);
  fail(/changelog_last_serial/, { kind: 'rate-limited', waitS: 3 });
  const limited = await rpcRequest(sim.url, 'changelog_last_serial');
  assert.equal(limited.status, 200);
  assert.match(
    limited.body.toString(),
    /<int>-32500<\/int>[\s\S]*HTTPTooManyRequests: .* Limit may reset in 3 seconds\./,
  );
  fail(/changelog_last_serial/, {
    kind: 'rpc-fault',
    code: -32403,
    message: 'server error; service unavailable',
  });
  assert.match((await rpcRequest(sim.url, 'changelog_last_serial')).body.toString(), /<int>-32403<\/int>/);
});

test('a gate holds the answer until it is released', async (t) => {
  const { sim, file, get } = await simWith(t);
  const gate = sim.faults.gate(/packages/);
  let answered = false;
  const pending = get().then((reply) => {
    answered = true;
    return reply;
  });
  assert.equal((await gate.reached).path, file.path);
  assert.equal((await get(PAGE)).status, 200);
  assert.equal(answered, false);
  gate.release();
  assert.deepEqual((await pending).body, WHEEL.bytes);
  assert.deepEqual((await get()).body, WHEEL.bytes);
});

test('a gate inside a body lets the first bytes out, the rest after release', async (t) => {
  const { sim, file } = await simWith(t);
  const gate = sim.faults.gate(/packages/, { afterBytes: 10 });
  const outgoing = request(`${sim.url}${file.path}`, { agent: false });
  const chunks: Buffer[] = [];
  let received = () => {};
  const first = new Promise<void>((resolve) => {
    received = resolve;
  });
  const ended = new Promise<void>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        received();
      });
      incoming.on('end', resolve);
    });
  });
  outgoing.end();
  await gate.reached;
  await first;
  assert.equal(Buffer.concat(chunks).length, 10);
  gate.release();
  await ended;
  assert.deepEqual(Buffer.concat(chunks), WHEEL.bytes);
});

test('files may have a host of their own, which pages link to', async (t) => {
  const { sim, get } = await simWith(t, { separateFileHost: true, clock: wallClock() });
  assert.notEqual(sim.url, sim.filesUrl);
  assert.ok((await get(PAGE, JSON_ACCEPT)).body.includes(`"url":"${sim.filesUrl}/packages/`));
  assert.deepEqual((await get()).body, WHEEL.bytes);
  assert.deepEqual(
    sim.requests.map((entry) => entry.request.host),
    ['site', 'files'],
  );
});
