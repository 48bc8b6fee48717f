/**
 * Goal: the simulated disk answers as a kernel does, and at a power cut forgets what a file system may forget, and nothing else.
 * Method: node:fs on a simulated disk, one test for each rule of the models in inode.ts and names.ts: all states that a power cut may
 * leave are listed, and must be exactly those that the rule allows.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, lstatSync, readFileSync, renameSync } from 'node:fs';
import {
  access,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  opendir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { test } from 'node:test';
import { seeded } from '../support/prng.ts';
import { SimDisk } from '../support/simfs/disk.ts';
import type { DiskImage } from '../support/simfs/image.ts';
import { installSimFs } from '../support/simfs/install.ts';
import type { CallHook } from '../support/simfs/process.ts';

installSimFs();

const LOOKS_MAX = 10_000;

function newDisk() {
  const disk = new SimDisk();
  return { disk, root: disk.boot().root };
}

/** Makes the file, or directory, durable. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync();
  await handle.close();
}

/** A state as text: `a=one b/ b/c=two`. */
function told({ entries }: DiskImage): string {
  return entries
    .map(({ path, content }) => (content.kind === 'file' ? `${path}=${content.bytes}` : `${path}/`))
    .join(' ')
    .replaceAll('\0', '0');
}

function statesOf(disk: SimDisk): string[] {
  const { images, isCapped } = disk.crashStates(LOOKS_MAX);
  assert.equal(isCapped, false);
  return images.map(told).sort();
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: NodeJS.ErrnoException) => `${error.code} ${error.syscall}`,
  );

test('bytes that were not flushed are kept, lost, torn or zeros; flushed ones are kept', async () => {
  const { disk, root } = newDisk();
  await writeFile(`${root}/a`, 'one', { flag: 'wx' });
  await flush(root);
  assert.deepEqual(statesOf(disk), ['a=', 'a=000', 'a=o', 'a=one']);
  await flush(`${root}/a`);
  assert.deepEqual(statesOf(disk), ['a=one']);
});

test('of what is appended the beginning that was flushed is kept', async () => {
  const { disk, root } = newDisk();
  await writeFile(`${root}/a`, 'one', { flag: 'wx' });
  await flush(`${root}/a`);
  await flush(root);
  await writeFile(`${root}/a`, '-two', { flag: 'a' });
  assert.deepEqual(statesOf(disk), ['a=one', 'a=one-t', 'a=one-two', 'a=one0000']);
});

test('a later block may be kept where an earlier one is lost', async () => {
  const { disk, root } = newDisk();
  await writeFile(`${root}/a`, Buffer.concat([Buffer.alloc(4096, 'x'), Buffer.from('y')]), { flag: 'wx' });
  await flush(root);
  assert.ok(statesOf(disk).includes(`a=${'0'.repeat(4096)}y`));
});

test('a name that was not flushed may be lost, its bytes flushed or not; a file that lost its name is gone', async () => {
  const { disk, root } = newDisk();
  await writeFile(`${root}/a`, 'one', { flag: 'wx' });
  await flush(`${root}/a`);
  assert.deepEqual(statesOf(disk), ['', 'a=one']);
  await flush(root);
  assert.deepEqual(statesOf(disk), ['a=one']);
});

test('a rename may survive without the bytes of its file', async () => {
  const { disk, root } = newDisk();
  await writeFile(`${root}/a`, 'one', { flag: 'wx' });
  await flush(root);
  await rename(`${root}/a`, `${root}/b`);
  assert.ok(statesOf(disk).includes('b='));
});

test('of two renames each survives or not, and none by half', async () => {
  const { disk, root } = newDisk();
  for (const name of ['from', 'to']) await mkdir(`${root}/${name}`);
  for (const name of ['a', 'b']) await writeFile(`${root}/from/${name}`, '', { flag: 'wx' });
  await disk.flushAll();
  for (const name of ['a', 'b']) renameSync(`${root}/from/${name}`, `${root}/to/${name}`);
  assert.deepEqual(statesOf(disk), [
    'from/ from/a= from/b= to/',
    'from/ from/a= to/ to/b=',
    'from/ from/b= to/ to/a=',
    'from/ to/ to/a= to/b=',
  ]);
  await flush(`${root}/to`);
  assert.deepEqual(statesOf(disk), ['from/ to/ to/a= to/b=']);
});

test('what is replaced is there, or what replaces it', async () => {
  const { disk, root } = newDisk();
  for (const name of ['a', 'b']) await writeFile(`${root}/${name}`, name, { flag: 'wx' });
  disk.flushAll();
  await rename(`${root}/b`, `${root}/a`);
  assert.deepEqual(statesOf(disk), ['a=a b=b', 'a=b']);
});

test('nothing survives in a new directory that does not, and to flush it keeps it', async () => {
  const { disk, root } = newDisk();
  await mkdir(`${root}/d`);
  await writeFile(`${root}/d/a`, '', { flag: 'wx' });
  assert.deepEqual(statesOf(disk), ['', 'd/', 'd/ d/a=']);
  await flush(`${root}/d`);
  assert.deepEqual(statesOf(disk), ['d/ d/a=']);
});

test('a directory does not go before what was in it', async () => {
  const { disk, root } = newDisk();
  await mkdir(`${root}/d`);
  await writeFile(`${root}/d/a`, '', { flag: 'wx' });
  disk.flushAll();
  await rename(`${root}/d/a`, `${root}/b`);
  await rmdir(`${root}/d`);
  assert.deepEqual(statesOf(disk), ['b=', 'b= d/', 'd/ d/a=']);
});

test('a name is not made anew before the old one has gone', async () => {
  const { disk, root } = newDisk();
  await writeFile(`${root}/a`, '', { flag: 'wx' });
  disk.flushAll();
  await rename(`${root}/a`, `${root}/b`);
  await writeFile(`${root}/a`, '', { flag: 'wx' });
  assert.deepEqual(statesOf(disk), ['a=', 'a= b=', 'b=']);
});

test('a file that moved on is never in two places', async () => {
  const { disk, root } = newDisk();
  await writeFile(`${root}/a`, '', { flag: 'wx' });
  disk.flushAll();
  await rename(`${root}/a`, `${root}/b`);
  await rename(`${root}/b`, `${root}/c`);
  assert.deepEqual(statesOf(disk), ['a=', 'b=', 'c=']);
});

test('after a flush that failed, one that succeeds proves nothing, until the bytes are written again', async () => {
  const { disk, root } = newDisk();
  await writeFile(`${root}/a`, 'one', { flag: 'wx' });
  await flush(root);
  const failing: CallHook = ({ name }) => (name === 'fsync' ? { fail: 'EIO' } : undefined);
  disk.hook = failing;
  assert.equal(await codeOf(flush(`${root}/a`)), 'EIO fsync');
  disk.hook = null;
  await flush(`${root}/a`);
  assert.ok(statesOf(disk).includes('a='));
  assert.equal(await readFile(`${root}/a`, 'utf8'), 'one', 'a reader is told nothing of it');
  await rm(`${root}/a`);
  await writeFile(`${root}/a`, 'one', { flag: 'wx' });
  await flush(`${root}/a`);
  await flush(root);
  assert.deepEqual(statesOf(disk), ['a=one']);
});

test('sync of the file system flushes all, and says when it could not', async () => {
  const { disk, root } = newDisk();
  const sync = async () => (await once(spawn('sync', ['--file-system', root]), 'close'))[0] as number;
  await writeFile(`${root}/a`, 'one', { flag: 'wx' });
  assert.equal(await sync(), 0);
  assert.deepEqual(statesOf(disk), ['a=one']);
  await writeFile(`${root}/a`, '-two', { flag: 'a' });
  disk.hook = ({ name }) => (name === 'syncfs' ? { fail: 'EIO' } : undefined);
  assert.equal(await sync(), 1);
  disk.hook = null;
  await flush(`${root}/a`);
  assert.ok(statesOf(disk).includes('a=one'), 'the failed flush has counted the bytes as written');
});

test('chance draws states that are listed, and in time all of them', async () => {
  const { disk, root } = newDisk();
  await mkdir(`${root}/d`);
  for (const name of ['a', 'b']) await writeFile(`${root}/d/${name}`, '', { flag: 'wx' });
  const listed = statesOf(disk);
  const before = disk.image();
  const drawn = new Set<string>();
  for (let seed = 1; seed <= 200; seed++) {
    disk.become(before);
    const next = disk.boot().root;
    await mkdir(`${next}/e`);
    for (const name of ['a', 'b']) await writeFile(`${next}/e/${name}`, '', { flag: 'wx' });
    disk.crash(seeded(seed));
    drawn.add(
      told(disk.image())
        .replaceAll('e/', 'x/')
        .replace(/d\/ d\/a= d\/b= ?/, '')
        .replaceAll('x/', 'd/'),
    );
  }
  assert.deepEqual([...drawn].sort(), listed);
});

test('where there are more states than may be looked at, that is told, and the extremes are among them', async () => {
  const { disk, root } = newDisk();
  for (let at = 0; at < 20; at++) await writeFile(`${root}/${at}`, '', { flag: 'wx' });
  const { images, looked, isCapped } = disk.crashStates(100);
  assert.deepEqual([looked, isCapped], [100, true]);
  const sizes = images.map(({ entries }) => entries.length);
  assert.ok(sizes.includes(20) && sizes.includes(0), String(sizes));
});

test('errors are those of the kernel', async () => {
  const { root } = newDisk();
  await mkdir(`${root}/d`);
  await writeFile(`${root}/d/a`, 'one', { flag: 'wx' });
  await writeFile(`${root}/f`, '', { flag: 'wx' });
  const cases: readonly (readonly [Promise<unknown>, string | null])[] = [
    [stat(`${root}/none`), 'ENOENT stat'],
    [stat(`${root}/f/below`), 'ENOTDIR stat'],
    [open(`${root}/none`, 'r'), 'ENOENT open'],
    [open(`${root}/f`, 'wx'), 'EEXIST open'],
    [open(`${root}/d`, 'r+'), 'EISDIR open'],
    [mkdir(`${root}/d`), 'EEXIST mkdir'],
    [mkdir(`${root}/none/d`), 'ENOENT mkdir'],
    [rmdir(`${root}/d`), 'ENOTEMPTY rmdir'],
    [rmdir(`${root}/f`), 'ENOTDIR rmdir'],
    [unlink(`${root}/d`), 'EISDIR unlink'],
    [rename(`${root}/f`, `${root}/d`), 'EISDIR rename'],
    [rename(`${root}/d`, `${root}/f`), 'ENOTDIR rename'],
    [rename(`${root}/d`, `${root}/d/e`), 'EINVAL rename'],
    [rename(`${root}/none`, `${root}/e`), 'ENOENT rename'],
    [link(`${root}/d`, `${root}/e`), 'EPERM link'],
    [link(`${root}/f`, `${root}/d/a`), 'EEXIST link'],
    [copyFile(`${root}/f`, `${root}/d/a`, constants.COPYFILE_EXCL), 'EEXIST copyfile'],
    [access(`${root}/none`), 'ENOENT access'],
    [opendir(`${root}/f`), 'ENOTDIR opendir'],
    [readFile(`${root}/d`), 'EISDIR read'],
    [rm(`${root}/none`, { force: true }), null],
  ];
  for (const [work, code] of cases) assert.equal(await codeOf(work), code);
});

test('links of both kinds are what they are', async () => {
  const { disk, root } = newDisk();
  const process = disk.boot();
  await mkdir(`${root}/d`);
  await writeFile(`${root}/d/a`, 'one', { flag: 'wx' });
  await link(`${root}/d/a`, `${root}/b`);
  const [one, other] = [await lstat(`${root}/d/a`), lstatSync(`${root}/b`)];
  assert.deepEqual([one.nlink, one.ino === other.ino, one.dev === other.dev], [2, true, true]);
  await (await import('../support/simfs/calls.ts')).symlink(process, 'd', 'link');
  assert.equal(await readFile(`${root}/link/a`, 'utf8'), 'one');
  assert.equal((await lstat(`${root}/link`)).isSymbolicLink(), true);
  assert.equal(await realpath(`${root}/link/a`), `${root}/d/a`);
  assert.equal(await codeOf(open(`${root}/link`, constants.O_RDONLY | constants.O_NOFOLLOW)), 'ELOOP open');
  assert.equal(await codeOf(open(`${root}/link`, 'wx')), 'EEXIST open');
  assert.deepEqual((await readdir(root)).sort(), ['b', 'd', 'link']);
  assert.equal((await stat(root)).isDirectory(), true);
});

test('a call can fail, be short, take its time, hang, or be the last one of its process', async () => {
  const { disk, root } = newDisk();
  const handle = await open(`${root}/a`, 'wx');
  disk.hook = ({ name }) => (name === 'write' ? { shortBytes: 2 } : undefined);
  assert.equal((await handle.write(Buffer.from('one'))).bytesWritten, 2);
  disk.hook = ({ name }) => (name === 'write' ? { fail: 'ENOSPC' } : undefined);
  assert.equal(await codeOf(handle.writeFile('e')), 'ENOSPC write');
  let waitedMs = 0;
  disk.sleep = async (durationMs) => {
    waitedMs += durationMs;
  };
  disk.hook = ({ name }) => (name === 'stat' ? { takesMs: 5 } : undefined);
  await stat(root);
  assert.equal(waitedMs, 5);
  disk.hook = ({ name }) => (name === 'stat' ? 'hang' : name === 'unlink' ? 'die' : undefined);
  const hanging = stat(root).then(() => 'answered');
  await assert.rejects(unlink(`${root}/a`), /dead/);
  await assert.rejects(handle.write(Buffer.from('x')), /dead/);
  assert.equal(await Promise.race([hanging, new Promise((end) => setImmediate(end, 'silent'))]), 'silent');
  disk.hook = null;
  const next = disk.boot().root;
  assert.equal(await readFile(`${next}/a`, 'utf8'), 'on');
  await assert.rejects(stat(root), /dead/);
});

test('each name is told as it comes and goes, and each call before it is made', async () => {
  const { disk, root } = newDisk();
  const heard: string[] = [];
  disk.hook = ({ text }) => void heard.push(text);
  disk.onName = ({ path, inode }) => void heard.push(`${inode === null ? '-' : '+'}${path}`);
  await mkdir(`${root}/d`);
  await rename(`${root}/d`, `${root}/e`);
  assert.deepEqual(heard, ['mkdir d', '+d', 'rename d e', '-d', '+e']);
});

test('a call that is not simulated throws, and real paths go where they always went', () => {
  const { root } = newDisk();
  assert.throws(() => readFileSync(`${root}/a`), /readFileSync is not simulated/);
  assert.match(readFileSync(new URL(import.meta.url), 'utf8'), /^\/\*\*/);
});
