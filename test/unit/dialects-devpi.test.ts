/**
 * Goal: the devpi of the tests behaves as devpi does: minimal JSON, relative links, its own serial, no validators (protocol §6).
 * Method: raw requests over loopback, one behaviour a test.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type DevpiOptions, startDevpi } from '../support/dialects/devpi.ts';
import { rawRequest } from '../support/raw-http.ts';
import { makeSdist, makeWheel } from '../support/wheels.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const JSON_ACCEPT = { accept: JSON_TYPE };
const WHEEL = makeWheel({ name: 'Tulgey_Wood', version: '1.0', requiresPython: '>=3.8', modules: {} });
const SDIST = makeSdist({ name: 'Tulgey_Wood', version: '1.0+local.1', modules: {} });

async function devpiWith(t: TestContext, options: DevpiOptions = {}) {
  const devpi = await startDevpi(options);
  t.after(() => devpi.close());
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    rawRequest(new URL(path, devpi.url).href, { headers, method });
  const simple = (path = '', headers: Record<string, string> = JSON_ACCEPT) =>
    rawRequest(`${devpi.url}/+simple/${path}`, { headers });
  const json = async (path = '') => JSON.parse((await simple(path)).body.toString());
  return { devpi, get, simple, json };
}

test('JSON says name, link, one digest and what is not usual, and nothing else', async (t) => {
  const { devpi, simple, json } = await devpiWith(t);
  const sdist = devpi.shelf.put(SDIST, 'broken');
  const wheel = devpi.shelf.put(WHEEL);
  const path = (file: { sha256: string; filename: string }) =>
    `../../+f/${file.sha256.slice(0, 3)}/${file.sha256.slice(3, 16)}/${file.filename}`;
  assert.deepEqual(await json('tulgey-wood/'), {
    meta: { 'api-version': '1.0' },
    name: 'tulgey-wood',
    files: [
      {
        filename: wheel.filename,
        url: path(wheel),
        hashes: { sha256: wheel.sha256 },
        'requires-python': '>=3.8',
      },
      { filename: sdist.filename, url: path(sdist), hashes: { sha256: sdist.sha256 }, yanked: 'broken' },
    ],
  });
  assert.deepEqual(await json(), { meta: { 'api-version': '1.0' }, projects: [{ name: 'tulgey-wood' }] });
  assert.equal((await simple()).headers['content-type'], JSON_TYPE);
});

test('HTML carries digest, requires-python and yank, escaped, with the same links', async (t) => {
  const { devpi, simple } = await devpiWith(t);
  const { sha256 } = devpi.shelf.put(WHEEL, 'a <b> & "c"');
  const reply = await simple('tulgey-wood/', { accept: 'text/html' });
  assert.equal(reply.headers['content-type'], 'text/html; charset=UTF-8');
  const link = `../../+f/${sha256.slice(0, 3)}/${sha256.slice(3, 16)}/${WHEEL.filename}#sha256=${sha256}`;
  assert.ok(
    reply.body
      .toString()
      .includes(
        `<a href="${link}" data-requires-python="&gt;=3.8" data-yanked="a &lt;b&gt; &amp; &#34;c&#34;">${WHEEL.filename}</a>`,
      ),
    reply.body.toString(),
  );
  assert.ok(
    (await simple('', { accept: 'text/html' })).body
      .toString()
      .includes('<a href="tulgey-wood/">tulgey-wood</a>'),
  );
});

test('links lead to the bytes from whatever page they stand on', async (t) => {
  const { devpi, get } = await devpiWith(t);
  devpi.shelf.put(SDIST);
  for (const page of [
    '/root/dev/+simple/tulgey-wood/',
    '/root/dev/+simple/tulgey-wood',
    '/root/dev/tulgey-wood/',
  ]) {
    const { files } = JSON.parse((await get(page, JSON_ACCEPT)).body.toString());
    const reply = await rawRequest(new URL(files[0].url, new URL(page, devpi.url)).href);
    assert.deepEqual(reply.body, SDIST.bytes, page);
  }
});

test('pages have no validator and ignore conditions', async (t) => {
  const { devpi, simple } = await devpiWith(t);
  devpi.shelf.put(WHEEL);
  for (const path of ['', 'tulgey-wood/']) {
    const reply = await simple(path, {
      ...JSON_ACCEPT,
      'if-none-match': '*',
      'if-modified-since': 'Fri, 31 Dec 2100 23:59:59 GMT',
    });
    assert.equal(reply.status, 200);
    assert.deepEqual([reply.headers['etag'], reply.headers['last-modified']], [undefined, undefined]);
    assert.equal(reply.headers['vary'], 'Accept, User-Agent');
  }
  const [first] = devpi.requests;
  assert.deepEqual(
    [first?.path, first?.status, first?.headers['if-none-match']],
    ['/root/dev/+simple/', 200, '*'],
  );
});

test('the serial of the server is on every answer and rises with everything, seen or not', async (t) => {
  const { devpi, get, simple } = await devpiWith(t);
  const serial = async (path: string) => Number((await simple(path)).headers['x-devpi-serial']);
  const seen = [await serial('')];
  const changes = [
    () => devpi.shelf.put(WHEEL),
    () => devpi.shelf.yank(WHEEL.filename, true),
    () => devpi.shelf.bump(),
    () => devpi.shelf.removeFile(WHEEL.filename),
    () => devpi.shelf.removeProject('tulgey-wood'),
  ];
  for (const change of changes) {
    change();
    seen.push(await serial('tulgey-wood/'));
    assert.equal(await serial(''), seen.at(-1));
  }
  assert.deepEqual(
    seen,
    [...new Set(seen)].sort((a, b) => a - b),
  );
  assert.equal((await get('/nobody')).headers['x-devpi-serial'], String(seen.at(-1)));
  assert.equal((await simple('')).headers['x-pypi-last-serial'], undefined);
});

test('other spellings and missing slashes are 302, but not for JSON and installers', async (t) => {
  const { devpi, get } = await devpiWith(t);
  devpi.shelf.put(WHEEL);
  const location = async (path: string, headers: Record<string, string> = {}) => {
    const reply = await get(`/root/dev${path}`, headers);
    return reply.status === 302 ? reply.headers['location']?.slice(devpi.url.length) : reply.status;
  };
  assert.equal(await location('/+simple/Tulgey_Wood/', JSON_ACCEPT), '/+simple/tulgey-wood/');
  assert.equal(await location('/+simple/tulgey-wood'), '/+simple/tulgey-wood/');
  assert.equal(await location('/+simple'), '/+simple/');
  assert.equal(await location('/+simple', JSON_ACCEPT), 200);
  assert.equal(await location('/+simple/tulgey-wood', { 'user-agent': 'pip/25.3 {}' }), 200);
  assert.equal(await location('', JSON_ACCEPT), 200);
});

test('what is not there is 404: projects, other indexes, /simple/, and XML-RPC', async (t) => {
  const { devpi, get } = await devpiWith(t);
  devpi.shelf.createProject('empty');
  for (const path of ['/+simple/boojum/', '/simple/', '/pypi', '/+f/abc/def/x.whl'])
    assert.equal((await get(`/root/dev${path}`, JSON_ACCEPT)).status, 404, path);
  assert.equal((await get('/root/pypi/+simple/', JSON_ACCEPT)).status, 404);
  assert.equal((await get('/root/dev/pypi', { 'content-type': 'text/xml' }, 'POST')).status, 404);
  const empty = await get('/root/dev/+simple/empty/', JSON_ACCEPT);
  assert.deepEqual([empty.status, JSON.parse(empty.body.toString()).files], [200, []]);
});

test('a type that is not offered is answered as text_html', async (t) => {
  const { simple } = await devpiWith(t);
  const reply = await simple('', { accept: 'application/vnd.pypi.simple.v1+html' });
  assert.deepEqual([reply.status, reply.headers['content-type']], [200, 'text_html']);
});

test('a file has a date that nobody may ask by, no range, and is 410 when it was deleted', async (t) => {
  const { devpi, json } = await devpiWith(t);
  devpi.shelf.put(WHEEL);
  const url = new URL((await json('tulgey-wood/')).files[0].url, `${devpi.url}/+simple/tulgey-wood/`).href;
  const date = (await rawRequest(url)).headers['last-modified'] ?? '';
  const reply = await rawRequest(url, { headers: { 'if-modified-since': date, range: 'bytes=5-' } });
  assert.deepEqual([reply.status, reply.body, reply.headers['etag']], [200, WHEEL.bytes, undefined]);
  assert.equal(reply.headers['cache-control'], 'max-age=365000000, immutable, public');
  devpi.shelf.removeFile(WHEEL.filename);
  assert.equal((await rawRequest(url)).status, 410);
  devpi.shelf.put(WHEEL);
  assert.equal((await rawRequest(url)).status, 200);
});

test('without digests files are below +e, change in place, and are 404 when deleted', async (t) => {
  const { devpi, json } = await devpiWith(t, { type: 'mirror', hashes: 'none' });
  devpi.shelf.put(WHEEL);
  const [file] = (await json('tulgey-wood/')).files;
  assert.match(file.url, /^\.\.\/\.\.\/\+e\//);
  assert.deepEqual(file.hashes, {});
  const url = new URL(file.url, `${devpi.url}/+simple/tulgey-wood/`).href;
  devpi.shelf.replaceBytes(WHEEL.filename, SDIST.bytes);
  assert.deepEqual((await rawRequest(url)).body, SDIST.bytes);
  devpi.shelf.removeFile(WHEEL.filename);
  assert.equal((await rawRequest(url)).status, 404);
});

test('a mirror repeats PyPI’s serial of a project where it knows one; a stage never does', async (t) => {
  for (const type of ['mirror', 'stage'] as const) {
    const { devpi, simple } = await devpiWith(t, { type, user: 'carroll', index: 'pypi' });
    assert.match(devpi.url, /\/carroll\/pypi$/);
    devpi.shelf.put(WHEEL);
    devpi.shelf.createProject('snark');
    devpi.pypiSerials.set('tulgey-wood', 38_000_007).set('snark', 0);
    const serials = await Promise.all(
      ['tulgey-wood/', 'snark/', ''].map(async (path) => (await simple(path)).headers['x-pypi-last-serial']),
    );
    assert.deepEqual(serials, [type === 'mirror' ? '38000007' : undefined, undefined, undefined]);
  }
});
