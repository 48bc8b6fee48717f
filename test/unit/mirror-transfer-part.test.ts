/**
 * Goal: the rest of a file is asked for with the validator that its part came with; an upstream whose servers have validators of their own
 * still gives the whole file in the end; and what a part of an earlier run lacks is all that is asked for.
 * Method: an upstream that hands out a file piece by piece, breaking off, and that notes what it was asked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JubjubError } from '../../src/errors.ts';
import type { MirrorDeps } from '../../src/mirror/deps.ts';
import type { PlannedFile } from '../../src/mirror/plan.ts';
import { transferFile } from '../../src/mirror/transfer.ts';
import type { FileReply, FileRequest } from '../../src/upstream/contract.ts';
import { FILE, sha256 } from '../contract/store-suite-kit.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { never, testClock } from '../support/upstream-kit.ts';

const CONTENT = '0123456789abcdef';
const PIECE = 4;

const planned = {
  url: 'https://files.example/f-1.0.tar.gz',
  path: FILE,
  filename: 'f-1.0.tar.gz',
  sha256: sha256(CONTENT),
  sizeBytes: CONTENT.length,
} as unknown as PlannedFile;

/** Each answer is four bytes and a break, and has the next of these validators; without one that holds, it begins at 0. */
function upstreamOf(parts: readonly (string | null)[]) {
  const asked: Pick<FileRequest, 'offsetBytes' | 'ifPart'>[] = [];
  const file = async ({ offsetBytes, ifPart = null, sizeBytes }: FileRequest): Promise<FileReply> => {
    assert.equal(sizeBytes, CONTENT.length);
    const part = parts[asked.length] ?? null;
    asked.push({ offsetBytes, ifPart });
    const from = ifPart === null || ifPart === part ? offsetBytes : 0;
    const chunks = async function* () {
      const bytes = Buffer.from(CONTENT.slice(from, from + PIECE));
      yield bytes;
      if (from + bytes.length < CONTENT.length)
        throw new JubjubError('UPSTREAM_UNREACHABLE', 'the connection broke off', { retryable: true });
    };
    return { unchanged: false, validator: null, part, offsetBytes: from, chunks: chunks() };
  };
  return { asked, file };
}

function depsOf(file: (request: FileRequest) => Promise<FileReply>, store = new MemoryStore()) {
  const fileRetry = { attemptsMax: 8, firstWaitMs: 1, waitMsMax: 1, retryAfterMsMax: 0 };
  const deps = { upstream: { file }, store, clock: testClock(), emit: () => {}, settings: { fileRetry } };
  return deps as unknown as MirrorDeps;
}

test('each rest is asked for with what the bytes before it came with', async () => {
  const { asked, file } = upstreamOf(['"a"', '"a"', '"a"', '"a"']);
  assert.equal((await transferFile(depsOf(file), planned, never)).sha256, planned.sha256);
  assert.deepEqual(asked, [
    { offsetBytes: 0, ifPart: null },
    { offsetBytes: 4, ifPart: '"a"' },
    { offsetBytes: 8, ifPart: '"a"' },
    { offsetBytes: 12, ifPart: '"a"' },
  ]);
});

test('where each server has a validator of its own, it is compared once, and then the digest decides', async () => {
  const { asked, file } = upstreamOf(['"a"', '"b"', '"c"', '"d"', '"e"']);
  assert.equal((await transferFile(depsOf(file), planned, never)).sha256, planned.sha256);
  assert.deepEqual(asked, [
    { offsetBytes: 0, ifPart: null },
    { offsetBytes: 4, ifPart: '"a"' },
    { offsetBytes: 4, ifPart: null },
    { offsetBytes: 8, ifPart: null },
    { offsetBytes: 12, ifPart: null },
  ]);
});

test('of the part of an earlier run no validator is known: its rest is asked for all the same', async () => {
  const store = new MemoryStore();
  const writer = await store.stage(FILE);
  await writer.write(Buffer.from(CONTENT.slice(0, 12)));
  await writer.suspend();
  const { asked, file } = upstreamOf(['"a"']);
  assert.equal((await transferFile(depsOf(file, store), planned, never)).sha256, planned.sha256);
  assert.deepEqual(asked, [{ offsetBytes: 12, ifPart: null }]);
});
