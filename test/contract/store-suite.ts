/** The promises of src/store/contract.ts as tests: one suite, run over every store. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { metadataPath, ROOT_PATHS } from '../../src/pypi/paths.ts';
import {
  FILE,
  type OpenStore,
  OTHER,
  PAGE,
  path,
  put,
  SIGNAL,
  sha256,
  staged,
  text,
} from './store-suite-kit.ts';
import { auditing, pacing, walking } from './store-suite-looks.ts';
import { packing, restaging, wheels } from './store-suite-made.ts';
import { deleting, hiding, unhiding } from './store-suite-trash.ts';

function reading(open: OpenStore): void {
  test('what was never put there has no size, no bytes and no digest', async (t) => {
    const { store } = await open(t);
    assert.equal(await store.size(FILE), null);
    assert.equal(await store.read(FILE), null);
    assert.equal(await store.digest(FILE, SIGNAL), null);
  });

  test('a directory is not a file', async (t) => {
    const { store } = await open(t);
    await put(store, PAGE.html, 'page');
    assert.equal(await store.size(PAGE.directory), null);
  });

  test('hashing stops when its signal aborts', async (t) => {
    const { store } = await open(t);
    await put(store, FILE, 'x'.repeat(2_000_000));
    await assert.rejects(store.digest(FILE, AbortSignal.abort()), (error) =>
      isJubjubError(error, 'INTERRUPTED'),
    );
  });
}

function staging(open: OpenStore): void {
  test('staged bytes are not in the docroot until they are placed', async (t) => {
    const { store } = await open(t);
    const writer = await staged(store, FILE, 'half', ' whole');
    await writer.finish();
    await store.flushStaged([FILE]);
    assert.equal(await store.size(FILE), null);
    await store.place([FILE]);
    assert.equal(await text(store, FILE), 'half whole');
    assert.equal(await store.size(FILE), 10);
    assert.deepEqual(await store.digest(FILE, SIGNAL), { sha256: sha256('half whole'), sizeBytes: 10 });
  });

  test('a writer knows the digest of what is there, at any time', async (t) => {
    const { store } = await open(t);
    const writer = await staged(store, FILE, 'ab');
    assert.deepEqual(writer.digest(), { sha256: sha256('ab'), sizeBytes: 2 });
    await writer.write(Buffer.from('c'));
    assert.deepEqual(writer.digest(), { sha256: sha256('abc'), sizeBytes: 3 });
    assert.equal(writer.sizeBytes, 3);
    await writer.finish();
  });

  test('a suspended file goes on where it was left, in another process too, and is hashed again', async (t) => {
    const { store, again } = await open(t);
    await (await staged(store, FILE, 'first ')).suspend();
    const next = again();
    const writer = await next.stage(FILE);
    assert.equal(writer.sizeBytes, 6);
    assert.equal(writer.digest().sha256, sha256('first '));
    await writer.write(Buffer.from('second'));
    assert.equal(writer.digest().sha256, sha256('first second'));
    await writer.finish();
    await next.flushStaged([FILE]);
    await next.place([FILE]);
    assert.equal(await text(next, FILE), 'first second');
  });

  test('restarting empties a file, and what is written then stands at its beginning', async (t) => {
    const { store } = await open(t);
    const writer = await staged(store, FILE, 'wrong and longer');
    await writer.restart();
    assert.equal(writer.sizeBytes, 0);
    await writer.write(Buffer.from('right'));
    assert.deepEqual(writer.digest(), { sha256: sha256('right'), sizeBytes: 5 });
    await writer.finish();
    await store.flushStaged([FILE]);
    await store.place([FILE]);
    assert.equal(await text(store, FILE), 'right');
  });

  test('what is discarded is gone', async (t) => {
    const { store } = await open(t);
    await (await staged(store, FILE, 'wrong')).discard();
    const writer = await store.stage(FILE);
    assert.equal(writer.sizeBytes, 0);
    await writer.discard();
  });

  test('a whole document replaces what was staged for its path, however long that was', async (t) => {
    const { store } = await open(t);
    await store.stageBytes(PAGE.html, Buffer.from('a long first version'));
    await put(store, PAGE.html, 'short');
    assert.equal(await text(store, PAGE.html), 'short');
  });

  test('a document in pieces is staged whole, with its digest', async (t) => {
    const { store } = await open(t);
    const pieces = Array.from({ length: 40 }, (_, at) => `${at} ü\n`.repeat(2_000));
    const whole = pieces.join('');
    const digest = await store.stageText(ROOT_PATHS.html, pieces);
    assert.deepEqual(digest, { sha256: sha256(whole), sizeBytes: Buffer.byteLength(whole) });
    await store.flushStaged([ROOT_PATHS.html]);
    await store.place([ROOT_PATHS.html]);
    assert.equal(await text(store, ROOT_PATHS.html), whole);
  });

  test('staging is cleared but for what is to be kept', async (t) => {
    const { store } = await open(t);
    await (await staged(store, FILE, 'kept')).suspend();
    await (await staged(store, OTHER, 'thrown away')).suspend();
    assert.equal(await store.clearStaging(new Set([FILE])), 2);
    const kept = await store.stage(FILE);
    assert.equal(kept.sizeBytes, 4);
    await kept.suspend();
    const thrown = await store.stage(OTHER);
    assert.equal(thrown.sizeBytes, 0);
    await thrown.suspend();
  });

  test('a path and its sidecar are staged apart', async (t) => {
    const { store } = await open(t);
    await store.stageBytes(FILE, Buffer.from('file'));
    await store.stageBytes(metadataPath(FILE), Buffer.from('metadata'));
    await store.flushStaged([FILE, metadataPath(FILE)]);
    await store.place([FILE, metadataPath(FILE)]);
    assert.deepEqual([await text(store, FILE), await text(store, metadataPath(FILE))], ['file', 'metadata']);
  });
}

function placing(open: OpenStore): void {
  test('placing takes the new bytes and leaves nothing staged', async (t) => {
    const { store } = await open(t);
    await put(store, PAGE.json, 'old');
    await put(store, PAGE.json, 'new');
    assert.equal(await text(store, PAGE.json), 'new');
    assert.equal(await store.clearStaging(new Set()), 0);
  });

  test('placing what was never staged is an error, for a page may already count on it', async (t) => {
    const { store } = await open(t);
    await assert.rejects(store.place([FILE]), (error) => isJubjubError(error, 'STORE_IO'));
  });

  test('removing takes pages away, is no error twice, and leaves room to come back', async (t) => {
    const { store } = await open(t);
    await put(store, PAGE.html, 'page');
    await put(store, PAGE.json, 'page');
    await store.remove([PAGE.html, PAGE.json]);
    await store.remove([PAGE.html, PAGE.json]);
    assert.equal(await store.size(PAGE.html), null);
    await put(store, PAGE.html, 'again');
    assert.equal(await text(store, PAGE.html), 'again');
  });

  test('settling changes nothing that a reader sees', async (t) => {
    const { store, again } = await open(t);
    await put(store, PAGE.html, 'page');
    await put(store, FILE, 'file');
    await store.stageBytes(PAGE.json, Buffer.from('staged'));
    const next = again();
    await next.flushDocroot();
    assert.deepEqual([await text(next, PAGE.html), await text(next, FILE)], ['page', 'file']);
    assert.equal(await next.size(PAGE.json), null);
  });

  test('many files are placed as one is', async (t) => {
    const { store } = await open(t);
    const paths = Array.from({ length: 120 }, (_, at) => path(`packages/00/${at}/many.whl`));
    for (const at of paths) await store.stageBytes(at, Buffer.from(at));
    await store.flushStaged(paths);
    await store.place(paths);
    for (const at of paths) assert.equal(await text(store, at), at);
  });
}

/** Runs the suite over one kind of store. */
export function storeSuite(kind: string, open: OpenStore): void {
  suite(`the store contract: ${kind}`, () => {
    reading(open);
    staging(open);
    placing(open);
    packing(open);
    restaging(open);
    wheels(open);
    hiding(open);
    unhiding(open);
    deleting(open);
    walking(open);
    pacing(open);
    auditing(open);
  });
}
