/**
 * Goal: whatever call to the disk fails, the store says what it was about and what the operating system said; it is never a bug.
 * Method: each way to use the store on a simulated disk, again and again, with its first call failing, its second, and so on. It ends
 * with an error of ours that names a path and the reason, or well; and no file is left open.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { JubjubError } from '../../src/errors.ts';
import { trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath, Sha256 } from '../../src/pypi/types.ts';
import { LocalStore, prepareFolders } from '../../src/store/local.ts';
import { FILE, OTHER, PAGE, path, put, SIGNAL, sha256, staged } from '../contract/store-suite-kit.ts';
import { SimDisk } from '../support/simfs/disk.ts';
import { canFailWith, ERRNOS } from '../support/simfs/errnos.ts';
import type { Errno } from '../support/simfs/errors.ts';
import type { DiskImage } from '../support/simfs/image.ts';
import { installSimFs } from '../support/simfs/install.ts';
import { makeWheel } from '../support/wheels.ts';

installSimFs();

const TRASHED = trashPath(sha256('file') as Sha256, 'some_file.tar.gz');
const NEXT = trashPath(sha256('next') as Sha256, 'next.tar.gz');
const WHEEL = path(`packages/ab/cf/${'2'.repeat(60)}/snark-1.0-py3-none-any.whl`);

/** A file in the docroot, one in the trash, one half staged, a wheel, a page and an audit. */
async function furnish(store: LocalStore): Promise<void> {
  await put(store, FILE, 'file');
  await put(store, OTHER, 'next');
  await store.hide([{ from: OTHER, to: NEXT }]);
  await (await staged(store, OTHER, 'half')).suspend();
  await store.stageBytes(WHEEL, makeWheel({ name: 'snark', version: '1.0', modules: { 'a.py': '' } }).bytes);
  await store.flushStaged([WHEEL]);
  await store.place([WHEEL]);
  await put(store, PAGE.html, 'page');
  await store.appendAudit(['one']);
}

async function stageHalf(store: LocalStore, end: 'finish' | 'suspend' | 'discard'): Promise<void> {
  const writer = await store.stage(OTHER);
  try {
    await writer.write(Buffer.from('x'));
    await writer.restart();
    await writer.write(Buffer.from('whole'));
  } catch (error) {
    await writer.discard();
    throw error;
  }
  await writer[end]();
}

async function walkAll(store: LocalStore): Promise<void> {
  for await (const { path: found } of store.walk(SIGNAL)) assert.ok(found);
}

const WAYS: Readonly<Record<string, (store: LocalStore, root: string) => Promise<unknown>>> = {
  prepare: (_store, root) => prepareFolders(root),
  size: (store) => store.size(FILE),
  read: (store) => store.read(PAGE.html),
  digest: (store) => store.digest(FILE, SIGNAL),
  walk: walkAll,
  finish: (store) => stageHalf(store, 'finish'),
  suspend: (store) => stageHalf(store, 'suspend'),
  discard: (store) => stageHalf(store, 'discard'),
  stageBytes: (store) => store.stageBytes(OTHER, Buffer.from('other')),
  stageText: (store) => store.stageText(OTHER, ['other']),
  stageGzip: (store) => store.stageGzip(OTHER, ['other']),
  restage: (store) => store.restage(OTHER, PAGE.json),
  wheelMetadata: (store) => store.wheelMetadata(WHEEL),
  flushStaged: (store) => store.flushStaged([OTHER]),
  place: (store) => store.place([OTHER]),
  flushDocroot: (store) => store.flushDocroot(),
  remove: (store) => store.remove([PAGE.html, 'simple/nobody/index.html' as DocrootPath]),
  clearStaging: (store) => store.clearStaging(new Set()),
  stagedCount: (store) => store.stagedCount(),
  hide: (store) => store.hide([{ from: FILE, to: TRASHED }]),
  unhide: (store) => store.unhide([{ from: OTHER, to: NEXT }]),
  digestTrashed: (store) => store.digestTrashed(NEXT, SIGNAL),
  trashedSize: (store) => store.trashedSize(NEXT),
  deleteTrashed: (store) => store.deleteTrashed([NEXT]),
  appendAudit: (store) => store.appendAudit(['two', 'three']),
  lastAudit: (store) => store.lastAudit(),
};

/** Never reached: a method that makes that many calls is a loop. */
const CALLS_MAX = 500;

async function furnished(): Promise<DiskImage> {
  const disk = new SimDisk();
  await furnish(new LocalStore(await prepareFolders(disk.boot().root)));
  return disk.image();
}

/** Runs something with its n-th call failing. Returns what it failed with, or null; `ended` when it makes fewer calls. */
async function failing(
  image: DiskImage,
  act: (store: LocalStore, root: string) => Promise<unknown>,
  nth: number,
  errno: Errno,
): Promise<{
  readonly failure: unknown;
  readonly ended: boolean;
  readonly call: string;
  readonly root: string;
}> {
  const disk = new SimDisk(image);
  const process = disk.boot();
  const { root } = process;
  const folders = { web: `${root}/web`, state: `${root}/state`, staging: `${root}/state/staging` };
  const store = new LocalStore({
    ...folders,
    trash: `${root}/state/trash`,
    audit: `${root}/state/audit.jsonl`,
  });
  let made = 0;
  let call = '';
  disk.hook = ({ name, text }) => {
    made += 1;
    if (made !== nth || !canFailWith(name, errno)) return undefined;
    call = text;
    return { fail: errno };
  };
  const failure = await act(store, root).then(
    () => null,
    (error: unknown) => error,
  );
  assert.equal(process.open.size, 0, `a file is left open: ${call} ${errno}`);
  return { failure, ended: made < nth, call, root };
}

suite('every call of the store may fail', () => {
  for (const [name, act] of Object.entries(WAYS)) {
    test(name, async () => {
      const image = await furnished();
      for (const errno of ERRNOS)
        for (let nth = 1; ; nth++) {
          assert.ok(nth < CALLS_MAX);
          const { failure, ended, call, root } = await failing(image, act, nth, errno);
          if (ended) break;
          if (failure === null) continue;
          const what = `${call} fails with ${errno}: ${failure}`;
          assert.ok(failure instanceof JubjubError, what);
          assert.ok(failure.facts.path?.startsWith(root), what);
          assert.match(failure.facts.received ?? '', new RegExp(errno), what);
          assert.equal(failure.exitStatus, 6, what);
        }
    });
  }
});

test('a disk that takes one byte at a time gets all of them', async () => {
  const disk = new SimDisk();
  disk.hook = ({ name }) => (name === 'write' ? { shortBytes: 1 } : undefined);
  const store = new LocalStore(await prepareFolders(disk.boot().root));
  await put(store, PAGE.html, 'page');
  const writer = await staged(store, FILE, 'one', 'two');
  await writer.finish();
  await store.stageText(PAGE.json, ['three', 'four']);
  await store.flushStaged([FILE, PAGE.json]);
  await store.place([FILE, PAGE.json]);
  await store.appendAudit(['line']);
  const found = [...disk.tree().values()].map((bytes) => Buffer.from(bytes).toString('utf8'));
  assert.deepEqual(found.sort(), ['onetwo', 'page', 'threefour']);
  assert.equal(await store.lastAudit(), 'line');
});

test('a disk that takes a part and is full then fails the write, and keeps no handle', async () => {
  const disk = new SimDisk();
  const process = disk.boot();
  const store = new LocalStore(await prepareFolders(process.root));
  let isFull = false;
  disk.hook = ({ name }) => {
    if (name !== 'write') return undefined;
    const verdict = isFull ? ({ fail: 'ENOSPC' } as const) : { shortBytes: 2 };
    isFull = true;
    return verdict;
  };
  await assert.rejects(store.stageBytes(FILE, Buffer.from('file')), { code: 'STORE_FULL' });
  assert.equal(process.open.size, 0);
});

test('without a descriptor left, the error says so', async () => {
  const disk = new SimDisk();
  const process = disk.boot();
  const store = new LocalStore(await prepareFolders(process.root));
  await put(store, FILE, 'file');
  process.filesOpenMax = 0;
  await assert.rejects(
    store.digest(FILE, SIGNAL),
    (error) => error instanceof JubjubError && /EMFILE/.test(error.facts.received ?? ''),
  );
});
