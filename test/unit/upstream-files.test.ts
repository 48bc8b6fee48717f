/**
 * Goal: a file's bytes begin where the reply says, end where upstream announced, and never exceed what is allowed.
 * Method: a real server on loopback with ranges, lies, cuts and stalls.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Upstream } from '../../src/upstream/contract.ts';
import { bytesOf, failure, never, openUpstream } from '../support/upstream-kit.ts';
import {
  type Answer,
  cut,
  drip,
  endless,
  hints,
  inTurn,
  reply,
  stall,
  startServer,
  type TestServer,
} from '../support/upstream-server.ts';

const content = Buffer.from('0123456789');

/** A file server with ranges, as RFC 9110 says. */
const ranged: Answer = ({ headers }, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  if (headers.range === undefined) response.writeHead(200, { 'content-length': '10' }).end(content);
  else if (from >= content.length) response.writeHead(416, { 'content-range': 'bytes */10' }).end();
  else response.writeHead(206, { 'content-range': `bytes ${from}-9/10` }).end(content.subarray(from));
};

async function serving(t: Parameters<typeof startServer>[0], answer: Answer, timeoutMs = 10_000) {
  const server = await startServer(t, answer);
  const { upstream, clock } = openUpstream(t, server.url, { timeoutMs });
  return { server, upstream, clock };
}

const get = (upstream: Upstream, server: TestServer, offsetBytes = 0, bodyBytesMax = 10, signal = never) =>
  upstream.file({ url: `${server.url}/packages/aa/bb/cc/f-1.0.tar.gz`, offsetBytes, bodyBytesMax }, signal);

const read = async (...args: Parameters<typeof get>) => bytesOf((await get(...args)).chunks);

test('a file comes as it is, without an encoding', async (t) => {
  const { server, upstream } = await serving(t, ranged);
  const reply = await get(upstream, server);
  assert.equal(reply.offsetBytes, 0);
  assert.deepEqual(await bytesOf(reply.chunks), content);
  assert.equal(server.asked[0]?.headers['accept-encoding'], 'identity');
  assert.equal(server.asked[0]?.headers.range, undefined);
});

test('the rest of a file is asked for by range', async (t) => {
  const { server, upstream } = await serving(t, ranged);
  const rest = await get(upstream, server, 4);
  assert.equal(rest.offsetBytes, 4);
  assert.equal((await bytesOf(rest.chunks)).toString(), '456789');
  assert.equal(server.asked[0]?.headers.range, 'bytes=4-');
});

test('a server without ranges sends everything, from 0', async (t) => {
  const { server, upstream } = await serving(t, reply(200, content));
  const whole = await get(upstream, server, 4);
  assert.equal(whole.offsetBytes, 0);
  assert.deepEqual(await bytesOf(whole.chunks), content);
});

test('416 means that what we have is not this file: all of it, from 0', async (t) => {
  const { server, upstream } = await serving(t, ranged);
  const whole = await get(upstream, server, 10);
  assert.equal(whole.offsetBytes, 0);
  assert.deepEqual(await bytesOf(whole.chunks), content);
  assert.deepEqual(
    server.asked.map(({ headers }) => headers.range),
    ['bytes=10-', undefined],
  );
});

test('another part than the one asked for is malformed', async (t) => {
  for (const range of ['bytes 0-9/10', 'bytes 5-9/10', 'bytes 4-3/10', 'items 4-9/10', null]) {
    const headers: Record<string, string> = range === null ? {} : { 'content-range': range };
    const { server, upstream } = await serving(t, reply(206, '456789', headers));
    await failure(get(upstream, server, 4), 'UPSTREAM_MALFORMED');
  }
});

test('a part that nobody asked for, and a 416 to no range, are errors of status', async (t) => {
  for (const status of [206, 416, 204]) {
    const { server, upstream } = await serving(t, reply(status, '', { 'content-range': 'bytes 0-9/10' }));
    await failure(get(upstream, server), 'UPSTREAM_STATUS');
  }
});

test('403, 404 and 410 are absent; 5xx are worth a retry, which is the caller’s', async (t) => {
  for (const status of [403, 404, 410]) {
    const { server, upstream } = await serving(t, reply(status, '<Error/>'));
    const error = await failure(get(upstream, server), 'UPSTREAM_ABSENT');
    assert.equal(error.facts.httpStatus, status);
    assert.match(error.message, /f-1\.0\.tar\.gz/);
  }
  const { server, upstream, clock } = await serving(t, reply(503, ''));
  assert.equal((await failure(get(upstream, server), 'UPSTREAM_STATUS')).facts.retryable, true);
  assert.equal(server.asked.length, 1);
  assert.deepEqual(clock.slept, []);
});

test('a body shorter than announced is a retryable error, after the bytes that came', async (t) => {
  const short: [answer: Answer, offset: number][] = [
    [cut('01234', 10, {}), 0],
    [cut('45', 6, { 'content-range': 'bytes 4-9/10' }, 206), 4],
    // All that was announced came, but it is not the rest of the file.
    [reply(206, '45', { 'content-range': 'bytes 4-5/10' }), 4],
  ];
  for (const [answer, offset] of short) {
    const { server, upstream } = await serving(t, answer);
    const { chunks } = await get(upstream, server, offset);
    const got: Uint8Array[] = [];
    const reading = async () => {
      for await (const chunk of chunks) got.push(chunk);
    };
    assert.equal((await failure(reading(), 'UPSTREAM_UNREACHABLE')).facts.retryable, true);
    assert.ok(Buffer.concat(got).length > 0);
  }
});

test('a body longer than allowed is refused by its announcement, else when it gets there', async (t) => {
  const announced = await serving(t, ranged);
  const error = await failure(get(announced.upstream, announced.server, 0, 9), 'UPSTREAM_TOO_LARGE');
  assert.match(error.message, /the file is larger than it may be: the file f-1\.0\.tar\.gz/);
  assert.match(error.facts.expected ?? '', /^at most 9 bytes \(the size on its page/);
  assert.equal(error.facts.received, '10 bytes announced');
  await failure(get(announced.upstream, announced.server, 4, 9), 'UPSTREAM_TOO_LARGE');
  const unannounced = await serving(t, endless(Buffer.alloc(100_000)));
  await failure(read(unannounced.upstream, unannounced.server, 0, 1_000_000), 'UPSTREAM_TOO_LARGE');
});

test('an encoded body is refused: its bytes are not the file’s', async (t) => {
  const { server, upstream } = await serving(t, reply(200, content, { 'content-encoding': 'gzip' }));
  await failure(get(upstream, server), 'UPSTREAM_MALFORMED');
});

test('a transfer may take as long as it likes, and interim answers without end may not', async (t) => {
  const deadlines = { pageMs: 200, listMs: 200 };
  const slow = await startServer(t, drip(content, 50));
  assert.deepEqual(await read(openUpstream(t, slow.url, {}, { deadlines }).upstream, slow), content);
  const hinting = await startServer(t, hints);
  const error = await failure(
    get(openUpstream(t, hinting.url, {}, { deadlines }).upstream, hinting),
    'UPSTREAM_TIMEOUT',
  );
  assert.match(error.message, /took too long in all/);
});

test('silence in the middle is a timeout', async (t) => {
  const { server, upstream } = await serving(t, stall('01234', { 'content-length': '10' }), 100);
  const error = await failure(read(upstream, server), 'UPSTREAM_TIMEOUT');
  assert.equal(error.facts.retryable, true);
});

test('a slow body is no timeout as long as bytes come', async (t) => {
  // Each piece waits for the reader to have had the one before: no clock decides.
  let send: (() => boolean) | null = null;
  const { server, upstream } = await serving(t, (_request, response) => {
    let sent = 0;
    response.writeHead(200, { 'content-length': '10' });
    send = () => (sent < 9 ? response.write(String(sent++)) : Boolean(response.end('9')));
    send();
  });
  let text = '';
  for await (const chunk of (await get(upstream, server)).chunks) {
    text += Buffer.from(chunk).toString();
    if (text.length < 10) (send as (() => boolean) | null)?.();
  }
  assert.equal(text, content.toString());
});

test('leaving early closes the connection, and the next file gets one', async (t) => {
  const server = await startServer(t, inTurn(endless(Buffer.alloc(65_536)), ranged));
  const { upstream } = openUpstream(t, server.url, { fileConnections: 1 });
  for await (const _ of (await get(upstream, server, 0, 10 ** 9)).chunks) break;
  assert.deepEqual(await read(upstream, server), content);
  assert.equal(server.asked[0]?.socket.destroyed, true);
});

test('a host that was not named is never asked, whatever the URL looks like', async (t) => {
  const foreign = await startServer(t, ranged);
  const { upstream } = await serving(t, ranged);
  for (const url of [
    `${foreign.url}/f`,
    'file:///etc/passwd',
    '/f',
    `http://127.0.0.1@${foreign.host}/f`,
    '',
  ])
    await failure(
      upstream.file({ url, offsetBytes: 0, bodyBytesMax: 10 }, never),
      'UPSTREAM_HOST_NOT_ALLOWED',
    );
  assert.equal(foreign.asked.length, 0);
});

test('an abort ends a body that is being read', async (t) => {
  const { server, upstream } = await serving(t, stall('01234', { 'content-length': '10' }));
  const abort = new AbortController();
  const { chunks } = await get(upstream, server, 0, 10, abort.signal);
  const reading = async () => {
    for await (const _ of chunks) abort.abort();
  };
  await failure(reading(), 'INTERRUPTED');
});

test('a connection that breaks before anyone reads harms nobody else', async (t) => {
  const { server, upstream } = await serving(t, cut('01234', 10, {}));
  const { chunks } = await get(upstream, server);
  const [first] = server.asked;
  if (first?.socket.destroyed === false) await new Promise((resolve) => first.socket.once('close', resolve));
  await new Promise((resolve) => setImmediate(resolve));
  await failure(bytesOf(chunks), 'UPSTREAM_UNREACHABLE');
});
