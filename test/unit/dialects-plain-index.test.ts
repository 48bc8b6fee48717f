/**
 * Goal: the plain index behaves as web servers with a directory of files do: dates and tags, relative links, redirects.
 * Method: raw requests over loopback, one behaviour a test; links are resolved as a browser would.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { type PlainIndexOptions, startPlainIndex } from '../support/dialects/plain-index.ts';
import { rawRequest } from '../support/raw-http.ts';
import { makeSdist, makeWheel } from '../support/wheels.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const WHEEL = makeWheel({ name: 'Tulgey_Wood', version: '1.0', requiresPython: '>=3.8', modules: {} });
const SDIST = makeSdist({ name: 'Tulgey_Wood', version: '2.0+local.1', modules: {} });
const PAGE = 'tulgey-wood/';
const FAR_FUTURE = 'Fri, 31 Dec 2100 23:59:59 GMT';

async function plainWith(t: TestContext, options: PlainIndexOptions = {}) {
  const plain = await startPlainIndex(options);
  t.after(() => plain.close());
  plain.shelf.put(WHEEL);
  const get = (path = PAGE, headers: Record<string, string> = {}, method = 'GET') =>
    rawRequest(new URL(path, plain.indexUrl).href, { headers, method });
  /** Where the page's links lead, and what stands behind them. */
  const links = async (path = PAGE) => {
    const html = (await get(path)).body.toString();
    const page = new URL(path, plain.indexUrl);
    const base = new URL(/<base href="([^"]*)">/.exec(html)?.[1] ?? page, page);
    return [...html.matchAll(/<a href="([^"]*)"([^>]*)>([^<]*)</g)].map(
      ([, href = '', rest = '', text = '']) => {
        const url = new URL(href, base);
        return { url: url.href.replace(/#.*/, ''), hash: url.hash, attributes: rest, text };
      },
    );
  };
  const file = async () => (await links())[0]?.url ?? assert.fail('no link');
  return { plain, get, links, file };
}

/** The validators of a reply as conditions of the next request. */
function conditionsOf(headers: Readonly<Record<string, string | undefined>>): Record<string, string>[] {
  const { etag, 'last-modified': modified } = headers;
  return [
    ...(etag === undefined ? [] : [{ 'if-none-match': etag }]),
    ...(modified === undefined ? [] : [{ 'if-modified-since': modified }]),
  ];
}

test('links are relative, carry a digest, and lead to the bytes, wherever the index is', async (t) => {
  for (const options of [
    {},
    { indexPath: '/' },
    { indexPath: '/api/pypi/local/simple/' },
    { baseHref: true },
  ]) {
    const { plain, links } = await plainWith(t, options);
    plain.shelf.put(SDIST);
    const found = await links();
    assert.deepEqual(
      found.map(({ text }) => text),
      [WHEEL.filename, SDIST.filename],
    );
    for (const [at, dist] of [WHEEL, SDIST].entries()) {
      assert.deepEqual((await rawRequest(found[at]?.url ?? '')).body, dist.bytes, JSON.stringify(options));
      assert.equal(found[at]?.hash, `#sha256=${createHash('sha256').update(dist.bytes).digest('hex')}`);
    }
    assert.deepEqual(
      (await links('')).map(({ url, text }) => [url, text]),
      [[`${plain.indexUrl}${PAGE}`, 'Tulgey_Wood']],
    );
  }
});

test('with a base, links mean nothing to whoever resolves them against the page', async (t) => {
  const { get, file } = await plainWith(t, { baseHref: true });
  const href = /<a href="([^"#]*)/.exec((await get()).body.toString())?.[1] ?? '';
  assert.equal((await get(`${PAGE}${href}`)).status, 404);
  assert.equal((await get(await file())).status, 200);
});

test('digests may be MD5, or missing', async (t) => {
  const md5 = createHash('md5').update(WHEEL.bytes).digest('hex');
  for (const [fragments, hash] of [
    ['md5', `#md5=${md5}`],
    ['none', ''],
  ] as const) {
    const { links } = await plainWith(t, { fragments });
    assert.equal((await links())[0]?.hash, hash);
  }
});

test('pages, lists and files are 304 by tag or by date, and 200 once they changed', async (t) => {
  const { plain, get, file } = await plainWith(t);
  const targets: [path: string, change: () => void][] = [
    ['', () => plain.shelf.createProject('snark')],
    [PAGE, () => plain.shelf.yank(WHEEL.filename, 'broken')],
    [await file(), () => plain.shelf.replaceBytes(WHEEL.filename, SDIST.bytes)],
  ];
  for (const [path, change] of targets) {
    const conditions = conditionsOf((await get(path)).headers);
    assert.equal(conditions.length, 2, path);
    for (const condition of conditions) {
      const reply = await get(path, condition);
      assert.deepEqual([reply.status, reply.body.length], [304, 0], path);
      assert.deepEqual(conditionsOf(reply.headers), conditions);
    }
    change();
    for (const condition of conditions) assert.equal((await get(path, condition)).status, 200, path);
  }
  assert.deepEqual(
    plain.requests.filter(({ status }) => status === 304).length,
    2 * targets.length,
    'the log has the conditional answers',
  );
});

test('a tag decides alone; a date alone may be later than the change', async (t) => {
  const { get } = await plainWith(t);
  const { 'last-modified': modified = '' } = (await get()).headers;
  assert.equal((await get(PAGE, { 'if-none-match': '"other"', 'if-modified-since': modified })).status, 200);
  const later = new Date(Date.parse(modified) + 1000).toUTCString();
  const earlier = new Date(Date.parse(modified) - 1000).toUTCString();
  assert.equal((await get(PAGE, { 'if-modified-since': later })).status, 304);
  assert.equal((await get(PAGE, { 'if-modified-since': earlier })).status, 200);
});

test('servers may give a tag only, a date only, or nothing to ask by', async (t) => {
  const given = {
    both: [true, true],
    etag: [true, false],
    'last-modified': [false, true],
    none: [false, false],
  };
  for (const [validators, expected] of Object.entries(given)) {
    const { get, file } = await plainWith(t, { validators: validators as keyof typeof given });
    for (const path of ['', PAGE, await file()]) {
      const { headers } = await get(path);
      assert.deepEqual(
        [headers['etag'] !== undefined, headers['last-modified'] !== undefined],
        expected,
        validators,
      );
    }
    const reply = await get(PAGE, { 'if-modified-since': FAR_FUTURE });
    assert.equal(reply.status === 304, expected[1], validators);
  }
});

test('a file replaced in place changes the page only where the page carries its digest', async (t) => {
  for (const fragments of ['sha256', 'md5', 'none'] as const) {
    const { plain, get, file } = await plainWith(t, { fragments });
    const [page, bytes] = [await get(), await get(await file())];
    plain.shelf.replaceBytes(WHEEL.filename, SDIST.bytes);
    for (const condition of conditionsOf(page.headers))
      assert.equal((await get(PAGE, condition)).status, fragments === 'none' ? 304 : 200, fragments);
    for (const condition of conditionsOf(bytes.headers)) {
      const reply = await get(await file(), condition);
      assert.deepEqual([reply.status, reply.body], [200, SDIST.bytes]);
    }
  }
});

test('an interrupted file is continued by a range, unless it is another by now', async (t) => {
  const { plain, get, file } = await plainWith(t);
  const url = await file();
  plain.cutNext({ match: /\/packages\// });
  const cut = await get(url);
  assert.deepEqual([cut.complete, cut.body.length], [false, 10]);
  const condition = { range: 'bytes=10-', 'if-range': cut.headers['etag'] ?? '' };
  const rest = await get(url, condition);
  assert.deepEqual([rest.status, Buffer.concat([cut.body, rest.body])], [206, WHEEL.bytes]);
  plain.shelf.replaceBytes(WHEEL.filename, SDIST.bytes);
  const other = await get(url, condition);
  assert.deepEqual([other.status, other.body], [200, SDIST.bytes]);
});

test('files may be redirected to another host, with an address that is another each time', async (t) => {
  const { plain, get, file } = await plainWith(t, { redirectFiles: true });
  const url = await file();
  const [first, second] = [await get(url), await get(url)];
  assert.equal(first.status, 302);
  assert.notEqual(plain.filesUrl, plain.url);
  assert.ok(first.headers['location']?.startsWith(`${plain.filesUrl}/packages/`));
  assert.notEqual(first.headers['location'], second.headers['location']);
  const target = await rawRequest(first.headers['location'] ?? '');
  assert.deepEqual(target.body, WHEEL.bytes);
  const [condition = {}] = conditionsOf(target.headers);
  assert.equal((await rawRequest(second.headers['location'] ?? '', { headers: condition })).status, 304);
  assert.deepEqual(plain.requests.map(({ request }) => request.host).slice(-2), ['files', 'files']);
  plain.shelf.removeFile(WHEEL.filename);
  assert.equal((await get(url)).status, 404);
});

test('JSON is answered to those who ask, where it is offered; everyone else gets HTML', async (t) => {
  const accept = { accept: `${JSON_TYPE}, text/html;q=0.1` };
  const html = await (await plainWith(t)).get(PAGE, accept);
  assert.equal(html.headers['content-type'], 'text/html');
  const { plain, get } = await plainWith(t, { json: true, metadata: 'digest' });
  const reply = await get(PAGE, accept);
  assert.equal(reply.headers['content-type'], JSON_TYPE);
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  assert.deepEqual(JSON.parse(reply.body.toString()), {
    meta: { 'api-version': '1.0' },
    name: 'tulgey-wood',
    files: [
      {
        filename: WHEEL.filename,
        url: `../../packages/tulgey-wood/${WHEEL.filename}`,
        hashes: { sha256: digest(WHEEL.bytes) },
        'requires-python': '>=3.8',
        'core-metadata': { sha256: digest(WHEEL.metadata) },
      },
    ],
  });
  const list = JSON.parse((await get('', accept)).body.toString());
  assert.deepEqual(list.projects, [{ name: 'Tulgey_Wood' }]);
  assert.equal((await get(PAGE, { accept: 'image/png' })).headers['content-type'], 'text/html');
  for (const condition of conditionsOf(reply.headers))
    assert.equal((await get(PAGE, { ...accept, ...condition })).status, 304);
  assert.deepEqual(
    [plain.requests.at(-1)?.status, plain.requests.at(-1)?.line],
    [304, 'GET /simple/tulgey-wood/'],
  );
});

test('core metadata is advertised with its digest, as a bare true, or not at all', async (t) => {
  const sha256 = createHash('sha256').update(WHEEL.metadata).digest('hex');
  const cases = [
    ['none', undefined, 404],
    ['digest', `sha256=${sha256}`, 200],
    ['bare', 'true', 200],
  ] as const;
  for (const [metadata, value, status] of cases) {
    const { get, links, file } = await plainWith(t, { metadata });
    const attributes = (await links())[0]?.attributes ?? '';
    assert.equal(/ data-core-metadata="([^"]*)"/.exec(attributes)?.[1], value);
    assert.equal((await get(`${await file()}.metadata`)).status, status);
  }
});

test('one spelling of a name, a redirect to the slash, and 404 for everything else', async (t) => {
  const { plain, get, file } = await plainWith(t);
  assert.equal((await get('Tulgey_Wood/')).status, 404);
  assert.equal((await get('boojum/')).status, 404);
  const bare = await get('tulgey-wood');
  assert.deepEqual([bare.status, bare.headers['location']], [301, `${plain.indexUrl}tulgey-wood/`]);
  assert.equal((await rawRequest(`${plain.url}/simple`)).headers['location'], plain.indexUrl);
  assert.equal((await get('/pypi', {}, 'POST')).status, 405);
  const url = await file();
  plain.shelf.removeProject('tulgey-wood');
  assert.deepEqual([(await get()).status, (await get(url)).status], [404, 404]);
});

test('faults: a status, a cut body, a storm of 404s, each on what matches and as often as said', async (t) => {
  const { plain, get } = await plainWith(t);
  plain.failNext(503, { match: /tulgey/, times: 2, headers: { 'retry-after': '1' } });
  assert.equal((await get('')).status, 200);
  const failed = await get();
  assert.deepEqual([failed.status, failed.headers['retry-after']], [503, '1']);
  assert.deepEqual([(await get()).status, (await get()).status], [503, 200]);
  for (const condition of conditionsOf((await get()).headers)) {
    plain.cutNext({ afterBytes: 20 });
    const cut = await get(PAGE, condition);
    assert.deepEqual([cut.status, cut.complete, cut.body.length], [200, false, 20], 'a fault needs a body');
    assert.equal((await get(PAGE, condition)).status, 304);
  }
  const storm = plain.notFoundStorm(/GET \/simple\//);
  assert.deepEqual([(await get()).status, (await get('')).status, storm.hits], [404, 404, 2]);
  storm.remove();
  assert.equal((await get()).status, 200);
  assert.deepEqual(
    plain.requests.map(({ fault }) => fault).filter((fault) => fault !== null),
    ['status', 'status', 'truncate', 'truncate', 'missing', 'missing'],
  );
});
