/**
 * Goal: a page is what was asked for, whole and within its limits, or an error; conditional requests are honest.
 * Method: a real server on loopback that answers well, badly and with bombs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGzip, gzipSync } from 'node:zlib';
import { normalizeName } from '../../src/pypi/names.ts';
import type { DetailRequest, Upstream } from '../../src/upstream/contract.ts';
import { failure, never, openUpstream } from '../support/upstream-kit.ts';
import {
  type Answer,
  cut,
  endless,
  inTurn,
  json,
  reply,
  SIMPLE_JSON,
  startServer,
} from '../support/upstream-server.ts';

const JSON_TYPE = { 'content-type': SIMPLE_JSON };
const foo = normalizeName('foo');
const document = { meta: { 'api-version': '1.4', '_last-serial': 7 }, name: 'foo', files: [] };

const detail = (upstream: Upstream, more: Partial<DetailRequest> = {}) =>
  upstream.detail({ name: foo, validator: null, encoding: 'gzip', ...more }, never);

test('a page comes with its ETag and the encoding that was asked for', async (t) => {
  const server = await startServer(
    t,
    inTurn(
      reply(200, gzipSync(JSON.stringify(document)), {
        ...JSON_TYPE,
        'content-encoding': 'gzip',
        etag: '"abc"',
      }),
      json(document, { etag: 'W/"d"', 'content-type': `${SIMPLE_JSON}; charset=utf-8` }),
      json(document),
      json(document, { etag: 'not an etag' }),
    ),
  );
  const { upstream } = openUpstream(t, server.url);
  const replies = [
    await detail(upstream),
    await detail(upstream, { encoding: 'identity' }),
    await detail(upstream),
    await detail(upstream),
  ];
  assert.deepEqual(
    replies.map((got) => (got.kind === 'page' ? got.validator : got.kind)),
    [{ etag: '"abc"', encoding: 'gzip' }, { etag: 'W/"d"', encoding: 'identity' }, null, null],
  );
  assert.equal(replies[0]?.kind === 'page' && replies[0].detail.serial, 7);
  assert.deepEqual(
    server.asked.map(({ headers }) => headers['accept-encoding']),
    ['gzip', 'identity', 'gzip', 'gzip'],
  );
});

test('the serial of the header counts when the document has none', async (t) => {
  const plain = { meta: { 'api-version': '1.4' }, name: 'foo', files: [] };
  const server = await startServer(t, json(plain, { 'x-pypi-last-serial': '12' }));
  const got = await detail(openUpstream(t, server.url).upstream);
  assert.equal(got.kind === 'page' && got.detail.serial, 12);
});

test('a validator is sent only with its own encoding; 304 is unchanged', async (t) => {
  const server = await startServer(t, ({ headers }, response) => {
    if (headers['if-none-match'] === '"abc"') response.writeHead(304).end();
    else response.writeHead(200, JSON_TYPE).end(JSON.stringify(document));
  });
  const { upstream } = openUpstream(t, server.url);
  const validator = { etag: '"abc"', encoding: 'gzip' } as const;
  assert.equal((await detail(upstream, { validator })).kind, 'unchanged');
  assert.equal((await detail(upstream, { validator, encoding: 'identity' })).kind, 'page');
  assert.equal(server.asked[1]?.headers['if-none-match'], undefined);
});

test('a 304 that nothing was sent for is malformed', async (t) => {
  const server = await startServer(t, reply(304, ''));
  await failure(detail(openUpstream(t, server.url).upstream), 'UPSTREAM_MALFORMED');
});

test('404 and 410 are absent, at once and without another try', async (t) => {
  const server = await startServer(t, inTurn(reply(404, '404 Not Found'), reply(410, 'gone')));
  const { upstream, clock } = openUpstream(t, server.url);
  assert.equal((await detail(upstream)).kind, 'absent');
  assert.equal((await detail(upstream)).kind, 'absent');
  assert.deepEqual(clock.slept, []);
});

test('another content type is refused, with what usually causes it', async (t) => {
  const cases: [type: Record<string, string>, code: 'UPSTREAM_MALFORMED' | 'UPSTREAM_API_VERSION'][] = [
    [{ 'content-type': 'text/html' }, 'UPSTREAM_MALFORMED'],
    [{ 'content-type': 'application/json' }, 'UPSTREAM_MALFORMED'],
    [{}, 'UPSTREAM_MALFORMED'],
    [{ 'content-type': 'application/vnd.pypi.simple.v2+json' }, 'UPSTREAM_API_VERSION'],
  ];
  for (const [type, code] of cases) {
    const server = await startServer(t, reply(200, JSON.stringify(document), type));
    const error = await failure(detail(openUpstream(t, server.url).upstream), code);
    assert.match(error.message, /the page of foo/);
    assert.equal(server.asked.length, 1);
  }
});

test('a page about another project, or of another major version, is refused', async (t) => {
  const other = await startServer(t, json({ ...document, name: 'bar' }));
  await failure(detail(openUpstream(t, other.url).upstream), 'UPSTREAM_MALFORMED');
  const v2 = await startServer(t, json({ ...document, meta: { 'api-version': '2.0' } }));
  await failure(detail(openUpstream(t, v2.url).upstream), 'UPSTREAM_API_VERSION');
});

test('a body that breaks off, or gzip without its end, is asked for again', async (t) => {
  const text = JSON.stringify(document);
  const zipped = { ...JSON_TYPE, 'content-encoding': 'gzip' };
  const broken: Answer[] = [
    cut(text.slice(0, 20), text.length, JSON_TYPE),
    reply(200, gzipSync(text).subarray(0, -8), zipped),
    reply(200, gzipSync(text).subarray(4), zipped),
  ];
  for (const answer of broken) {
    const server = await startServer(t, inTurn(answer, json(document)));
    const { upstream, events } = openUpstream(t, server.url);
    assert.equal((await detail(upstream)).kind, 'page');
    assert.equal(events.length, 1);
  }
});

test('an encoding that was not asked for is refused', async (t) => {
  const cases: [asked: 'gzip' | 'identity', encoding: string][] = [
    ['identity', 'gzip'],
    ['gzip', 'br'],
    ['gzip', 'gzip, gzip'],
  ];
  for (const [encoding, sent] of cases) {
    const server = await startServer(t, json(document, { 'content-encoding': sent }));
    const { upstream } = openUpstream(t, server.url);
    const error = await failure(detail(upstream, { encoding }), 'UPSTREAM_MALFORMED');
    assert.equal(error.facts.received, `content-encoding "${sent}"`);
  }
});

/** Gzip of zeros without end: a thousand times as large once it is decoded. */
const gzipBomb: Answer = (_request, response) => {
  response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' });
  const gzip = createGzip();
  gzip.pipe(response);
  const piece = Buffer.alloc(1024 * 1024, 0x20);
  const more = () => {
    if (response.destroyed) gzip.destroy();
    else gzip.write(piece, more);
  };
  more();
};

test('endless bodies, announced giants, gzip bombs and pages of nothing but brackets are too large', async (t) => {
  const cases: [name: string, answer: Answer, limit: RegExp][] = [
    ['endless', endless(Buffer.alloc(256 * 1024, 0x20), JSON_TYPE), /bytes \(pageBytesMax\)/],
    ['announced', cut('{', 10 ** 12, JSON_TYPE), /bytes \(pageBytesMax\)/],
    ['bomb', gzipBomb, /decoded bytes \(pageBytesMax\)/],
    ['brackets', endless(Buffer.from('[],'.repeat(10_000)), JSON_TYPE), /values \(pageMarksMax\)/],
  ];
  for (const [name, answer, limit] of cases) {
    const server = await startServer(t, answer);
    const { upstream, clock } = openUpstream(t, server.url);
    const error = await failure(detail(upstream), 'UPSTREAM_TOO_LARGE');
    assert.match(error.facts.expected ?? '', limit, name);
    assert.deepEqual(clock.slept, [], name);
  }
});

test('a page whose text takes two bytes a character in memory may have half as many of them', async (t) => {
  const filler = 'x'.repeat(9 * 1024 * 1024);
  const whole = (text: string) => reply(200, `{"name":"foo","files":[],"x":"${filler}${text}"}`, JSON_TYPE);
  for (const text of ['\u4e2d', '\\u4e2d', '\\u0100']) {
    const server = await startServer(t, whole(text));
    const error = await failure(detail(openUpstream(t, server.url).upstream), 'UPSTREAM_TOO_LARGE');
    assert.match(error.facts.expected ?? '', /pageWideCharsMax/, text);
  }
  // Enough turns of this process's one event loop for the first piece to be read by itself.
  const split = await startServer(t, (_request, response) => {
    response.writeHead(200, JSON_TYPE).write('{"name":"foo","files":[],"x":"\\u');
    const turn = (left: number) =>
      left === 0 ? response.end(`4e2d${filler}"}`) : setImmediate(turn, left - 1);
    turn(200);
  });
  await failure(detail(openUpstream(t, split.url).upstream), 'UPSTREAM_TOO_LARGE');
  for (const text of ['\u00e9', '\\u00e9', '']) {
    const server = await startServer(t, whole(text));
    assert.equal((await detail(openUpstream(t, server.url).upstream)).kind, 'page', text);
  }
});

test('bytes that are not UTF-8 are malformed', async (t) => {
  const server = await startServer(t, reply(200, Buffer.from('{"name":"\xff"}', 'latin1'), JSON_TYPE));
  const error = await failure(detail(openUpstream(t, server.url).upstream), 'UPSTREAM_MALFORMED');
  assert.match(error.message, /not UTF-8/);
});

test('large pages are read one after the other, and all arrive', async (t) => {
  const text = (bytes: number) => JSON.stringify({ ...document, filler: 'x'.repeat(bytes) });
  // More than the sockets hold: once it is written, the reader is in the middle of it.
  const first = text(14 * 1024 * 1024);
  const started = Promise.withResolvers<void>();
  let finishFirst = () => {};
  const server = await startServer(
    t,
    inTurn(
      (_request, response) => {
        finishFirst = () => response.end(first.slice(-1));
        response.writeHead(200, JSON_TYPE).write(first.slice(0, -1), () => started.resolve());
      },
      (_request, response) => {
        response.writeHead(200, JSON_TYPE).end(text(2 * 1024 * 1024));
        // Enough turns of this process's one event loop for the second page to be read, if it were let in.
        const turn = (left: number) => (left === 0 ? finishFirst() : setImmediate(turn, left - 1));
        response.on('finish', () => turn(500));
      },
    ),
  );
  const { upstream } = openUpstream(t, server.url);
  const order: string[] = [];
  const one = detail(upstream).then(({ kind }) => order.push(`first ${kind}`));
  await started.promise;
  const two = detail(upstream).then(({ kind }) => order.push(`second ${kind}`));
  await Promise.all([one, two]);
  assert.deepEqual(order, ['first page', 'second page']);
});

test('a large page that fails lets the next one in', async (t) => {
  const filler = 'x'.repeat(2 * 1024 * 1024);
  const bad = reply(200, `{"x":"${filler}`, JSON_TYPE);
  const server = await startServer(t, inTurn(bad, json({ ...document, filler })));
  const { upstream } = openUpstream(t, server.url, { pageConnections: 1 });
  await failure(detail(upstream), 'UPSTREAM_MALFORMED');
  assert.equal((await detail(upstream)).kind, 'page');
});
