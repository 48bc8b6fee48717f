/**
 * Goal: what has not changed is not sent again, and what has changed is never taken for unchanged: pages, lists and files.
 * Method: a real server on loopback that answers conditions well, badly and without being asked.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { ListState, Upstream, Validator } from '../../src/upstream/contract.ts';
import { bytesOf, collect, failure, never, openUpstream } from '../support/upstream-kit.ts';
import { type Answer, cut, endless, inTurn, json, reply, startServer } from '../support/upstream-server.ts';

const meta = { 'api-version': '1.0' };
const LIST = { meta, projects: [{ name: 'a' }] };
const PAGE = { meta, name: 'foo', files: [] };
const PAST = 'Wed, 01 Jan 2020 00:00:00 GMT';
const SENT = 'Wed, 01 Jan 2020 00:00:01 GMT';

async function polled(t: TestContext, answer: Answer, more: Partial<UpstreamSettings> = {}) {
  const server = await startServer(t, answer);
  const kit = openUpstream(t, server.url, { changes: 'poll', ...more });
  await kit.upstream.recognize({ kind: 'poll', index: '/simple/' }, never);
  return { server, ...kit };
}

const detail = (upstream: Upstream, validator: Validator | null = null, encoding = 'gzip' as const) =>
  upstream.detail({ name: normalizeName('foo'), validator, encoding }, never);

const file = (upstream: Upstream, url: string, validator: Validator | null = null, offsetBytes = 0) =>
  upstream.file({ url: `${url}/f-1.0.tar.gz`, offsetBytes, bodyBytesMax: 1000, validator }, never);

test('a date stands in for an ETag where there is none, and where it can be relied on', async (t) => {
  const cases: [headers: Record<string, string>, etag: string | null][] = [
    [{ etag: '"a"', 'last-modified': PAST, date: SENT }, '"a"'],
    [{ etag: 'W/"a"' }, 'W/"a"'],
    [{ etag: 'no etag', 'last-modified': PAST, date: SENT }, PAST],
    [{ 'last-modified': PAST, date: SENT }, PAST],
    // Within one second it may change again and keep its date.
    [{ 'last-modified': PAST, date: PAST }, null],
    [{ 'last-modified': PAST, date: 'yesterday' }, null],
    [{ 'last-modified': '2020-01-01', date: SENT }, null],
    [{ 'last-modified': `${PAST} `.repeat(2), date: SENT }, null],
    [{}, null],
  ];
  for (const [headers, etag] of cases) {
    const { server, upstream } = await polled(t, (request, response) =>
      (request.url.endsWith('gz') ? reply(200, 'bytes', headers) : json(PAGE, headers))(request, response),
    );
    const got = await detail(upstream);
    const expected = etag === null ? null : { etag, encoding: 'gzip' };
    assert.deepEqual(got.kind === 'page' && got.validator, expected, JSON.stringify(headers));
    const whole = await file(upstream, server.url);
    await bytesOf(whole.chunks);
    assert.deepEqual(whole.validator, etag === null ? null : { etag, encoding: 'identity' });
  }
});

test('an ETag is sent as If-None-Match, a date as If-Modified-Since, each with its own encoding only', async (t) => {
  const { server, upstream } = await polled(t, ({ headers }, response) => {
    const isKnown = headers['if-none-match'] === '"a"' || headers['if-modified-since'] === PAST;
    (isKnown ? reply(304, '') : json(PAGE))(server.asked[0] as never, response);
  });
  for (const etag of ['"a"', PAST])
    for (const encoding of ['gzip', 'identity'] as const) {
      const kind = encoding === 'gzip' ? 'unchanged' : 'page';
      assert.equal((await detail(upstream, { etag, encoding })).kind, kind, `${etag} ${encoding}`);
      const headers = server.asked.at(-1)?.headers;
      const sent = [headers?.['if-none-match'], headers?.['if-modified-since']].filter((value) => value);
      assert.deepEqual(sent, encoding === 'gzip' ? [etag] : []);
    }
});

test('a list is asked for with what the last one left: validator or counter', async (t) => {
  let body: object = LIST;
  let version = 1;
  const { server, upstream } = await polled(t, (request, response) => {
    const etag = `"${version}"`;
    const counter = { 'x-devpi-serial': String(version) };
    if (request.headers['if-none-match'] === etag) reply(304, '', counter)(request, response);
    else json(body, { etag, ...counter })(request, response);
  });
  const first = await upstream.projects(never);
  assert.deepEqual(first.state, { validator: { etag: '"1"', encoding: 'gzip' }, counter: '1' });
  assert.equal((await collect(first.batches)).length, 1);
  const again = await upstream.projects(never, first.state);
  assert.deepEqual([again.unchanged, again.state], [true, first.state]);
  assert.deepEqual(await collect(again.batches), []);
  const byCounter = await upstream.projects(never, { validator: null, counter: '1' });
  assert.deepEqual([byCounter.unchanged, byCounter.state], [true, first.state]);
  assert.deepEqual(await collect(byCounter.batches), []);
  version = 2;
  body = { meta, projects: [{ name: 'a' }, { name: 'b' }] };
  const changed = await upstream.projects(never, again.state);
  assert.equal(changed.unchanged, false);
  assert.deepEqual(changed.state, { validator: { etag: '"2"', encoding: 'gzip' }, counter: '2' });
  assert.equal((await collect(changed.batches)).length, 2);
  assert.deepEqual(
    server.asked.map(({ headers }) => headers['if-none-match']),
    [undefined, '"1"', undefined, '"1"'],
  );
});

test('a counter is any short text, and none is none', async (t) => {
  for (const [header, counter] of [
    ['12', '12'],
    ['', null],
    ['x'.repeat(65), null],
  ] as const) {
    const { upstream } = await polled(t, json(LIST, { 'x-devpi-serial': header }));
    const listing = await upstream.projects(never, { validator: null, counter: null });
    assert.equal(listing.unchanged, false);
    assert.equal(listing.state.counter, counter);
    await collect(listing.batches);
  }
});

test('a list that is unchanged still tells the serial of its header', async (t) => {
  const server = await startServer(t, reply(304, '', { 'x-pypi-last-serial': '7' }));
  const { upstream } = openUpstream(t, server.url, { changes: 'list' });
  const known: ListState = { validator: { etag: '"a"', encoding: 'gzip' }, counter: null };
  const listing = await upstream.projects(never, known);
  assert.deepEqual([listing.unchanged, listing.serial, listing.state], [true, 7, known]);
});

test('a large list is not read when nothing has changed', async (t) => {
  const { upstream } = await polled(
    t,
    endless(Buffer.alloc(65_536, 0x20), {
      'content-type': 'application/vnd.pypi.simple.v1+json',
      'x-devpi-serial': '5',
    }),
  );
  assert.equal((await upstream.projects(never, { validator: null, counter: '5' })).unchanged, true);
  await upstream.probe(never);
});

test('a file that has not changed has no chunks; one that has comes whole', async (t) => {
  const { server, upstream } = await polled(t, (request, response) =>
    (request.headers['if-none-match'] === '"a"' ? reply(304, '') : reply(200, 'bytes', { etag: '"b"' }))(
      request,
      response,
    ),
  );
  const known: Validator = { etag: '"a"', encoding: 'identity' };
  const same = await file(upstream, server.url, known);
  assert.deepEqual([same.unchanged, same.validator, same.offsetBytes], [true, known, 0]);
  assert.equal((await bytesOf(same.chunks)).length, 0);
  const other = await file(upstream, server.url, { etag: '"old"', encoding: 'identity' });
  assert.deepEqual([other.unchanged, other.validator?.etag], [false, '"b"']);
  assert.equal(String(await bytesOf(other.chunks)), 'bytes');
  // Of another encoding than files are asked in: not sent.
  const foreign = await file(upstream, server.url, { etag: '"a"', encoding: 'gzip' });
  assert.equal(String(await bytesOf(foreign.chunks)), 'bytes');
  await failure(file(upstream, server.url, known, 3), 'INTERNAL');
});

test('a 304 that nothing was sent for is malformed', async (t) => {
  const { server, upstream } = await polled(t, reply(304, ''));
  await failure(detail(upstream), 'UPSTREAM_MALFORMED');
  await failure(upstream.projects(never), 'UPSTREAM_MALFORMED');
  await failure(upstream.projects(never, { validator: null, counter: '5' }), 'UPSTREAM_MALFORMED');
  await failure(file(upstream, server.url), 'UPSTREAM_MALFORMED');
});

test('a list that breaks off is an error, whatever was known', async (t) => {
  const text = JSON.stringify(LIST);
  const broken = cut(text.slice(0, 40), text.length, {
    'content-type': 'application/vnd.pypi.simple.v1+json',
  });
  const { upstream } = await polled(t, inTurn(broken));
  const read = async () =>
    collect((await upstream.projects(never, { validator: null, counter: '5' })).batches);
  await failure(read(), 'UPSTREAM_UNREACHABLE');
});
