/**
 * Goal: what is answered from memory is what lies in the docroot at that moment, and the memory has a limit.
 * Method: a server that has answered with a page once; then the page is replaced in the ways that are hardest to notice, goes, or
 *   leads out of the docroot.
 */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseDocrootPath } from '../../src/pypi/paths.ts';
import { KeptDocuments } from '../../src/serve/kept.ts';
import { startServer } from '../../src/serve/server.ts';
import { ask } from '../support/http-ask.ts';
import { withTempDir } from '../support/temp.ts';

const PAGE = { target: '/status.json' };

async function serving(t: TestContext) {
  const docroot = withTempDir(t);
  const file = path.join(docroot, 'status.json');
  writeFileSync(file, 'first');
  const { url, close } = await startServer({ docroot, host: '127.0.0.1', port: 0 });
  t.after(() => close());
  const read = async () => {
    const { status, body, headers } = await ask(url, PAGE);
    return { status, body: body.toString(), etag: headers['etag'] };
  };
  const first = await read();
  assert.deepEqual([first.status, first.body], [200, 'first']);
  assert.deepEqual(await read(), first, 'from memory');
  return { docroot, url, file, read, first };
}

/** As publishing does it. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

test('a page replaced by one of the same size and time is noticed at once', async (t) => {
  const { file, read, first } = await serving(t);
  const times = [1_000_000_000, 1_000_000_000] as const;
  utimesSync(file, ...times);
  assert.deepEqual(await read(), first);
  replace(file, 'other');
  utimesSync(file, ...times);
  const second = await read();
  assert.deepEqual([second.status, second.body], [200, 'other']);
  assert.notEqual(second.etag, first.etag);
});

test('a small twin that holds a large page has the serial of that page', async (t) => {
  const { docroot, url } = await serving(t);
  const page = `<p>${' '.repeat(1024 * 1024)}</p><!--SERIAL 7-->`;
  mkdirSync(path.join(docroot, 'simple/snark'), { recursive: true });
  writeFileSync(path.join(docroot, 'simple/snark/index.html'), page);
  writeFileSync(path.join(docroot, 'simple/snark/index.html.gz'), gzipSync(page));
  const { headers } = await ask(url, { target: '/simple/snark/', headers: { 'Accept-Encoding': 'gzip' } });
  assert.deepEqual([headers['x-pypi-last-serial'], headers['content-encoding']], ['7', 'gzip']);
});

test('a page that is gone is gone, and one that comes back is there', async (t) => {
  const { file, read, first } = await serving(t);
  rmSync(file);
  assert.equal((await read()).status, 404);
  replace(file, 'first');
  assert.deepEqual(await read(), first);
});

test('a page that has become a link out of the docroot is not answered', async (t) => {
  const { file, read } = await serving(t);
  const outside = path.join(withTempDir(t), 'secret');
  renameSync(file, outside);
  symlinkSync(outside, file);
  assert.equal((await read()).status, 404);
});

test('documents that were asked for longest ago go first when there is no more room', (t) => {
  const docroot = withTempDir(t);
  const bytes = Buffer.alloc(1000);
  const facts = { digest: '', serial: null };
  // Room for two of them.
  const kept = new KeptDocuments(1000, 5000);
  const paths = ['a', 'b', 'c'].map((name) => {
    writeFileSync(path.join(docroot, name), bytes);
    return parseDocrootPath(name) ?? assert.fail(name);
  });
  const [a, b, c] = paths as [(typeof paths)[0], (typeof paths)[0], (typeof paths)[0]];
  const keep = (at: typeof a) =>
    kept.keep(docroot, at, statSync(path.join(docroot, at), { bigint: true }), { facts, bytes });
  keep(a);
  keep(b);
  keep(b);
  assert.notEqual(kept.look(docroot, a), 'unknown');
  keep(c);
  const looks = [a, b, c].map((at) => kept.look(docroot, at));
  assert.deepEqual(
    looks.map((look) => (typeof look === 'string' ? look : 'kept')),
    ['kept', 'unknown', 'kept'],
  );
});
