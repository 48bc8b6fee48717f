/**
 * Goal: a trash that cannot be used (another file system, read-only, full) is told with its path, loses nothing, and is no
 * reason not to start a run: takedowns are published without it.
 * Method: small file systems of the test's own, as the trash or as the whole mirror.
 */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { isJubjubError, type JubjubError } from '../../src/errors.ts';
import { parseDocrootPath, trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath, Sha256 } from '../../src/pypi/types.ts';
import { LocalStore, prepareFolders } from '../../src/store/local.ts';
import { withTempDir } from '../support/temp.ts';
import { withTmpfs } from '../support/tmpfs.ts';

const FILE = parseDocrootPath(`packages/ab/cd/${'0'.repeat(60)}/snark-1.0.tar.gz`) as DocrootPath;
const TRASHED = trashPath('7'.repeat(64) as Sha256, 'snark-1.0.tar.gz');
const MOVE = { from: FILE, to: TRASHED };

/** Opens a mirror with one file in it, as a run does. */
async function openWithFile(directory: string) {
  const folders = await prepareFolders(directory);
  const file = join(folders.web, FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'snark');
  return { folders, file, store: new LocalStore(folders) };
}

/** The error that hiding the file ends with; the file is still where it was. */
async function hidingFails(store: LocalStore, file: string): Promise<JubjubError> {
  const error = await store.hide([MOVE]).then(
    () => assert.fail('it was hidden'),
    (thrown: unknown) => thrown,
  );
  assert.ok(isJubjubError(error), String(error));
  assert.match(error.facts.effect ?? '', /is off the pages; what was not moved stays in the docroot/);
  assert.equal(readFileSync(file, 'utf8'), 'snark');
  return error;
}

test('a trash on another file system takes no file, says so, and gives back what is in it', async (t) => {
  const tmpfs = withTmpfs(t, 'size=1m');
  if (tmpfs === null) return;
  const directory = withTempDir(t);
  mkdirSync(join(directory, 'state'));
  symlinkSync(tmpfs.directory, join(directory, 'state', 'trash'));
  const { folders, file, store } = await openWithFile(directory);
  const error = await hidingFails(store, file);
  assert.equal(error.code, 'STORE_NOT_WRITABLE');
  assert.equal(error.message, 'the trash is on another file system than web/');
  assert.equal(error.facts.path, folders.trash);
  mkdirSync(dirname(join(folders.trash, TRASHED)), { recursive: true });
  writeFileSync(join(folders.trash, TRASHED), 'from there');
  tmpfs.remount('ro');
  assert.deepEqual(await store.unhide([MOVE]), [MOVE]);
  assert.equal(readFileSync(file, 'utf8'), 'from there');
  assert.equal(await store.trashedSize(TRASHED), 'from there'.length);
  assert.equal(await store.stagedCount(), 0);
});

test('a mount below the trash is named', async (t) => {
  const tmpfs = withTmpfs(t, 'size=1m');
  if (tmpfs === null) return;
  const { folders, file, store } = await openWithFile(withTempDir(t));
  tmpfs.mountAlsoAt(join(folders.trash, 'files'));
  const error = await hidingFails(store, file);
  assert.equal(error.code, 'STORE_NOT_WRITABLE');
  assert.equal(error.message, `could not move: ${file}`);
  assert.match(error.facts.received ?? '', new RegExp(`EXDEV.*${TRASHED}`));
  assert.match(error.facts.hint ?? '', /one file system/);
});

test('a trash that was made read-only takes no file, and says so', async (t) => {
  const tmpfs = withTmpfs(t, 'size=1m');
  if (tmpfs === null) return;
  const { folders, file, store } = await openWithFile(tmpfs.directory);
  tmpfs.remount('ro');
  const error = await hidingFails(store, file);
  assert.equal(error.code, 'STORE_NOT_WRITABLE');
  assert.equal(error.message, `could not prepare the trash: ${folders.trash}`);
  tmpfs.remount('rw');
  assert.deepEqual(await store.hide([MOVE]), [MOVE]);
});

test('a disk without room for the directories of the trash is full, and with room again the file is hidden', async (t) => {
  const tmpfs = withTmpfs(t, 'size=1m,nr_inodes=40');
  if (tmpfs === null) return;
  const { file, store } = await openWithFile(tmpfs.directory);
  const filler = join(tmpfs.directory, 'filler');
  mkdirSync(filler);
  assert.throws(() => {
    for (let at = 0; at < 100; at++) writeFileSync(join(filler, String(at)), '');
  }, /ENOSPC/);
  assert.equal((await hidingFails(store, file)).code, 'STORE_FULL');
  rmSync(filler, { recursive: true });
  assert.deepEqual(await store.hide([MOVE]), [MOVE]);
});

test('something else in the place of the trash is no reason not to start, and is named by the first move', async (t) => {
  for (const put of [
    (path: string) => writeFileSync(path, ''),
    (path: string) => symlinkSync(`${path}-nowhere`, path),
  ]) {
    const directory = withTempDir(t);
    mkdirSync(join(directory, 'state'));
    put(join(directory, 'state', 'trash'));
    const { folders, file, store } = await openWithFile(directory);
    const error = await hidingFails(store, file);
    assert.deepEqual([error.code, error.facts.path], ['STORE_IO', folders.trash]);
    assert.deepEqual([await store.trashedSize(TRASHED), await store.unhide([MOVE])], [null, []]);
    rmSync(folders.trash);
    assert.deepEqual(await store.hide([MOVE]), [MOVE]);
  }
});

test('a trash that is not there has nothing to give back and nothing to delete', async (t) => {
  const { folders, store } = await openWithFile(withTempDir(t));
  rmdirSync(folders.trash);
  assert.deepEqual([await store.trashedSize(TRASHED), await store.unhide([MOVE])], [null, []]);
  await store.deleteTrashed([TRASHED]);
});

test('directories that a killed run left empty when it had moved their file go with the next try', async (t) => {
  const { folders, file, store } = await openWithFile(withTempDir(t));
  // As far as a run comes that is killed right after the rename.
  mkdirSync(dirname(join(folders.trash, TRASHED)), { recursive: true });
  renameSync(file, join(folders.trash, TRASHED));
  assert.deepEqual(await store.hide([MOVE]), []);
  assert.deepEqual(readdirSync(join(folders.web, 'packages')), []);
  assert.equal(await store.trashedSize(TRASHED), 'snark'.length);
});
