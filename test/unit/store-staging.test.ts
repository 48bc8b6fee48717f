/**
 * Goal: a large staged file holds what it was given, in order, whatever the disk takes at a time; a piece that could not be written, or not
 * be flushed, is told of.
 * Method: a simulated disk that takes little, or fails at one write.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isJubjubError } from '../../src/errors.ts';
import type { StageWriter } from '../../src/store/contract.ts';
import { Flush, type FlushMode } from '../../src/store/flush.ts';
import { openStaged } from '../../src/store/staging.ts';
import { sha256 } from '../contract/store-suite-kit.ts';
import { SimDisk } from '../support/simfs/disk.ts';
import { installSimFs } from '../support/simfs/install.ts';
import type { CallHook } from '../support/simfs/process.ts';

installSimFs();

const PIECE = 100_000;
const PIECES = 20;

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Each has a period of its own that its neighbour's end does not continue. */
function pieces(): Buffer[] {
  return Array.from({ length: PIECES }, (_, at) => Buffer.alloc(PIECE, sha256(`piece ${at}`)));
}

async function opened(hook: CallHook | null = null, mode: FlushMode = 'off', aheadBytes?: number) {
  const disk = new SimDisk();
  const { root } = disk.boot();
  const file = `${root}/staged`;
  const open = () => openStaged(file, new Flush(mode, root), aheadBytes);
  const writer = await open();
  disk.hook = hook;
  return { disk, writer, open, file };
}

async function writeAll(writer: StageWriter, all: readonly Buffer[]): Promise<void> {
  for (const piece of all) await writer.write(piece);
}

test('what was given stands in the file, also when the disk takes a little at a time, and is found there by the next try', async () => {
  const all = pieces();
  const whole = Buffer.concat(all);
  for (const shortBytes of [70_001, 250_000, Number.POSITIVE_INFINITY]) {
    const { disk, writer, open } = await opened(({ name }) =>
      name === 'write' ? { shortBytes } : undefined,
    );
    await writeAll(writer, all.slice(0, 12));
    assert.equal(writer.digest().sizeBytes, 12 * PIECE, 'what is hashed counts');
    await writer.suspend();
    disk.hook = null;
    const next = await open();
    assert.equal(next.sizeBytes, 12 * PIECE);
    await writeAll(next, all.slice(12));
    assert.deepEqual(next.digest(), { sha256: digestOf(whole), sizeBytes: whole.length });
    await next.finish();
    const again = await open();
    assert.deepEqual(again.digest(), { sha256: digestOf(whole), sizeBytes: whole.length });
    await again.suspend();
  }
});

test('restarting forgets all of it', async () => {
  const all = pieces();
  const { writer, open } = await opened();
  await writeAll(writer, all);
  await writer.restart();
  await writer.write(Buffer.from('anew'));
  assert.deepEqual(writer.digest(), { sha256: sha256('anew'), sizeBytes: 4 });
  await writer.finish();
  const again = await open();
  assert.deepEqual(again.digest(), { sha256: sha256('anew'), sizeBytes: 4 });
  await again.suspend();
});

test('a piece that could not be written is told of, and does not count', async () => {
  const { disk, writer, open } = await opened();
  const all = pieces();
  await writeAll(writer, all.slice(0, 3));
  disk.hook = ({ name }) => (name === 'write' ? { fail: 'ENOSPC' } : undefined);
  await assert.rejects(writeAll(writer, all.slice(3)), (error) => isJubjubError(error, 'STORE_FULL'));
  assert.equal(writer.sizeBytes, 3 * PIECE);
  disk.hook = null;
  await writer.suspend();
  const again = await open();
  assert.deepEqual(again.digest(), {
    sha256: digestOf(Buffer.concat(all.slice(0, 3))),
    sizeBytes: 3 * PIECE,
  });
  await again.suspend();
});

test('of a large file what is there is flushed while more of it comes', async () => {
  for (const mode of ['wave', 'off'] as const) {
    let flushes = 0;
    const hook: CallHook = ({ name }) => {
      if (name === 'fdatasync') flushes++;
      return undefined;
    };
    const { writer } = await opened(hook, mode, 5 * PIECE);
    const all = pieces();
    await writeAll(writer, all.slice(0, 4));
    assert.equal(flushes, 0);
    for (const piece of all.slice(4)) {
      await writer.write(piece);
      await nextTurn();
    }
    assert.equal(flushes, mode === 'wave' ? 4 : 0);
    assert.equal(writer.digest().sha256, digestOf(Buffer.concat(all)));
    await writer.finish();
  }
});

for (const [when, end] of [
  [
    'the next piece',
    async (writer: StageWriter) => {
      await nextTurn();
      await writer.write(Buffer.from('more'));
    },
  ],
  ['the end of the file', (writer: StageWriter) => writer.finish()],
  ['an interruption', (writer: StageWriter) => writer.suspend()],
] as const)
  test(`when that fails, ${when} tells of it, and nothing of the file is believed`, async () => {
    const { disk, writer, open, file } = await opened(null, 'wave', 5 * PIECE);
    disk.hook = ({ name }) => (name === 'fdatasync' ? { fail: 'EIO' } : undefined);
    await writeAll(writer, pieces().slice(0, 5));
    await assert.rejects(
      end(writer),
      (error) => isJubjubError(error, 'STORE_IO') && error.facts.path === file,
    );
    disk.hook = null;
    const again = await open();
    assert.equal(again.sizeBytes, 0);
    await again.suspend();
  });
