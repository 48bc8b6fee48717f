/**
 * Goal: every store keeps the promises of src/store/contract.ts, and the one in memory forgets what a disk may forget.
 * Method: the suite over a temporary directory, over a simulated disk and over memory; then power cuts of many seeds, which only memory can have.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths } from '../../src/pypi/paths.ts';
import { LocalStore, mirrorFolders, prepareFolders } from '../../src/store/local.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { seeded } from '../support/prng.ts';
import { SimDisk } from '../support/simfs/disk.ts';
import { installSimFs } from '../support/simfs/install.ts';
import { withTempDir } from '../support/temp.ts';
import { storeSuite } from './store-suite.ts';

const PAGE = detailPaths(normalizeName('snark'));
const SEEDS = 200;

/** Where a flush costs nothing, if there is such a place. */
const IN_MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const PLACES = { wave: tmpdir(), file: IN_MEMORY, off: IN_MEMORY } as const;

for (const mode of ['wave', 'file', 'off'] as const)
  storeSuite(`local disk, "${mode}"`, async (t) => {
    const folders = await prepareFolders(withTempDir(t, PLACES[mode]));
    return { store: new LocalStore(folders, mode), again: () => new LocalStore(folders, mode) };
  });

storeSuite('local disk, simulated', async (t) => {
  installSimFs();
  const disk = new SimDisk();
  const process = disk.boot();
  const store = new LocalStore(await prepareFolders(process.root));
  t.after(() => assert.equal(process.open.size, 0, 'something was left open'));
  return { store, again: () => new LocalStore(mirrorFolders(disk.boot().root)) };
});

storeSuite('memory', async () => {
  const store = new MemoryStore();
  return {
    store,
    again: () => {
      store.killed();
      return store;
    },
  };
});

test('the local store removes the directory of a page with it, unless somebody else keeps something there', async (t) => {
  const folders = await prepareFolders(withTempDir(t));
  const store = new LocalStore(folders);
  for (const path of [PAGE.html, PAGE.json]) {
    await store.stageBytes(path, Buffer.from('page'));
    await store.place([path]);
  }
  await store.remove([PAGE.html, PAGE.json]);
  assert.equal(existsSync(join(folders.web, PAGE.directory)), false);
  mkdirSync(join(folders.web, PAGE.directory));
  writeFileSync(join(folders.web, PAGE.directory, 'notes.txt'), 'mine');
  await store.remove([PAGE.html, PAGE.json]);
  assert.deepEqual(readdirSync(join(folders.web, PAGE.directory)), ['notes.txt']);
});

test('the local store names the path and the reason when the disk refuses', async (t) => {
  const folders = await prepareFolders(withTempDir(t));
  // A file stands where a directory has to be.
  writeFileSync(join(folders.web, 'simple'), '');
  const store = new LocalStore(folders);
  await store.stageBytes(PAGE.html, Buffer.from('page'));
  await assert.rejects(
    store.place([PAGE.html]),
    (error) => isJubjubError(error, 'STORE_IO') && error.facts.path?.includes('simple') === true,
  );
});

test('the local store settles without the sync command of the system too', async (t) => {
  const folders = await prepareFolders(withTempDir(t));
  const store = new LocalStore(folders);
  await store.stageBytes(PAGE.html, Buffer.from('page'));
  await store.place([PAGE.html]);
  const path = process.env['PATH'];
  process.env['PATH'] = folders.state;
  try {
    await store.flushDocroot();
  } finally {
    process.env['PATH'] = path;
  }
  assert.equal(Buffer.from((await store.read(PAGE.html)) ?? []).toString(), 'page');
});

const hasOtherFileSystem = existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync(tmpdir()).dev;

test('the local store refuses a docroot on another file system', { skip: !hasOtherFileSystem }, async (t) => {
  const directory = withTempDir(t);
  symlinkSync('/dev/shm', join(directory, 'web'));
  await assert.rejects(prepareFolders(directory), (error) => isJubjubError(error, 'STORE_NOT_WRITABLE'));
});

test('in memory, flushed bytes and names survive every power cut', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const store = new MemoryStore();
    await store.stageBytes(PAGE.html, Buffer.from('page'));
    await store.flushStaged([PAGE.html]);
    await store.place([PAGE.html]);
    await store.stageBytes(PAGE.json, Buffer.from('page'));
    await store.flushStaged([PAGE.json]);
    store.crash(seeded(seed));
    assert.equal(Buffer.from((await store.read(PAGE.html)) ?? []).toString(), 'page', `seed ${seed}`);
    assert.deepEqual(store.staged(), [PAGE.json], `seed ${seed}`);
  }
});

test('in memory, what was not flushed is whole, torn, zeroed or lost, as chance has it', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const store = new MemoryStore();
    await store.stageBytes(PAGE.html, Buffer.from('page'));
    await store.place([PAGE.html]);
    store.crash(seeded(seed));
    seen.add(Buffer.from((await store.read(PAGE.html)) ?? Buffer.from('lost')).toString());
  }
  for (const outcome of ['page', '', 'pa', 'pa\0\0']) assert.ok(seen.has(outcome), JSON.stringify([...seen]));
});

test('in memory, of two renames without a flush the later may survive without the earlier', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const store = new MemoryStore();
    for (const path of [PAGE.html, PAGE.json]) await store.stageBytes(path, Buffer.from('page'));
    await store.flushStaged([PAGE.html, PAGE.json]);
    // Dies after both renames and before the flush.
    store.lifeline.dieAfter(2);
    await assert.rejects(store.place([PAGE.html, PAGE.json]));
    store.lifeline.revive();
    store.crash(seeded(seed));
    seen.add([...store.tree().keys()].join(' '));
  }
  assert.deepEqual([...seen].sort(), ['', PAGE.html, `${PAGE.html} ${PAGE.json}`, PAGE.json]);
});

test('in memory, what a killed process did not live to flush survives every power cut once it is settled', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const store = new MemoryStore();
    for (const path of [PAGE.html, PAGE.json]) await store.stageBytes(path, Buffer.from('page'));
    await store.flushStaged([PAGE.html, PAGE.json]);
    store.lifeline.dieAfter(2);
    await assert.rejects(store.place([PAGE.html, PAGE.json]));
    store.lifeline.revive();
    store.killed();
    await store.flushDocroot();
    store.crash(seeded(seed));
    assert.deepEqual([...store.tree().keys()], [PAGE.html, PAGE.json], `seed ${seed}`);
  }
});

test('in memory, a dead process does nothing any more, and the next one finds what was done', async () => {
  const store = new MemoryStore();
  store.lifeline.dieAfter(1);
  await store.stageBytes(PAGE.html, Buffer.from('page'));
  await assert.rejects(store.place([PAGE.html]), /dead/);
  await assert.rejects(store.read(PAGE.html), /dead/);
  store.lifeline.revive();
  store.killed();
  assert.deepEqual([store.staged(), [...store.tree().keys()]], [[PAGE.html], []]);
});

test('in memory, a full disk refuses writes until there is room', async () => {
  const store = new MemoryStore();
  store.failWritesAfter(1);
  await store.stageBytes(PAGE.html, Buffer.from('page'));
  await assert.rejects(store.stageBytes(PAGE.json, Buffer.from('page')), (error) =>
    isJubjubError(error, 'STORE_FULL'),
  );
  store.healWrites();
  await store.stageBytes(PAGE.json, Buffer.from('page'));
});
