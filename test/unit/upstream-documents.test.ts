/**
 * Goal: attestations and the JSON API arrive whole, within their limits and as JSON objects, or not at all.
 * Method: a real server on loopback that answers well, badly, without end and from elsewhere.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { DocumentRequest, Upstream } from '../../src/upstream/contract.ts';
import { failure, never, openUpstream } from '../support/upstream-kit.ts';
import { type Answer, cut, endless, inTurn, reply, startServer } from '../support/upstream-server.ts';

type What = DocumentRequest['what'];
const BOTH: readonly What[] = ['provenance', 'json-api'];

async function serving(t: TestContext, answer: Answer, more: Partial<UpstreamSettings> = {}) {
  const server = await startServer(t, answer);
  const kit = openUpstream(t, server.url, more);
  const ask = (what: What, request: Partial<DocumentRequest> = {}, upstream: Upstream = kit.upstream) => {
    const base = { validator: null, encoding: 'gzip' as const };
    const whole =
      what === 'json-api'
        ? { ...base, ...request, what, name: normalizeName('Foo.Bar') }
        : { ...base, url: `${server.url}/integrity/foo/1.0/foo-1.0.whl/provenance`, ...request, what };
    return upstream.document(whole as DocumentRequest, never);
  };
  return { server, ...kit, ask };
}

test('each is asked for where it is, in its own media type, and comes decoded', async (t) => {
  const text = '{"a": [1, "\u00e9 \u4e2d"]}';
  const { server, ask } = await serving(t, ({ headers }, response) => {
    const gzipped = headers['accept-encoding'] === 'gzip';
    response
      .writeHead(200, { etag: `"${gzipped}"`, ...(gzipped ? { 'content-encoding': 'gzip' } : {}) })
      .end(gzipped ? gzipSync(text) : text);
  });
  for (const what of BOTH)
    for (const encoding of ['gzip', 'identity'] as const) {
      const got = await ask(what, { encoding });
      assert.ok(got.kind === 'document');
      assert.equal(String(Buffer.from(got.bytes)), text);
      assert.deepEqual(got.validator, { etag: `"${encoding === 'gzip'}"`, encoding });
    }
  assert.deepEqual(
    server.asked.map(({ url, headers }) => `${url} ${headers.accept} ${headers['accept-encoding']}`),
    [
      '/integrity/foo/1.0/foo-1.0.whl/provenance application/vnd.pypi.integrity.v1+json, application/json;q=0.5 gzip',
      '/integrity/foo/1.0/foo-1.0.whl/provenance application/vnd.pypi.integrity.v1+json, application/json;q=0.5 identity',
      '/pypi/foo-bar/json application/json gzip',
      '/pypi/foo-bar/json application/json identity',
    ],
  );
});

test('404 and 410 are absent; 403 is for attestations, which may be switched off, and an error else', async (t) => {
  for (const status of [404, 410])
    for (const what of BOTH)
      assert.deepEqual(await (await serving(t, reply(status, '{}'))).ask(what), { kind: 'absent' });
  const { ask } = await serving(t, reply(403, ''));
  assert.deepEqual(await ask('provenance'), { kind: 'absent', isRefused: true });
  await failure(ask('json-api'), 'UPSTREAM_STATUS');
  const other = await serving(t, reply(406, ''));
  await failure(other.ask('provenance'), 'UPSTREAM_STATUS');
});

test('304 is unchanged, when it was asked for', async (t) => {
  const { server, ask } = await serving(t, reply(304, ''));
  for (const what of BOTH) {
    const validator = { etag: '"a"', encoding: 'gzip' } as const;
    assert.deepEqual(await ask(what, { validator }), { kind: 'unchanged' });
    assert.equal(server.asked.at(-1)?.headers['if-none-match'], '"a"');
    await failure(ask(what, { validator, encoding: 'identity' }), 'UPSTREAM_MALFORMED');
    assert.equal(server.asked.at(-1)?.headers['if-none-match'], undefined);
  }
});

test('what may pass is tried again: statuses, broken connections, bodies that were cut without a sign', async (t) => {
  const text = '{"a":{"b":1},"c":[1,2]}';
  for (const what of BOTH)
    for (const broken of [
      reply(503, ''),
      cut(text.slice(0, 5), text.length, {}),
      reply(200, text.slice(0, 10)),
      reply(200, gzipSync(text).subarray(0, -4), { 'content-encoding': 'gzip' }),
    ]) {
      const { ask, events } = await serving(t, inTurn(broken, reply(200, text)));
      assert.equal((await ask(what)).kind, 'document');
      assert.equal(events.length, 1);
      assert.match(
        events[0]?.type === 'retry' ? events[0].what : '',
        what === 'json-api' ? /^the JSON API of foo-bar$/ : /^the attestations of foo-1\.0\.whl$/,
      );
    }
});

test('what is no JSON object is malformed, at once', async (t) => {
  const deep = `{"a":${'['.repeat(70)}${']'.repeat(70)}}`;
  for (const body of [
    '[]',
    'null',
    '"x"',
    '<html>',
    '',
    '{"a":1}}',
    deep,
    Buffer.from('{"\xff":1}', 'latin1'),
  ])
    for (const what of BOTH) {
      const { server, ask } = await serving(t, reply(200, body));
      await failure(ask(what), 'UPSTREAM_MALFORMED');
      assert.equal(server.asked.length, 1, String(body));
    }
});

test('each has its limits, on bytes, decoded bytes, values and wide characters', async (t) => {
  const MIB = 1024 * 1024;
  const spaces = Buffer.alloc(256 * 1024, 0x20);
  const limits: [What, Answer, RegExp][] = [
    ['provenance', endless(spaces), /4194304 bytes \(provenanceBytesMax\)/],
    ['json-api', endless(spaces), /25165824 bytes \(jsonApiBytesMax\)/],
    ['provenance', cut('{', 5 * MIB, {}), /provenanceBytesMax/],
    [
      'provenance',
      reply(200, gzipSync(Buffer.alloc(5 * MIB, 0x20)), { 'content-encoding': 'gzip' }),
      /decoded bytes \(provenanceBytesMax\)/,
    ],
    ['provenance', endless(Buffer.from('[],'.repeat(10_000))), /values \(provenanceMarksMax\)/],
    ['json-api', endless(Buffer.from('[],'.repeat(10_000))), /values \(jsonApiMarksMax\)/],
    ['json-api', reply(200, `{"a":"${'x'.repeat(12 * MIB)}\u4e2d"}`), /jsonApiWideCharsMax/],
  ];
  for (const [what, answer, expected] of limits) {
    const { ask, clock } = await serving(t, answer);
    assert.match((await failure(ask(what), 'UPSTREAM_TOO_LARGE')).facts.expected ?? '', expected);
    assert.deepEqual(clock.slept, []);
  }
});

test('large documents are read one after the other, and all arrive', async (t) => {
  const { ask } = await serving(t, reply(200, `{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`));
  const got = await Promise.all(Array.from({ length: 5 }, () => ask('json-api')));
  assert.deepEqual([...new Set(got.map(({ kind }) => kind))], ['document']);
});

test('attestations of a host that was not named are never asked for, nor is a redirect to it followed', async (t) => {
  const foreign = await startServer(t, reply(200, '{}'));
  const { server, ask } = await serving(t, reply(302, '', { location: `${foreign.url}/x` }));
  await failure(ask('provenance', { url: `${foreign.url}/x` }), 'UPSTREAM_HOST_NOT_ALLOWED');
  await failure(ask('provenance', { url: '/relative' }), 'UPSTREAM_HOST_NOT_ALLOWED');
  assert.equal(server.asked.length, 0);
  for (const what of BOTH) await failure(ask(what), 'UPSTREAM_REDIRECT');
  assert.equal(foreign.asked.length, 0);
});

test('credentials are the upstream’s own: another host that is allowed does not get them', async (t) => {
  const files = await startServer(t, reply(200, '{}'));
  const server = await startServer(t, reply(302, '', { location: `${files.url}/moved` }));
  const url = server.url.replace('//', '//user:secret@');
  const { upstream } = openUpstream(t, url, { fileHosts: [files.host] });
  const request: DocumentRequest = {
    what: 'provenance',
    url: `${files.url}/x/provenance`,
    validator: null,
    encoding: 'gzip',
  };
  await upstream.document(request, never);
  await upstream.document({ ...request, url: `${server.url}/x/provenance` }, never);
  assert.match(server.asked[0]?.headers.authorization ?? '', /^Basic /);
  assert.equal(files.asked.length, 2);
  for (const { headers } of files.asked) assert.equal(headers.authorization, undefined);
});
