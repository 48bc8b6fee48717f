/** The promises of src/store/contract.ts about what a store makes of bytes: packed pages, restaged files, METADATA of wheels. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { isJubjubError } from '../../src/errors.ts';
import { gzipPath } from '../../src/pypi/paths.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import type { Store } from '../../src/store/contract.ts';
import { makeWheel } from '../support/wheels.ts';
import {
  FILE,
  flushAndPlace,
  type OpenStore,
  OTHER,
  PAGE,
  put,
  SIGNAL,
  staged,
  text,
} from './store-suite-kit.ts';

const TEXT_PIECES = ['{"snark":', ' "ünlikely 🦅"', '}\n'];
const GZIP = gzipPath(PAGE.json);

/** What a web server sends for a precompressed twin. */
async function unpacked(store: Store, at: DocrootPath): Promise<string> {
  return gunzipSync((await store.read(at)) ?? Buffer.alloc(0)).toString('utf8');
}

export function packing(open: OpenStore): void {
  test('a packed document is the whole text, and its digest that of the packed bytes', async (t) => {
    const { store } = await open(t);
    const digest = await store.stageGzip(GZIP, TEXT_PIECES);
    await flushAndPlace(store, GZIP);
    assert.equal(await unpacked(store, GZIP), TEXT_PIECES.join(''));
    assert.deepEqual(await store.digest(GZIP, SIGNAL), digest);
  });

  test('a packed document depends on its text alone, not on how that was cut', async (t) => {
    const { store } = await open(t);
    // Long enough to be packed as a stream, and with a character that lies across two pieces.
    const long = Array.from({ length: 40_000 }, (_, at) => `${at} 🦅 snark\n`).join('');
    const inside = long.indexOf('🦅', 300_000) + 1;
    const cuts = [
      [long],
      [long.slice(0, inside), long.slice(inside)],
      long.split(/(?<=\n)/),
      long.match(/.{1,9999}/gs) ?? [],
    ];
    const digests = new Set<string>();
    for (const pieces of cuts) digests.add((await store.stageGzip(GZIP, pieces)).sha256);
    assert.equal(digests.size, 1);
    await flushAndPlace(store, GZIP);
    assert.equal(await unpacked(store, GZIP), long);
  });

  test('a packed document says neither when nor on which system it was made', async (t) => {
    const { store } = await open(t);
    for (const pieces of [TEXT_PIECES, ['x'.repeat(1_000_000), 'y']]) {
      await store.stageGzip(GZIP, pieces);
      await flushAndPlace(store, GZIP);
      const header = Buffer.from((await store.read(GZIP)) ?? []).subarray(0, 10);
      assert.equal(header.toString('hex'), '1f8b08000000000000ff');
    }
  });

  test('a document without any text can be packed', async (t) => {
    const { store } = await open(t);
    await store.stageGzip(GZIP, []);
    await flushAndPlace(store, GZIP);
    assert.equal(await unpacked(store, GZIP), '');
  });

  test('a packed document replaces what was staged for its path, however long that was', async (t) => {
    const { store } = await open(t);
    await store.stageBytes(GZIP, Buffer.alloc(5_000));
    await store.stageGzip(GZIP, TEXT_PIECES);
    await flushAndPlace(store, GZIP);
    assert.equal(await unpacked(store, GZIP), TEXT_PIECES.join(''));
  });

  test('an error in the pieces is passed on as it is', async (t) => {
    const { store } = await open(t);
    const trouble = new Error('no more pieces');
    const pieces = function* () {
      yield 'x'.repeat(1_000_000);
      yield 'y';
      throw trouble;
    };
    for (const stage of [store.stageText, store.stageGzip])
      await assert.rejects(stage.call(store, GZIP, pieces()), (error) => error === trouble);
  });
}

export function restaging(open: OpenStore): void {
  test('what is restaged lies at the other path, and nothing at the first', async (t) => {
    const { store, again } = await open(t);
    await (await staged(store, FILE, 'bytes')).finish();
    await store.restage(FILE, OTHER);
    const next = again();
    const first = await next.stage(FILE);
    assert.equal(first.sizeBytes, 0);
    await first.discard();
    await flushAndPlace(next, OTHER);
    assert.deepEqual([await text(next, FILE), await text(next, OTHER)], [null, 'bytes']);
    assert.equal(await next.clearStaging(new Set()), 0);
  });

  test('what is restaged replaces what was staged there, and changes nothing that a reader sees', async (t) => {
    const { store } = await open(t);
    await put(store, OTHER, 'published');
    await (await staged(store, OTHER, 'an earlier try')).suspend();
    await (await staged(store, FILE, 'bytes')).finish();
    await store.restage(FILE, OTHER);
    assert.deepEqual([await text(store, FILE), await text(store, OTHER)], [null, 'published']);
    await flushAndPlace(store, OTHER);
    assert.equal(await text(store, OTHER), 'bytes');
  });

  test('what is restaged to where it is stays', async (t) => {
    const { store } = await open(t);
    await (await staged(store, FILE, 'bytes')).finish();
    await store.restage(FILE, FILE);
    await flushAndPlace(store, FILE);
    assert.equal(await text(store, FILE), 'bytes');
  });

  test('restaging what was never staged is an error, and keeps what is staged at the other path', async (t) => {
    const { store } = await open(t);
    await (await staged(store, OTHER, 'bytes')).finish();
    await assert.rejects(store.restage(FILE, OTHER), (error) => isJubjubError(error, 'STORE_IO'));
    await flushAndPlace(store, OTHER);
    assert.equal(await text(store, OTHER), 'bytes');
  });
}

const WHEEL = makeWheel({ name: 'snark', version: '1.0', modules: { 'snark.py': 'BOOJUM = True\n' } });
const NEWER = makeWheel({ name: 'snark', version: '2.0', modules: {} });

export function wheels(open: OpenStore): void {
  const metadata = async (store: Store, at: DocrootPath) => {
    const bytes = await store.wheelMetadata(at);
    return bytes === null ? null : Buffer.from(bytes).toString();
  };

  test('METADATA comes out of a wheel that is staged, and out of one that is in place', async (t) => {
    const { store } = await open(t);
    const writer = await store.stage(OTHER);
    await writer.write(WHEEL.bytes);
    await writer.finish();
    assert.equal(await metadata(store, OTHER), WHEEL.metadata.toString());
    await flushAndPlace(store, OTHER);
    assert.equal(await metadata(store, OTHER), WHEEL.metadata.toString());
  });

  test('of two wheels the staged one counts', async (t) => {
    const { store } = await open(t);
    await store.stageBytes(OTHER, WHEEL.bytes);
    await flushAndPlace(store, OTHER);
    await store.stageBytes(OTHER, NEWER.bytes);
    assert.equal(await metadata(store, OTHER), NEWER.metadata.toString());
    await store.stageBytes(OTHER, NEWER.bytes.subarray(0, 100));
    assert.equal(await metadata(store, OTHER), null);
  });

  test('there is no METADATA where there is no wheel', async (t) => {
    const { store } = await open(t);
    assert.equal(await metadata(store, OTHER), null);
    for (const body of [Buffer.alloc(0), Buffer.from('no wheel'), WHEEL.bytes.subarray(1)]) {
      await store.stageBytes(OTHER, body);
      assert.equal(await metadata(store, OTHER), null);
    }
  });

  test('what is not called a wheel is not read as one', async (t) => {
    const { store } = await open(t);
    await store.stageBytes(FILE, WHEEL.bytes);
    assert.equal(await metadata(store, FILE), null);
  });
}
