/**
 * Goal: after a power cut in the middle of writing it, the audit has each line once, and nothing that was never a line.
 * Method: many lines at once onto a simulated disk; for each state that a power cut may leave of them, the next process does what a run
 * does: it asks for the last line, and appends what comes after that.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { LocalStore, mirrorFolders, prepareFolders } from '../../src/store/local.ts';
import { seeded } from '../support/prng.ts';
import { SimDisk } from '../support/simfs/disk.ts';
import type { DiskImage } from '../support/simfs/image.ts';
import { installSimFs } from '../support/simfs/install.ts';

installSimFs();

const SEEDS = 100;
/** Several blocks of a file, and each a few lines. */
const LINES = Array.from({ length: 30 }, (_, at) => `{"seq":${at},"why":"${'because '.repeat(40)}"}`);
const BEFORE = ['{"seq":-1}'];

/** A disk whose audit could not be flushed, nor written again; the next flush says that all is well. */
async function unflushable(): Promise<SimDisk> {
  const disk = new SimDisk();
  const store = new LocalStore(await prepareFolders(disk.boot().root));
  await store.appendAudit(BEFORE);
  let hasFailed = false;
  disk.hook = ({ name }) => {
    hasFailed ||= name === 'fdatasync';
    return hasFailed ? { fail: 'EIO' } : undefined;
  };
  await assert.rejects(store.appendAudit(LINES), { code: 'STORE_IO' });
  disk.hook = null;
  return disk;
}

/** A disk whose audit is being written, and not flushed. */
async function halfWritten(): Promise<SimDisk> {
  const disk = new SimDisk();
  const store = new LocalStore(await prepareFolders(disk.boot().root));
  await store.appendAudit(BEFORE);
  disk.hook = ({ name }) => (name === 'fdatasync' ? 'die' : undefined);
  await assert.rejects(store.appendAudit(LINES), /dead/);
  disk.hook = null;
  return disk;
}

async function assertMendable(image: DiskImage, what: string): Promise<void> {
  const folders = mirrorFolders(new SimDisk(image).boot().root);
  const store = new LocalStore(folders);
  const last = await store.lastAudit();
  const there = last === null ? -1 : LINES.lastIndexOf(last);
  await store.appendAudit(LINES.slice(there + 1));
  const text = await readFile(folders.audit, 'utf8');
  assert.equal(text, `${[...BEFORE, ...LINES].join('\n')}\n`, what);
}

test('whatever a power cut leaves of many lines, the next run completes them', async () => {
  const { images } = (await halfWritten()).crashStates(1_000);
  assert.ok(images.length > 3);
  for (const [at, image] of images.entries()) await assertMendable(image, `state ${at}`);
});

test('so it is with any of the blocks lost, as chance has it', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const disk = await halfWritten();
    disk.crash(seeded(seed));
    await assertMendable(disk.image(), `seed ${seed}`);
  }
});

test('what a process could not flush is flushed by the next one, and no power cut takes it', async () => {
  const disk = await unflushable();
  const folders = mirrorFolders(disk.boot().root);
  const next = new LocalStore(folders);
  assert.equal(await next.lastAudit(), LINES.at(-1));
  await next.appendAudit([]);
  const whole = `${[...BEFORE, ...LINES].join('\n')}\n`;
  for (const image of disk.crashStates(1_000).images) {
    const { audit } = mirrorFolders(new SimDisk(image).boot().root);
    assert.equal(await readFile(audit, 'utf8'), whole);
  }
});
