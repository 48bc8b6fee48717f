/**
 * Goal: no power cut and no kill loses a file on its way into the trash or out of it, nor a line of the audit that was told to be there.
 * Method: the store in memory, killed at every step and with power cuts of many seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestFilePath, metadataPath, trashPath } from '../../src/pypi/paths.ts';
import type { Sha256, TrashPath } from '../../src/pypi/types.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { seeded } from '../support/prng.ts';

const SEEDS = 100;
const SHA256 = '5'.repeat(64) as Sha256;
const FILE = digestFilePath(SHA256, 'snark-1.0.tar.gz');
const TRASHED = trashPath(SHA256, 'snark-1.0.tar.gz');
const MOVES = [
  { from: FILE, to: TRASHED },
  { from: metadataPath(FILE), to: metadataPath(TRASHED) },
];

async function published(): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const { from } of MOVES) await store.stageBytes(from, Buffer.from('bytes'));
  await store.flushStaged(MOVES.map(({ from }) => from));
  await store.place(MOVES.map(({ from }) => from));
  return store;
}

async function hidden(): Promise<MemoryStore> {
  const store = await published();
  await store.hide(MOVES);
  return store;
}

/** In which of the two places each file lies, whole: 'web', 'trash', or both or none of them. */
function placesOf(store: MemoryStore): string[] {
  const isWhole = (bytes: Uint8Array | undefined) =>
    bytes !== undefined && Buffer.from(bytes).toString() === 'bytes';
  return MOVES.map(({ from, to }) =>
    [isWhole(store.tree().get(from)) ? 'web' : '', isWhole(store.trash().get(to)) ? 'trash' : ''].join(''),
  );
}

/** Runs something that dies after so many steps, for each number of steps; then the power goes, or not. */
async function everyDeath(
  prepare: () => Promise<MemoryStore>,
  act: (store: MemoryStore) => Promise<unknown>,
  check: (store: MemoryStore, hasReturned: boolean, how: string) => Promise<void> | void,
): Promise<void> {
  for (let steps = 0, hasReturned = false; !hasReturned; steps++)
    for (let seed = 0; seed <= SEEDS; seed++) {
      const store = await prepare();
      store.lifeline.dieAfter(steps);
      hasReturned = await act(store).then(
        () => true,
        () => false,
      );
      store.lifeline.revive();
      // Without a power cut, once.
      if (seed === 0) store.killed();
      else store.crash(seeded(seed));
      await check(store, hasReturned, `dead after ${steps} steps, seed ${seed}`);
    }
}

test('whenever hiding is cut off, each file is in exactly one of the two places; once it has returned, in the trash', async () => {
  const seen = new Set<string>();
  await everyDeath(
    published,
    (store) => store.hide(MOVES),
    async (store, hasReturned, how) => {
      const places = placesOf(store);
      seen.add(places.join(' '));
      for (const place of places) assert.ok(place === 'web' || place === 'trash', `${how}: "${place}"`);
      if (hasReturned) assert.deepEqual(places, ['trash', 'trash'], how);
      await store.hide(MOVES);
      assert.deepEqual(placesOf(store), ['trash', 'trash'], how);
    },
  );
  assert.deepEqual([...seen].sort(), ['trash trash', 'trash web', 'web trash', 'web web']);
});

test('whenever unhiding is cut off, each file is in exactly one of the two places; once it has returned, in the docroot', async () => {
  await everyDeath(
    hidden,
    (store) => store.unhide(MOVES),
    async (store, hasReturned, how) => {
      const places = placesOf(store);
      for (const place of places) assert.ok(place === 'web' || place === 'trash', `${how}: "${place}"`);
      if (hasReturned) assert.deepEqual(places, ['web', 'web'], how);
      await store.unhide(MOVES);
      assert.deepEqual(placesOf(store), ['web', 'web'], how);
    },
  );
});

test('whenever deleting is cut off a file is there whole or gone; once it has returned, gone', async () => {
  const paths = MOVES.map(({ to }): TrashPath => to);
  await everyDeath(
    hidden,
    (store) => store.deleteTrashed(paths),
    (store, hasReturned, how) => {
      for (const place of placesOf(store)) assert.ok(place === '' || place === 'trash', how);
      if (hasReturned) assert.equal(store.trash().size, 0, how);
    },
  );
});

test('whenever appending to the audit is cut off, a beginning of the lines is there, whole; once it has returned, all', async () => {
  const lines = ['{"seq":2}', '{"seq":3}', '{"seq":4}'];
  const prepare = async () => {
    const store = new MemoryStore();
    await store.appendAudit(['{"seq":1}']);
    return store;
  };
  const seen = new Set<number>();
  await everyDeath(
    prepare,
    (store) => store.appendAudit(lines),
    async (store, hasReturned, how) => {
      const there = store.auditLines();
      seen.add(there.length);
      assert.deepEqual(there, ['{"seq":1}', ...lines].slice(0, Math.max(1, there.length)), how);
      if (hasReturned) assert.equal(there.length, 4, how);
      const last = await store.lastAudit();
      assert.equal(last, there.at(-1), how);
      await store.appendAudit(['{"seq":9}']);
      assert.deepEqual(store.auditLines(), [...there, '{"seq":9}'], how);
    },
  );
  assert.deepEqual([...seen].sort(), [1, 2, 3, 4]);
});

test('in memory, a trash that refuses does so until it is healed, and nothing has moved', async () => {
  const store = await published();
  store.failTrash('STORE_NOT_WRITABLE');
  await assert.rejects(store.hide(MOVES), /the trash refuses/);
  await assert.rejects(store.deleteTrashed([TRASHED]), /the trash refuses/);
  await assert.rejects(store.unhide(MOVES), /the trash refuses/);
  assert.deepEqual(placesOf(store), ['web', 'web']);
  store.healTrash();
  await store.hide(MOVES);
  assert.deepEqual(placesOf(store), ['trash', 'trash']);
});
