/**
 * Goal: a large file goes out whole, in pieces that are each sent before their buffer is used again; one that is not whole any more
 *   breaks the connection; and a client that leaves lets go of it.
 * Method: files of several pieces whose every part is different, over a real socket; one is cut while a client has stopped reading.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { ServeEvent } from '../../src/serve/events.ts';
import { startServer } from '../../src/serve/server.ts';
import { ask } from '../support/http-ask.ts';
import { withTempDir } from '../support/temp.ts';

const MIB = 1024 * 1024;
const TARGET = '/packages/aa/bb/file.whl';

/** Each 32 bytes are others. */
function bytesOf(lengthBytes: number): Buffer {
  const block = (at: number) => createHash('sha256').update(String(at)).digest();
  return Buffer.concat(Array.from({ length: Math.ceil(lengthBytes / 32) }, (_, at) => block(at))).subarray(
    0,
    lengthBytes,
  );
}

async function serving(t: TestContext, bytes: Buffer) {
  const docroot = withTempDir(t);
  const file = path.join(docroot, TARGET);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  const events: ServeEvent[] = [];
  const emit = (event: ServeEvent) => events.push(event);
  const { url, close } = await startServer({ docroot, host: '127.0.0.1', port: 0, emit });
  t.after(() => close(AbortSignal.abort()));
  return { url, file, events };
}

/** A client that has read the first bytes, and no more for now. */
async function slowClient(url: string): Promise<IncomingMessage> {
  const [answer] = (await once(get(url + TARGET), 'response')) as [IncomingMessage];
  await once(answer, 'readable');
  answer.read(1);
  return answer;
}

function isOpen(file: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false; // The one of the directory itself is closed by now.
    }
  });
}

test('a file of many pieces arrives whole, and so does each part of it', async (t) => {
  const bytes = bytesOf(3 * MIB + 17);
  const { url } = await serving(t, bytes);
  const whole = await Promise.all([1, 2, 3].map(() => ask(url, { target: TARGET })));
  for (const { status, body } of whole) {
    assert.equal(status, 200);
    assert.ok(body.equals(bytes));
  }
  for (const [from, to] of [
    [0, 0],
    [512 * 1024 - 1, 512 * 1024],
    [1, 3 * MIB],
  ] as const) {
    const part = await ask(url, { target: TARGET, headers: { Range: `bytes=${from}-${to}` } });
    assert.equal(part.status, 206);
    assert.ok(part.body.equals(bytes.subarray(from, to + 1)), `${from}-${to}`);
  }
});

test('an empty file is an empty answer', async (t) => {
  const { url } = await serving(t, Buffer.alloc(0));
  const { status, headers, body } = await ask(url, { target: TARGET });
  assert.deepEqual([status, headers['content-length'], body.length], [200, '0', 0]);
});

test('a file that becomes shorter on its way breaks the connection', { timeout: 60_000 }, async (t) => {
  const { url, file, events } = await serving(t, Buffer.alloc(64 * MIB, 'x'));
  const answer = await slowClient(url);
  truncateSync(file, MIB);
  await assert.rejects(async () => {
    for await (const _chunk of answer);
  }, /aborted/);
  const failed = events.find((event) => event.type === 'failed');
  assert.equal(failed?.error.code, 'STORE_IO');
});

test('a client that leaves lets go of the file, and is no failure', { timeout: 60_000 }, async (t) => {
  const { url, file, events } = await serving(t, Buffer.alloc(0));
  // Hours of reading for nobody, no bytes on the disk.
  truncateSync(file, 4 * 1024 * 1024 * MIB);
  const answer = await slowClient(url);
  assert.ok(isOpen(file));
  answer.destroy();
  while (isOpen(file) || events.length === 0) await nextTick();
  assert.deepEqual(
    events.map((event) => event.type === 'answered' && event.complete),
    [false],
  );
});
