/** The promises about looking at a store as a whole: walking the docroot, hashing at a pace, the audit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { trashPath } from '../../src/pypi/paths.ts';
import type { Sha256 } from '../../src/pypi/types.ts';
import type { DocrootEntry, Store } from '../../src/store/contract.ts';
import { counting, FILE, type OpenStore, OTHER, PAGE, path, put, SIGNAL, sha256 } from './store-suite-kit.ts';

async function walked(store: Store, signal = SIGNAL): Promise<DocrootEntry[]> {
  const entries: DocrootEntry[] = [];
  for await (const entry of store.walk(signal)) entries.push(entry);
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const isInterrupted = (error: unknown) => isJubjubError(error, 'INTERRUPTED');

export function walking(open: OpenStore): void {
  test('a walk tells each file of the docroot once, with its size, and nothing of staging and trash', async (t) => {
    const { store } = await open(t);
    assert.deepEqual(await walked(store), []);
    for (const at of [FILE, OTHER, PAGE.html, path('status.json')]) await put(store, at, at);
    await store.stageBytes(PAGE.json, Buffer.from('staged'));
    await store.hide([{ from: OTHER, to: trashPath(sha256('x') as Sha256, 'other.whl') }]);
    assert.deepEqual(
      await walked(store),
      [FILE, PAGE.html, 'status.json'].map((at) => ({ path: at, kind: 'file', sizeBytes: at.length })),
    );
  });

  test('a walk of many files tells each once, and can be left in the middle', async (t) => {
    const { store } = await open(t);
    const paths = Array.from({ length: 700 }, (_, at) => path(`packages/${at % 7}/${at}.whl`));
    for (const at of paths) await store.stageBytes(at, Buffer.from(at));
    await store.place(paths);
    assert.deepEqual(
      (await walked(store)).map((entry) => entry.path),
      [...paths].sort(),
    );
    for await (const entry of store.walk(SIGNAL)) {
      assert.equal(entry.kind, 'file');
      break;
    }
  });

  test('a walk ends soon after its signal aborts', async (t) => {
    const { store } = await open(t);
    for (const at of [FILE, OTHER, PAGE.html]) await put(store, at, 'x');
    await assert.rejects(walked(store, AbortSignal.abort()), isInterrupted);
    const controller = new AbortController();
    const some = async () => {
      for await (const _ of store.walk(controller.signal)) controller.abort();
    };
    await assert.rejects(some(), isInterrupted);
  });
}

export function pacing(open: OpenStore): void {
  test('a digest asks its pace before it reads, for all there is to read', async (t) => {
    const { store } = await open(t);
    const body = 'x'.repeat(2_000_000);
    await put(store, FILE, body);
    const { pace, bytes } = counting();
    const digest = await store.digest(FILE, SIGNAL, pace);
    assert.deepEqual([digest, bytes()], [{ sha256: sha256(body), sizeBytes: body.length }, body.length]);
    const refusing = store.digest(FILE, SIGNAL, async () => {
      throw new Error('too fast');
    });
    await assert.rejects(refusing, /too fast/);
  });

  test('an empty file has a digest', async (t) => {
    const { store } = await open(t);
    await put(store, FILE, '');
    assert.deepEqual(await store.digest(FILE, SIGNAL), { sha256: sha256(''), sizeBytes: 0 });
  });

  test('staged files can be counted', async (t) => {
    const { store } = await open(t);
    assert.equal(await store.stagedCount(), 0);
    await store.stageBytes(FILE, Buffer.from('x'));
    await store.stageBytes(OTHER, Buffer.from('x'));
    assert.equal(await store.stagedCount(), 2);
    assert.equal(await store.stagedCount(new Set([FILE, PAGE.html])), 1);
    await store.place([FILE]);
    assert.equal(await store.stagedCount(), 1);
  });
}

export function auditing(open: OpenStore): void {
  test('the last line of the audit is the one that was appended last, in the next process too', async (t) => {
    const { store, again } = await open(t);
    assert.equal(await store.lastAudit(), null);
    await store.appendAudit([]);
    assert.equal(await store.lastAudit(), null);
    await store.appendAudit(['{"seq":1}', '{"seq":2,"why":"é"}']);
    assert.equal(await store.lastAudit(), '{"seq":2,"why":"é"}');
    const next = again();
    assert.equal(await next.lastAudit(), '{"seq":2,"why":"é"}');
    await next.appendAudit(['{"seq":3}']);
    assert.equal(await next.lastAudit(), '{"seq":3}');
  });

  test('lines of any length come back whole', async (t) => {
    const { store } = await open(t);
    const long = 'x'.repeat(200_000);
    await store.appendAudit(['short', long]);
    assert.equal(await store.lastAudit(), long);
    await store.appendAudit([long, 'short']);
    assert.equal(await store.lastAudit(), 'short');
  });
}
