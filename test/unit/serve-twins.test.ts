/**
 * Goal: who accepts gzip gets the page's twin, with a validator of its own and the serial of its own bytes, and a twin
 * that is missing or broken costs nobody the page.
 * Method: pages and twins that are replaced one after the other, as publishing does, behind a real socket.
 */
import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { prefersGzip } from '../../src/serve/encoding.ts';
import type { ServeEvent } from '../../src/serve/events.ts';
import { startServer } from '../../src/serve/server.ts';
import { detailJson } from '../support/docroot.ts';
import { type Answered, ask } from '../support/http-ask.ts';
import { buildTableDocroot, TULGEY, V1_JSON } from '../support/serve-docroot.ts';
import { withTempDir } from '../support/temp.ts';

const ACCEPT_ENCODINGS: readonly (readonly [header: string | undefined, gzip: boolean])[] = [
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['x-gzip', true],
  ['gzip, deflate', true],
  ['deflate, gzip;q=1.0, *;q=0.5', true],
  ['identity', false],
  ['gzip, identity', true],
  ['identity, gzip', true],
  ['gzip;q=0.5, identity;q=1', false],
  ['gzip;q=0.5', true],
  ['gzip;q=0', false],
  ['gzip;q=0, *', false],
  ['identity;q=0', false],
  ['*', true],
  ['*;q=0', false],
  ['br, zstd', false],
  ['gzip;q=x', false],
  [';;,,', false],
];

for (const [header, gzip] of ACCEPT_ENCODINGS)
  test(`Accept-Encoding ${JSON.stringify(header)} is answered ${gzip ? 'with gzip' : 'as it is'}`, () =>
    assert.equal(prefersGzip(header), gzip));

async function serving(t: TestContext) {
  const { directory } = buildTableDocroot(withTempDir(t));
  const file = path.join(directory, 'simple/tulgey-wood/index.v1_json');
  const events: ServeEvent[] = [];
  const emit = (event: ServeEvent) => events.push(event);
  const server = await startServer({ docroot: directory, host: '127.0.0.1', port: 0, emit });
  t.after(() => server.close());
  const get = (encoding: string, ifNoneMatch?: string): Promise<Answered> => {
    const headers = { accept: V1_JSON, 'accept-encoding': encoding };
    const conditional = ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch };
    return ask(server.url, { target: '/simple/tulgey-wood/', headers: { ...headers, ...conditional } });
  };
  const replace = (name: string, bytes: string | Buffer) => {
    writeFileSync(`${name}.new`, bytes);
    renameSync(`${name}.new`, name);
  };
  return { file, events, get, replace };
}

function serialOf({ headers }: Answered): string | string[] | undefined {
  return headers['x-pypi-last-serial'];
}

test('page and twin have validators of their own, and each is only good for itself', async (t) => {
  const { get } = await serving(t);
  const plain = await get('identity');
  const gzipped = await get('gzip');
  assert.deepEqual(gunzipSync(gzipped.body), plain.body);
  assert.equal(serialOf(gzipped), serialOf(plain));
  assert.equal(gzipped.headers.vary, plain.headers.vary);
  const [plainTag, gzipTag] = [String(plain.headers.etag), String(gzipped.headers.etag)];
  assert.notEqual(plainTag, gzipTag);
  assert.equal((await get('identity', gzipTag)).status, 200);
  assert.equal((await get('gzip', plainTag)).status, 200);
  const again = await get('gzip', gzipTag);
  assert.deepEqual([again.status, again.headers.etag, serialOf(again)], [304, gzipTag, '42']);
  assert.equal(again.headers['content-encoding'], undefined);
});

test('between the renames of page and twin, each says the serial that it has', async (t) => {
  const { file, get, replace } = await serving(t);
  const next = detailJson({ ...TULGEY, serial: 50 });
  replace(file, next);
  assert.deepEqual([serialOf(await get('identity')), serialOf(await get('gzip'))], ['50', '42']);
  replace(`${file}.gz`, gzipSync(next));
  assert.deepEqual([serialOf(await get('identity')), serialOf(await get('gzip'))], ['50', '50']);
});

test('a twin that goes or comes is noticed with the next request', async (t) => {
  const { file, get, replace } = await serving(t);
  rmSync(`${file}.gz`);
  const without = await get('gzip');
  assert.equal(without.headers['content-encoding'], undefined);
  assert.equal(without.body.toString(), detailJson(TULGEY));
  replace(`${file}.gz`, gzipSync(detailJson(TULGEY)));
  assert.equal((await get('gzip')).headers['content-encoding'], 'gzip');
});

test('a twin that is no gzip is told to the operator, and the page itself goes out', async (t) => {
  const { file, events, get, replace } = await serving(t);
  for (const broken of ['no gzip at all', gzipSync(detailJson(TULGEY)).subarray(0, -20), '']) {
    replace(`${file}.gz`, broken);
    const answer = await get('gzip');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-encoding'], undefined);
    assert.equal(answer.body.toString(), detailJson(TULGEY));
    assert.equal(events.filter(({ type }) => type === 'failed').length, 1, JSON.stringify(broken.toString()));
    events.length = 0;
  }
});
