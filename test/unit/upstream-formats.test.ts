/**
 * Goal: every server of PEP 503 or 691 is understood in the best format that it has, and nobody is led astray by it.
 * Method: a real server on loopback that speaks JSON, HTML, neither, or sends us elsewhere; one upstream of each kind.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Upstream, UpstreamKind } from '../../src/upstream/contract.ts';
import { collect, failure, never, openUpstream } from '../support/upstream-kit.ts';
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

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const SIMPLE_HTML = { 'content-type': 'application/vnd.pypi.simple.v1+html' };
const SHA256 = 'ab'.repeat(32);
const whole = (body: string) =>
  `<!DOCTYPE html><html><head><title>Simple index of foo</title></head><body>${body}</body></html>`;
const LINK = `<a href="../../f/foo-1.0.tar.gz#sha256=${SHA256}" data-requires-python="&gt;=3.8">foo-1.0.tar.gz</a>`;
const PAGE = whole(LINK);
const LIST = whole('<a href="foo/">Foo</a><a href="bar/">bar</a>');
const meta = { 'api-version': '1.0' };

async function serving(
  t: TestContext,
  answer: Answer,
  kind: UpstreamKind = 'poll',
  more: Partial<UpstreamSettings> = {},
) {
  const server = await startServer(t, answer);
  const kit = openUpstream(t, `${server.url}/idx`, { changes: kind, ...more });
  await kit.upstream.recognize({ kind, index: '/simple/' }, never);
  return { server, ...kit };
}

const detail = (upstream: Upstream) =>
  upstream.detail({ name: normalizeName('foo'), validator: null, encoding: 'identity' }, never);
const list = async (upstream: Upstream) => collect((await upstream.projects(never)).batches);

test('a page in HTML gives the files that it links to, with addresses where they really are', async (t) => {
  for (const type of [HTML, SIMPLE_HTML])
    for (const kind of ['poll', 'list'] as const) {
      const { server, upstream } = await serving(t, reply(200, `${PAGE}<!--SERIAL 41-->`, type), kind);
      const got = await detail(upstream);
      assert.ok(got.kind === 'page');
      const [file, ...others] = got.detail.files;
      assert.deepEqual(others, []);
      assert.equal(file?.url, `${server.url}/idx/f/foo-1.0.tar.gz`);
      assert.equal(file?.sha256, SHA256);
      assert.equal(file?.requiresPython, '>=3.8');
      assert.equal(got.detail.serial, 41);
    }
});

test('relative addresses are relative to where the page was found in the end', async (t) => {
  const moved = reply(302, '', { location: '/other/simple/foo/' });
  const entry = { filename: 'foo-1.0.tar.gz', url: '../../f/foo-1.0.tar.gz', hashes: {} };
  for (const answer of [json({ meta, name: 'foo', files: [entry] }), reply(200, PAGE, HTML)]) {
    const { server, upstream } = await serving(t, inTurn(moved, answer));
    const got = await detail(upstream);
    assert.equal(got.kind === 'page' && got.detail.files[0]?.url, `${server.url}/other/f/foo-1.0.tar.gz`);
  }
});

test('the serial of a page is text, number, header or comment', async (t) => {
  const page = (serial: unknown) =>
    json({ meta: { ...meta, '_last-serial': serial }, name: 'foo', files: [] });
  for (const answer of [
    page(7),
    page('7'),
    json({ meta, name: 'foo', files: [] }, { 'x-pypi-last-serial': '7' }),
    reply(200, `${PAGE}<!--SERIAL 7-->`, HTML),
    reply(200, PAGE, { ...HTML, 'x-pypi-last-serial': '7' }),
  ]) {
    const got = await detail((await serving(t, answer, 'list')).upstream);
    assert.equal(got.kind === 'page' && got.detail.serial, 7);
  }
});

test('JSON is preferred, and the type of the answer decides; changelog and list stay with JSON where it matters', async (t) => {
  const any = `${SIMPLE_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01`;
  const accepts: [UpstreamKind, list: string, page: string][] = [
    ['changelog', SIMPLE_JSON, SIMPLE_JSON],
    ['list', SIMPLE_JSON, any],
    ['poll', any, any],
  ];
  for (const [kind, listAccept, pageAccept] of accepts) {
    const { server, upstream } = await serving(
      t,
      inTurn(json({ meta, projects: [] }), json({ meta, name: 'foo', files: [] })),
      kind,
    );
    await list(upstream);
    await detail(upstream);
    const sent = server.asked.map(({ headers }) => headers.accept);
    assert.deepEqual(sent, [listAccept, pageAccept], kind);
  }
  const refused: [UpstreamKind, ask: (upstream: Upstream) => Promise<unknown>, Answer][] = [
    ['changelog', detail, reply(200, PAGE, HTML)],
    ['changelog', list, reply(200, LIST, HTML)],
    ['changelog', detail, reply(200, '{}', { 'content-type': 'application/json' })],
    ['list', list, reply(200, LIST, HTML)],
    ['poll', detail, reply(200, PAGE, { 'content-type': 'text/plain' })],
    ['poll', list, reply(200, LIST, {})],
  ];
  for (const [kind, ask, answer] of refused) {
    const { server, upstream } = await serving(t, answer, kind);
    const error = await failure(ask(upstream), 'UPSTREAM_MALFORMED');
    assert.match(error.facts.expected ?? '', /^content type application\/vnd/);
    assert.equal(server.asked.length, 1);
  }
});

test('another major version is told apart from another type', async (t) => {
  for (const type of ['application/vnd.pypi.simple.v2+json', 'application/vnd.pypi.simple.v2+html'])
    for (const ask of [detail, list]) {
      const { upstream } = await serving(t, reply(200, '{}', { 'content-type': type }));
      await failure(ask(upstream), 'UPSTREAM_API_VERSION');
    }
});

test('JSON of the Simple API by its plain name is as good', async (t) => {
  const plain = { 'content-type': 'application/json;charset=UTF-8' };
  const page = reply(200, JSON.stringify({ meta, name: 'foo', files: [] }), plain);
  const projects = reply(200, JSON.stringify({ meta, projects: [{ name: 'foo' }] }), plain);
  const { upstream } = await serving(t, inTurn(page, projects));
  assert.equal((await detail(upstream)).kind, 'page');
  assert.equal((await list(upstream)).length, 1);
  const { upstream: other } = await serving(t, reply(200, '{"message":"hello"}', plain));
  await failure(detail(other), 'UPSTREAM_MALFORMED');
  await failure(list(other), 'UPSTREAM_MALFORMED');
});

test('a server that has none of the types is asked once more for HTML, and not a third time', async (t) => {
  for (const status of [406, 300]) {
    const answer: Answer = (request, response) => {
      const body = request.url.endsWith('/foo/') ? PAGE : LIST;
      (request.headers.accept === 'text/html' ? reply(200, body, HTML) : reply(status, 'no'))(
        request,
        response,
      );
    };
    const { server, upstream, events } = await serving(t, answer);
    assert.equal((await detail(upstream)).kind, 'page');
    assert.equal((await list(upstream)).length, 2);
    assert.equal(server.asked.length, 4);
    assert.deepEqual(events, []);
    const never406 = await serving(t, reply(status, 'no'));
    await failure(detail(never406.upstream), 'UPSTREAM_STATUS');
    assert.equal(never406.server.asked.length, 2);
    // PyPI never sends it: there it is an error at once.
    const pypi = await serving(t, reply(status, 'no'), 'changelog');
    await failure(detail(pypi.upstream), 'UPSTREAM_STATUS');
    assert.equal(pypi.server.asked.length, 1);
  }
});

test('a page or a list in HTML that was cut without a sign is noticed, and asked for again', async (t) => {
  const chunked =
    (body: string): Answer =>
    (_request, response) => {
      response.writeHead(200, HTML);
      response.write(body);
      response.end();
    };
  const half = (text: string) => text.slice(0, text.indexOf('</a>') + 4);
  const page = await serving(t, inTurn(chunked(half(PAGE)), chunked(PAGE)));
  assert.equal((await detail(page.upstream)).kind, 'page');
  assert.equal(page.server.asked.length, 2);
  const { upstream } = await serving(t, chunked(half(LIST)));
  const error = await failure(list(upstream), 'UPSTREAM_MALFORMED');
  assert.equal(error.facts.retryable, true);
  const fragment = await serving(t, chunked('<a href="foo/">foo</a>'));
  assert.equal((await list(fragment.upstream)).length, 1);
  const broken = await serving(t, cut(half(LIST), LIST.length, HTML));
  await failure(list(broken.upstream), 'UPSTREAM_UNREACHABLE');
});

test('HTML has limits as JSON has', async (t) => {
  const limits: [ask: (upstream: Upstream) => Promise<unknown>, piece: string, RegExp][] = [
    [detail, ' '.repeat(65_536), /pageBytesMax/],
    [detail, '<b>'.repeat(20_000), /values \(pageMarksMax\)/],
    [detail, '&#20013;'.repeat(8_000), /pageWideCharsMax/],
    [list, '<b>'.repeat(20_000), /characters between two links/],
  ];
  for (const [ask, piece, expected] of limits) {
    const { upstream } = await serving(t, endless(Buffer.from(piece), HTML));
    assert.match((await failure(ask(upstream), 'UPSTREAM_TOO_LARGE')).facts.expected ?? '', expected);
  }
});

test('a large page in HTML may have the usual entities, and half as much with others', async (t) => {
  const filler = 'x'.repeat(9 * 1024 * 1024);
  for (const entity of ['&gt;', '&lt;', '&amp;', '&quot;', '&#34;', '&#x27;', '&', '&b=2']) {
    const { upstream } = await serving(t, reply(200, whole(`${entity}${filler}`), HTML));
    assert.equal((await detail(upstream)).kind, 'page', entity);
  }
  for (const entity of ['&#20013;', '&#20013', '&#x4e2d;', '&#000020013;', '&Gt;', '&hearts;', '\u4e2d']) {
    const { upstream } = await serving(t, reply(200, whole(`${entity}${filler}`), HTML));
    await failure(detail(upstream), 'UPSTREAM_TOO_LARGE');
  }
});

test('kind list: an entry without a serial is an error that says what to set, never a removal', async (t) => {
  const entry = (serial: unknown) => ({ name: 'b', '_last-serial': serial });
  const good = Array.from({ length: 3000 }, (_, at) => ({ name: `p${at}`, '_last-serial': at }));
  for (const projects of [[entry(undefined)], [...good, entry(null)], [...good, entry('x'), ...good]]) {
    const { upstream } = await serving(t, json({ meta, projects }), 'list');
    const error = await failure(list(upstream), 'UPSTREAM_MALFORMED');
    assert.match(error.facts.hint ?? '', /changes = "poll"/);
    assert.equal(error.facts.received, 'b without one');
    for (const kind of ['poll', 'changelog'] as const)
      assert.equal(
        (await list((await serving(t, json({ meta, projects }), kind)).upstream)).length,
        projects.length,
      );
  }
  const { upstream } = await serving(t, reply(200, LIST, HTML), 'list');
  assert.match((await failure(list(upstream), 'UPSTREAM_MALFORMED')).facts.hint ?? '', /changes = "poll"/);
});

test('no redirect leads pages or lists to a foreign host, or round and round', async (t) => {
  const foreign = await startServer(t, json({ meta, projects: [] }));
  for (const kind of ['poll', 'list'] as const)
    for (const ask of [detail, list, (upstream: Upstream) => upstream.probe(never)]) {
      const away = await serving(t, reply(301, '', { location: `${foreign.url}/simple/` }), kind);
      await failure(ask(away.upstream), 'UPSTREAM_REDIRECT');
      const loop = await serving(t, reply(302, '', { location: '/idx/simple/' }), kind);
      await failure(ask(loop.upstream), 'UPSTREAM_REDIRECT');
      assert.equal(loop.server.asked.length, 6);
    }
  assert.equal(foreign.asked.length, 0);
});

test('credentials go with every question to the upstream, and with none to another host', async (t) => {
  const other = await startServer(t, (request, response) =>
    (request.url.includes('foo') ? reply(200, PAGE, HTML) : reply(200, LIST, HTML))(request, response),
  );
  const server = await startServer(t, (request, response) =>
    (request.method === 'POST' ? reply(405, '') : reply(307, '', { location: `${other.url}${request.url}` }))(
      request,
      response,
    ),
  );
  const url = server.url.replace('//', '//user:secret@');
  const { upstream } = openUpstream(t, url, { changes: 'auto', fileHosts: [other.host] });
  assert.deepEqual(await upstream.recognize(null, never), { kind: 'poll', index: '/simple/' });
  await upstream.probe(never);
  await list(upstream);
  await detail(upstream);
  assert.equal(server.asked.length, 5);
  for (const { headers } of server.asked) assert.match(headers.authorization ?? '', /^Basic /);
  assert.equal(other.asked.length, 4);
  for (const { headers } of other.asked) assert.equal(headers.authorization, undefined);
});

test('names that are none are left out of an HTML list and told once', async (t) => {
  const { upstream, events } = await serving(
    t,
    reply(200, whole('<a href="-x-/">-x-</a><a href="foo/">foo</a>'), HTML),
  );
  assert.deepEqual(
    (await list(upstream)).map(({ name }) => name),
    ['foo'],
  );
  assert.equal(events.length, 1);
});
