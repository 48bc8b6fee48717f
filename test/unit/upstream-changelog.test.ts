/**
 * Goal: no row of the changelog is lost or given twice, whatever XML-RPC answers: pages, faults, HTML, cut and hostile bodies.
 * Method: a real server on loopback with a scripted journal; the clock records the waits instead of waiting.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ChangelogRow } from '../../src/pypi/types.ts';
import { collect, failure, never, openUpstream } from '../support/upstream-kit.ts';
import {
  type Answer,
  cut,
  drip,
  endless,
  inTurn,
  reply,
  stall,
  startServer,
  xml,
} from '../support/upstream-server.ts';
import { askedSince, faultXml, rowOf, rowsOf, rowsXml, valueXml } from '../support/upstream-xml.ts';

const XML = { 'content-type': 'text/xml' };
const once = { attemptsMax: 1, firstWaitMs: 1, waitMsMax: 1, retryAfterMsMax: 0 };

/** A journal that answers as PyPI does, at most `limit` rows at a time. */
function journal(rows: readonly ChangelogRow[], limit = 50_000): Answer {
  return (request, response) => {
    const since = askedSince(request.body);
    const page = rows.filter(({ serial }) => serial > since).slice(0, limit);
    xml(rowsXml(page))(request, response);
  };
}

const cursors = (asked: readonly { body: string }[]) => asked.map(({ body }) => askedSince(body));

test('the head serial is read; an empty journal is at 0', async (t) => {
  const server = await startServer(t, inTurn(xml(valueXml(38_123_456)), xml(valueXml(null))));
  const { upstream } = openUpstream(t, server.url);
  assert.equal(await upstream.head(never), 38_123_456);
  assert.equal(await upstream.head(never), 0);
  const [call] = server.asked;
  assert.equal(call?.method, 'POST');
  assert.equal(call?.url, '/pypi');
  assert.equal(call?.headers['content-type'], 'text/xml');
  assert.match(call?.body ?? '', /<methodName>changelog_last_serial<\/methodName><params><\/params>/);
});

test('a head that is no serial is malformed', async (t) => {
  for (const answer of [
    xml(valueXml(-1)),
    xml(valueXml(2 ** 31)),
    xml(rowsXml([])),
    reply(200, valueXml(5), { 'content-type': 'text/html' }),
  ]) {
    const server = await startServer(t, answer);
    await failure(openUpstream(t, server.url).upstream.head(never), 'UPSTREAM_MALFORMED');
    assert.equal(server.asked.length, 1);
  }
});

test('changes are asked for with the last row’s serial until the answer is empty', async (t) => {
  const rows = [...rowsOf(3, 120), rowOf(500), rowOf(501, { name: null, version: null, action: null })];
  const server = await startServer(t, journal(rows, 60));
  const { upstream } = openUpstream(t, server.url);
  assert.deepEqual(await collect(upstream.changes(2, never)), rows);
  assert.deepEqual(cursors(server.asked), [2, 62, 501]);
  assert.deepEqual(await collect(upstream.changes(501, never)), []);
});

test('gzip is asked for and understood; double escapes arrive as PyPI meant them', async (t) => {
  const rows = [rowOf(7, { action: 'add py3 file &#8230;-1.0.whl' })];
  const body = gzipSync(rowsXml(rows));
  const server = await startServer(
    t,
    inTurn(reply(200, body, { ...XML, 'content-encoding': 'gzip' }), xml(rowsXml([]))),
  );
  assert.deepEqual(await collect(openUpstream(t, server.url).upstream.changes(0, never)), rows);
  assert.equal(server.asked[0]?.headers['accept-encoding'], 'gzip');
});

test('a rate limit inside HTTP 200 is waited out for as long as its text says', async (t) => {
  const text =
    'HTTPTooManyRequests: The action could not be performed because there were too many requests by the client. Limit may reset in 41 seconds.';
  const server = await startServer(t, inTurn(xml(faultXml(-32500, text)), journal([rowOf(9)])));
  const { upstream, clock, events } = openUpstream(t, server.url);
  assert.deepEqual(await collect(upstream.changes(8, never)), [rowOf(9)]);
  assert.deepEqual(clock.slept, [42_000]);
  assert.equal(events[0]?.type === 'retry' ? events[0].code : '', 'UPSTREAM_RATE_LIMITED');
});

test('XML-RPC is waited for longer than pages are, and no fault asks for days', async (t) => {
  const limited = (seconds: number) =>
    xml(faultXml(-32500, `HTTPTooManyRequests: slow down. Limit may reset in ${seconds} seconds.`));
  const server = await startServer(t, inTurn(limited(800), xml(valueXml(5)), limited(999_999_999)));
  const { upstream, clock } = openUpstream(t, server.url);
  assert.equal(await upstream.head(never), 5);
  assert.deepEqual(clock.slept, [801_000]);
  const error = await failure(upstream.head(never), 'UPSTREAM_RATE_LIMITED');
  assert.equal(error.facts.retryAfterMs, 6 * 3_600_000);
});

test('what upstream says comes out harmless on a terminal', async (t) => {
  const server = await startServer(t, xml(faultXml(-32601, 'no\u202e\nmethod\u0085')));
  const error = await failure(openUpstream(t, server.url).upstream.head(never), 'UPSTREAM_FAULT');
  assert.equal(error.facts.received, 'fault -32601: no\\u{202e}\\u{a}method\\u{85}');
  const typed = await startServer(t, reply(200, '', { 'content-type': 'text/\u009b31m' }));
  const other = await failure(openUpstream(t, typed.url).upstream.head(never), 'UPSTREAM_MALFORMED');
  assert.equal(other.facts.received, '"text/\\u{9b}31m"');
});

test('a fault for good is thrown at once, one of the moment is tried again', async (t) => {
  const server = await startServer(
    t,
    inTurn(xml(faultXml(-32500, 'application error')), xml(faultXml(-32601, 'method not found'))),
  );
  const { upstream, clock } = openUpstream(t, server.url);
  const error = await failure(upstream.head(never), 'UPSTREAM_FAULT');
  assert.match(error.message, /changelog_last_serial/);
  assert.equal(error.facts.received, 'fault -32601: method not found');
  assert.equal(clock.slept.length, 1);
});

test('HTML instead of XML is an error: 503 tried again, 200 not', async (t) => {
  const html = { 'content-type': 'text/html' };
  const server = await startServer(
    t,
    inTurn(reply(503, '<html>backend read error', html), reply(200, '<html>log in', html)),
  );
  const { upstream, events } = openUpstream(t, server.url);
  const error = await failure(upstream.head(never), 'UPSTREAM_MALFORMED');
  assert.match(error.facts.hint ?? '', /XML-RPC at \/pypi/);
  assert.deepEqual(
    events.map((event) => (event.type === 'retry' ? event.code : '')),
    ['UPSTREAM_STATUS'],
  );
});

test('a body that breaks off is resumed behind the last row given out, and no row comes twice', async (t) => {
  const rows = rowsOf(1, 300);
  const whole = rowsXml(rows);
  const half = whole.slice(0, whole.length / 2);
  const broken: [name: string, answer: Answer][] = [
    ['the connection breaks', cut(half, whole.length, XML)],
    ['a proxy ends it neatly', reply(200, half, XML)],
    ['gzip breaks', cut(gzipSync(whole).subarray(0, -100), 9999, { ...XML, 'content-encoding': 'gzip' })],
    [
      'gzip ends early',
      reply(200, gzipSync(whole).subarray(0, -100), { ...XML, 'content-encoding': 'gzip' }),
    ],
    ['only the end is missing', reply(200, whole.trimEnd().slice(0, -3), XML)],
  ];
  for (const [name, answer] of broken) {
    const server = await startServer(t, inTurn(answer, journal(rows)));
    const { upstream, clock } = openUpstream(t, server.url);
    assert.deepEqual(await collect(upstream.changes(0, never)), rows, name);
    assert.equal(clock.slept.length, 1, name);
    // What the decoder still held when its source broke is lost, which is all there was in so short an answer.
    if (!name.startsWith('gzip')) assert.ok((cursors(server.asked)[1] ?? 0) > 0, `${name}: it began anew`);
  }
});

test('a body that always breaks at the same row ends as an error, not as a shorter list', async (t) => {
  const server = await startServer(t, ({ body }, response) => {
    const since = askedSince(body);
    const rows = rowsXml(since < 2 ? rowsOf(since + 1, 2) : []);
    response.writeHead(200, XML).end(since < 2 ? rows : rows.slice(0, 60));
  });
  const { upstream, clock } = openUpstream(t, server.url);
  await failure(collect(upstream.changes(0, never)), 'UPSTREAM_MALFORMED');
  assert.equal(clock.slept.length, 4);
});

test('rows that do not ascend above the cursor are malformed', async (t) => {
  for (const serials of [[5], [6, 6], [7, 6]]) {
    const server = await startServer(t, xml(rowsXml(serials.map((serial) => rowOf(serial)))));
    const error = await failure(
      collect(openUpstream(t, server.url).upstream.changes(5, never)),
      'UPSTREAM_MALFORMED',
    );
    assert.match(error.facts.expected ?? '', /a serial above/);
    assert.equal(error.facts.url, `${server.url}/pypi`);
  }
});

test('a row with a serial that PyPI cannot have is malformed: no later row would ever be above it', async (t) => {
  const server = await startServer(t, journal([rowOf(2 ** 31)]));
  await failure(collect(openUpstream(t, server.url).upstream.changes(5, never)), 'UPSTREAM_MALFORMED');
  const last = await startServer(t, journal([rowOf(2 ** 31 - 1)]));
  assert.equal((await collect(openUpstream(t, last.url).upstream.changes(5, never))).length, 1);
});

test('a changelog that gives out a row at a time and never ends is refused; one that is slow to end is not', async (t) => {
  const endlessly = await startServer(t, ({ body }, response) =>
    xml(rowsXml([rowOf(askedSince(body) + 1)]))({} as never, response),
  );
  const error = await failure(
    collect(openUpstream(t, endlessly.url).upstream.changes(0, never)),
    'UPSTREAM_MALFORMED',
  );
  assert.match(error.message, /the changelog does not end/);
  assert.equal(endlessly.asked.length, 1001);
  const slow = await startServer(t, journal(rowsOf(1, 500), 1));
  assert.equal((await collect(openUpstream(t, slow.url).upstream.changes(0, never))).length, 500);
});

test('an answer that trickles ends as a timeout, of rows and of a head', async (t) => {
  const server = await startServer(t, drip(Buffer.from(rowsXml(rowsOf(1, 100))), 20, XML));
  const { upstream } = openUpstream(
    t,
    server.url,
    {},
    { retry: once, deadlines: { pageMs: 1, listMs: 200 } },
  );
  for (const answer of [collect(upstream.changes(0, never)), upstream.head(never)]) {
    const error = await failure(answer, 'UPSTREAM_TIMEOUT');
    assert.match(error.message, /took too long in all/);
    assert.equal(error.facts.retryable, true);
  }
});

test('entity bombs, bytes that are not UTF-8 and endless bodies are refused', async (t) => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "${'ha'.repeat(100)}">]>${rowsXml([]).slice(22)}`;
  const hostile: [answer: Answer, code: 'UPSTREAM_MALFORMED' | 'UPSTREAM_TOO_LARGE'][] = [
    [xml(bomb), 'UPSTREAM_MALFORMED'],
    [reply(200, Buffer.from(rowsXml([rowOf(1, { name: 'é' })]), 'latin1'), XML), 'UPSTREAM_MALFORMED'],
    [endless(Buffer.from('<value>'.repeat(1000)), XML), 'UPSTREAM_TOO_LARGE'],
    [endless(Buffer.alloc(10_000), { ...XML, 'content-encoding': 'br' }), 'UPSTREAM_MALFORMED'],
  ];
  for (const [answer, code] of hostile) {
    const server = await startServer(t, answer);
    await failure(collect(openUpstream(t, server.url).upstream.changes(0, never)), code);
    await failure(openUpstream(t, server.url).upstream.head(never), code);
    assert.equal(server.asked.length, 2);
  }
});

test('a head can be asked for while the changes are being read', async (t) => {
  const rows = rowsOf(1, 5000);
  const server = await startServer(t, (request, response) =>
    (request.body.includes('changelog_last_serial') ? xml(valueXml(5000)) : journal(rows))(request, response),
  );
  const { upstream } = openUpstream(t, server.url);
  for await (const batch of upstream.changes(0, never)) {
    assert.ok(batch.length > 0);
    assert.equal(await upstream.head(never), 5000);
    break;
  }
});

test('leaving the changes early closes their connection', async (t) => {
  const head = rowsXml(rowsOf(1, 100)).slice(0, -200);
  const server = await startServer(t, stall(head, XML));
  const { upstream } = openUpstream(t, server.url);
  for await (const _ of upstream.changes(0, never)) break;
  const [first] = server.asked;
  if (first?.socket.destroyed === false) await new Promise((resolve) => first.socket.once('close', resolve));
});

test('an abort ends the changes, between two batches as well as in a wait', async (t) => {
  const server = await startServer(t, stall(rowsXml(rowsOf(1, 100)).slice(0, -200), XML));
  const abort = new AbortController();
  const reading = async () => {
    for await (const _ of openUpstream(t, server.url, {}, { retry: once }).upstream.changes(0, abort.signal))
      setImmediate(() => abort.abort());
  };
  await failure(reading(), 'INTERRUPTED');
});
