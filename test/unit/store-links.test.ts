/**
 * Goal: whatever link somebody plants in a mirror, nothing outside of it is written, moved or removed through it.
 * Method: links to a directory of the test's own, at every height and in every place; what lies there is compared before and after.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths, parseDocrootPath, trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath, Sha256 } from '../../src/pypi/types.ts';
import { LocalStore, prepareFolders } from '../../src/store/local.ts';
import { acquireLock, lockHolder } from '../../src/store/lock.ts';
import { stagedName } from '../../src/store/staging.ts';
import { StateDocument } from '../../src/store/state-document.ts';
import { withTempDir } from '../support/temp.ts';

const PAGE = detailPaths(normalizeName('snark')).html;
const FILE = parseDocrootPath(`packages/ab/cd/${'0'.repeat(60)}/snark-1.0.tar.gz`) as DocrootPath;
const TRASHED = trashPath('7'.repeat(64) as Sha256, 'snark-1.0.tar.gz');
const BYTES = Buffer.from('page');

/** Every directory above a path, the outermost first. */
function above(path: string): string[] {
  const directory = dirname(path);
  return directory === '.' ? [] : [...above(directory), directory];
}

/** A mirror, and beside it a directory whose files are named like those of the mirror at any height. */
async function open(t: TestContext, ...paths: string[]) {
  const directory = withTempDir(t);
  const outside = join(directory, 'outside');
  for (const path of paths) {
    const parts = path.split('/');
    for (let from = 0; from < parts.length; from++) put(join(outside, ...parts.slice(from)));
  }
  const folders = await prepareFolders(join(directory, 'mirror'));
  return { folders, outside, store: new LocalStore(folders), before: treeOf(outside) };
}

function put(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'precious');
}

/** All names below a directory, with what is in the files. */
function treeOf(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return entry.isFile() ? `${path}: ${readFileSync(path, 'utf8')}` : path;
    })
    .sort();
}

function plant(target: string, link: string): void {
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(target, link);
}

/** The error that names the link. */
const namesLink = (link: string) => (error: unknown) =>
  isJubjubError(error, 'STORE_IO') && error.message === `something that is not jubjub's lies at ${link}`;

for (const path of [PAGE, FILE])
  for (const at of above(path))
    test(`a link out of the docroot at ${at} is named, and nothing is placed, removed, hidden or brought back through it`, async (t) => {
      const { folders, outside, store, before } = await open(t, path);
      const link = join(folders.web, at);
      plant(outside, link);
      await store.stageBytes(path, BYTES);
      put(join(folders.trash, TRASHED));
      const move = { from: path, to: TRASHED };
      await assert.rejects(store.place([path]), namesLink(link));
      await assert.rejects(store.remove([path]), namesLink(link));
      await assert.rejects(store.hide([move]), namesLink(link));
      await assert.rejects(store.unhide([move]), namesLink(link));
      assert.deepEqual(treeOf(outside), before);
      assert.equal(readFileSync(join(folders.trash, TRASHED), 'utf8'), 'precious');
    });

for (const at of above(TRASHED))
  test(`a link out of the trash at ${at} is named, and nothing is hidden, brought back or deleted through it`, async (t) => {
    const { folders, outside, store, before } = await open(t, TRASHED);
    const link = join(folders.trash, at);
    plant(outside, link);
    put(join(folders.web, FILE));
    const move = { from: FILE, to: TRASHED };
    await assert.rejects(store.hide([move]), namesLink(link));
    await assert.rejects(store.unhide([move]), namesLink(link));
    await assert.rejects(store.deleteTrashed([TRASHED]), namesLink(link));
    assert.deepEqual(treeOf(outside), before);
  });

test('a link to another place of the docroot, and a docroot that is one, are the operator’s and are used', async (t) => {
  const directory = withTempDir(t);
  mkdirSync(join(directory, 'elsewhere', 'names', 'snark'), { recursive: true });
  symlinkSync(join(directory, 'elsewhere'), join(directory, 'web'));
  symlinkSync('names', join(directory, 'web', 'simple'));
  const store = new LocalStore(await prepareFolders(directory));
  await store.stageBytes(PAGE, BYTES);
  await store.place([PAGE]);
  assert.equal(readFileSync(join(directory, 'elsewhere', 'names', 'snark', 'index.html'), 'utf8'), 'page');
});

for (const name of ['staging', 'lock', 'catalogue.db', 'catalogue.db-wal'])
  test(`state/${name} may be no link, or a run would empty or write what lies behind it`, async (t) => {
    const { folders, outside, before } = await open(t, 'precious');
    const directory = dirname(folders.web);
    const link = join(folders.state, name);
    if (name === 'staging') {
      const other = withTempDir(t);
      plant(outside, join(other, 'state', name));
      await assert.rejects(prepareFolders(other), namesLink(join(other, 'state', name)));
    } else {
      plant(join(outside, 'precious'), link);
      await assert.rejects(prepareFolders(directory), namesLink(link));
    }
    assert.deepEqual(treeOf(outside), before);
  });

test('a trash that is a link takes nothing', async (t) => {
  const directory = withTempDir(t);
  const outside = join(directory, 'outside');
  mkdirSync(outside);
  plant(outside, join(directory, 'state', 'trash'));
  const folders = await prepareFolders(directory);
  put(join(folders.web, FILE));
  const store = new LocalStore(folders);
  await assert.rejects(store.hide([{ from: FILE, to: TRASHED }]), namesLink(folders.trash));
  assert.deepEqual(readdirSync(outside), []);
});

test('a lock that is a link is named, and what it leads to is neither locked nor emptied', (t) => {
  // An empty file is what SQLite would lock without a word.
  for (const content of ['precious', '']) {
    const folder = withTempDir(t);
    const precious = join(folder, 'precious');
    writeFileSync(precious, content);
    plant(precious, join(folder, 'lock'));
    assert.throws(() => acquireLock(folder), namesLink(join(folder, 'lock')));
    assert.equal(readFileSync(precious, 'utf8'), content);
  }
});

test('a lock that is somebody’s file under a second name is not emptied', (t) => {
  const folder = withTempDir(t);
  const precious = join(folder, 'precious');
  put(precious);
  linkSync(precious, join(folder, 'lock'));
  assert.throws(() => acquireLock(folder), namesLink(join(folder, 'lock')));
  assert.equal(readFileSync(precious, 'utf8'), 'precious');
});

for (const [what, make] of [
  ['a symbolic', symlinkSync],
  ['a hard', linkSync],
] as const)
  test(`who holds the lock is not written through ${what} link`, (t) => {
    const folder = withTempDir(t);
    const precious = join(folder, 'precious');
    put(precious);
    make(precious, join(folder, 'lock-holder.txt'));
    const lock = acquireLock(folder);
    lock.announce({ pid: 42, since: 'now' });
    assert.equal(lockHolder(folder), 'pid 42, since now');
    assert.equal(readFileSync(precious, 'utf8'), 'precious');
    lock.release();
  });

test('a document of the state folder replaces a link of either kind, and so does its part', async (t) => {
  for (const make of [symlinkSync, linkSync])
    for (const name of ['cursor', 'cursor.part']) {
      const folder = withTempDir(t);
      const precious = join(folder, 'precious');
      put(precious);
      make(precious, join(folder, name));
      const document = new StateDocument(folder, 'cursor');
      await document.write('here');
      assert.equal(await document.read(), 'here');
      await document.remove();
      assert.equal(readFileSync(precious, 'utf8'), 'precious');
    }
});

test('a pipe in the place of a document of the state folder, or of who holds the lock, is waited for by nobody', async (t) => {
  const folder = withTempDir(t);
  for (const name of ['cursor', 'lock-holder.txt']) execFileSync('mkfifo', [join(folder, name)]);
  assert.equal(await new StateDocument(folder, 'cursor').read(), '');
  const lock = acquireLock(folder);
  assert.equal(lockHolder(folder), '');
  lock.release();
});

test('staging is cleared of links, and not of what they lead to', async (t) => {
  const { folders, outside, store, before } = await open(t, 'precious');
  symlinkSync(outside, join(folders.staging, stagedName(PAGE)));
  symlinkSync(join(outside, 'precious'), join(folders.staging, 'other'));
  mkdirSync(join(folders.staging, 'directory'));
  symlinkSync(outside, join(folders.staging, 'directory', 'deep'));
  assert.equal(await store.clearStaging(new Set()), 3);
  assert.deepEqual(readdirSync(folders.staging), []);
  assert.deepEqual(treeOf(outside), before);
});
