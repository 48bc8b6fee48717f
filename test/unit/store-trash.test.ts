/**
 * Goal: on a real disk, files go into the trash and come back whatever has become of them: links, hard links, things in the way.
 * Method: a temporary mirror, whose docroot and trash the test prepares by hand.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { parseDocrootPath, parseTrashPath, sweptPath, trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath, Sha256, TrashPath } from '../../src/pypi/types.ts';
import { LocalStore, prepareFolders } from '../../src/store/local.ts';
import { withTempDir } from '../support/temp.ts';

const SIGNAL = new AbortController().signal;
const FILE = parseDocrootPath(`packages/ab/cd/${'0'.repeat(60)}/snark-1.0.tar.gz`) as DocrootPath;
const TWIN = parseDocrootPath(`packages/ab/ce/${'1'.repeat(60)}/snark-1.0.tar.gz`) as DocrootPath;
const TRASHED = trashPath('7'.repeat(64) as Sha256, 'snark-1.0.tar.gz');
const MOVE = { from: FILE, to: TRASHED };
const isRoot = process.geteuid?.() === 0;

async function openStore(t: TestContext) {
  const folders = await prepareFolders(withTempDir(t));
  const inDocroot = (path: DocrootPath) => join(folders.web, path);
  const inTrash = (path: TrashPath) => join(folders.trash, path);
  const put = (file: string, body = 'snark') => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
    return file;
  };
  const precious = put(join(folders.state, 'precious'), 'precious');
  const file = inDocroot(FILE);
  return { folders, store: new LocalStore(folders), inDocroot, inTrash, put, precious, file };
}

test('a mirror has a trash that nobody else can look into, and one that lost it gets it again', async (t) => {
  const { folders, store, put, file, inTrash } = await openStore(t);
  assert.equal(statSync(folders.trash).mode & 0o027, 0);
  rmdirSync(folders.trash);
  put(file);
  assert.deepEqual(await store.hide([MOVE]), [MOVE]);
  assert.equal(readFileSync(inTrash(TRASHED), 'utf8'), 'snark');
  assert.equal(statSync(folders.trash).mode & 0o027, 0);
});

test('directories left empty go from the docroot and from the trash, but for the topmost', async (t) => {
  const { folders, store, put, file } = await openStore(t);
  put(file);
  put(join(folders.web, 'packages', 'ab', 'xy', 'file'));
  await store.hide([MOVE]);
  assert.deepEqual(readdirSync(join(folders.web, 'packages', 'ab')), ['xy']);
  await store.unhide([MOVE]);
  assert.deepEqual(readdirSync(join(folders.trash, 'files')), []);
  assert.equal(readFileSync(file, 'utf8'), 'snark');
  await store.hide([
    MOVE,
    { from: 'packages/ab/xy/file' as DocrootPath, to: sweptPath('now', 'x' as DocrootPath) },
  ]);
  assert.deepEqual(readdirSync(join(folders.web, 'packages')), []);
  await store.deleteTrashed([TRASHED, sweptPath('now', 'x' as DocrootPath)]);
  assert.deepEqual(readdirSync(folders.trash, { recursive: true }).sort(), ['files', 'swept']);
});

test('a directory that is a link stays, and the file behind it is hidden', async (t) => {
  const { folders, store, put, inTrash } = await openStore(t);
  const elsewhere = join(folders.web, 'elsewhere');
  put(join(elsewhere, 'snark.whl'));
  mkdirSync(join(folders.web, 'packages'));
  symlinkSync(elsewhere, join(folders.web, 'packages', 'link'));
  const from = parseDocrootPath('packages/link/snark.whl') as DocrootPath;
  assert.equal((await store.hide([{ from, to: TRASHED }])).length, 1);
  assert.equal(readFileSync(inTrash(TRASHED), 'utf8'), 'snark');
  assert.deepEqual(readdirSync(elsewhere), []);
});

test('a link is hidden as a link, comes back as one, and what it leads to is left alone', async (t) => {
  const { store, precious, file, inTrash } = await openStore(t);
  for (const target of [precious, `${precious}-nowhere`]) {
    mkdirSync(dirname(file), { recursive: true });
    symlinkSync(target, file);
    assert.deepEqual(await store.hide([MOVE]), [MOVE]);
    assert.equal(readlinkSync(inTrash(TRASHED)), target);
    assert.deepEqual(
      [await store.trashedSize(TRASHED), await store.digestTrashed(TRASHED, SIGNAL)],
      [null, null],
    );
    assert.deepEqual(await store.unhide([MOVE]), [MOVE]);
    assert.equal(readlinkSync(file), target);
    await store.hide([MOVE]);
    await store.deleteTrashed([TRASHED]);
  }
  assert.equal(readFileSync(precious, 'utf8'), 'precious');
});

test('a directory in the place of a file is not hidden, for nobody knows what is in it', async (t) => {
  const { store, put, file } = await openStore(t);
  put(join(file, 'mine'));
  assert.deepEqual(await store.hide([MOVE]), []);
  assert.equal(existsSync(join(file, 'mine')), true);
});

test('a directory with none but empty ones in it, in the place of a file, goes, for a file is to stand there', async (t) => {
  const { folders, store, file, put } = await openStore(t);
  mkdirSync(join(file, 'deep', 'deeper'), { recursive: true });
  mkdirSync(join(file, 'beside'));
  assert.deepEqual(await store.hide([MOVE]), []);
  assert.deepEqual(readdirSync(folders.web, { recursive: true }), ['packages']);
  put(file);
  assert.deepEqual(await store.hide([MOVE]), [MOVE]);
});

const OBSTACLES: Readonly<Record<string, (target: string, precious: string) => void>> = {
  'a link': (target, precious) => symlinkSync(precious, target),
  'a hard link': (target, precious) => linkSync(precious, target),
  'a link to nothing': (target) => symlinkSync(`${target}-nowhere`, target),
  'a directory with a file': (target) => {
    mkdirSync(target);
    writeFileSync(join(target, 'x'), '');
  },
};

for (const [obstacle, block] of Object.entries(OBSTACLES))
  test(`hiding replaces ${obstacle} in the trash and writes to nothing else`, async (t) => {
    const { store, put, precious, file, inTrash } = await openStore(t);
    put(file);
    mkdirSync(dirname(inTrash(TRASHED)), { recursive: true });
    block(inTrash(TRASHED), precious);
    assert.deepEqual(await store.hide([MOVE]), [MOVE]);
    assert.equal(lstatSync(inTrash(TRASHED)).isFile(), true);
    assert.equal(readFileSync(inTrash(TRASHED), 'utf8'), 'snark');
    assert.equal(readFileSync(precious, 'utf8'), 'precious');
  });

test('two names of one file on disk are both hidden: to rename one to the other would do nothing', async (t) => {
  const { store, put, file, inDocroot, inTrash } = await openStore(t);
  put(file);
  mkdirSync(dirname(inDocroot(TWIN)), { recursive: true });
  linkSync(file, inDocroot(TWIN));
  const moves = [MOVE, { from: TWIN, to: TRASHED }];
  assert.deepEqual(await store.hide(moves), moves);
  assert.deepEqual([existsSync(file), existsSync(inDocroot(TWIN))], [false, false]);
  assert.equal(readFileSync(inTrash(TRASHED), 'utf8'), 'snark');
});

test('a file that has another name elsewhere comes back, and nothing is written to it', async (t) => {
  const { store, precious, file, inTrash } = await openStore(t);
  mkdirSync(dirname(inTrash(TRASHED)), { recursive: true });
  linkSync(precious, inTrash(TRASHED));
  assert.deepEqual(await store.unhide([MOVE]), [MOVE]);
  assert.equal(readFileSync(file, 'utf8'), 'precious');
  await store.stageBytes(FILE, Buffer.from('other bytes'));
  await store.place([FILE]);
  assert.equal(readFileSync(precious, 'utf8'), 'precious');
});

test('a file that lies in the docroot already under the same inode leaves the trash', async (t) => {
  const { store, put, file, inTrash } = await openStore(t);
  put(file);
  mkdirSync(dirname(inTrash(TRASHED)), { recursive: true });
  linkSync(file, inTrash(TRASHED));
  assert.deepEqual(await store.unhide([MOVE]), [MOVE]);
  assert.deepEqual([existsSync(file), existsSync(inTrash(TRASHED))], [true, false]);
});

test('unhiding replaces a link in the docroot, and names a directory there', async (t) => {
  const { store, put, precious, file, inTrash } = await openStore(t);
  put(inTrash(TRASHED));
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(precious, file);
  assert.deepEqual(await store.unhide([MOVE]), [MOVE]);
  assert.equal(lstatSync(file).isFile(), true);
  await store.hide([MOVE]);
  put(join(file, 'mine'));
  await assert.rejects(store.unhide([MOVE]), (error) => isJubjubError(error, 'STORE_IO'));
  assert.equal(existsSync(join(file, 'mine')), true);
  assert.equal(readFileSync(inTrash(TRASHED), 'utf8'), 'snark');
});

test('what cannot be moved out of the trash is copied, and stays there', {
  skip: isRoot && 'root may write everything',
}, async (t) => {
  const { store, put, file, inTrash } = await openStore(t);
  put(inTrash(TRASHED));
  const closed = dirname(inTrash(TRASHED));
  chmodSync(closed, 0o500);
  try {
    assert.deepEqual(await store.unhide([MOVE]), [MOVE]);
  } finally {
    chmodSync(closed, 0o700);
  }
  assert.equal(readFileSync(file, 'utf8'), 'snark');
  assert.equal(readFileSync(inTrash(TRASHED), 'utf8'), 'snark');
});

test('what is in the way of a directory of the trash is named', async (t) => {
  const { folders, store, put, file } = await openStore(t);
  put(file);
  put(join(folders.trash, 'files'));
  await assert.rejects(
    store.hide([MOVE]),
    (error) => isJubjubError(error, 'STORE_IO') && error.facts.path === join(folders.trash, 'files'),
  );
  assert.equal(readFileSync(file, 'utf8'), 'snark');
  const below = parseTrashPath('files/x') as TrashPath;
  assert.equal(await store.trashedSize(below), null);
  await store.deleteTrashed([below]);
});
