/**
 * Goal: what is packed or restaged survives a power cut as other staged bytes do: flushed it is there, else as chance has it.
 * Method: the store in memory, which alone can have power cuts, over many seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths, gzipPath } from '../../src/pypi/paths.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { seeded } from '../support/prng.ts';

const PAGE = detailPaths(normalizeName('snark'));
const GZIP = gzipPath(PAGE.json);
/** Where a file is staged before its digest has told where it belongs, and where that is. */
const [FROM, TO] = [PAGE.html, PAGE.json];
const SEEDS = 200;

/** What lies at both paths after a power cut, for each of many seeds. */
async function outcomes(prepare: (store: MemoryStore) => Promise<void>): Promise<string[]> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const store = new MemoryStore();
    await prepare(store);
    store.crash(seeded(seed));
    seen.add(store.staged().join(' '));
  }
  return [...seen].sort();
}

async function restage(store: MemoryStore): Promise<void> {
  await store.stageBytes(FROM, Buffer.from('bytes'));
  await store.restage(FROM, TO);
}

test('restaged and flushed, bytes and name survive every power cut, and the first name is gone', async () => {
  const prepare = async (store: MemoryStore) => {
    await restage(store);
    await store.flushStaged([TO]);
  };
  assert.deepEqual(await outcomes(prepare), [TO]);
});

test('a flush before restaging keeps the bytes at one path or the other', async () => {
  const prepare = async (store: MemoryStore) => {
    await store.stageBytes(FROM, Buffer.from('bytes'));
    await store.flushStaged([FROM]);
    await store.restage(FROM, TO);
  };
  assert.deepEqual(await outcomes(prepare), [FROM, TO]);
});

test('restaged and not flushed, bytes are at the one path, at the other, or lost', async () => {
  assert.deepEqual(await outcomes(restage), ['', FROM, TO]);
});

test('what is staged anew at the first path is another file, whatever the power cut keeps', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const store = new MemoryStore();
    await restage(store);
    const writer = await store.stage(FROM);
    await writer.write(Buffer.from('other'));
    await writer.suspend();
    await store.flushStaged([TO]);
    store.crash(seeded(seed));
    assert.equal(store.staged().includes(TO), true, `seed ${seed}`);
    const next = await store.stage(FROM);
    await next.write(Buffer.from('!'));
    await next.finish();
    await store.place([TO]);
    assert.equal(Buffer.from((await store.read(TO)) ?? []).toString(), 'bytes', `seed ${seed}`);
  }
});

test('restaged over a file that was flushed, one of the two is there, whole', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const store = new MemoryStore();
    await store.stageBytes(TO, Buffer.from('old'));
    await store.stageBytes(FROM, Buffer.from('new'));
    await store.flushStaged([TO, FROM]);
    await store.restage(FROM, TO);
    store.crash(seeded(seed));
    await store.place([TO]);
    seen.add(Buffer.from((await store.read(TO)) ?? []).toString());
  }
  assert.deepEqual([...seen].sort(), ['new', 'old']);
});

test('packed and flushed, a page survives every power cut; not flushed, it may be torn', async () => {
  const torn = new Set<boolean>();
  for (let seed = 1; seed <= SEEDS; seed++)
    for (const flushes of [true, false]) {
      const store = new MemoryStore();
      const digest = await store.stageGzip(GZIP, ['pa', 'ge']);
      if (flushes) await store.flushStaged([GZIP]);
      await store.place([GZIP]);
      store.crash(seeded(seed));
      const bytes = (await store.read(GZIP)) ?? Buffer.alloc(0);
      const found = await store.digest(GZIP, new AbortController().signal);
      if (flushes) assert.equal(gunzipSync(bytes).toString(), 'page', `seed ${seed}`);
      else torn.add(found?.sha256 !== digest.sha256);
    }
  assert.deepEqual([...torn].sort(), [false, true]);
});

test('a process that dies before it restages leaves the bytes where they were', async () => {
  const store = new MemoryStore();
  await store.stageBytes(FROM, Buffer.from('bytes'));
  store.lifeline.dieAfter(0);
  await assert.rejects(store.restage(FROM, TO), /dead/);
  await assert.rejects(store.wheelMetadata(FROM), /dead/);
  await assert.rejects(store.stageGzip(FROM, []), /dead/);
  store.lifeline.revive();
  store.killed();
  assert.deepEqual(store.staged(), [FROM]);
});

test('a caller that reads or moves what is being written is told', async () => {
  const store = new MemoryStore();
  await store.stage(FROM);
  await assert.rejects(store.restage(FROM, TO), /misuse/);
  await assert.rejects(store.wheelMetadata(FROM), /misuse/);
  await assert.rejects(store.stageGzip(FROM, []), /misuse/);
});
