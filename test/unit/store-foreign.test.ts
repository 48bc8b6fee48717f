/**
 * Goal: what somebody else put into the mirror directory is never written through, and where it is in the way it is named.
 * Method: links, directories and files of the test's own in a temporary mirror.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { isJubjubError } from '../../src/errors.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths } from '../../src/pypi/paths.ts';
import { READ_BYTES_MAX } from '../../src/store/contract.ts';
import { makeDirectories } from '../../src/store/directories.ts';
import { LocalStore, prepareFolders } from '../../src/store/local.ts';
import { stagedName } from '../../src/store/staging.ts';
import { withTempDir } from '../support/temp.ts';

const PAGE = detailPaths(normalizeName('snark'));
const GZIP_MAGIC = 0x1f;

async function openStore(t: TestContext) {
  const folders = await prepareFolders(withTempDir(t));
  const staged = join(folders.staging, stagedName(PAGE.html));
  const precious = join(folders.state, 'precious');
  writeFileSync(precious, 'precious');
  return { folders, staged, precious, store: new LocalStore(folders) };
}

type Opened = Awaited<ReturnType<typeof openStore>>;

/** Every way to stage `page`. */
const WAYS: Readonly<Record<string, (store: LocalStore) => Promise<void>>> = {
  stageBytes: (store) => store.stageBytes(PAGE.html, Buffer.from('page')),
  stageText: async (store) => void (await store.stageText(PAGE.html, ['pa', 'ge'])),
  stageGzip: async (store) => void (await store.stageGzip(PAGE.html, ['pa', 'ge'])),
  restage: async (store) => {
    await store.stageBytes(PAGE.json, Buffer.from('page'));
    await store.restage(PAGE.json, PAGE.html);
  },
  stage: async (store) => {
    const writer = await store.stage(PAGE.html);
    await writer.write(Buffer.from('page'));
    await writer.finish();
  },
};

/** The text, packed or not. */
function plain(bytes: Buffer): string {
  return (bytes[0] === GZIP_MAGIC ? gunzipSync(bytes) : bytes).toString();
}

const OBSTACLES: Readonly<Record<string, (opened: Opened) => void>> = {
  'a symbolic link': ({ staged, precious }) => symlinkSync(precious, staged),
  'a hard link': ({ staged, precious }) => linkSync(precious, staged),
  'a link to nothing': ({ staged, folders }) => symlinkSync(join(folders.state, 'new'), staged),
  'a directory with a file': ({ staged }) => {
    mkdirSync(staged);
    writeFileSync(join(staged, 'x'), '');
  },
};

for (const [way, stagePage] of Object.entries(WAYS))
  for (const [obstacle, put] of Object.entries(OBSTACLES))
    test(`${way} replaces ${obstacle} in staging and writes to nothing else`, async (t) => {
      const opened = await openStore(t);
      put(opened);
      await stagePage(opened.store);
      assert.equal(plain(readFileSync(opened.staged)), 'page');
      assert.equal(lstatSync(opened.staged).isFile(), true);
      assert.equal(readFileSync(opened.precious, 'utf8'), 'precious');
      await opened.store.place([PAGE.html]);
      assert.equal(plain(readFileSync(join(opened.folders.web, PAGE.html))), 'page');
    });

/** The error that names what is in the way. */
const inTheWay = (path: string) => (error: unknown) =>
  isJubjubError(error, 'STORE_IO') &&
  error.message === `something that is not jubjub's lies at ${path}` &&
  error.facts.hint === 'move it away, then run again';

test('a directory in the place of a page is named, by placing, reading and removing', async (t) => {
  const { folders, store } = await openStore(t);
  const path = join(folders.web, PAGE.html);
  mkdirSync(join(path, 'mine'), { recursive: true });
  await store.stageBytes(PAGE.html, Buffer.from('page'));
  await assert.rejects(store.place([PAGE.html]), inTheWay(path));
  await assert.rejects(store.read(PAGE.html), inTheWay(path));
  if (process.platform === 'linux') await assert.rejects(store.remove([PAGE.html]), inTheWay(path));
});

test('a page that is a link, as other mirrors make them, is replaced and removed without touching what it leads to', async (t) => {
  const { folders, store, precious } = await openStore(t);
  const path = join(folders.web, PAGE.html);
  mkdirSync(dirname(path), { recursive: true });
  for (const target of [precious, `${precious}-nowhere`]) {
    symlinkSync(target, path);
    await store.stageBytes(PAGE.html, Buffer.from('page'));
    await store.place([PAGE.html]);
    assert.equal(lstatSync(path).isFile(), true);
    await store.remove([PAGE.html]);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
    await store.remove([PAGE.html, PAGE.json]);
    assert.equal(existsSync(dirname(path)), false);
    mkdirSync(dirname(path));
  }
  assert.equal(readFileSync(precious, 'utf8'), 'precious');
});

test('a directory of a page that is a link stays when the page is removed', async (t) => {
  const { folders, store } = await openStore(t);
  const elsewhere = join(folders.web, 'elsewhere');
  mkdirSync(elsewhere);
  mkdirSync(join(folders.web, 'simple'));
  writeFileSync(join(elsewhere, 'index.html'), 'page');
  symlinkSync(elsewhere, join(folders.web, PAGE.directory));
  await store.remove([PAGE.html]);
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.equal(lstatSync(join(folders.web, PAGE.directory)).isSymbolicLink(), true);
});

test('a pipe or a directory in the place of a file has no digest, and nobody waits for it', async (t) => {
  const { folders, store } = await openStore(t);
  const path = join(folders.web, PAGE.html);
  const { signal } = new AbortController();
  mkdirSync(path, { recursive: true });
  assert.equal(await store.digest(PAGE.html, signal), null);
  rmdirSync(path);
  execFileSync('mkfifo', [path]);
  assert.equal(await store.digest(PAGE.html, signal), null);
  assert.equal(await store.size(PAGE.html), null);
  assert.deepEqual(await store.read(PAGE.html), Buffer.alloc(0));
});

test('of a huge file, or of a device that has no end, in the place of a page only so much is read', async (t) => {
  const { folders, store } = await openStore(t);
  const path = join(folders.web, PAGE.html);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'page');
  truncateSync(path, READ_BYTES_MAX + 1);
  const read = await store.read(PAGE.html);
  assert.equal(read?.length, READ_BYTES_MAX);
  assert.equal(Buffer.from(read.subarray(0, 5)).toString(), 'page\0');
  unlinkSync(path);
  symlinkSync('/dev/zero', path);
  assert.equal((await store.read(PAGE.html))?.length, READ_BYTES_MAX);
});

test('a file, or a link to nothing, in the place of a directory is named itself', async (t) => {
  for (const put of [
    (path: string) => writeFileSync(path, ''),
    (path: string) => symlinkSync(join(path, 'nowhere'), path),
    (path: string) => symlinkSync(`${path}-nowhere`, path),
  ]) {
    const { folders, store } = await openStore(t);
    put(join(folders.web, 'simple'));
    await store.stageBytes(PAGE.html, Buffer.from('page'));
    await assert.rejects(
      store.place([PAGE.html]),
      (error) => isJubjubError(error, 'STORE_IO') && /move it away/.test(error.facts.hint ?? ''),
    );
  }
});

test('a mirror directory that is a file, or below one, is named', async (t) => {
  const file = join(withTempDir(t), 'file');
  writeFileSync(file, '');
  for (const directory of [file, join(file, 'below')])
    await assert.rejects(prepareFolders(directory), inTheWay(file));
});

test('directories are made with those above them, once', async (t) => {
  const root = withTempDir(t);
  const [a, b] = [join(root, 'a'), join(root, 'a', 'b')];
  assert.deepEqual(await makeDirectories(b), [a, b]);
  assert.deepEqual(await makeDirectories(b), []);
  await Promise.all([makeDirectories(join(b, 'c')), makeDirectories(join(b, 'c'))]);
});

test('a file system that takes no directories is an error, not an endless loop', {
  skip: process.platform !== 'linux',
}, async () => {
  await assert.rejects(prepareFolders('/proc/jubjub-test'), (error) =>
    isJubjubError(error, 'STORE_NOT_WRITABLE'),
  );
});
