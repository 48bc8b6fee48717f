/**
 * Goal: on a real disk, large documents are packed without being held in memory, and reading wheels leaves no file open, waits
 * for nothing, and names the disk when that is at fault.
 * Method: a temporary mirror; the process's own table of open files; links and pipes where a wheel should be.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { isJubjubError } from '../../src/errors.ts';
import { parseDocrootPath, ROOT_PATHS } from '../../src/pypi/paths.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import { LocalStore, prepareFolders } from '../../src/store/local.ts';
import { withTempDir } from '../support/temp.ts';
import { makeWheel } from '../support/wheels.ts';

const WHEEL = makeWheel({ name: 'snark', version: '1.0', modules: {} });
const PATH = parseDocrootPath(`packages/ab/cd/${'0'.repeat(60)}/${WHEEL.filename}`) as DocrootPath;
const MEBIBYTE = 1024 * 1024;

async function openStore(t: TestContext) {
  const folders = await prepareFolders(withTempDir(t));
  const file = join(folders.web, PATH);
  mkdirSync(dirname(file), { recursive: true });
  return { folders, file, store: new LocalStore(folders) };
}

test('a document of any size is packed in the memory of a few pieces', async (t) => {
  const { folders, store } = await openStore(t);
  const pieceChars = 64 * 1024;
  const pieces = function* () {
    for (let at = 0; at < 4_000; at++) yield String.fromCharCode(97 + (at % 26)).repeat(pieceChars);
  };
  const beforeKib = process.resourceUsage().maxRSS;
  await store.stageGzip(ROOT_PATHS.json, pieces());
  const grownBytes = (process.resourceUsage().maxRSS - beforeKib) * 1024;
  await store.place([ROOT_PATHS.json]);
  assert.ok(grownBytes < 100 * MEBIBYTE, `${grownBytes} bytes more for ${4_000 * pieceChars}`);
  const bytes = (await store.read(ROOT_PATHS.json)) ?? Buffer.alloc(0);
  assert.equal(gunzipSync(bytes).length, 4_000 * pieceChars);
  assert.deepEqual(readdirSync(folders.staging), []);
});

test('reading wheels and packing pages leave no file open, whatever came of it', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const { store } = await openStore(t);
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const fails = function* (): Generator<string> {
    yield 'x'.repeat(MEBIBYTE);
    throw new Error('no more pieces');
  };
  // The first uses may open what stays open: the event loop's own.
  await assert.rejects(store.stageGzip(ROOT_PATHS.json, fails()));
  const before = openFiles();
  for (const body of [WHEEL.bytes, WHEEL.bytes.subarray(1), Buffer.alloc(0)])
    for (let time = 0; time < 5; time++) {
      await store.stageBytes(PATH, body);
      await store.wheelMetadata(PATH);
      await assert.rejects(store.stageGzip(ROOT_PATHS.json, fails()));
      await store.stageGzip(ROOT_PATHS.json, ['x'.repeat(MEBIBYTE), 'y']);
    }
  assert.equal(openFiles(), before);
});

test('a pipe or a directory in the place of a wheel is no wheel, and nobody waits for it', {
  skip: process.platform === 'win32',
}, async (t) => {
  const pipe = await openStore(t);
  execFileSync('mkfifo', [pipe.file]);
  assert.equal(await pipe.store.wheelMetadata(PATH), null);
  const directory = await openStore(t);
  mkdirSync(directory.file);
  assert.equal(await directory.store.wheelMetadata(PATH), null);
});

test('a link that leads in a circle is the fault of the disk, not of the wheel', async (t) => {
  const { file, store } = await openStore(t);
  symlinkSync(file, file);
  await assert.rejects(
    store.wheelMetadata(PATH),
    (error) => isJubjubError(error, 'STORE_IO') && error.facts.path === file,
  );
});

test('restaging what is not there names where it should have been moved', async (t) => {
  const { folders, store } = await openStore(t);
  await assert.rejects(
    store.restage(PATH, ROOT_PATHS.json),
    (error) => isJubjubError(error, 'STORE_IO') && error.facts.path?.startsWith(folders.staging) === true,
  );
});

test('a wheel in a docroot that is a link is read', async (t) => {
  const { file, store } = await openStore(t);
  const elsewhere = join(withTempDir(t), 'wheel');
  writeFileSync(elsewhere, WHEEL.bytes);
  symlinkSync(elsewhere, file);
  assert.deepEqual(await store.wheelMetadata(PATH), WHEEL.metadata);
});
