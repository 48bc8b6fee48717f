/**
 * Goal: every old tree keeps the promises of its contract, and the one on the disk follows no link and links over anything.
 * Method: one suite over the tree on the disk and the one in memory; then links, pipes and names of the test's own on the disk.
 */
import assert from 'node:assert/strict';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import type { OldTree } from '../../src/store/contract.ts';
import { type MirrorFolders, mirrorFolders, prepareFolders } from '../../src/store/folders.ts';
import { LocalOldTree } from '../../src/store/old-tree.ts';
import { openOldTree } from '../../src/store/open-old-tree.ts';
import { MemoryOldTree } from '../support/memory-old-tree.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { withTempDir } from '../support/temp.ts';
import { withTmpfs } from '../support/tmpfs.ts';
import { FILE, OTHER, path, SIGNAL, sha256 } from './store-suite-kit.ts';

type Files = Readonly<Record<string, string>>;
type Docroot = (at: DocrootPath) => Promise<string | null>;

/** An old tree with these files, and what our docroot has at a path. */
type Open = (t: TestContext, files: Files) => Promise<{ readonly tree: OldTree; readonly docroot: Docroot }>;

const FILES: Files = {
  'simple/index.html': 'root',
  'simple/snark/index.html': '<html>',
  'simple/snark/index.v1_json': '{}',
  'simple/snark/.index.html.q': 'half',
  'simple/b/boojum/index.html': '<html>',
  'simple/b/index.html': '<html>',
  [FILE]: 'file',
  [`${FILE}.metadata`]: 'metadata',
  [OTHER]: 'other',
};

async function openLocal(t: TestContext, files: Files) {
  const directory = withTempDir(t);
  const folders = await prepareFolders(join(directory, 'mirror'));
  const root = join(directory, 'old');
  for (const [at, body] of Object.entries(files)) put(join(root, at), body);
  const docroot: Docroot = async (at) => {
    const found = lstatSync(join(folders.web, at), { throwIfNoEntry: false });
    return found?.isFile() ? readFileSync(join(folders.web, at), 'utf8') : null;
  };
  return { tree: new LocalOldTree(root, folders), docroot, root, folders };
}

function put(file: string, body: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, body);
}

const openMemory: Open = async (_t, files) => {
  const store = new MemoryStore();
  const contents = new Map(Object.entries(files).map(([at, body]) => [at, Buffer.from(body)]));
  const docroot: Docroot = async (at) => {
    const bytes = store.tree().get(at);
    return bytes === undefined ? null : Buffer.from(bytes).toString();
  };
  return { tree: new MemoryOldTree(store, contents), docroot };
};

async function bodyOf(tree: OldTree, at: DocrootPath): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tree.read(at, SIGNAL)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const SUITES: Readonly<Record<string, Open>> = { 'on the disk': openLocal, 'in memory': openMemory };

for (const [where, open] of Object.entries(SUITES)) {
  test(`${where}: projects are found in both layouts, sorted, with their pages`, async (t) => {
    const { tree } = await open(t, FILES);
    const { count, each } = await tree.projects();
    const found = [...each];
    const directories = found.map(({ directory }) => directory);
    assert.deepEqual([count, directories], [3, ['simple/b', 'simple/b/boojum', 'simple/snark']]);
    assert.deepEqual(
      found.map(({ name }) => name),
      ['b', 'boojum', 'snark'],
    );
    const pages = await Promise.all(
      found.map(async (project) => (await tree.pages(project))?.names.toSorted()),
    );
    assert.deepEqual(pages, [['index.html'], ['index.html'], ['index.html', 'index.v1_json']]);
    const [, , snark] = found;
    assert.ok(snark);
    assert.equal((await tree.pages(snark))?.others, 1);
    assert.equal(Buffer.from((await tree.readPage(snark, 'index.html', 99)) ?? []).toString(), '<html>');
    assert.equal(await tree.readPage(snark, 'index.html', 5), null, 'too large');
    assert.equal(await tree.readPage(snark, 'index.v1_html', 99), null, 'not there');
  });

  test(`${where}: a file is told with its size and sidecar, hashed and read`, async (t) => {
    const { tree } = await open(t, FILES);
    const found = { kind: 'file', sizeBytes: 4, hasMetadata: true, others: 0 };
    assert.deepEqual(await tree.file(FILE), found);
    assert.deepEqual(await tree.file(OTHER), { ...found, sizeBytes: 5, hasMetadata: false });
    const absent = path(`packages/00/00/${'2'.repeat(60)}/x.whl`);
    assert.equal((await tree.file(absent)).kind, 'absent');
    assert.deepEqual(await tree.digest(FILE, SIGNAL), { sha256: sha256('file'), sizeBytes: 4 });
    assert.equal(await tree.digest(absent, SIGNAL), null);
    assert.equal(await bodyOf(tree, FILE), 'file');
    assert.equal(await bodyOf(tree, absent), '');
  });

  test(`${where}: reading ends with the signal`, async (t) => {
    const { tree } = await open(t, FILES);
    const abort = new AbortController();
    abort.abort();
    await assert.rejects(tree.digest(FILE, abort.signal), (error) => isJubjubError(error, 'INTERRUPTED'));
    await assert.rejects(
      async () => {
        for await (const _ of tree.read(FILE, abort.signal)) assert.fail('a chunk came');
      },
      (error) => isJubjubError(error, 'INTERRUPTED'),
    );
  });

  test(`${where}: links come into our docroot, twice as well as once`, async (t) => {
    const { tree, docroot } = await open(t, FILES);
    assert.equal(tree.isDocroot, false);
    await tree.link([FILE, path(`${FILE}.metadata`)]);
    await tree.link([FILE, OTHER]);
    assert.deepEqual([await docroot(FILE), await docroot(OTHER)], ['file', 'other']);
    assert.equal(await docroot(path(`${FILE}.metadata`)), 'metadata');
    assert.equal(await bodyOf(tree, FILE), 'file', 'and stay where they were');
  });
}

test('a link goes over other bytes, and leaves nothing aside', async (t) => {
  const { tree, docroot, root, folders } = await openLocal(t, FILES);
  put(join(folders.web, FILE), 'other bytes');
  put(join(folders.web, OTHER), '');
  rmSync(join(folders.web, OTHER));
  linkSync(join(root, OTHER), join(folders.web, OTHER));
  await tree.link([FILE, OTHER]);
  assert.deepEqual([await docroot(FILE), await docroot(OTHER)], ['file', 'other']);
  assert.equal(statSync(join(root, FILE)).nlink, 2);
  assert.equal(statSync(join(root, OTHER)).nlink, 2, 'no third name was left in staging');
});

test('a directory in the place of a file is named', async (t) => {
  const { tree, folders } = await openLocal(t, FILES);
  mkdirSync(join(folders.web, FILE), { recursive: true });
  await assert.rejects(tree.link([FILE]), (error) => isJubjubError(error, 'STORE_IO', 'STORE_NOT_WRITABLE'));
});

test('nothing is read through a link, but a page beside it', async (t) => {
  const { tree, root } = await openLocal(t, FILES);
  const snark = { name: 'snark', directory: 'simple/snark' };
  symlinkSync('index.html', join(root, 'simple/snark/index.v1_html'));
  assert.equal(Buffer.from((await tree.readPage(snark, 'index.v1_html', 99)) ?? []).toString(), '<html>');
  rmSync(join(root, 'simple/snark/index.v1_json'));
  symlinkSync('../b/index.html', join(root, 'simple/snark/index.v1_json'));
  assert.equal(await tree.readPage(snark, 'index.v1_json', 99), null, 'a link that leads elsewhere');
  symlinkSync('snark', join(root, 'simple/alias'));
  assert.equal(await tree.pages({ name: 'alias', directory: 'simple/alias' }), null);
  rmSync(join(root, OTHER));
  symlinkSync(join(root, FILE), join(root, OTHER));
  assert.equal((await tree.file(OTHER)).kind, 'link');
  const below = path(`packages/ff/cd/${'0'.repeat(60)}/${FILE.split('/').at(-1)}`);
  symlinkSync('ab', join(root, 'packages/ff'));
  assert.equal((await tree.file(below)).kind, 'link', 'a directory above it is a link');
});

test('old versions of pages are pages, and their folder is no project', async (t) => {
  const { tree } = await openLocal(t, {
    ...FILES,
    'simple/v/versions/index_7.html': 'old',
    'simple/v/index.html': 'new',
  });
  const found = [...(await tree.projects()).each];
  const v = found.find(({ directory }) => directory === 'simple/v');
  assert.ok(v);
  assert.deepEqual(await tree.pages(v), { names: ['index.html', 'versions/index_7.html'], others: 0 });
  const versions = found.find(({ name }) => name === 'versions');
  assert.deepEqual(versions === undefined ? [] : (await tree.pages(versions))?.names, []);
});

test('another mount is named, with the way out', async (t) => {
  const mount = withTmpfs(t, 'size=1m');
  if (mount === null) return;
  const { folders } = await openLocal(t, {});
  put(join(mount.directory, FILE), 'file');
  const tree = new LocalOldTree(mount.directory, folders);
  await assert.rejects(tree.link([FILE]), (error) => {
    assert.ok(isJubjubError(error, 'STORE_NOT_WRITABLE'));
    assert.match(error.facts.hint ?? '', /adopt --copy/);
    return true;
  });
});

async function refusalOf(web: string, folders: MirrorFolders): Promise<string> {
  try {
    await openOldTree(web, folders, { copy: false });
  } catch (error) {
    assert.ok(isJubjubError(error, 'USAGE_INVALID'), String(error));
    assert.equal(error.facts.effect, 'nothing was touched');
    return error.message;
  }
  return 'taken';
}

test('what cannot be adopted is refused before anything is touched', async (t) => {
  const { root, folders } = await openLocal(t, FILES);
  const fresh = mirrorFolders(join(dirname(root), 'new'));
  const inside = (directory: string) => mirrorFolders(join(root, directory));
  assert.equal(await refusalOf(root, fresh), 'taken');
  assert.equal(lstatSync(dirname(fresh.web), { throwIfNoEntry: false }), undefined, 'opening makes nothing');
  assert.match(await refusalOf(join(root, 'nothing'), fresh), /nothing at this path/);
  assert.match(await refusalOf(join(root, 'simple'), fresh), /no docroot/);
  assert.match(await refusalOf(root, inside('packages')), /in one another/);
  const nested = join(folders.web, 'old');
  for (const folder of ['simple/x', 'packages']) mkdirSync(join(nested, folder), { recursive: true });
  assert.match(await refusalOf(nested, folders), /in one another/);
  const empty = join(dirname(root), 'empty');
  for (const folder of ['simple', 'packages']) mkdirSync(join(empty, folder), { recursive: true });
  writeFileSync(join(empty, 'simple/index.html'), '');
  assert.match(await refusalOf(empty, fresh), /no projects/);
  rmSync(join(empty, 'packages'), { recursive: true });
  symlinkSync(join(root, 'packages'), join(empty, 'packages'));
  assert.match(await refusalOf(empty, fresh), /not followed/);
});

test('our own docroot is known by any of its names', async (t) => {
  const { root, folders } = await openLocal(t, {});
  for (const folder of ['simple/x', 'packages']) mkdirSync(join(folders.web, folder), { recursive: true });
  symlinkSync(folders.web, root);
  const { tree } = await openOldTree(root, folders, { copy: false });
  assert.equal(tree.isDocroot, true);
});
