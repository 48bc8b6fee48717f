/**
 * Goal: what is sent follows from the request alone, and nothing that a client writes leads out of the docroot.
 * Method: a table of request targets; then laws over any target, most of them made of the pieces that attacks are made of.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { Answer } from '../../src/serve/answer.ts';
import { route } from '../../src/serve/route.ts';
import { parseTarget, queryValue } from '../../src/serve/target.ts';
import fc from '../support/properties.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

const UNSAID = { accept: undefined, contentType: undefined, host: undefined };

function get(target: string, accept?: string): Answer {
  return route({ method: 'GET', target, accept, contentType: undefined, host: 'mirror.example' });
}

/** An answer in one line: its path, its redirect or its status. */
function brief(answer: Answer): string {
  if (answer.kind === 'rpc') return 'rpc';
  if (answer.kind !== 'plain') return `${answer.kind} ${answer.path}`;
  return answer.status === 301 ? `301 ${answer.headers['Location']}` : String(answer.status);
}

const ROUTES: readonly (readonly [target: string, expected: string])[] = [
  ['/', '200'],
  ['/?x', '200'],
  ['http://mirror.example', '200'],
  ['https://mirror.example/simple/', 'document simple/index.html'],
  ['/simple/', 'document simple/index.html'],
  ['/simple/?x=1', 'document simple/index.html'],
  ['/simple', '301 /simple/'],
  ['/simple?x=1', '301 /simple/?x=1'],
  ['/simple/foo/', 'document simple/foo/index.html'],
  ['/simple/%66oo/', 'document simple/foo/index.html'],
  ['/simple/foo', '301 /simple/foo/'],
  ['/simple/Foo_Bar', '301 /simple/foo-bar/'],
  ['/simple/Foo.Bar/?format=a+b', '301 /simple/foo-bar/?format=a+b'],
  ['/simple/foo/index.html', '404'],
  ['/simple//', '404'],
  ['/simple/foo//', '404'],
  ['/simple/.foo/', '404'],
  ['/simple/f%C3%B6%C3%B6/', '404'],
  ['/simple/index.html', '301 /simple/index-html/'],
  ['/packages/aa/bb/cc/x-1.tar.gz', 'file packages/aa/bb/cc/x-1.tar.gz'],
  ['/packages/aa/x%2B1%20y.whl', 'file packages/aa/x+1 y.whl'],
  ['/packages/aa/x+1.whl', 'file packages/aa/x+1.whl'],
  ['/packages/x.whl/', '404'],
  ['/packages', '404'],
  ['/packages//x.whl', '404'],
  ['/packages/.x/y.whl', '404'],
  ['/packages/%2e%2e/status.json', '400'],
  ['/packages/a%2fb', '400'],
  ['/packages/a%5cb', '400'],
  ['/packages/a%00', '400'],
  ['/packages/a%0d%0ab', '400'],
  ['/packages/%C0%AE%C0%AE/x', '400'],
  ['/packages/%', '400'],
  ['/simple/#x', '400'],
  ['*', '400'],
  ['', '400'],
  ['/last-modified', 'document last-modified'],
  ['/status.json', 'document status.json'],
  ['/status.json/', '404'],
  ['/status.json/x', '404'],
  ['/manifest.json', 'document manifest.json'],
  ['/manifest/0a3.sha256', 'document manifest/0a3.sha256'],
  ['/manifest/0a3.sha256?x=1', 'document manifest/0a3.sha256'],
  ['/manifest/0a3.sha256/', '404'],
  ['/manifest/0A3.sha256', '404'],
  ['/manifest/0a.sha256', '404'],
  ['/manifest/0a3', '404'],
  ['/manifest/', '404'],
  ['/manifest', '404'],
  ['/manifest/x/0a3.sha256', '404'],
  ['/pypi/foo/json', 'document pypi/foo/json'],
  ['/pypi/Foo_Bar/json', 'document pypi/foo-bar/json'],
  ['/pypi/foo/json?x=1', 'document pypi/foo/json'],
  ['/pypi/foo/json/', '301 /pypi/foo/json'],
  ['/pypi/Foo.Bar/json/?x=1', '301 /pypi/foo-bar/json?x=1'],
  ['/pypi/foo/1.0/json', '404'],
  ['/pypi/foo/1.0/json/', '404'],
  ['/pypi/%66oo/json', 'document pypi/foo/json'],
  ['/pypi/.foo/json', '404'],
  ['/pypi//json', '404'],
  ['/pypi/json', '404'],
  ['/pypi/json/json', 'document pypi/json/json'],
  ['/pypi/foo/', '404'],
  ['/pypi/', '404'],
  ['/pypi', '404'],
  ['/RPC2', '404'],
  ['/index.html', '404'],
  ['/__proto__', '404'],
];

for (const [target, expected] of ROUTES)
  test(`${JSON.stringify(target)} is ${expected}`, () => assert.equal(brief(get(target)), expected));

test('JSON is another file with another variant, at the same URL', () => {
  const json = get('/simple/foo/', JSON_TYPE);
  assert.equal(brief(json), 'document simple/foo/index.v1_json');
  assert.equal(brief(get(`/simple/?format=${JSON_TYPE}`)), 'document simple/index.v1_json');
  assert.equal(
    brief(get(`/simple/?a&format=${encodeURIComponent(JSON_TYPE)}`)),
    'document simple/index.v1_json',
  );
  const variants = [JSON_TYPE, 'application/vnd.pypi.simple.v1+html', 'text/html'].map((accept) => {
    const answer = get('/simple/foo/', accept);
    assert.ok(answer.kind === 'document');
    return answer.variant;
  });
  assert.equal(new Set(variants).size, 3);
});

test('only GET and HEAD are answered, wherever they point', () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PURGE', 'get', '']) {
    const answer = route({ ...UNSAID, method, target: '/simple/../x' });
    assert.ok(answer.kind === 'plain' && answer.status === 405 && answer.headers['Allow'] === 'GET, HEAD');
  }
});

test('a call is a POST of text/xml to one of three addresses', () => {
  const post = (target: string, contentType: string | undefined) =>
    brief(route({ ...UNSAID, method: 'POST', target, contentType }));
  for (const target of ['/pypi', '/pypi/', '/RPC2', '/pypi?x=1', 'http://mirror.example/pypi'])
    for (const type of ['text/xml', 'text/xml; charset=utf-8', 'Text/XML'])
      assert.equal(post(target, type), 'rpc', `${target} ${type}`);
  for (const target of ['/RPC2/', '/pypi//', '//pypi', '/pypi/foo', '/simple/', '/', '/pypi/../pypi', '*'])
    assert.equal(post(target, 'text/xml'), '405', target);
  for (const type of [undefined, '', 'application/xml', 'application/x-www-form-urlencoded'])
    assert.equal(post('/pypi', type), '405', type);
  assert.equal(brief(route({ ...UNSAID, method: 'PUT', target: '/pypi', contentType: 'text/xml' })), '405');
  assert.equal(brief(route({ ...UNSAID, method: 'GET', target: '/pypi', contentType: 'text/xml' })), '404');
});

test('a query value keeps its plus and survives a broken escape', () => {
  assert.equal(queryValue('?format=a+b%2Bc&format=d', 'format'), 'a+b+c');
  assert.equal(queryValue('?x=1', 'format'), undefined);
  assert.equal(queryValue('?format=%zz', 'format'), undefined);
  assert.equal(queryValue('', 'format'), undefined);
});

const piece = fc.constantFrom(
  ...['/', '//', '..', '.', '%2e', '%2E%2e', '%2f', '\\', '%5c', '%00', '%0a', '%', '#', '?', ' ', '\u00ff'],
  ...[
    'simple',
    'packages',
    'pypi',
    'json',
    'status.json',
    'Foo_Bar',
    'http://x',
    'C:',
    '~',
    '%ed%a0%80',
    '%c0%ae',
  ],
);
const anyTarget = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`),
  fc.array(piece, { maxLength: 12 }).map((pieces) => `/packages/${pieces.join('')}`),
  fc.string({ unit: 'binary' }),
);

test('no target leads out of the docroot, to a dotfile, or to another server', () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const answer = get(target);
      assert.ok(answer.kind !== 'rpc');
      if (answer.kind === 'plain') {
        const location = answer.headers['Location'];
        if (location !== undefined)
          assert.match(location, /^\/(?:simple\/(?:[a-z0-9-]+\/)?|pypi\/[a-z0-9-]+\/json)(?:\?|$)/);
        return;
      }
      assert.equal(path.posix.normalize(answer.path), answer.path);
      assert.match(
        answer.path,
        /^(?:simple\/|packages\/|pypi\/[a-z0-9-]+\/json$|last-modified$|status\.json$)/,
      );
      assert.doesNotMatch(answer.path, /(?:^|\/)\.|[\\\0]|\/$/);
    }),
    { numRuns: 2000 },
  );
});

test('a target made of clean segments is understood as they are', () => {
  const segment = fc
    .string({ minLength: 1, unit: 'grapheme' })
    .filter((text) => text !== '.' && text !== '..' && !/[\p{Cc}\p{Cs}/\\]/u.test(text));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
      const raw = `/${segments.map(encodeURIComponent).join('/')}`;
      assert.deepEqual(parseTarget(raw), { segments, slash: false, query: '' });
    }),
  );
});
