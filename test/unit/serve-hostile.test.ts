/**
 * Goal: no request, however it is made and however slowly it is sent or taken, gets more than it may or keeps others from being served.
 * Method: bytes on a socket, no HTTP client between; limits of milliseconds where a limit is waited for.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ServeLimits } from '../../src/serve/limits.ts';
import { startServer } from '../../src/serve/server.ts';
import { rpcRequest } from '../support/raw-http.ts';
import { type MemoryJournal, memoryJournal } from '../support/serve-journal.ts';
import { withTempDir } from '../support/temp.ts';
import { valueXml } from '../support/upstream-xml.ts';

const CLOSE = 'Host: mirror.example\r\nConnection: close\r\n';
const FILE_BYTES = '0123456789'.repeat(10);
/** More than sockets buffer between two ends. */
const BIG_BYTES = 16 * 1024 * 1024;

/** Far above the limits that are waited for, so that one which is not kept turns the test red. */
const WAITING = { timeout: 20_000 };

/** A docroot with a page and a file, beside a file that nobody may have. */
function docrootOf(t: TestContext): string {
  const directory = withTempDir(t);
  const web = join(directory, 'web');
  mkdirSync(join(web, 'simple', 'snark'), { recursive: true });
  mkdirSync(join(web, 'packages'));
  writeFileSync(join(web, 'simple', 'snark', 'index.html'), '<html></html>');
  writeFileSync(join(web, 'packages', 'snark.whl'), FILE_BYTES);
  writeFileSync(join(web, 'packages', 'big.whl'), Buffer.alloc(BIG_BYTES));
  writeFileSync(join(directory, 'private'), 'private');
  return web;
}

async function serving(t: TestContext, limits: Partial<ServeLimits> = {}, journal?: MemoryJournal) {
  const { promise: firstAnswer, resolve } = Promise.withResolvers<{ status: number; complete: boolean }>();
  const server = await startServer({
    docroot: docrootOf(t),
    host: '127.0.0.1',
    port: 0,
    limits,
    journal: journal ?? null,
    emit: (event) => {
      if (event.type === 'answered') resolve({ status: event.status, complete: event.complete });
    },
  });
  const drop = new AbortController();
  drop.abort();
  t.after(() => server.close(drop.signal));
  const dial = () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    return socket;
  };
  return { url: server.url, dial, firstAnswer };
}

/** All that comes until the server hangs up. */
async function toItsEnd(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await once(socket, 'close');
  return Buffer.concat(pieces).toString('latin1');
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
}

/** Each with the answer that ends its connection; none is answered as two requests. */
const REQUESTS: readonly (readonly [what: string, request: string, status: number])[] = [
  [
    'a length and chunks, which two servers may read as two ends',
    `POST /pypi HTTP/1.1\r\n${CLOSE}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n${CLOSE}\r\n`,
    400,
  ],
  ['two lengths', `POST /pypi HTTP/1.1\r\n${CLOSE}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`, 400],
  [
    'chunks that are not the last coding',
    `POST /pypi HTTP/1.1\r\n${CLOSE}Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['white space before a colon', `GET / HTTP/1.1\r\n${CLOSE}X : y\r\n\r\n`, 400],
  ['lines that end in a line feed alone', 'GET / HTTP/1.1\nHost: x\n\n', 400],
  ['a NUL in the target', `GET /simple/\0 HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ['an escaped NUL', `GET /packages/a%00 HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ['bytes that are not ASCII', `GET /simple?\xff HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['a way out, bare', `GET /packages/../../private HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ['a way out, escaped', `GET /packages/%2e%2e/..%2f..%2fprivate HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ['a way out, escaped twice', `GET /packages/%252e%252e/%252e%252e/private HTTP/1.1\r\n${CLOSE}\r\n`, 404],
  ['a way out, by backslashes', `GET /packages/..\\..\\private HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ['a way out, as a proxy is asked', `GET http://x/../private HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ['a file by another scheme', `GET file:///etc/passwd HTTP/1.1\r\n${CLOSE}\r\n`, 400],
  ['a directory', `GET /packages/ HTTP/1.1\r\n${CLOSE}\r\n`, 404],
  ['TRACE', `TRACE / HTTP/1.1\r\n${CLOSE}\r\n`, 405],
  ['OPTIONS', `OPTIONS * HTTP/1.1\r\n${CLOSE}\r\n`, 405],
  [
    'an upload, whose body nobody reads',
    `PUT /x HTTP/1.1\r\n${CLOSE}Content-Length: 99999999\r\n\r\nabcde`,
    405,
  ],
  ['an expectation that nobody knows', `GET / HTTP/1.1\r\n${CLOSE}Expect: much\r\n\r\n`, 417],
  ['a target beyond the limit', `GET /${'a'.repeat(17_000)} HTTP/1.1\r\n${CLOSE}\r\n`, 431],
  ['a component beyond any file system', `GET /packages/${'a'.repeat(5_000)} HTTP/1.1\r\n${CLOSE}\r\n`, 404],
  ['a path of thousands of components', `GET /packages/${'a/'.repeat(3_000)}b HTTP/1.1\r\n${CLOSE}\r\n`, 404],
  ['headers without number', `GET / HTTP/1.1\r\n${CLOSE}${'a:1\r\n'.repeat(4_000)}\r\n`, 431],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['a range behind the end', `GET /packages/snark.whl HTTP/1.1\r\n${CLOSE}Range: bytes=1000-\r\n\r\n`, 416],
  [
    'a range of digits without end',
    `GET /packages/snark.whl HTTP/1.1\r\n${CLOSE}Range: bytes=${'9'.repeat(400)}-\r\n\r\n`,
    416,
  ],
];

test('what no client of ours sends is refused in a few words, and nothing of this machine is in them', async (t) => {
  const { dial } = await serving(t);
  for (const [what, request, status] of REQUESTS)
    await t.test(what, async () => {
      const socket = dial();
      socket.write(Buffer.from(request, 'latin1'));
      const answer = await toItsEnd(socket);
      assert.equal(statusOf(answer), status, answer);
      assert.equal(answer.split('HTTP/1.1 ').length, 2, answer);
      assert.ok(answer.length < 500);
      assert.doesNotMatch(answer, /private|node_modules|src\/|\.ts|Error:|jubjub-test/);
    });
});

test('ranges without number, or over one another, are never more bytes than the file', async (t) => {
  const { dial } = await serving(t);
  for (const ranges of ['0-0,'.repeat(1_000), '0-,'.repeat(1_000), '0-1,5-6,', '-1,-2,']) {
    const socket = dial();
    socket.write(`GET /packages/snark.whl HTTP/1.1\r\n${CLOSE}Range: bytes=${ranges}1-1\r\n\r\n`);
    const answer = await toItsEnd(socket);
    assert.ok([200, 206].includes(statusOf(answer)), answer);
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    assert.ok(body.length > 0 && body.length <= FILE_BYTES.length, answer);
  }
});

test('CONNECT opens no tunnel, and no upgrade changes the protocol', async (t) => {
  const { dial } = await serving(t);
  const tunnel = dial();
  tunnel.write(`CONNECT 127.0.0.1:22 HTTP/1.1\r\n${CLOSE}\r\n`);
  assert.equal(await toItsEnd(tunnel), '');
  const upgrade = dial();
  upgrade.write(
    'GET /simple/snark/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n',
  );
  assert.equal(statusOf(await toItsEnd(upgrade)), 200);
});

test('a link out of the docroot is served to nobody, as a page, as a file, as a directory on the way', async (t) => {
  const directory = withTempDir(t);
  const web = join(directory, 'web');
  mkdirSync(join(directory, 'outside', 'snark'), { recursive: true });
  writeFileSync(join(directory, 'outside', 'snark', 'index.html'), 'private');
  mkdirSync(join(web, 'simple', 'page'), { recursive: true });
  mkdirSync(join(web, 'packages'));
  const page = join(directory, 'outside', 'snark', 'index.html');
  symlinkSync(join(directory, 'outside', 'snark'), join(web, 'simple', 'snark'));
  symlinkSync(page, join(web, 'simple', 'page', 'index.html'));
  symlinkSync(page, join(web, 'packages', 'file.whl'));
  symlinkSync(join(directory, 'outside'), join(web, 'packages', 'outside'));
  symlinkSync(page, join(web, 'status.json'));
  const server = await startServer({ docroot: web, host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  for (const path of [
    '/simple/snark/',
    '/simple/page/',
    '/packages/file.whl',
    '/packages/outside/snark/index.html',
    '/status.json',
  ]) {
    const reply = await fetch(server.url + path, { headers: { connection: 'close' } });
    assert.equal(reply.status, 404, path);
    assert.doesNotMatch(await reply.text(), /private/);
  }
});

test('headers that come too slowly are answered with 408, and so is a body', WAITING, async (t) => {
  const limits = { headersTimeoutMs: 50, requestTimeoutMs: 50, slownessCheckMs: 10 };
  const { dial } = await serving(t, limits, memoryJournal({}));
  for (const beginning of [
    'GET / HTTP/1.1\r\nHost: x\r\n',
    'POST /pypi HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Type: text/xml\r\n\r\n<',
  ]) {
    const socket = dial();
    socket.write(beginning);
    assert.equal(statusOf(await toItsEnd(socket)), 408);
  }
});

test('a client that takes no byte of its answer is let go', WAITING, async (t) => {
  const { dial, firstAnswer } = await serving(t, { stallTimeoutMs: 50 });
  const socket = dial();
  socket.pause();
  socket.write(`GET /packages/big.whl HTTP/1.1\r\n${CLOSE}\r\n`);
  assert.deepEqual(await firstAnswer, { status: 200, complete: false });
});

test('more connections than the limit are refused, and there is room again when one has left', async (t) => {
  const { dial, url } = await serving(t, { connectionsMax: 2 });
  const [first, second] = [dial(), dial()];
  await Promise.all([once(first, 'connect'), once(second, 'connect')]);
  first.write('GET / HTTP/1.1\r\n');
  second.write('GET / HTTP/1.1\r\n');
  assert.equal(await toItsEnd(dial()), '');
  first.destroy();
  await once(first, 'close');
  while ((await fetch(url, { headers: { connection: 'close' } }).catch(() => null))?.status !== 200)
    await nextTurn();
});

test('calls that are never sent to their end keep nobody else from calling', async (t) => {
  const { dial, url } = await serving(t, {}, memoryJournal({ serial: 9 }));
  const head = 'POST /pypi HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 500\r\n\r\n';
  const slow = Array.from({ length: 40 }, dial);
  for (const socket of slow) socket.write(`${head}<methodCall>`);
  await Promise.all(slow.map((socket) => once(socket, 'connect')));
  for (let at = 0; at < 3; at++)
    assert.equal((await rpcRequest(url, 'changelog_last_serial')).body.toString(), valueXml(9));
});

test('a client that does not take the answer to its call in time gives its place back', async (t) => {
  const page = Array.from({ length: 1_000 }, (_, at) => ({ displayName: `project-${at}`, serial: at }));
  const journal = memoryJournal({ projects: Array(2_000).fill(page), gate: () => nextTurn() });
  const { url } = await serving(t, { callTimeoutMs: 50 }, journal);
  const reply = await rpcRequest(url, 'list_packages_with_serial').catch(() => null);
  assert.ok(reply === null || !reply.complete);
  while (journal.openViews > 0) await nextTurn();
});
