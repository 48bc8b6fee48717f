/**
 * Goal: hashing in threads answers what hashing here answers, whatever lies at the path; it stops when it is interrupted, and the loss
 *   of a thread loses nothing.
 * Method: real threads over files of sizes around their limits, things that are no files, a file too large to be hashed in time, and
 *   threads that are ended in the middle.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTick } from 'node:timers/promises';
import { HashWorkers } from '../../src/store/hash-workers.ts';
import { hashFile } from '../../src/store/hashing.ts';
import { withTempDir } from '../support/temp.ts';

const MIB = 1024 * 1024;
const { signal } = new AbortController();

function workersOf(
  t: TestContext,
  threads = 2,
): { readonly workers: HashWorkers; readonly directory: string } {
  const workers = new HashWorkers(threads);
  t.after(() => workers.close());
  return { workers, directory: withTempDir(t) };
}

/** Whether some thread of this process has the file open. */
function isOpen(file: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false; // The one of the directory itself is closed by now.
    }
  });
}

test('files of every size have the digests that they have here', async (t) => {
  const { workers, directory } = workersOf(t);
  const sizes = [0, 1, 30_000, MIB - 1, MIB, MIB + 1, 5 * MIB];
  const files = Array.from({ length: 100 }, (_, at) => {
    const file = path.join(directory, String(at));
    writeFileSync(file, Buffer.alloc(sizes[at % sizes.length] ?? 0, `bytes of ${at}`));
    return file;
  });
  const digests = await Promise.all(files.map((file) => workers.hash(file, signal)));
  assert.deepEqual(digests, await Promise.all(files.map((file) => hashFile(file, signal))));
});

test('what is no file is told as it is told here', async (t) => {
  const { workers, directory } = workersOf(t, 1);
  const inside = (name: string) => path.join(directory, name);
  mkdirSync(inside('directory'));
  symlinkSync('loop', inside('loop'));
  writeFileSync(inside('file'), 'bytes');
  symlinkSync('file', inside('link'));
  assert.equal(await workers.hash(inside('nothing'), signal), null);
  assert.equal(await workers.hash(inside('directory'), signal), null);
  assert.deepEqual(await workers.hash(inside('link'), signal), await hashFile(inside('file'), signal));
  await assert.rejects(workers.hash(inside('loop'), signal), { code: 'STORE_IO' });
});

test('an interruption is heard at once, and the thread is free again', { timeout: 60_000 }, async (t) => {
  const { workers, directory } = workersOf(t, 1);
  const [huge, small] = [path.join(directory, 'huge'), path.join(directory, 'small')];
  writeFileSync(huge, '');
  // Hours of hashing, no bytes on the disk.
  truncateSync(huge, 4 * 1024 * 1024 * MIB);
  writeFileSync(small, 'bytes');
  const stop = new AbortController();
  const begun = workers.hash(huge, stop.signal);
  const waiting = workers.hash(small, stop.signal);
  // Its answer stands behind them, and is had only when the thread has let go.
  const later = workers.hash(small, signal);
  while (!isOpen(huge)) await nextTick();
  stop.abort();
  const interrupted = { code: 'INTERRUPTED' };
  await Promise.all([assert.rejects(begun, interrupted), assert.rejects(waiting, interrupted)]);
  assert.equal((await later)?.sizeBytes, 5);
  await assert.rejects(workers.hash(small, stop.signal), { code: 'INTERRUPTED' });
});

test('what a thread had when it ended is hashed here', async (t) => {
  const { workers, directory } = workersOf(t);
  const files = Array.from({ length: 200 }, (_, at) => path.join(directory, String(at)));
  for (const file of files) writeFileSync(file, file);
  const asked = files.map((file) => workers.hash(file, signal));
  await workers.close();
  assert.deepEqual(await Promise.all(asked), await Promise.all(files.map((file) => hashFile(file, signal))));
  assert.equal((await workers.hash(files[0] ?? '', signal))?.sizeBytes, files[0]?.length);
});

test('a reader that is to be slow is asked before each piece', async (t) => {
  const { workers, directory } = workersOf(t);
  const file = path.join(directory, 'file');
  writeFileSync(file, 'bytes');
  const asked: number[] = [];
  await workers.hash(file, signal, async (bytes) => void asked.push(bytes));
  assert.deepEqual(asked, [5]);
});
