/**
 * Goal: an upstream is taken for what it says it is, and trouble is never taken for an answer: it makes no upstream another kind.
 * Method: a table of answers to each question that is asked, from a real server on loopback.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { Dialect } from '../../src/upstream/contract.ts';
import { collect, failure, never, openUpstream } from '../support/upstream-kit.ts';
import {
  type Answer,
  cut,
  endless,
  inTurn,
  json,
  reply,
  stall,
  startServer,
  xml,
} from '../support/upstream-server.ts';
import { faultXml, valueXml } from '../support/upstream-xml.ts';

const once = { attemptsMax: 1, firstWaitMs: 1, waitMsMax: 1, retryAfterMsMax: 0 };
const meta = { 'api-version': '1.4', '_last-serial': 9 };
const html = (body: string, title = 'Simple index') =>
  reply(200, `<!DOCTYPE html><html><head><title>${title}</title></head><body>${body}</body></html>`, {
    'content-type': 'text/html',
  });
const SERIALS = json({ meta, projects: [{ name: 'a', '_last-serial': 3 }] });
const PLAIN = json({ meta, projects: [{ name: 'a' }] });
const LINKS = html('<a href="foo/">Foo</a><a href="bar-baz/">Bar.Baz</a>');
const NO_RPC = reply(405, '');
const NO_INDEX = reply(404, 'not here', { 'content-type': 'text/plain' });

/** What is answered by whom; everything else is 404. */
interface Answers {
  readonly rpc?: Answer;
  readonly simple?: Answer;
  readonly plus?: Answer;
  readonly root?: Answer;
}

async function ask(
  t: TestContext,
  { rpc = NO_RPC, simple = NO_INDEX, plus = NO_INDEX, root = NO_INDEX }: Answers,
  changes: UpstreamSettings['changes'] = 'auto',
  more: { readonly retry?: typeof once; readonly settings?: Partial<UpstreamSettings> } = { retry: once },
) {
  const byPath: Record<string, Answer> = {
    '/idx/pypi': rpc,
    '/idx/simple/': simple,
    '/idx/+simple/': plus,
    '/idx/': root,
  };
  const server = await startServer(t, (request, response) =>
    (byPath[request.url] ?? NO_INDEX)(request, response),
  );
  const options = more.retry === undefined ? {} : { retry: more.retry };
  const kit = openUpstream(t, `${server.url}/idx`, { changes, ...more.settings }, options);
  const paths = () => server.asked.map(({ method, url }) => `${method} ${url.slice('/idx'.length)}`);
  return { ...kit, server, paths, recognized: kit.upstream.recognize(null, never) };
}

const CHANGELOG: Dialect = { kind: 'changelog', index: '/simple/' };
const LIST: Dialect = { kind: 'list', index: '/simple/' };
const poll = (index: string): Dialect => ({ kind: 'poll', index });

test('an XML-RPC serial makes a changelog, and nothing more is asked', async (t) => {
  for (const value of [38_000_000, 0, null]) {
    const { recognized, paths } = await ask(t, { rpc: xml(valueXml(value)), simple: SERIALS });
    assert.deepEqual(await recognized, CHANGELOG);
    assert.deepEqual(paths(), ['POST /pypi']);
  }
});

test('what says that there is no changelog leads to the list: statuses, redirects, other bodies, faults', async (t) => {
  const none: [name: string, rpc: Answer][] = [
    ...[400, 403, 404, 405, 410, 415, 501].map((status): [string, Answer] => [
      `HTTP ${status}`,
      reply(status, 'no'),
    ]),
    ['a redirect that a POST may not follow', reply(301, '', { location: '/idx/' })],
    ['a redirect to people', reply(302, '', { location: 'https://login.example/' })],
    ['a redirect to what is no XML-RPC', reply(307, '', { location: '/idx/else' })],
    ['HTML', html('hello')],
    ['HTML that says it is XML', reply(200, '<html><p>hi</p></html>', { 'content-type': 'text/xml' })],
    ['JSON', json({ error: 'what?' })],
    ['something large', endless(Buffer.alloc(65_536, 0x20), { 'content-type': 'text/xml' })],
    ['no such method', xml(faultXml(-32601, 'server error; requested method not found'))],
    ['deprecated', xml(faultXml(-32500, 'ValueError: The changelog method has been deprecated, use …'))],
    [
      'no longer supported',
      xml(faultXml(-32500, 'RuntimeError: PyPI no longer supports the XMLRPC changelog_last_serial method.')),
    ],
    ['Python', xml(faultXml(1, '<class \'Exception\'>:method "changelog_last_serial" is not supported'))],
  ];
  for (const [name, rpc] of none) {
    const { recognized, events } = await ask(t, { rpc, simple: SERIALS }, 'auto', {});
    assert.deepEqual(await recognized, LIST, name);
    assert.deepEqual(events, [], `${name}: not asked twice`);
  }
});

test('trouble with XML-RPC is an error: it never makes an upstream another kind', async (t) => {
  const trouble: [name: string, rpc: Answer, code: ErrorCode][] = [
    ...[401, 408, 429, 500, 502, 503, 504].map((status): [string, Answer, ErrorCode] => [
      `HTTP ${status}`,
      reply(status, ''),
      'UPSTREAM_STATUS',
    ]),
    ['cut', cut('<?xml', 1000, { 'content-type': 'text/xml' }), 'UPSTREAM_UNREACHABLE'],
    [
      'cut without a sign',
      reply(200, valueXml(5).slice(0, 60), { 'content-type': 'text/xml' }),
      'UPSTREAM_MALFORMED',
    ],
    ['silence', stall('<?xml', { 'content-type': 'text/xml' }), 'UPSTREAM_TIMEOUT'],
    ['a broken connection', ({ socket }) => socket.destroy(), 'UPSTREAM_UNREACHABLE'],
    ['slow down', xml(faultXml(-32500, 'HTTPTooManyRequests: The action …')), 'UPSTREAM_RATE_LIMITED'],
    ['a crash', xml(faultXml(-32500, 'application error')), 'UPSTREAM_FAULT'],
    ['a fault that says nothing', xml(faultXml(-32500, 'KeyError: 5')), 'UPSTREAM_FAULT'],
    ['unavailable', xml(faultXml(-32403, 'server error; service unavailable')), 'UPSTREAM_FAULT'],
    ['no serial', xml(valueXml(-5)), 'UPSTREAM_MALFORMED'],
  ];
  for (const [name, rpc, code] of trouble) {
    const settings = { timeoutMs: 100 };
    const { recognized, paths } = await ask(t, { rpc, simple: SERIALS }, 'auto', { retry: once, settings });
    const error = await failure(recognized, code);
    assert.ok(error.facts.hint, name);
    assert.deepEqual(paths(), ['POST /pypi'], name);
  }
});

test('what passes is waited for', async (t) => {
  const rpc = inTurn(reply(503, ''), xml(faultXml(-32500, 'application error')), xml(valueXml(5)));
  const { recognized, events } = await ask(t, { rpc }, 'auto', {});
  assert.deepEqual(await recognized, CHANGELOG);
  assert.equal(events.length, 2);
});

test('a list with serials is a list; one without is polled; the first path that has an index counts', async (t) => {
  const empty = { 'api-version': '1.0' };
  const plainType = (document: object) =>
    reply(200, JSON.stringify(document), { 'content-type': 'application/json' });
  const cases: [name: string, answers: Answers, dialect: Dialect][] = [
    ['serials', { simple: SERIALS }, LIST],
    ['serials as text', { simple: json({ meta, projects: [{ name: 'a', '_last-serial': '3' }] }) }, LIST],
    ['serials, by another name', { simple: plainType({ meta, projects: [] }) }, LIST],
    ['an empty list with a serial', { simple: json({ meta, projects: [] }) }, LIST],
    ['an empty list without', { simple: json({ meta: empty, projects: [] }) }, poll('/simple/')],
    ['no serials', { simple: PLAIN, plus: SERIALS }, poll('/simple/')],
    [
      'some serials',
      { simple: json({ meta, projects: [{ name: 'a', '_last-serial': 1 }, { name: 'b' }] }) },
      poll('/simple/'),
    ],
    ['HTML', { simple: LINKS }, poll('/simple/')],
    ['empty HTML', { simple: html('') }, poll('/simple/')],
    [
      'empty HTML with a version',
      { simple: html('<meta name="pypi:repository-version" content="1.0">', 'nothing') },
      poll('/simple/'),
    ],
    [
      'a directory listing',
      { simple: html('<a href="?C=N;O=D">Name</a><a href="../">../</a><a href="foo/">foo/</a>', 'Index') },
      poll('/simple/'),
    ],
    ['devpi', { plus: PLAIN }, poll('/+simple/')],
    ['serials elsewhere', { plus: SERIALS }, poll('/+simple/')],
    [
      'devpi with a page for people',
      { simple: html('<a href="/x">devpi</a>'), plus: PLAIN },
      poll('/+simple/'),
    ],
    ['devpi with JSON for others', { simple: plainType({ type: 'x' }), plus: PLAIN }, poll('/+simple/')],
    ['an index of its own name', { simple: reply(403, ''), root: LINKS }, poll('/')],
    ['after a redirect', { simple: reply(301, '', { location: '/idx/' }), root: PLAIN }, poll('/simple/')],
    [
      'only HTML will do',
      {
        simple: (request, response) =>
          (request.headers.accept === 'text/html' ? LINKS : reply(406, ''))(request, response),
      },
      poll('/simple/'),
    ],
  ];
  for (const [name, answers, dialect] of cases) {
    const auto = await ask(t, answers);
    assert.deepEqual(await auto.recognized, dialect, name);
    // Explicit: no changelog is asked for, and serials make no difference.
    const explicit = await ask(t, answers, 'poll');
    assert.deepEqual(await explicit.recognized, poll(dialect.index), name);
    assert.ok(explicit.paths().every((path) => path.startsWith('GET ')));
  }
});

test('other pages are no index, however many links they have', async (t) => {
  const files = '<a href="foo-1.0.tar.gz#sha256=00">foo-1.0.tar.gz</a><a href="foo-2.0.whl">foo-2.0.whl</a>';
  const pages: [name: string, page: Answer][] = [
    ['a login page', html('<form><input name="user"></form>', 'Simple login')],
    ['a welcome', html('<h1>It works!</h1>', 'Welcome')],
    ['a page of a project', html(files, 'Links for foo')],
    ['one without digests', html('<a href="foo-2.0.whl">foo-2.0.whl</a>', 'Links for foo')],
    ['links to all sorts', html('<a href="/help">Help</a><a href="/account/login/">Log in</a>')],
    ['a text that differs', html('<a href="foo/">bar</a>')],
    ['a document of other keys', json({ result: {} })],
    ['a list of other things', json({ meta, projects: [{ id: 1 }] })],
    ['no JSON', reply(200, 'hello', { 'content-type': 'application/json' })],
    ['nothing known', reply(200, 'hello', { 'content-type': 'application/octet-stream' })],
  ];
  for (const [name, page] of pages) {
    const { recognized, paths } = await ask(t, { simple: page, root: page });
    const error = await failure(recognized, 'UPSTREAM_MALFORMED');
    assert.match(error.facts.received ?? '', /^\/simple\/: .*; \/\+simple\/: HTTP 404; \/: /, name);
    assert.match(error.facts.hint ?? '', /check url/);
    assert.deepEqual(paths(), ['POST /pypi', 'GET /simple/', 'GET /+simple/', 'GET /']);
  }
});

test('where nothing is to be found the status is the error', async (t) => {
  const error = await failure((await ask(t, {})).recognized, 'UPSTREAM_STATUS');
  assert.equal(error.facts.httpStatus, 404);
  assert.equal(error.facts.retryable, undefined);
});

test('trouble with an index is an error; the next path is not tried', async (t) => {
  const foreign = await startServer(t, SERIALS);
  const trouble: [name: string, simple: Answer, code: ErrorCode][] = [
    ...[401, 429, 500, 503].map((status): [string, Answer, ErrorCode] => [
      `HTTP ${status}`,
      reply(status, ''),
      'UPSTREAM_STATUS',
    ]),
    ['a foreign host', reply(302, '', { location: `${foreign.url}/simple/` }), 'UPSTREAM_REDIRECT'],
    ['a loop', reply(302, '', { location: '/idx/simple/' }), 'UPSTREAM_REDIRECT'],
    [
      'cut',
      cut('{"meta":', 1000, { 'content-type': 'application/vnd.pypi.simple.v1+json' }),
      'UPSTREAM_UNREACHABLE',
    ],
    [
      'cut without a sign',
      reply(200, '{"meta":{"api', { 'content-type': 'application/vnd.pypi.simple.v1+json' }),
      'UPSTREAM_MALFORMED',
    ],
    [
      'another version',
      json({ meta: { 'api-version': '2.0' }, projects: [{ name: 'a' }] }),
      'UPSTREAM_API_VERSION',
    ],
    ['HTML of another', html('<meta name="pypi:repository-version" content="2.0">'), 'UPSTREAM_API_VERSION'],
  ];
  for (const changes of ['auto', 'poll'] as const)
    for (const [name, simple, code] of trouble) {
      const { recognized, paths } = await ask(t, { simple, plus: PLAIN }, changes);
      await failure(recognized, code);
      assert.ok(!paths().includes('GET /+simple/'), name);
    }
  assert.equal(foreign.asked.length, 0);
});

test('only the beginning of a list is read', async (t) => {
  const head = '{"meta":{"api-version":"1.4"},"projects":[{"name":"a"}';
  const type = { 'content-type': 'application/vnd.pypi.simple.v1+json' };
  const { recognized } = await ask(t, { simple: stall(head, type) });
  assert.deepEqual(await recognized, poll('/simple/'));
  const links = Array.from({ length: 60 }, (_, index) => `<a href="p${index}/">p${index}</a>`).join('');
  const listing = await ask(t, {
    simple: stall(`<html>${links}<a href="p60/">p`, { 'content-type': 'text/html' }),
  });
  assert.deepEqual(await listing.recognized, poll('/simple/'));
});

test('explicit settings win over what is remembered, which wins over asking', async (t) => {
  const server = await startServer(t, PLAIN);
  const cases: [UpstreamSettings['changes'], remembered: Dialect | null, Dialect, requests: number][] = [
    ['changelog', null, CHANGELOG, 0],
    ['changelog', poll('/+simple/'), CHANGELOG, 0],
    ['list', null, LIST, 0],
    ['list', CHANGELOG, LIST, 0],
    ['poll', poll('/+simple/'), poll('/+simple/'), 0],
    ['poll', LIST, poll('/simple/'), 1],
    ['auto', CHANGELOG, CHANGELOG, 0],
    ['auto', LIST, LIST, 0],
    ['auto', poll('/'), poll('/'), 0],
  ];
  for (const [changes, remembered, dialect, requests] of cases) {
    const { upstream } = openUpstream(t, server.url, { changes });
    assert.deepEqual(await upstream.recognize(remembered, never), dialect);
    assert.equal(upstream.requestsMade, requests);
  }
});

test('what is remembered says where everything is asked for', async (t) => {
  const server = await startServer(t, PLAIN);
  const { upstream } = openUpstream(t, `${server.url}/root/dev`, { changes: 'auto' });
  await upstream.recognize(poll('/+simple/'), never);
  await collect((await upstream.projects(never)).batches);
  assert.equal(server.asked[0]?.url, '/root/dev/+simple/');
});

test('before it is known what an upstream is, nothing can be asked of it', async (t) => {
  const server = await startServer(t, PLAIN);
  for (const changes of ['auto', 'poll'] as const) {
    const { upstream } = openUpstream(t, server.url, { changes });
    await failure(upstream.projects(never), 'INTERNAL');
    await failure(upstream.probe(never), 'INTERNAL');
    await failure(upstream.head(never), 'INTERNAL');
  }
  assert.equal(server.asked.length, 0);
});

test('a probe tells an outage from an answer, for each kind', async (t) => {
  for (const [changes, up] of [
    ['changelog', xml(valueXml(5))],
    ['list', SERIALS],
    ['poll', LINKS],
  ] as const) {
    let answer: Answer = up;
    const server = await startServer(t, (request, response) => answer(request, response));
    const { upstream } = openUpstream(t, server.url, { changes }, { retry: once });
    await upstream.recognize(changes === 'poll' ? poll('/simple/') : null, never);
    await upstream.probe(never);
    for (const status of [503, 403, 404]) {
      answer = reply(status, '');
      await failure(upstream.probe(never), 'UPSTREAM_STATUS');
    }
  }
});
