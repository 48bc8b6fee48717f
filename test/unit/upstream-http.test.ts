/**
 * Goal: whatever happens below HTTP, or instead of it, comes out as an error that names the thing and says what to check;
 * requests go where the settings say and nowhere else.
 * Method: real servers on loopback that refuse, hang, redirect, speak TLS or act as a proxy.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Upstream } from '../../src/upstream/contract.ts';
import { deadlinesFor } from '../../src/upstream/deadline.ts';
import { withTempDir } from '../support/temp.ts';
import { bytesOf, failure, never, openUpstream } from '../support/upstream-kit.ts';
import {
  drip,
  hints,
  inTurn,
  json,
  reply,
  SIMPLE_JSON,
  stall,
  startServer,
  type TestServer,
} from '../support/upstream-server.ts';
import { TEST_AUTHORITY } from '../support/upstream-tls.ts';

const once = { attemptsMax: 1, firstWaitMs: 1, waitMsMax: 1, retryAfterMsMax: 0 };
const foo = normalizeName('foo');
const page = json({ meta: { 'api-version': '1.4' }, name: 'foo', files: [] });

const detail = (upstream: Upstream, signal: AbortSignal = never) =>
  upstream.detail({ name: foo, validator: null, encoding: 'gzip' }, signal);

const file = (upstream: Upstream, url: string) =>
  upstream.file({ url, offsetBytes: 0, bodyBytesMax: 1000 }, never);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('requests say who asks, what they want, and in which encoding', async (t) => {
  const server = await startServer(t, page);
  await detail(openUpstream(t, server.url, { contact: 'mailto:ops@mirror.example' }).upstream);
  await detail(openUpstream(t, server.url).upstream);
  const [first, second] = server.asked.map(({ headers }) => headers);
  assert.equal(first?.['user-agent'], 'jubjub/1.2.3 (+mailto:ops@mirror.example)');
  assert.equal(second?.['user-agent'], 'jubjub/1.2.3');
  assert.equal(first?.['accept'], SIMPLE_JSON);
  assert.equal(first?.['accept-encoding'], 'gzip');
  assert.equal(server.asked[0]?.url, '/simple/foo/');
});

test('connections are kept and used again', async (t) => {
  const server = await startServer(t, page);
  const { upstream } = openUpstream(t, server.url);
  for (let request = 0; request < 20; request++) await detail(upstream);
  // Two, not one: undici lets a connection rest for a turn of the event loop before it uses it again.
  assert.ok(new Set(server.asked.map(({ socket }) => socket)).size <= 2);
  assert.equal(upstream.requestsMade, 20);
});

test('a refused connection is unreachable, worth a retry, and names the page', async (t) => {
  const { upstream } = openUpstream(t, `http://127.0.0.1:${await freePort()}`, {}, { retry: once });
  const error = await failure(detail(upstream), 'UPSTREAM_UNREACHABLE');
  assert.match(error.message, /the page of foo/);
  assert.equal(error.facts.retryable, true);
  assert.match(error.facts.hint ?? '', /host and port/);
});

test('an unknown host name says to check DNS and is not tried again', async (t) => {
  const { upstream, clock } = openUpstream(t, 'https://index.invalid');
  const error = await failure(detail(upstream), 'UPSTREAM_UNREACHABLE');
  assert.match(error.facts.hint ?? '', /DNS/);
  // Without any network the resolver says "try again" instead of "no such name".
  if (/ENOTFOUND/.test(error.facts.received ?? '')) assert.deepEqual(clock.slept, []);
});

test('a server that never answers, and one that stops in the middle, time out by silence', async (t) => {
  const server = await startServer(
    t,
    inTurn(() => {}, stall('{"meta":', { 'content-type': SIMPLE_JSON })),
  );
  const { upstream } = openUpstream(t, server.url, { timeoutMs: 100 }, { retry: once });
  for (let turn = 0; turn < 2; turn++) {
    const error = await failure(detail(upstream), 'UPSTREAM_TIMEOUT');
    assert.equal(error.facts.expected, 'a byte within 100 ms');
    assert.equal(error.facts.retryable, true);
  }
});

test('a page that trickles, and interim answers without end, end as a timeout that says so', async (t) => {
  const body = Buffer.from('{"name":"foo","files":[]}'.padEnd(1000));
  for (const encoding of ['identity', 'gzip']) {
    const headers = { 'content-type': SIMPLE_JSON, 'content-encoding': encoding };
    const bytes = encoding === 'gzip' ? gzipSync(body, { level: 0 }) : body;
    for (const answer of [drip(bytes, 20, headers), hints]) {
      const server = await startServer(t, answer);
      const deadlines = { pageMs: 200, listMs: 1 };
      const { upstream } = openUpstream(t, server.url, {}, { retry: once, deadlines });
      const error = await failure(detail(upstream), 'UPSTREAM_TIMEOUT');
      assert.match(error.message, /took too long in all: the page of foo/);
      assert.equal(error.facts.expected, 'the whole of it within 200 ms');
      assert.equal(error.facts.retryable, true);
    }
  }
});

test('the limits on whole answers grow with the timeout, and leave lists a minute at least', () => {
  assert.deepEqual(deadlinesFor(30_000), { pageMs: 600_000, listMs: 600_000 });
  assert.deepEqual(deadlinesFor(1000), { pageMs: 20_000, listMs: 60_000 });
});

test('statuses that may pass are tried again, others are not', async (t) => {
  for (const [status, tries] of [
    [400, 1],
    [403, 1],
    [406, 1],
    [451, 1],
    [408, 2],
    [425, 2],
    [429, 2],
    [500, 2],
    [502, 2],
    [503, 2],
  ] as const) {
    const server = await startServer(t, reply(status, 'no', { 'content-type': 'text/plain' }));
    const retry = { attemptsMax: 2, firstWaitMs: 100, waitMsMax: 1000, retryAfterMsMax: 1000 };
    const { upstream, events } = openUpstream(t, server.url, {}, { retry });
    const error = await failure(detail(upstream), 'UPSTREAM_STATUS');
    assert.equal(server.asked.length, tries, `status ${status}`);
    assert.equal(error.facts.httpStatus, status);
    assert.equal(error.facts.received, `HTTP ${status} (no)`);
    assert.equal(events.filter(({ type }) => type === 'retry').length, tries - 1);
  }
});

test('Retry-After is waited for, in both forms, and told as an event', async (t) => {
  const server = await startServer(
    t,
    inTurn(
      reply(503, '<html>', { 'content-type': 'text/html', 'retry-after': '7' }),
      // The test clock has moved on by the seven seconds.
      reply(429, '', { 'retry-after': 'Sat, 21 Nov 2026 09:30:20 GMT' }),
      page,
    ),
  );
  const { upstream, clock, events } = openUpstream(t, server.url);
  assert.equal((await detail(upstream)).kind, 'page');
  assert.deepEqual(clock.slept, [7000, 13_000]);
  assert.deepEqual(
    events.map((event) => (event.type === 'retry' ? [event.what, event.code, event.attempt] : [])),
    [
      ['the page of foo', 'UPSTREAM_STATUS', 1],
      ['the page of foo', 'UPSTREAM_STATUS', 2],
    ],
  );
});

test('a longer Retry-After than we are willing to wait ends the tries', async (t) => {
  const server = await startServer(t, reply(503, '', { 'retry-after': '86400' }));
  const { upstream, clock } = openUpstream(t, server.url);
  const error = await failure(detail(upstream), 'UPSTREAM_STATUS');
  // As much of it as anybody may ask for.
  assert.equal(error.facts.retryAfterMs, 6 * 3_600_000);
  assert.deepEqual(clock.slept, []);
  const minute = await startServer(t, reply(503, '', { 'retry-after': '61' }));
  const other = openUpstream(t, minute.url);
  assert.equal((await failure(detail(other.upstream), 'UPSTREAM_STATUS')).facts.retryAfterMs, 61_000);
  assert.deepEqual(other.clock.slept, []);
});

test('redirects are followed to the end and counted as requests', async (t) => {
  const server = await startServer(t, ({ url }, response) => {
    const step = Number(/\d+/.exec(url)?.[0] ?? 5);
    if (step > 0) response.writeHead(301, { location: `/simple/foo/${step - 1}/` }).end('moved');
    else response.writeHead(200, { 'content-type': SIMPLE_JSON }).end('{"name":"foo","files":[]}');
  });
  const { upstream } = openUpstream(t, server.url);
  assert.equal((await detail(upstream)).kind, 'page');
  assert.equal(upstream.requestsMade, 6);
});

test('a redirect loop ends at the limit; a foreign host is never asked', async (t) => {
  const foreign = await startServer(t, page);
  const loop = await startServer(t, reply(302, '', { location: '/simple/foo/' }));
  const looping = openUpstream(t, loop.url).upstream;
  assert.match((await failure(detail(looping), 'UPSTREAM_REDIRECT')).facts.expected ?? '', /at most 5/);
  assert.equal(loop.asked.length, 6);

  const leading = await startServer(t, reply(302, '', { location: `${foreign.url}/simple/foo/` }));
  const refused = await failure(detail(openUpstream(t, leading.url).upstream), 'UPSTREAM_REDIRECT');
  assert.match(refused.message, new RegExp(`to ${foreign.host} is not followed`));
  assert.equal(foreign.asked.length, 0);
  await detail(openUpstream(t, leading.url, { fileHosts: [foreign.host] }).upstream);
  assert.equal(foreign.asked.length, 1);
});

test('credentials in the URL go to the upstream as Basic, not along with a redirect, and into no error', async (t) => {
  const files = await startServer(t, reply(404, ''));
  const server = await startServer(t, reply(302, '', { location: `${files.url}/f` }));
  const url = server.url.replace('//', '//us%40er:p%25w@');
  const { upstream } = openUpstream(t, url, { fileHosts: [files.host] });
  assert.equal(upstream.identity, server.url);
  const error = await failure(file(upstream, `${server.url}/f`), 'UPSTREAM_ABSENT');
  const basic = server.asked[0]?.headers.authorization?.replace('Basic ', '') ?? '';
  assert.equal(Buffer.from(basic, 'base64').toString(), 'us@er:p%w');
  assert.equal(files.asked[0]?.headers.authorization, undefined);
  assert.doesNotMatch(JSON.stringify(error.facts), /p%/);
});

test('a server that repeats the Authorization that it got puts no password into an error', async (t) => {
  const basic = Buffer.from('user:secret').toString('base64');
  const echo = `who is\nBASIC  ${basic}, or Basic ${basic}?`;
  const server = await startServer(t, reply(401, echo, { 'content-type': 'text/plain' }));
  const { upstream } = openUpstream(t, server.url.replace('//', '//user:secret@'));
  const error = await failure(file(upstream, `${server.url}/f`), 'UPSTREAM_STATUS');
  assert.equal(error.facts.received, 'HTTP 401 (who is BASIC …, or Basic …?)');
});

test('connect-to leads to another address while Host and TLS name stay the URL’s', async (t) => {
  const directory = withTempDir(t);
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, `a comment\n${TEST_AUTHORITY}`);
  const server = await startServer(t, page, { tls: true });
  const connectTo = { host: '127.0.0.1', port: server.port };
  const trusting = openUpstream(t, 'https://pypi.example', { connectTo, caFile }).upstream;
  assert.equal((await detail(trusting)).kind, 'page');
  assert.equal(server.asked[0]?.headers.host, 'pypi.example');

  const misnamed = openUpstream(t, 'https://other.example', { connectTo, caFile }, { retry: once });
  const wrongName = await failure(detail(misnamed.upstream), 'UPSTREAM_UNREACHABLE');
  assert.match(wrongName.facts.received ?? '', /ERR_TLS_CERT_ALTNAME_INVALID/);
});

test('connect-to concerns the upstream’s own origin only', async (t) => {
  const bypass = await startServer(t, page);
  const files = await startServer(t, reply(200, 'bytes'));
  const { upstream } = openUpstream(t, 'http://pypi.example', {
    connectTo: { host: '127.0.0.1', port: bypass.port },
    allowHttp: true,
    fileHosts: [files.host],
  });
  await detail(upstream);
  await bytesOf((await file(upstream, `${files.url}/f`)).chunks);
  assert.equal(bypass.asked.length, 1);
  assert.equal(bypass.asked[0]?.headers.host, 'pypi.example');
  assert.equal(files.asked.length, 1);
});

test('a certificate that nobody vouches for says what to check and is not tried again', async (t) => {
  const server = await startServer(t, page, { tls: true });
  const connectTo = { host: '127.0.0.1', port: server.port };
  const { upstream, clock } = openUpstream(t, 'https://pypi.example', { connectTo });
  const error = await failure(detail(upstream), 'UPSTREAM_UNREACHABLE');
  assert.match(error.message, /certificate is not trusted/);
  assert.match(error.facts.hint ?? '', /ca-file/);
  assert.deepEqual(clock.slept, []);
});

test('a ca-file that is missing, empty or damaged is a configuration error', (t) => {
  const directory = withTempDir(t);
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  for (const caFile of [
    join(directory, 'missing.pem'),
    write('empty.pem', ''),
    write('damaged.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
  ])
    assert.throws(() => openUpstream(t, 'https://pypi.example', { caFile }), { code: 'CONFIG_INVALID' });
});

/** A proxy that answers every plain request itself. */
const proxyFor = (t: Parameters<typeof startServer>[0]): Promise<TestServer> => startServer(t, page);

test('a proxy is asked instead: the configured one, else the environment’s, unless NO_PROXY says otherwise', async (t) => {
  const proxy = await proxyFor(t);
  const own = await startServer(t, page);
  const allowHttp = true;
  const url = 'http://pypi.example';
  const cases: [more: object, env: Record<string, string>, asked: string][] = [
    [{ proxy: proxy.url }, {}, url],
    [{ proxy: proxy.url }, { NO_PROXY: '*' }, url],
    [{}, { HTTP_PROXY: proxy.host }, url],
    [{}, { http_proxy: proxy.url, HTTP_PROXY: 'http://wrong.invalid' }, url],
  ];
  for (const [more, env] of cases) {
    await detail(openUpstream(t, url, { allowHttp, ...more }, { env }).upstream);
    assert.equal(proxy.asked.at(-1)?.url, `${url}/simple/foo/`, JSON.stringify([more, env]));
    assert.equal(proxy.asked.at(-1)?.headers.host, 'pypi.example');
  }
  const before = proxy.asked.length;
  for (const env of [{ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }, {}])
    await detail(openUpstream(t, own.url, {}, { env }).upstream);
  assert.equal(proxy.asked.length, before);
  assert.equal(own.asked.length, 2);
});

test('https goes through a tunnel, in which the upstream’s own certificate is checked', async (t) => {
  const caFile = join(withTempDir(t), 'ca.pem');
  writeFileSync(caFile, TEST_AUTHORITY);
  const server = await startServer(t, page, { tls: true });
  const proxy = await startServer(t, page, { tunnelTo: server.port });
  const url = 'https://pypi.example';
  const through = openUpstream(t, url, { proxy: proxy.url.replace('//', '//me:secret@'), caFile }).upstream;
  assert.equal((await detail(through)).kind, 'page');
  assert.deepEqual(proxy.tunnels, ['pypi.example:443']);
  assert.equal(server.asked[0]?.headers.host, 'pypi.example');
  const distrusting = openUpstream(t, url, { proxy: proxy.url }, { retry: once }).upstream;
  await failure(detail(distrusting), 'UPSTREAM_UNREACHABLE');
});

test('connect-to goes around the proxy', async (t) => {
  const proxy = await proxyFor(t);
  const server = await startServer(t, page);
  const connectTo = { host: '127.0.0.1', port: server.port };
  await detail(
    openUpstream(t, 'http://pypi.example', { allowHttp: true, connectTo, proxy: proxy.url }).upstream,
  );
  assert.equal(server.asked.length, 1);
  assert.equal(proxy.asked.length, 0);
});

test('a proxy that refuses a tunnel is named as the culprit', async (t) => {
  const proxy = await proxyFor(t);
  const env = { HTTPS_PROXY: proxy.url };
  const { upstream } = openUpstream(t, 'https://pypi.example', {}, { env, retry: once });
  const error = await failure(detail(upstream), 'UPSTREAM_UNREACHABLE');
  assert.deepEqual(proxy.tunnels, ['pypi.example:443']);
  assert.match(error.message, /the proxy did not let us through/);
});

test('settings that cannot work are configuration errors, before anything is asked', (t) => {
  for (const [url, more] of [
    ['http://pypi.example', {}],
    ['https://pypi.example', { proxy: 'ftp://proxy.example' }],
    ['https://pypi.example', { proxy: 'http://' }],
    ['https://pypi.example', { contact: 'a\r\nX-Evil: 1' }],
  ] as const)
    assert.throws(() => openUpstream(t, url, more), { code: 'CONFIG_INVALID' }, url);
});

test('the identity is the URL without credentials, query and trailing slash', (t) => {
  for (const [url, identity] of [
    ['https://pypi.org', 'https://pypi.org'],
    ['https://pypi.org/', 'https://pypi.org'],
    ['https://u:p@index.example/root/pypi/?a=b#c', 'https://index.example/root/pypi'],
    ['HTTPS://Index.Example:443/Root', 'https://index.example/Root'],
  ] as const)
    assert.equal(openUpstream(t, url).upstream.identity, identity);
});

test('an answer that is not HTTP is malformed', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('SSH-2.0-OpenSSH_9.9\r\n', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const { upstream } = openUpstream(t, `http://127.0.0.1:${port}`, {}, { retry: once });
  const error = await failure(detail(upstream), 'UPSTREAM_MALFORMED');
  assert.match(error.message, /does not speak HTTP/);
});

test('an abort ends a request that hangs, and the wait between two tries', async (t) => {
  const abort = new AbortController();
  const server = await startServer(t, () => abort.abort());
  await failure(detail(openUpstream(t, server.url).upstream, abort.signal), 'INTERRUPTED');
  await failure(detail(openUpstream(t, server.url).upstream, abort.signal), 'INTERRUPTED');
  assert.equal(server.asked.length, 1);
});
