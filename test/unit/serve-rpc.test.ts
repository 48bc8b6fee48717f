/**
 * Goal: XML-RPC is answered byte for byte as PyPI does, and no client and no broken journal can harm the server.
 * Method: a journal in memory behind a real socket; expected bytes as Python's xmlrpc.client writes them.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { JubjubError } from '../../src/errors.ts';
import { startServer } from '../../src/serve/server.ts';
import { intParam, rawRequest, rpcRequest } from '../support/raw-http.ts';
import type { JournalContent } from '../support/serve-journal.ts';
import { call, post, serving } from '../support/serve-rpc.ts';
import { withTempDir } from '../support/temp.ts';
import { faultXml, valueXml } from '../support/upstream-xml.ts';

const PROLOG = "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n";
const EPILOG = '</param>\n</params>\n</methodResponse>\n';

const CONTENT: JournalContent = {
  serial: 9,
  projects: [
    [
      { displayName: 'Foo_Bar', serial: 7 },
      { displayName: 'b', serial: 8 },
    ],
    [{ displayName: 'c', serial: 9 }],
  ],
  rows: [
    [{ name: 'Foo_Bar', version: null, timestampS: 1_700_000_000, action: 'update', serial: 7 }],
    [{ name: '', version: '', timestampS: 1, action: 'a & <b> "q"', serial: 8 }],
  ],
};

/** As `xmlrpc.client.dumps(…, methodresponse=True, allow_none=True)` of Python 3.11 writes them. */
const ROWS_XML = `${PROLOG}<value><array><data>
<value><array><data>
<value><string>Foo_Bar</string></value>
<value><nil/></value><value><int>1700000000</int></value>
<value><string>update</string></value>
<value><int>7</int></value>
</data></array></value>
<value><array><data>
<value><string></string></value>
<value><string></string></value>
<value><int>1</int></value>
<value><string>a &amp; &lt;b&gt; "q"</string></value>
<value><int>8</int></value>
</data></array></value>
</data></array></value>
${EPILOG}`;
const NO_ROWS_XML = `${PROLOG}<value><array><data>\n</data></array></value>\n${EPILOG}`;
const PROJECTS_XML = `${PROLOG}<value><struct>
<member>
<name>Foo_Bar</name>
<value><int>7</int></value>
</member>
<member>
<name>b</name>
<value><int>8</int></value>
</member>
<member>
<name>c</name>
<value><int>9</int></value>
</member>
</struct></value>
${EPILOG}`;

const SERIAL = call('changelog_last_serial');

test('the three methods answer as Python writes it', async (t) => {
  const { url, journal } = await serving(t, CONTENT);
  for (const [method, params, xml] of [
    ['changelog_last_serial', '', valueXml(9)],
    ['changelog_since_serial', intParam(0), ROWS_XML],
    ['changelog_since_serial', '<param><value><i8>-5</i8></value></param>', ROWS_XML],
    ['changelog_since_serial', intParam(8), NO_ROWS_XML],
    ['changelog_since_serial', '<param><value><int>99999999999999999999</int></value></param>', NO_ROWS_XML],
    ['list_packages_with_serial', '', PROJECTS_XML],
  ] as const) {
    const reply = await rpcRequest(url, method, params);
    assert.equal(reply.body.toString(), xml, `${method} ${params}`);
    assert.equal(reply.status, 200);
  }
  assert.equal(journal.openViews, 0);
});

test('headers are PyPI’s, at each of its three addresses', async (t) => {
  const { url } = await serving(t, CONTENT);
  for (const path of ['/pypi', '/pypi/', '/RPC2']) {
    const { status, headers, body } = await post(url + path, SERIAL, {
      'content-type': 'text/xml; charset=utf-8',
    });
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/xml; charset=UTF-8');
    assert.equal(headers['vary'], 'Accept-Encoding');
    assert.equal(headers['content-length'], String(body.length));
    for (const absent of ['etag', 'cache-control', 'x-pypi-last-serial', 'content-encoding'])
      assert.equal(headers[absent], undefined, absent);
  }
});

test('short and long answers are compressed when the client asks for it', async (t) => {
  const { url } = await serving(t, CONTENT);
  for (const [body, xml] of [
    [SERIAL, valueXml(9)],
    [call('list_packages_with_serial'), PROJECTS_XML],
  ] as const) {
    const reply = await post(`${url}/pypi`, body, { 'accept-encoding': 'gzip' });
    assert.equal(reply.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(reply.body).toString(), xml);
    const refused = await post(`${url}/pypi`, body, { 'accept-encoding': 'gzip;q=0' });
    assert.equal(refused.headers['content-encoding'], undefined);
    assert.equal(refused.body.toString(), xml);
  }
});

test('a body over the limit is 413, announced or not, and the connection goes on', async (t) => {
  const { url } = await serving(t, CONTENT);
  const long = SERIAL.padEnd(64 * 1024 + 1, ' ');
  assert.equal((await post(`${url}/pypi`, long)).status, 413);
  assert.equal((await post(`${url}/pypi`, long.slice(0, -1))).status, 200);
  const { hostname, port } = new URL(url);
  const outgoing = request({
    hostname,
    port,
    method: 'POST',
    path: '/pypi',
    headers: { 'content-type': 'text/xml' },
  });
  for (let at = 0; at < 5; at++) outgoing.write(SERIAL.padEnd(16 * 1024, ' '));
  outgoing.end();
  const [incoming] = await once(outgoing, 'response');
  assert.equal(incoming.statusCode, 413);
  incoming.resume();
});

test('a journal that cannot be read is a fault that tells nothing, and an event that tells all', async (t) => {
  const error = new JubjubError('CATALOGUE_UNREADABLE', 'the catalogue failed: secret');
  const { url, events } = await serving(t, { failure: { when: 'opened', error } });
  const reply = await rpcRequest(url, 'changelog_last_serial');
  assert.equal(reply.body.toString(), faultXml(-32500, 'application error'));
  const failed = events.find((event) => event.type === 'failed');
  assert.equal(failed?.type === 'failed' && failed.error, error);
});

test('a list that breaks off midway breaks the connection, and does not pass for whole', async (t) => {
  const error = new JubjubError('STORE_IO', 'the disk is gone');
  const { url, journal, events } = await serving(t, { ...CONTENT, failure: { when: 'behind', error } });
  const reply = await rpcRequest(url, 'list_packages_with_serial').catch(() => null);
  assert.ok(reply === null || !reply.complete);
  while (!events.some(({ type }) => type === 'failed')) await nextTurn();
  assert.equal(journal.openViews, 0);
});

test('a client that leaves in the middle of a list leaves nothing open', async (t) => {
  const page = Array.from({ length: 1_000 }, (_, at) => ({ displayName: `project-${at}`, serial: at }));
  const { url, journal, events } = await serving(t, {
    projects: Array(2_000).fill(page),
    gate: () => nextTurn(),
  });
  const request = {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body: call('list_packages_with_serial'),
  };
  const reply = await rawRequest(`${url}/pypi`, { ...request, hangUpAfterBytes: 100_000 });
  assert.equal(reply.complete, false);
  while (journal.openViews > 0) await nextTurn();
  assert.deepEqual(
    events.filter(({ type }) => type === 'failed'),
    [],
  );
});

test('more calls at a time than the limit are asked to wait, in words that PyPI’s clients know', async (t) => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const { url, journal } = await serving(t, { ...CONTENT, gate: () => opened });
  const waiting = Array.from({ length: 16 }, () => rpcRequest(url, 'list_packages_with_serial'));
  while (journal.openViews < 16) await nextTurn();
  const refused = await rpcRequest(url, 'changelog_last_serial');
  assert.match(refused.body.toString(), /HTTPTooManyRequests: .*Limit may reset in 5 seconds\./);
  open();
  for (const reply of await Promise.all(waiting)) assert.equal(reply.body.toString(), PROJECTS_XML);
  assert.equal((await rpcRequest(url, 'changelog_last_serial')).body.toString(), valueXml(9));
});

test('without a journal there are no calls, as on any static server', async (t) => {
  const server = await startServer({ docroot: withTempDir(t), host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  assert.equal((await rpcRequest(server.url, 'changelog_last_serial')).status, 405);
});
