/**
 * Goal: the project list arrives in batches with its serial known first, and no broken list passes for a whole one.
 * Method: a real server on loopback with lists in several orders, cut, mistyped and large.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { collect, failure, never, openUpstream } from '../support/upstream-kit.ts';
import {
  type Answer,
  cut,
  inTurn,
  json,
  reply,
  SIMPLE_JSON,
  stall,
  startServer,
} from '../support/upstream-server.ts';

const JSON_TYPE = { 'content-type': SIMPLE_JSON };
const meta = { '_last-serial': 9, 'api-version': '1.4' };
const entries = Array.from({ length: 2500 }, (_, index) => ({
  '_last-serial': index,
  name: `Project.${index}`,
}));

test('the list comes in batches, gzipped, with the serial that it says itself', async (t) => {
  const body = gzipSync(JSON.stringify({ meta, projects: entries }));
  const server = await startServer(
    t,
    reply(200, body, { ...JSON_TYPE, 'content-encoding': 'gzip', 'x-pypi-last-serial': '11' }),
  );
  const listing = await openUpstream(t, server.url).upstream.projects(never);
  // Not the header's: that may be newer than the body that a cache has put under it.
  assert.equal(listing.serial, 9);
  const sizes: number[] = [];
  const names: string[] = [];
  for await (const batch of listing.batches) {
    sizes.push(batch.length);
    names.push(...batch.map(({ name }) => name));
  }
  assert.equal(names.length, 2500);
  assert.equal(names[7], 'project-7');
  assert.ok(sizes.length >= 2 && Math.max(...sizes) < 2500);
  assert.equal(server.asked[0]?.url, '/simple/');
  assert.equal(server.asked[0]?.headers['accept-encoding'], 'gzip');
});

test('the document’s serial counts if it stands before the projects, else the header’s', async (t) => {
  const cases: [document: object, serial: number | null][] = [
    [{ meta, projects: entries }, 9],
    [{ projects: entries, meta }, null],
    [{ meta: { 'api-version': '1.0' }, projects: entries }, null],
    [{ meta, projects: [] }, 9],
  ];
  for (const [document, serial] of cases) {
    const server = await startServer(t, json(document));
    const listing = await openUpstream(t, server.url).upstream.projects(never);
    assert.equal(listing.serial, serial);
    const { projects } = document as { projects: unknown[] };
    assert.equal((await collect(listing.batches)).length, projects.length);
  }
  const behind = await startServer(t, json({ projects: entries, meta }, { 'x-pypi-last-serial': '8' }));
  const listing = await openUpstream(t, behind.url).upstream.projects(never);
  assert.equal(listing.serial, 8);
  await collect(listing.batches);
});

test('a list that breaks off throws at its end, after whatever batches came', async (t) => {
  const text = JSON.stringify({ meta, projects: entries });
  const half = text.slice(0, text.length / 2);
  const zipped = { ...JSON_TYPE, 'content-encoding': 'gzip' };
  const broken: [answer: Answer, code: 'UPSTREAM_UNREACHABLE' | 'UPSTREAM_MALFORMED'][] = [
    [cut(half, text.length, JSON_TYPE), 'UPSTREAM_UNREACHABLE'],
    [reply(200, half, JSON_TYPE), 'UPSTREAM_MALFORMED'],
    [reply(200, gzipSync(text).subarray(0, -100), zipped), 'UPSTREAM_MALFORMED'],
  ];
  for (const [answer, code] of broken) {
    const server = await startServer(t, answer);
    const listing = await openUpstream(t, server.url).upstream.projects(never);
    const error = await failure(collect(listing.batches), code);
    assert.equal(error.facts.retryable, true);
    assert.match(error.message, /project list/);
  }
});

test('HTML, other versions and statuses are refused before a batch; a 503 is tried again', async (t) => {
  const html = await startServer(t, reply(200, '<html>', { 'content-type': 'text/html' }));
  await failure(openUpstream(t, html.url).upstream.projects(never), 'UPSTREAM_MALFORMED');
  const gone = await startServer(t, reply(404, ''));
  await failure(openUpstream(t, gone.url).upstream.projects(never), 'UPSTREAM_STATUS');
  const v2 = await startServer(t, json({ meta: { 'api-version': '2.0' }, projects: [] }));
  await failure(openUpstream(t, v2.url).upstream.projects(never), 'UPSTREAM_API_VERSION');
  const busy = await startServer(t, inTurn(reply(503, ''), json({ meta, projects: [] })));
  const listing = await openUpstream(t, busy.url).upstream.projects(never);
  assert.deepEqual(await collect(listing.batches), []);
});

test('entries without a valid name are left out and told once', async (t) => {
  const projects = [{ name: '../evil' }, { name: 'ok' }, { name: '-' }];
  const server = await startServer(t, json({ meta, projects }));
  const { upstream, events } = openUpstream(t, server.url);
  const listed = await collect((await upstream.projects(never)).batches);
  assert.deepEqual(listed, [{ name: 'ok', displayName: 'ok', serial: null }]);
  assert.equal(events.length, 1);
  assert.match(events[0]?.type === 'warning' ? events[0].message : '', /2 entries .*evil/);
});

test('bytes that are not UTF-8 are malformed, not replaced', async (t) => {
  const body = Buffer.from(
    JSON.stringify({ meta, projects: [{ name: 'ok', x: 'caf\xe9 au lait' }] }),
    'latin1',
  );
  const server = await startServer(t, reply(200, body, { ...JSON_TYPE, 'x-pypi-last-serial': '1' }));
  const listing = async () => collect((await openUpstream(t, server.url).upstream.projects(never)).batches);
  await failure(listing(), 'UPSTREAM_MALFORMED');
});

test('an abort ends the list', async (t) => {
  const text = JSON.stringify({ meta, projects: entries });
  const server = await startServer(t, stall(text.slice(0, -100), JSON_TYPE));
  const abort = new AbortController();
  const { batches } = await openUpstream(t, server.url).upstream.projects(abort.signal);
  const reading = async () => {
    for await (const _ of batches) abort.abort();
  };
  await failure(reading(), 'INTERRUPTED');
});
