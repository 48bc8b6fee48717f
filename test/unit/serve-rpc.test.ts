/**
 * Goal: XML-RPC is answered byte for byte as PyPI does, faults included, and no call can harm the server.
 * Method: a journal in memory behind a real socket; expected bytes as Python's xmlrpc.client writes them; then any body.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { isJubjubError, JubjubError } from '../../src/errors.ts';
import type { ServeEvent } from '../../src/serve/events.ts';
import { parseCall } from '../../src/serve/rpc-call.ts';
import { startServer } from '../../src/serve/server.ts';
import { readAnswer } from '../../src/upstream/xmlrpc.ts';
import { saysNoSuchMethod } from '../../src/upstream/xmlrpc-fault.ts';
import { intParam, type RawReply, rawRequest, rpcRequest } from '../support/raw-http.ts';
import { type JournalContent, type MemoryJournal, memoryJournal } from '../support/serve-journal.ts';
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

interface Served {
  readonly url: string;
  readonly journal: MemoryJournal;
  readonly events: ServeEvent[];
}

async function serving(t: TestContext, content: JournalContent | null = CONTENT): Promise<Served> {
  const journal = memoryJournal(content);
  const events: ServeEvent[] = [];
  const emit = (event: ServeEvent) => events.push(event);
  const server = await startServer({ docroot: withTempDir(t), host: '127.0.0.1', port: 0, journal, emit });
  const drop = new AbortController();
  drop.abort();
  t.after(() => server.close(drop.signal));
  return { url: server.url, journal, events };
}

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<RawReply> {
  return rawRequest(url, { method: 'POST', headers: { 'content-type': 'text/xml', ...headers }, body });
}

const call = (method: string, params = '') =>
  `<?xml version='1.0'?>\n<methodCall>\n<methodName>${method}</methodName>\n<params>\n${params}</params>\n</methodCall>\n`;

const SERIAL = call('changelog_last_serial');

test('the three methods answer as Python writes it', async (t) => {
  const { url, journal } = await serving(t);
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
  const { url } = await serving(t);
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
  const { url } = await serving(t);
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

const WRONG_TYPE = 'client error; serial: Input should be a valid integer';
const value = (xml: string) => `<param><value>${xml}</value></param>`;

const FAULTS: readonly (readonly [what: string, body: string, code: number, text: string | RegExp])[] = [
  ['an unknown method', call('system.listMethods'), -32601, 'server error; requested method not found'],
  ['a name from a prototype', call('constructor'), -32601, 'server error; requested method not found'],
  ['no serial', call('changelog_since_serial'), -32602, 'client error; serial: Missing required argument'],
  ['a string', call('changelog_since_serial', value('<string>5</string>')), -32602, WRONG_TYPE],
  ['text without a type', call('changelog_since_serial', value('5')), -32602, WRONG_TYPE],
  ['a double', call('changelog_since_serial', value('<double>5.0</double>')), -32602, WRONG_TYPE],
  ['a boolean', call('changelog_since_serial', value('<boolean>1</boolean>')), -32602, WRONG_TYPE],
  ['nil', call('changelog_since_serial', value('<nil/>')), -32602, WRONG_TYPE],
  [
    'an array',
    call('changelog_since_serial', value('<array><data><value><int>5</int></value></data></array>')),
    -32602,
    WRONG_TYPE,
  ],
  [
    'one parameter too many',
    call('changelog_since_serial', intParam(1) + intParam(2)),
    -32602,
    'client error; 1: Unexpected positional argument',
  ],
  [
    'two errors at once',
    call('changelog_since_serial', value('x') + intParam(2)),
    -32602,
    `${WRONG_TYPE}; 1: Unexpected positional argument`,
  ],
  [
    'a parameter where none is taken',
    call('changelog_last_serial', intParam(1)),
    -32602,
    'client error; 0: Unexpected positional argument',
  ],
  [
    'a deprecated method',
    call('list_packages'),
    -32500,
    'RuntimeError: PyPI no longer supports the XMLRPC list_packages method. Use Simple API instead. ' +
      'See https://warehouse.pypa.io/api-reference/xml-rpc.html#deprecated-methods for more information.',
  ],
  [
    'the old changelog',
    call('changelog', intParam(1)),
    -32500,
    'ValueError: The changelog method has been deprecated, use changelog_since_serial instead.',
  ],
  ['pip search', call('search'), -32500, /^RuntimeError: PyPI no longer supports 'pip search'/],
  ['several calls in one', call('system.multicall'), -32500, /^ValueError: MultiCall requests/],
];

const NOT_WELL_FORMED: readonly (readonly [what: string, body: string])[] = [
  ['nothing', ''],
  ['no XML', 'hello'],
  ['another document', '<methodResponse></methodResponse>'],
  ['a call without a method', '<methodCall><params></params></methodCall>'],
  ['a call that is cut', call('changelog_last_serial').slice(0, -3)],
  ['letters in an int', call('changelog_since_serial', value('<int>x</int>'))],
  ['two types in a value', call('changelog_since_serial', value('<int>1</int><int>2</int>'))],
  ['an entity', `<!DOCTYPE x [<!ENTITY a "b">]>${call('changelog_last_serial')}`],
  ['a comment', call('changelog_last_serial', '<!-- -->')],
  ['CDATA', call('<![CDATA[changelog_last_serial]]>')],
  ['nested without end', call('changelog_since_serial', value('<array><data><value>'.repeat(500)))],
  ['bytes that are no text', '\0\u0001\ufffe'],
];

test('every other call gets the fault that PyPI gives it, with 200, and never opens the journal', async (t) => {
  const { url, journal, events } = await serving(t);
  const malformed = NOT_WELL_FORMED.map(
    ([what, body]) => [what, body, -32700, 'parse error; not well formed'] as const,
  );
  for (const [what, body, code, text] of [...FAULTS, ...malformed]) {
    const reply = await post(`${url}/pypi`, body);
    assert.equal(reply.status, 200, what);
    if (typeof text === 'string') assert.equal(reply.body.toString(), faultXml(code, text), what);
    else assert.match(/<string>(.*)<\/string>/.exec(reply.body.toString())?.[1] ?? '', text, what);
  }
  assert.equal(journal.opened, 0);
  assert.deepEqual(
    events.filter(({ type }) => type === 'failed'),
    [],
  );
});

test('a mirror without serials says so, and whether it is worth asking again', async (t) => {
  const fault = async (content: JournalContent | null) => {
    const { url, journal } = await serving(t, content);
    const reply = await rpcRequest(url, 'changelog_last_serial');
    assert.equal(journal.openViews, 0);
    assert.match(reply.body.toString(), /<name>faultCode<\/name>\n<value><int>-32500<\/int>/);
    try {
      return readAnswer(reply.body.toString(), { what: 'changelog_last_serial', url });
    } catch (error) {
      assert.ok(isJubjubError(error, 'UPSTREAM_FAULT'));
      return [error.facts.received, saysNoSuchMethod(error) ? 'for good' : 'for now'];
    }
  };
  assert.deepEqual(await fault(null), [
    'fault -32500: RuntimeError: this mirror is empty: its first sync has not begun.',
    'for now',
  ]);
  assert.deepEqual(await fault({ serial: null }), [
    'fault -32500: RuntimeError: this mirror has no serial yet: its first sync is not finished.',
    'for now',
  ]);
  // A jubjub that chooses for itself goes on without serials.
  assert.deepEqual(await fault({ serial: 0, hasSerials: false }), [
    'fault -32500: RuntimeError: the changelog_last_serial method is not supported by this mirror: ' +
      'its upstream gives no serials. Use Simple API instead.',
    'for good',
  ]);
});

test('a body over the limit is 413, announced or not, and the connection goes on', async (t) => {
  const { url } = await serving(t);
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

test('any text at all is a call or none, and never an error', () => {
  const piece = fc.constantFrom(
    ...[
      '<methodCall>',
      '</methodCall>',
      '<methodName>',
      '</methodName>',
      'changelog_last_serial',
      '<params>',
    ],
    ...[
      '</params>',
      '<param>',
      '</param>',
      '<value>',
      '</value>',
      '<int>',
      '</int>',
      '1',
      '-',
      '&a;',
      '<!',
      '<?',
      '?>',
    ],
    ...['<x y="z">', '</x>', '<__proto__>', '</__proto__>', ' ', '\n', '<nil/>', '\0'],
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, (body) => {
      const read = parseCall(body);
      assert.ok(read === null || typeof read.method === 'string');
    }),
    { numRuns: 2_000 },
  );
});
