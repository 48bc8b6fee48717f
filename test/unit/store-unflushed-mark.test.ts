/**
 * Goal: what was written without flushes is in doubt after a new start of the machine, and only then; flushed in time, it is not.
 * Method: a table of modes and marks in a temporary mirror; flushes are watched; a child asks whether the lock is still held.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FlushMode, prepareFolders } from '../../src/store/local.ts';
import { acquireLock } from '../../src/store/lock.ts';
import { UnflushedMark } from '../../src/store/unflushed-mark.ts';
import { recordFlushes, withSync } from '../support/flush-recorder.ts';
import { withTempDir } from '../support/temp.ts';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const BOOT = existsSync(BOOT_ID) ? readFileSync(BOOT_ID, 'utf8').trim() : 'some boot';
const OTHER = 'another boot';

interface Case {
  readonly mode: FlushMode;
  /** In the state folder when the run begins; null: no mark. */
  readonly found: string | null;
  readonly isInDoubt: boolean;
  /** In the state folder afterwards. */
  readonly left: string | null;
  /** Everything there is was flushed. */
  readonly flushes: boolean;
}

const CASES: readonly Case[] = [
  { mode: 'wave', found: null, isInDoubt: false, left: null, flushes: false },
  { mode: 'off', found: null, isInDoubt: false, left: BOOT, flushes: false },
  { mode: 'off', found: BOOT, isInDoubt: false, left: BOOT, flushes: false },
  { mode: 'wave', found: BOOT, isInDoubt: false, left: null, flushes: true },
  { mode: 'file', found: BOOT, isInDoubt: false, left: null, flushes: true },
  { mode: 'off', found: OTHER, isInDoubt: true, left: OTHER, flushes: false },
  { mode: 'wave', found: OTHER, isInDoubt: true, left: OTHER, flushes: false },
];

for (const { mode, found, isInDoubt, left, flushes } of CASES)
  test(`"${mode}" with ${found === null ? 'no mark' : found === BOOT ? 'a mark of this boot' : 'one of another'}`, async (t) => {
    const directory = withTempDir(t);
    const folders = await prepareFolders(directory);
    const file = join(folders.state, 'unflushed.txt');
    const text = () => (existsSync(file) ? readFileSync(file, 'utf8') : null);
    if (found !== null) writeFileSync(file, found);
    const { steps } = recordFlushes(t, directory);
    const mark = new UnflushedMark(folders, mode);
    assert.equal(await mark.begin(), isInDoubt);
    assert.equal(text(), left);
    const flushesAll = (step: string) => step === 'fsync web' || step === 'sync --file-system web';
    assert.equal(steps.some(flushesAll), flushes, steps.join(', '));
    if (left === BOOT && found === null)
      assert.ok(steps.includes('fsync state'), 'the mark itself is durable');
    if (!isInDoubt) return;
    await mark.settle();
    assert.equal(text(), mode === 'off' ? BOOT : null);
    assert.equal(await new UnflushedMark(folders, mode).begin(), false);
  });

test('where each file is flushed by itself the lock stays ours', async (t) => {
  const directory = withTempDir(t);
  const folders = await prepareFolders(directory);
  const lock = acquireLock(folders.state);
  t.after(() => lock.release());
  writeFileSync(join(folders.state, 'unflushed.txt'), BOOT);
  withSync(t, directory, null);
  await new UnflushedMark(folders, 'wave').begin();
  // Another process: one that has a lock is refused nothing by its own.
  const module = JSON.stringify(new URL('../../src/store/lock.ts', import.meta.url).href);
  const script = `const { lockHolder } = await import(${module});
    process.stdout.write(String(lockHolder(${JSON.stringify(folders.state)})));`;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  assert.equal(child.stdout, 'another process', child.stderr);
});
