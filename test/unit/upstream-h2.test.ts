/**
 * Goal: a server that offers HTTP/2 is asked for several things at a time on each connection, never over more connections than
 * allowed; one that does not is asked over HTTP/1.1 as before; and no body is held beyond its window.
 * Method: real servers on loopback that hold their answers until told, so that what is open at a time can be counted.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STREAMS_PER_CONNECTION_MAX } from '../../src/upstream/index.ts';
import { H2_SITE, openH2, type StreamAnswer, startH2, startLiar } from '../support/upstream-h2.ts';
import { bytesOf, failure, never, testClock } from '../support/upstream-kit.ts';
import { reply, startServer } from '../support/upstream-server.ts';

const fileAt = (name: string, sizeBytes: number | null = null) => ({
  url: `${H2_SITE}/${name}`,
  offsetBytes: 0,
  bodyBytesMax: 10 ** 9,
  sizeBytes,
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

type Opened = ReturnType<typeof openH2>['upstream'];

const get = async (upstream: Opened, name: string, sizeBytes: number | null = null) =>
  (await bytesOf((await upstream.file(fileAt(name, sizeBytes), never)).chunks)).toString();

test('as many requests are under way as the connections have streams, over no more connections than allowed', async (t) => {
  let [open, most] = [0, 0];
  const server = await startH2(t, (stream) => {
    open += 1;
    most = Math.max(most, open);
    // A moment, in which all that may come does come.
    setTimeout(() => {
      open -= 1;
      stream.respond({ ':status': 200 });
      stream.end('file');
    }, 5);
  });
  // One of them is for large files.
  const { upstream } = openH2(t, server.port, { fileConnections: 3 });
  const names = Array.from({ length: 200 }, (_, at) => `f${at}`);
  const left = names.values();
  const bring = async () => {
    for (const name of left) assert.equal(await get(upstream, name), 'file');
  };
  await Promise.all(Array.from({ length: 40 }, bring));
  assert.deepEqual(server.asked.map(({ path }) => path.slice(1)).toSorted(), names.toSorted());
  assert.equal(server.opened(), 2);
  assert.ok(most > STREAMS_PER_CONNECTION_MAX, `${most} at a time`);
  assert.ok(most <= 2 * STREAMS_PER_CONNECTION_MAX, `${most} at a time`);
});

test('large files take half of the connections, each one for itself, over HTTP/1.1', async (t) => {
  const held: (() => void)[] = [];
  const large: string[] = [];
  const server = await startH2(
    t,
    (stream, headers) => {
      const end = () => {
        stream.respond({ ':status': 200 });
        stream.end('file');
      };
      if (headers[':path'] === '/warm') end();
      else held.push(end);
    },
    { allowHTTP1: true },
    (request, response) => {
      large.push(request.url);
      held.push(() => response.end('file'));
    },
  );
  const { upstream } = openH2(t, server.port, { fileConnections: 4 });
  // The lane has learnt by then what the server speaks, and has grown.
  await Promise.all(Array.from({ length: 100 }, () => get(upstream, 'warm')));
  const asked = [
    ...Array.from({ length: 5 }, (_, at) => get(upstream, `large-${at}`, 9_000_000)),
    ...Array.from({ length: 6 }, (_, at) => get(upstream, `small-${at}`, 100)),
  ];
  await until(() => held.length === 8);
  assert.equal(large.length, 2, large.join());
  assert.ok(server.opened() <= 2, `${server.opened()} connections for the others`);
  for (let at = 0; at < asked.length; at++) {
    await until(() => held.length > at);
    held[at]?.();
  }
  await Promise.all(asked);
  assert.equal(large.length, 5);
});

test('with one connection a large file is a stream among others', async (t) => {
  const server = await startH2(t, (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('file');
  });
  const { upstream } = openH2(t, server.port, { fileConnections: 1 });
  assert.equal(await get(upstream, 'large', 9_000_000), 'file');
});

test('a server that allows one stream at a time is given no more, and nobody who waits for it is in time trouble', async (t) => {
  let [open, most] = [0, 0];
  const server = await startH2(
    t,
    (stream) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open -= 1;
        stream.respond({ ':status': 200 });
        stream.end('file');
      }, 60);
    },
    { settings: { maxConcurrentStreams: 1 } },
  );
  // All of them together take longer than this, each by itself does not.
  const { upstream } = openH2(t, server.port, { fileConnections: 1, timeoutMs: 400 });
  assert.equal(await get(upstream, 'known'), 'file');
  const all = Array.from({ length: 16 }, (_, at) => get(upstream, `f${at}`));
  for (const text of await Promise.all(all)) assert.equal(text, 'file');
  assert.equal(most, 1);
  assert.equal(server.opened(), 1);
});

test('a server without HTTP/2 is asked over HTTP/1.1, on the connection on which it said so', async (t) => {
  const server = await startLiar(t, () => {}, ['http/1.1']);
  const { upstream } = openH2(t, server.port, { fileConnections: 2 });
  assert.equal(await get(upstream, 'a'), 'file');
  assert.deepEqual(server.chosen, ['http/1.1']);
  await Promise.all(Array.from({ length: 9 }, (_, at) => get(upstream, `f${at}`)));
  assert.ok(server.chosen.length <= 2, `${server.chosen.length} connections`);
});

test('with http2 = false, and through a proxy, it is HTTP/1.1', async (t) => {
  const versions: string[] = [];
  const server = await startH2(t, () => assert.fail('a stream came'), { allowHTTP1: true });
  const tls = await startServer(t, reply(200, 'file'), { tls: true });
  const plain = openH2(t, tls.port, { http2: false }).upstream;
  assert.equal(await get(plain, 'a'), 'file');
  const proxy = await startServer(t, reply(502, ''), { tunnelTo: server.port });
  const through = openH2(t, server.port, { proxy: proxy.url, connectTo: null }).upstream;
  // What answers there is no listener: that it was asked is enough.
  const asked = get(through, 'b').catch(() => versions.push('asked'));
  await until(() => proxy.tunnels.length > 0);
  assert.equal(server.opened(), 0);
  await Promise.race([asked, turn()]);
});

const PIECE = Buffer.alloc(64 * 1024);
const PIECES = 64;
/** The window of a stream, and what the streams of both sides have in their buffers. */
const HELD_BYTES_MAX = 512 * 1024;

/** Sends a large body piece by piece; says how much of it has left. */
function pouring() {
  const sent = { bytes: 0 };
  const answer: StreamAnswer = (stream, headers) => {
    const length = PIECES * PIECE.length;
    stream.respond({ ':status': 200, ...(headers[':path'] === '/big' ? { 'content-length': length } : {}) });
    if (headers[':path'] !== '/big') {
      stream.end('file');
      return;
    }
    const pour = (left: number) =>
      stream.write(PIECE, () => {
        sent.bytes += PIECE.length;
        if (left > 1) pour(left - 1);
        else stream.end();
      });
    pour(PIECES);
  };
  return { sent, answer };
}

test('a body that nobody reads holds its window and no more, and leaves the others of its connection alone', async (t) => {
  const { sent, answer } = pouring();
  const server = await startH2(t, answer);
  const { upstream } = openH2(t, server.port, { fileConnections: 1 });
  const big = await upstream.file(fileAt('big'), never);
  for (let at = 0; at < 60; at++) assert.equal(await get(upstream, `f${at}`), 'file');
  assert.ok(sent.bytes > 0 && sent.bytes <= HELD_BYTES_MAX, `${sent.bytes} bytes sent`);
  assert.equal(server.opened(), 1);
  assert.equal((await bytesOf(big.chunks)).length, PIECES * PIECE.length);
});

test('a rate holds a stream back as it does a connection', async (t) => {
  const { sent, answer } = pouring();
  const server = await startH2(t, answer);
  const waits: (() => void)[] = [];
  const clock = { ...testClock(), sleep: () => new Promise<void>((resolve) => waits.push(resolve)) };
  const { upstream } = openH2(t, server.port, { rateBytesPerSecond: 100_000 }, { clock });
  const body = get(upstream, 'big');
  await until(() => waits.length > 0);
  const before = sent.bytes;
  for (let turns = 0; turns < 200; turns++) await turn();
  assert.ok(sent.bytes <= HELD_BYTES_MAX, `${before}, then ${sent.bytes} bytes sent`);
  // From here on nobody is made to wait.
  clock.sleep = async () => {};
  for (const open of waits) open();
  assert.equal((await body).length, PIECES * PIECE.length);
});

test('an aborted request resets its stream alone', async (t) => {
  const codes: number[] = [];
  const server = await startH2(t, (stream, headers) => {
    stream.on('close', () => codes.push(stream.rstCode ?? -1));
    if (headers[':path'] === '/b') return;
    stream.respond({ ':status': 200 });
    if (headers[':path'] === '/c') stream.end('file');
    else stream.write('fi');
  });
  const { upstream } = openH2(t, server.port, { fileConnections: 1 });
  const stop = new AbortController();
  const body = await upstream.file(fileAt('a'), stop.signal);
  const unanswered = upstream.file(fileAt('b'), stop.signal);
  const reading = bytesOf(body.chunks);
  await until(() => server.asked.length === 2);
  stop.abort();
  await failure(unanswered, 'INTERRUPTED');
  await failure(reading, 'INTERRUPTED');
  await until(() => codes.length === 2);
  assert.deepEqual(codes, [8, 8]);
  assert.equal(await get(upstream, 'c'), 'file');
  assert.equal(server.opened(), 1);
});

test('a body given up in its middle frees its place and its stream', async (t) => {
  const server = await startH2(t, (stream) => {
    stream.respond({ ':status': 200 });
    stream.write('fi');
  });
  const { upstream } = openH2(t, server.port, { fileConnections: 1 });
  for (let at = 0; at < 20; at++)
    for await (const _ of (await upstream.file(fileAt('f'), never)).chunks) break;
  await until(() => server.asked.every(({ stream }) => stream.closed));
  assert.equal(server.asked.length, 20);
  assert.equal(server.opened(), 1);
});

test('a call of XML-RPC goes over HTTP/2 with its body, and the connection for pages is opened meanwhile', async (t) => {
  let body = '';
  const server = await startH2(t, (stream) => {
    stream.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'text/xml' });
      stream.end(
        '<?xml version="1.0"?><methodResponse><params><param><value><int>7</int></value></param></params></methodResponse>',
      );
    });
  });
  const { upstream } = openH2(t, server.port);
  await upstream.recognize(null, never);
  assert.equal(await upstream.head(never), 7);
  assert.match(body, /changelog_last_serial/);
  await until(() => server.opened() === 2);
});
