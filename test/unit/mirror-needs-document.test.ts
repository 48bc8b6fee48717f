/**
 * Goal: the JSON API is asked about one release at its own address, whatever its version looks like.
 * Method: a real server on loopback that says what it was asked for.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { never, openUpstream } from '../support/upstream-kit.ts';
import { inTurn, reply, startServer } from '../support/upstream-server.ts';

test('a release has a document of its own, below its version', async (t) => {
  const server = await startServer(t, reply(200, '{}'));
  const { upstream } = openUpstream(t, server.url);
  for (const [version, path] of [
    ['1.0', '/pypi/foo-bar/1.0/json'],
    ['1!2.0+local.1', '/pypi/foo-bar/1!2.0%2Blocal.1/json'],
    ['1.0/../..', '/pypi/foo-bar/1.0%2F..%2F../json'],
    ['%2e%2e', '/pypi/foo-bar/%252e%252e/json'],
    ['a b?c#d', '/pypi/foo-bar/a%20b%3Fc%23d/json'],
  ] as const) {
    const name = normalizeName('Foo.Bar');
    const got = await upstream.document(
      { what: 'json-api', name, version, validator: null, encoding: 'gzip' },
      never,
    );
    assert.equal(got.kind, 'document');
    assert.equal(server.asked.at(-1)?.url, path);
  }
});

test('a version that would lead elsewhere is no release, and nothing is asked', async (t) => {
  const server = await startServer(t, reply(200, '{}'));
  const { upstream } = openUpstream(t, server.url);
  for (const version of ['', '.', '..', '...', '\ud800']) {
    const name = normalizeName('foo');
    const request = { what: 'json-api', name, version, validator: null, encoding: 'gzip' } as const;
    assert.deepEqual(await upstream.document(request, never), { kind: 'absent' });
  }
  assert.deepEqual(server.asked, []);
});

test('a try that fails is told with the release that it was about', async (t) => {
  const server = await startServer(t, inTurn(reply(503, ''), reply(200, '{}')));
  const { upstream, events } = openUpstream(t, server.url);
  const name = normalizeName('foo');
  await upstream.document(
    { what: 'json-api', name, version: '1.0', validator: null, encoding: 'gzip' },
    never,
  );
  assert.deepEqual(
    events.map((event) => (event.type === 'retry' ? event.what : event.type)),
    ['the JSON API of foo 1.0'],
  );
});
