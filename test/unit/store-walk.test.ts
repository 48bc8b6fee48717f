/**
 * Goal: a walk tells everything below the docroot, whatever somebody put there, follows no link, and ends for nothing but its signal.
 * Method: links, pipes, odd names, deep and closed directories in a temporary mirror.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { parseDocrootPath } from '../../src/pypi/paths.ts';
import { LocalStore, prepareFolders } from '../../src/store/local.ts';
import { withTempDir } from '../support/temp.ts';

const SIGNAL = new AbortController().signal;
const isLinux = process.platform === 'linux';
const isRoot = process.geteuid?.() === 0;

async function openStore(t: TestContext) {
  const folders = await prepareFolders(withTempDir(t));
  return { web: folders.web, store: new LocalStore(folders) };
}

/** What a walk tells, by path: `kind sizeBytes`. */
async function told(store: LocalStore): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for await (const { path, kind, sizeBytes } of store.walk(SIGNAL))
    entries.push([path, `${kind} ${sizeBytes}`]);
  assert.equal(new Set(entries.map(([path]) => path)).size, entries.length, 'a path was told twice');
  return Object.fromEntries(entries.sort());
}

test('links are told and not followed, and what is neither file nor link is told as something else', async (t) => {
  const { web, store } = await openStore(t);
  mkdirSync(join(web, 'simple', 'empty'), { recursive: true });
  writeFileSync(join(web, 'simple', 'page'), 'page');
  symlinkSync('.', join(web, 'simple', 'round'));
  symlinkSync('/etc', join(web, 'link'));
  symlinkSync('nowhere', join(web, 'nothing'));
  execFileSync('mkfifo', [join(web, 'pipe')]);
  writeFileSync(join(web, '.hidden'), '');
  assert.deepEqual(await told(store), {
    '.hidden': 'file 0',
    link: 'link 0',
    nothing: 'link 0',
    pipe: 'other 0',
    'simple/page': 'file 4',
    'simple/round': 'link 0',
  });
});

test('names that are not UTF-8 are told in a form that no other name has, and so is what is below them', {
  skip: !isLinux && 'this file system may refuse such names',
}, async (t) => {
  const { web, store } = await openStore(t);
  const raw = (name: string) => Buffer.concat([Buffer.from(`${web}/`), Buffer.from(name, 'latin1')]);
  mkdirSync(raw('d\xff'));
  writeFileSync(raw('d\xff/snark'), 'x');
  writeFileSync(raw('d\xff/\xe9\\'), 'x');
  writeFileSync(join(web, 'e\\xe9'), 'x');
  writeFileSync(raw('e\xe9'), 'x');
  writeFileSync(join(web, 'eé'), 'x');
  writeFileSync(join(web, 'e�'), 'x');
  const paths = Object.keys(await told(store));
  assert.deepEqual(paths, ['d\\xff/\\xe9\\\\', 'd\\xff/snark', 'e\\\\xe9', 'e\\xe9', 'eé', 'e�'].sort());
  assert.deepEqual(paths.filter((path) => parseDocrootPath(path) !== null).sort(), ['eé', 'e�']);
});

test('a directory that cannot be read is told, and the others are walked', {
  skip: isRoot && 'root may read everything',
}, async (t) => {
  const { web, store } = await openStore(t);
  for (const name of ['a', 'closed', 'listed', 'z']) {
    mkdirSync(join(web, name));
    writeFileSync(join(web, name, 'file'), '');
  }
  chmodSync(join(web, 'closed'), 0);
  chmodSync(join(web, 'listed'), 0o400);
  try {
    assert.deepEqual(await told(store), {
      'a/file': 'file 0',
      closed: 'unreadable 0',
      'listed/file': 'unreadable 0',
      'z/file': 'file 0',
    });
  } finally {
    for (const name of ['closed', 'listed']) chmodSync(join(web, name), 0o700);
  }
});

test('directories deeper than a path may be long end in one that cannot be read', {
  skip: !isLinux,
}, async (t) => {
  const { web, store } = await openStore(t);
  const name = 'd'.repeat(200);
  execFileSync(
    'python3',
    ['-c', `import os\nfor _ in range(30):\n os.mkdir("${name}")\n os.chdir("${name}")\nopen("file", "w")`],
    { cwd: web },
  );
  writeFileSync(join(web, 'beside'), '');
  const entries = await told(store);
  assert.equal(entries['beside'], 'file 0');
  const [deep] = Object.keys(entries).filter((path) => path !== 'beside');
  assert.match(deep ?? '', /^d{200}(\/d{200}){15,}$/);
  assert.equal(entries[deep ?? ''], 'unreadable 0');
});

test('what vanishes while it is walked ends nothing', async (t) => {
  const { web, store } = await openStore(t);
  for (let at = 0; at < 400; at++) {
    mkdirSync(join(web, String(at)));
    writeFileSync(join(web, String(at), 'file'), '');
    writeFileSync(join(web, `file-${at}`), '');
  }
  let count = 0;
  for await (const { kind } of store.walk(SIGNAL)) {
    assert.equal(kind, 'file');
    count += 1;
    if (count === 10) rmSync(web, { recursive: true });
  }
  assert.ok(count >= 10 && count < 800, `${count} told`);
});

test('a docroot that is not there has no files; one that cannot be entered is told', async (t) => {
  const { web, store } = await openStore(t);
  rmSync(web, { recursive: true });
  assert.deepEqual(await told(store), {});
  symlinkSync(web, web);
  assert.deepEqual(await told(store), { '.': 'unreadable 0' });
});

test('a walk leaves no directory open, however it ends', { skip: !isLinux }, async (t) => {
  const { web, store } = await openStore(t);
  for (const name of ['a/b/c', 'a/b/d', 'a/e']) mkdirSync(join(web, name), { recursive: true });
  for (const name of ['a/b/c/x', 'a/b/d/x', 'a/e/x']) writeFileSync(join(web, name), '');
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  await told(store);
  for await (const _ of store.walk(SIGNAL)) break;
  for (let steps = 0; steps < 3; steps++) {
    const controller = new AbortController();
    let left = steps;
    const some = async () => {
      if (left === 0) controller.abort();
      for await (const _ of store.walk(controller.signal)) {
        left -= 1;
        if (left <= 0) controller.abort();
      }
    };
    await assert.rejects(some(), (error) => isJubjubError(error, 'INTERRUPTED'));
  }
  assert.equal(open(), before);
});

test('a long walk lets signals be heard: in one directory too', async (t) => {
  const { web, store } = await openStore(t);
  for (let at = 0; at < 1200; at++) writeFileSync(join(web, String(at)), '');
  const controller = new AbortController();
  let count = 0;
  const walk = async () => {
    for await (const _ of store.walk(controller.signal)) {
      count += 1;
      if (count === 1) setImmediate(() => controller.abort());
    }
  };
  await assert.rejects(walk(), (error) => isJubjubError(error, 'INTERRUPTED'));
});
