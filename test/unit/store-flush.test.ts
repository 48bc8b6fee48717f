/**
 * Goal: each mode of `[store] flush` makes durable what it should, in the right order, and nothing that a failed flush may have
 * lost is believed afterwards.
 * Method: a temporary mirror; every fsync, rename and `sync` of the process is watched, and made to fail.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths, trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath, Sha256 } from '../../src/pypi/types.ts';
import { type FlushMode, type LocalStore, prepareFolders } from '../../src/store/local.ts';
import { stagedName } from '../../src/store/staging.ts';
import {
  fsyncs,
  MANY,
  openWatched,
  recordFlushes,
  stageMany,
  syncs,
  withSync,
} from '../support/flush-recorder.ts';
import { withTempDir } from '../support/temp.ts';

const PAGE = detailPaths(normalizeName('snark'));
const isLinux = process.platform === 'linux';
/** Stages a file as a transfer does and a page as publishing does, then brings both into the docroot. */
async function publish(store: LocalStore, steps: string[]): Promise<void> {
  const writer = await store.stage(PAGE.html);
  await writer.write(Buffer.from('half '));
  await writer.finish();
  steps.push('staged the first');
  await store.stageBytes(PAGE.json, Buffer.from('whole'));
  steps.push('staged the second');
  await store.flushStaged([PAGE.html, PAGE.json]);
  await store.place([PAGE.html, PAGE.json]);
}

const inStaging = (path: DocrootPath) => `state/staging/${stagedName(path)}`;
/** Flushes that may go on at the same time, those between two other steps, in the order of their names. */
function settled(steps: readonly string[]): string[] {
  const runs: string[][] = [];
  for (const step of steps) {
    const run = runs.at(-1);
    const isFlush = step.startsWith('fsync');
    if (isFlush && run?.[0]?.startsWith('fsync') === true) run.push(step);
    else runs.push([step]);
  }
  return runs.flatMap((run) => run.sort());
}

const RENAMES = [`rename web/${PAGE.html}`, `rename web/${PAGE.json}`];
const NAMES = ['state/staging', 'web', 'web/simple', 'web/simple/snark'].map((name) => `fsync ${name}`);
const FLUSHED = {
  html: `fsync ${inStaging(PAGE.html)}`,
  json: `fsync ${inStaging(PAGE.json)}`,
  names: 'fsync state/staging',
};
const STAGED = ['staged the first', 'staged the second'] as const;

const IN_ORDER: Readonly<Record<FlushMode, readonly string[]>> = {
  wave: [...STAGED, ...[FLUSHED.html, FLUSHED.json, FLUSHED.names].sort(), ...RENAMES, ...NAMES],
  file: [FLUSHED.html, STAGED[0], FLUSHED.json, STAGED[1], FLUSHED.names, ...RENAMES, ...NAMES],
  off: [...STAGED, ...RENAMES],
};

for (const mode of ['wave', 'file', 'off'] as const)
  test(`"${mode}" flushes what is staged, renames, and flushes the names, in this order and no other`, async (t) => {
    const { recorder, store } = await openWatched(t, mode);
    await publish(store, recorder.steps);
    assert.deepEqual(settled(recorder.steps), IN_ORDER[mode]);
    assert.equal(Buffer.from((await store.read(PAGE.html)) ?? []).toString(), 'half ');
  });

test('a large wave is one sync of the file system before its names and one after', {
  skip: !isLinux,
}, async (t) => {
  const { recorder, store } = await openWatched(t);
  await stageMany(store);
  await store.flushStaged(MANY);
  await store.place(MANY);
  const sync = (directory: string) => `sync --file-system ${directory}`;
  const renames = MANY.map((path) => `rename web/${path}`);
  assert.deepEqual(recorder.steps, [sync('state/staging'), ...renames, sync('web')]);
});

test('"file" asks for no sync of a file system however many files there are, but after a kill', async (t) => {
  const { recorder, store } = await openWatched(t, 'file');
  await stageMany(store);
  assert.equal(fsyncs(recorder.steps).length, MANY.length);
  await store.flushStaged(MANY);
  assert.equal(fsyncs(recorder.steps).length, MANY.length + 1);
  await store.place(MANY);
  assert.deepEqual(syncs(recorder.steps), []);
  await store.flushDocroot();
  assert.equal(syncs(recorder.steps).length, isLinux ? 1 : 0);
});

test('"off" flushes nothing, after a kill neither', async (t) => {
  const { recorder, store } = await openWatched(t, 'off');
  await stageMany(store);
  await store.flushStaged(MANY);
  await store.place(MANY);
  await store.flushDocroot();
  await store.remove([PAGE.html]);
  assert.deepEqual([...fsyncs(recorder.steps), ...syncs(recorder.steps)], []);
});

for (const mode of ['wave', 'file'] as const)
  test(`with "${mode}" a file that could not be flushed is thrown away with all that is staged`, async (t) => {
    const { folders, recorder, store } = await openWatched(t, mode);
    await store.stageBytes(PAGE.html, Buffer.from('page'));
    recorder.failing = new RegExp(stagedName(PAGE.json));
    const failing = async () => {
      await store.stageBytes(PAGE.json, Buffer.from('page'));
      await store.flushStaged([PAGE.html, PAGE.json]);
    };
    await assert.rejects(
      failing(),
      (error) =>
        isJubjubError(error, 'STORE_IO') && error.facts.received?.includes('EIO: i/o error, fsync') === true,
    );
    assert.deepEqual(readdirSync(folders.staging), []);
    recorder.failing = null;
    const again = await store.stage(PAGE.json);
    assert.equal(again.sizeBytes, 0, 'nothing is gone on from');
    await again.finish();
  });

test('flushes leave no file open, whatever came of them', { skip: !isLinux }, async (t) => {
  const { recorder, store } = await openWatched(t);
  const openFiles = () => readdirSync('/proc/self/fd').length;
  await stageMany(store);
  await store.flushStaged(MANY);
  const before = openFiles();
  recorder.failing = /staging/;
  for (let time = 0; time < 10; time++) {
    await store.stageBytes(PAGE.json, Buffer.from('page'));
    await assert.rejects(store.flushStaged([PAGE.json]), { code: 'STORE_IO' });
  }
  recorder.failing = null;
  await stageMany(store);
  await store.flushStaged(MANY);
  assert.equal(openFiles(), before);
});

test('after a kill the docroot is flushed with the trash and the staging, one by one where it must be; pipes are passed over', async (t) => {
  const { directory, folders, recorder, store } = await openWatched(t);
  await publish(store, []);
  const to = trashPath('7'.repeat(64) as Sha256, 'snark-1.0.tar.gz');
  await store.hide([{ from: PAGE.json, to }]);
  await store.stageBytes(PAGE.json, Buffer.from('page'));
  if (isLinux) execFileSync('mkfifo', [join(folders.web, 'pipe')]);
  withSync(t, directory, null);
  recorder.steps.length = 0;
  await store.flushDocroot();
  const there = ['web', `web/${PAGE.html}`, 'web/simple', `state/trash/${to}`, 'state/staging'];
  for (const path of [...there, inStaging(PAGE.json)])
    assert.ok(recorder.steps.includes(`fsync ${path}`), path);
  assert.equal(
    recorder.steps.some((step) => step.includes('pipe')),
    false,
  );
});

test('a new mirror directory is durable with its name before anything is committed in it', async (t) => {
  const directory = withTempDir(t);
  const { steps } = recordFlushes(t, directory);
  await prepareFolders(join(directory, 'srv', 'mirror'));
  const paths = ['.', 'srv', 'srv/mirror', 'srv/mirror/web', 'srv/mirror/state', 'srv/mirror/state/staging'];
  assert.deepEqual([...steps].sort(), paths.map((path) => `fsync ${path}`).sort());
  // By whoever was killed between making them and flushing them.
  steps.length = 0;
  await prepareFolders(join(directory, 'srv', 'mirror'));
  assert.deepEqual([...steps].sort(), ['fsync srv/mirror', 'fsync srv/mirror/state']);
});

const needsRoot = process.getuid?.() === 0 ? false : 'only root may run as somebody else';
test('a directory that its user may pass through and not read keeps no run from beginning', {
  skip: needsRoot,
}, async (t) => {
  const directory = withTempDir(t);
  await prepareFolders(directory);
  for (const folder of ['web', 'state', 'state/staging']) chownSync(join(directory, folder), 65_534, 65_534);
  chmodSync(directory, 0o711);
  process.seteuid?.(65_534);
  await prepareFolders(directory).finally(() => process.seteuid?.(0));
});
