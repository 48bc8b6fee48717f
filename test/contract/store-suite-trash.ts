/** The promises about the trash: hidden is moved, deleted is gone, and the way back keeps the bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { metadataPath, parseTrashPath, trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath, Sha256, TrashPath } from '../../src/pypi/types.ts';
import type { Store } from '../../src/store/contract.ts';
import {
  counting,
  FILE,
  type OpenStore,
  OTHER,
  PAGE,
  path,
  put,
  SIGNAL,
  sha256,
  text,
} from './store-suite-kit.ts';

const TRASHED = trashPath(sha256('file') as Sha256, 'some_file.tar.gz');
const NEXT = trashPath(sha256('next') as Sha256, 'next.tar.gz');

async function putHidden(store: Store, at: DocrootPath, to: TrashPath, body: string): Promise<void> {
  await put(store, at, body);
  assert.deepEqual(await store.hide([{ from: at, to }]), [{ from: at, to }]);
}

async function trashed(store: Store, at: TrashPath): Promise<string | undefined> {
  return (await store.digestTrashed(at, SIGNAL))?.sha256;
}

export function hiding(open: OpenStore): void {
  test('a hidden file is in the trash and nowhere else, in the next process too; so is its sidecar', async (t) => {
    const { store, again } = await open(t);
    await put(store, FILE, 'file');
    await put(store, metadataPath(FILE), 'metadata');
    const moves = [
      { from: FILE, to: TRASHED },
      { from: metadataPath(FILE), to: metadataPath(TRASHED) },
    ];
    assert.deepEqual(await store.hide(moves), moves);
    const next = again();
    assert.deepEqual([await next.size(FILE), await next.size(metadataPath(FILE))], [null, null]);
    assert.deepEqual(
      [await next.trashedSize(TRASHED), await next.trashedSize(metadataPath(TRASHED))],
      [4, 8],
    );
    assert.equal(await trashed(next, TRASHED), sha256('file'));
  });

  test('what is not in the docroot is passed over, and hiding says what it moved', async (t) => {
    const { store } = await open(t);
    await put(store, OTHER, 'other');
    const move = { from: OTHER, to: NEXT };
    assert.deepEqual(await store.hide([{ from: FILE, to: TRASHED }, move]), [move]);
    assert.deepEqual(await store.hide([{ from: FILE, to: TRASHED }, move]), []);
    assert.deepEqual(await store.hide([]), []);
    assert.equal(await store.trashedSize(TRASHED), null);
  });

  test('a hidden file replaces what lies in the trash under its name', async (t) => {
    const { store } = await open(t);
    await putHidden(store, FILE, TRASHED, 'an older file');
    await putHidden(store, FILE, TRASHED, 'file');
    assert.equal(await trashed(store, TRASHED), sha256('file'));
  });

  test('hiding leaves room to come back, and touches nothing else', async (t) => {
    const { store } = await open(t);
    await put(store, PAGE.html, 'page');
    await put(store, metadataPath(FILE), 'metadata');
    await putHidden(store, FILE, TRASHED, 'file');
    assert.deepEqual(
      [await text(store, PAGE.html), await text(store, metadataPath(FILE))],
      ['page', 'metadata'],
    );
    await store.hide([{ from: metadataPath(FILE), to: metadataPath(TRASHED) }]);
    await put(store, FILE, 'again');
    assert.equal(await text(store, FILE), 'again');
  });

  test('many files are hidden as one is', async (t) => {
    const { store } = await open(t);
    const moves = Array.from({ length: 120 }, (_, at) => ({
      from: path(`packages/00/${at}/many.whl`),
      to: parseTrashPath(`files/00/${at}/many.whl`) as TrashPath,
    }));
    for (const { from } of moves) await put(store, from, from);
    assert.deepEqual(await store.hide(moves), moves);
    for (const { from, to } of moves)
      assert.deepEqual([await store.size(from), await store.trashedSize(to)], [null, from.length]);
  });
}

export function unhiding(open: OpenStore): void {
  test('unhiding moves back into the docroot, over what lies there, and says what it moved', async (t) => {
    const { store, again } = await open(t);
    await putHidden(store, FILE, TRASHED, 'file');
    await putHidden(store, OTHER, NEXT, 'other');
    await put(store, OTHER, 'somebody else');
    const moves = [
      { from: FILE, to: TRASHED },
      { from: OTHER, to: NEXT },
    ];
    assert.deepEqual(await store.unhide(moves), moves);
    assert.deepEqual(await store.unhide(moves), []);
    const next = again();
    assert.deepEqual([await text(next, FILE), await text(next, OTHER)], ['file', 'other']);
    assert.deepEqual([await next.trashedSize(TRASHED), await next.trashedSize(NEXT)], [null, null]);
  });

  test('what is in the trash can be hashed, at a pace, until the signal aborts', async (t) => {
    const { store } = await open(t);
    assert.equal(await store.digestTrashed(TRASHED, SIGNAL), null);
    await putHidden(store, FILE, TRASHED, 'file');
    const { pace, bytes } = counting();
    const digest = await store.digestTrashed(TRASHED, SIGNAL, pace);
    assert.deepEqual([digest, bytes()], [{ sha256: sha256('file'), sizeBytes: 4 }, 4]);
    await assert.rejects(store.digestTrashed(TRASHED, AbortSignal.abort()), (error) =>
      isJubjubError(error, 'INTERRUPTED'),
    );
  });
}

export function deleting(open: OpenStore): void {
  test('what is deleted from the trash is gone, and only that; twice is no error', async (t) => {
    const { store, again } = await open(t);
    await putHidden(store, FILE, TRASHED, 'file');
    await putHidden(store, metadataPath(FILE), metadataPath(TRASHED), 'metadata');
    await store.deleteTrashed([TRASHED, NEXT]);
    await store.deleteTrashed([TRASHED]);
    await store.deleteTrashed([]);
    const next = again();
    assert.equal(await next.trashedSize(TRASHED), null);
    assert.deepEqual(await next.unhide([{ from: FILE, to: TRASHED }]), []);
    assert.equal(await next.trashedSize(metadataPath(TRASHED)), 8);
    await putHidden(next, FILE, TRASHED, 'file');
    assert.equal(await next.trashedSize(TRASHED), 4);
  });
}
