/**
 * Goal: the server keeps its answers, its validators and its manners on a real socket.
 * Method: a table of requests over a docroot written by hand; then one test for each thing that takes two steps.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTick } from 'node:timers/promises';
import { isJubjubError } from '../../src/errors.ts';
import type { ServeEvent } from '../../src/serve/events.ts';
import { FactsMemory } from '../../src/serve/facts.ts';
import { handle } from '../../src/serve/handler.ts';
import { KeptDocuments } from '../../src/serve/kept.ts';
import { startServer } from '../../src/serve/server.ts';
import { type BuiltDocroot, detailJson } from '../support/docroot.ts';
import { type Answered, ask } from '../support/http-ask.ts';
import { buildTableDocroot, type ServeCase, TULGEY, V1_JSON, WHEEL } from '../support/serve-docroot.ts';
import { serveTable } from '../support/serve-table.ts';
import { withTempDir } from '../support/temp.ts';

const PAGE = '/simple/tulgey-wood/';

interface Served {
  readonly url: string;
  readonly docroot: BuiltDocroot;
  readonly parent: string;
  readonly events: ServeEvent[];
}

async function serving(t: TestContext): Promise<Served> {
  const parent = withTempDir(t);
  const docroot = buildTableDocroot(parent);
  const events: ServeEvent[] = [];
  const emit = (event: ServeEvent) => events.push(event);
  const server = await startServer({ docroot: docroot.directory, host: '127.0.0.1', port: 0, emit });
  t.after(() => server.close());
  return { url: server.url, docroot, parent, events };
}

function checkAnswer(expected: ServeCase, answer: Answered): void {
  assert.equal(answer.status, expected.status);
  for (const [name, value] of Object.entries(expected.answerHeaders ?? {})) {
    if (value instanceof RegExp) assert.match(String(answer.headers[name]), value);
    else assert.equal(answer.headers[name], value ?? undefined, name);
  }
  if (expected.body !== undefined) assert.deepEqual(answer.body, Buffer.from(expected.body));
}

test('every request of the table is answered as it says', async (t) => {
  const { url, docroot, events } = await serving(t);
  for (const one of serveTable(docroot)) {
    await t.test(one.name, async () => {
      const answer = await ask(url, one);
      checkAnswer(one, answer);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.doesNotMatch(answer.body.toString(), /private|hidden/);
    });
  }
  assert.deepEqual(
    events.filter((event) => event.type === 'failed'),
    [],
  );
});

test('what the HTTP parser refuses is answered and not routed', async (t) => {
  const { url, events } = await serving(t);
  assert.equal((await ask(url, { target: 'simple/' })).status, 400);
  assert.equal((await ask(url, { target: '/', headers: { cookie: 'x'.repeat(20_000) } })).status, 431);
  assert.deepEqual(events, []);
});

test('a page is asked for again by its ETag, and another representation has another', async (t) => {
  const { url } = await serving(t);
  const html = await ask(url, { target: PAGE });
  const etag = String(html.headers.etag);
  for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
    const again = await ask(url, { target: PAGE, headers: { 'if-none-match': tag } });
    assert.equal(again.status, 304, tag);
    assert.equal(again.body.length, 0);
    assert.equal(again.headers.etag, etag);
    assert.equal(again.headers.vary, 'Accept, Accept-Encoding');
    assert.equal(again.headers['x-pypi-last-serial'], '42');
  }
  for (const accept of [V1_JSON, 'application/vnd.pypi.simple.v1+html']) {
    const other = await ask(url, { target: PAGE, headers: { accept, 'if-none-match': etag } });
    assert.equal(other.status, 200);
    assert.notEqual(other.headers.etag, etag);
  }
});

test('the ETag and the serial follow the bytes, also when size and mtime stay', async (t) => {
  const { url, docroot } = await serving(t);
  const file = path.join(docroot.directory, 'simple/tulgey-wood/index.v1_json');
  const headers = { accept: V1_JSON };
  const publish = (serial: number) => {
    writeFileSync(`${file}.new`, detailJson({ ...TULGEY, serial }));
    utimesSync(`${file}.new`, 1_700_000_000, 1_700_000_000);
    renameSync(`${file}.new`, file);
  };
  const tags: (string | undefined)[] = [];
  for (const serial of [43, 44, 43]) {
    publish(serial);
    const answer = await ask(url, { target: PAGE, headers });
    assert.equal(answer.headers['x-pypi-last-serial'], String(serial));
    tags.push(answer.headers.etag);
  }
  assert.notEqual(tags[0], tags[1]);
  assert.equal(tags[0], tags[2], 'the same bytes have the same ETag, whenever they were written');
});

test('a file is asked for again by its ETag or its date, and resumed by If-Range', async (t) => {
  const { url, docroot } = await serving(t);
  const target = `/${docroot.paths.get(WHEEL)}`;
  const first = await ask(url, { target });
  const etag = String(first.headers.etag);
  const since = String(first.headers['last-modified']);
  assert.equal((await ask(url, { target, headers: { 'if-none-match': etag } })).status, 304);
  assert.equal((await ask(url, { target, headers: { 'if-modified-since': since } })).status, 304);
  assert.equal((await ask(url, { target, headers: { 'if-match': '"other"' } })).status, 412);
  const rest = await ask(url, { target, headers: { range: 'bytes=10-', 'if-range': etag } });
  assert.equal(rest.status, 206);
  assert.equal(rest.body.toString(), 'abcdefghij');
});

test('the welcome names the host that was asked, and repeats no other text', async (t) => {
  const { url } = await serving(t);
  const welcome = async (host: string) =>
    (await ask(url, { target: '/', headers: { host } })).body.toString();
  assert.match(await welcome('127.0.0.1:8080'), /--index-url http:\/\/127\.0\.0\.1:8080\/simple\/ PROJECT/);
  assert.match(await welcome('mirror.example'), /mirror\.example\/simple\/ --trusted-host mirror\.example/);
  assert.doesNotMatch(await welcome('<script>'), /script/);
});

test('a docroot that is not there yet is 404, and is served once it is', async (t) => {
  const parent = withTempDir(t);
  const server = await startServer({ docroot: path.join(parent, 'web'), host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  assert.equal((await ask(server.url, { target: '/simple/' })).status, 404);
  buildTableDocroot(parent);
  assert.equal((await ask(server.url, { target: '/simple/' })).status, 200);
});

/** The server's handler over a docroot, with a memory that a test can make misbehave; every document is taken for a large one. */
async function handling(t: TestContext, docroot: string, memory: FactsMemory) {
  const events: ServeEvent[] = [];
  const kept = new KeptDocuments(-1);
  const context = { docroot, memory, kept, rpc: null, emit: (event: ServeEvent) => events.push(event) };
  const server = createServer((request, response) => void handle(context, request, response));
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, events };
}

test('a page that is replaced between its headers and its bytes is sent as it was', async (t) => {
  const { directory } = buildTableDocroot(withTempDir(t));
  const file = path.join(directory, 'simple/snark/index.html');
  class PublishingMemory extends FactsMemory {
    override async of(...args: Parameters<FactsMemory['of']>) {
      const facts = await super.of(...args);
      writeFileSync(`${file}.new`, 'a page of another length <!--SERIAL 8-->');
      renameSync(`${file}.new`, file);
      return facts;
    }
  }
  const { url } = await handling(t, directory, new PublishingMemory());
  const before = readFileSync(file);
  const first = await ask(url, { target: '/simple/snark/' });
  assert.deepEqual(first.body, before);
  assert.equal(first.headers['x-pypi-last-serial'], '7');
  const second = await ask(url, { target: '/simple/snark/' });
  assert.equal(second.headers['x-pypi-last-serial'], '8');
  assert.notEqual(second.headers.etag, first.headers.etag);
});

test('a page cut short on disk breaks the connection, and does not pass for whole', async (t) => {
  const { directory } = buildTableDocroot(withTempDir(t));
  class TruncatingMemory extends FactsMemory {
    override async of(...args: Parameters<FactsMemory['of']>) {
      const facts = await super.of(...args);
      truncateSync(path.join(directory, 'simple/snark/index.html'), 5);
      return facts;
    }
  }
  const { url, events } = await handling(t, directory, new TruncatingMemory());
  await assert.rejects(ask(url, { target: '/simple/snark/' }), { code: 'ECONNRESET' });
  // The client hears of the broken connection in its own time, perhaps before the operator hears why.
  let failed = events.find((event) => event.type === 'failed');
  while (failed === undefined) {
    await nextTick();
    failed = events.find((event) => event.type === 'failed');
  }
  assert.ok(isJubjubError(failed.error, 'STORE_IO'));
  assert.equal(failed.error.facts.received, '5 bytes');
});

test('what cannot be read is a 500 that says nothing, and an event that says it all', async (t) => {
  const { directory } = buildTableDocroot(withTempDir(t));
  class BrokenDisk extends FactsMemory {
    override of(): Promise<never> {
      return Promise.reject(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }));
    }
  }
  const { url, events } = await handling(t, directory, new BrokenDisk());
  const answer = await ask(url, { target: PAGE });
  assert.equal(answer.status, 500);
  assert.equal(answer.body.toString(), '500 Internal Server Error');
  assert.equal(answer.headers['cache-control'], undefined);
  const [failed] = events.filter((event) => event.type === 'failed');
  assert.ok(failed !== undefined && isJubjubError(failed.error, 'STORE_IO'));
  assert.match(failed.error.facts.received ?? '', /EIO/);
});

test('a page that vanished is 404, and each answer is told', async (t) => {
  const { url, docroot, events } = await serving(t);
  await ask(url, { target: PAGE });
  rmSync(path.join(docroot.directory, 'simple/tulgey-wood'), { recursive: true });
  await ask(url, { target: PAGE });
  const told = events.map(
    (event) => event.type === 'answered' && [event.target, event.status, event.complete],
  );
  assert.deepEqual(told, [
    [PAGE, 200, true],
    [PAGE, 404, true],
  ]);
});

test('an address in use is the operator’s error, with a hint', async (t) => {
  const { url, docroot } = await serving(t);
  const port = Number(new URL(url).port);
  const second = startServer({ docroot: docroot.directory, host: '127.0.0.1', port });
  await assert.rejects(
    second,
    (error) => isJubjubError(error, 'USAGE_INVALID') && /--port 0/.test(error.facts.hint ?? ''),
  );
  const impossible = startServer({ docroot: docroot.directory, host: '127.0.0.1', port: 99_999 });
  await assert.rejects(impossible, (error) => isJubjubError(error, 'USAGE_INVALID'));
});
