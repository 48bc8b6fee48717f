/**
 * Goal: one writer at a time, told who it is; neither garbage in the lock file nor its deletion makes two of them or none.
 * Method: locks in temporary folders, held by this process and by a child; the file is spoilt, deleted and replaced.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { acquireLock, lockHolder } from '../../src/store/lock.ts';
import { withTempDir } from '../support/temp.ts';

const HOLDER = { pid: 42, since: '2026-11-21T09:30:00Z' };
const isHeld = (error: unknown) => isJubjubError(error, 'LOCK_HELD');

test('the holder is named while the lock is held, and nobody is before and after', (t) => {
  const folder = withTempDir(t);
  assert.equal(lockHolder(folder), null);
  const lock = acquireLock(folder);
  assert.equal(lockHolder(folder), 'another process');
  lock.announce(HOLDER);
  assert.equal(lockHolder(folder), 'pid 42, since 2026-11-21T09:30:00Z');
  assert.throws(() => acquireLock(folder), isHeld);
  assert.equal(lock.stillHeld(), true);
  lock.release();
  assert.equal(lock.stillHeld(), false);
  assert.equal(lockHolder(folder), null);
  acquireLock(folder).release();
});

test('a lock of another process is seen, and gone when that process is killed', async (t) => {
  const folder = withTempDir(t);
  const module = JSON.stringify(new URL('../../src/store/lock.ts', import.meta.url).href);
  const script = `const { acquireLock } = await import(${module});
    // Kept: a lock that nobody can reach any more is collected, and let go.
    globalThis.lock = acquireLock(${JSON.stringify(folder)});
    globalThis.lock.announce(${JSON.stringify(HOLDER)});
    process.stdout.write('held');
    setInterval(() => {}, 1_000_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.equal(lockHolder(folder), 'pid 42, since 2026-11-21T09:30:00Z');
  assert.throws(() => acquireLock(folder), isHeld);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(lockHolder(folder), null);
  acquireLock(folder).release();
});

test('garbage in the lock file blocks nobody, and the lock taken then is a lock', (t) => {
  for (const garbage of ['x', 'no database\n'.repeat(1000), `SQLite format 3\0${'\0'.repeat(5000)}`]) {
    const folder = withTempDir(t);
    writeFileSync(join(folder, 'lock'), garbage);
    const lock = acquireLock(folder);
    assert.throws(() => acquireLock(folder), isHeld);
    assert.equal(lock.stillHeld(), true);
    lock.release();
  }
});

test('a holder notices that its lock file was deleted or replaced', (t) => {
  const folder = withTempDir(t);
  const first = acquireLock(folder);
  rmSync(join(folder, 'lock'));
  assert.equal(first.stillHeld(), false);
  const second = acquireLock(folder);
  assert.deepEqual([first.stillHeld(), second.stillHeld()], [false, true]);
  writeFileSync(join(folder, 'other'), '');
  renameSync(join(folder, 'other'), join(folder, 'lock'));
  assert.equal(second.stillHeld(), false);
  first.release();
  second.release();
});

test('something else in the place of the lock file is named, with what to do', (t) => {
  const folder = withTempDir(t);
  mkdirSync(join(folder, 'lock'));
  const linked = withTempDir(t);
  symlinkSync(join(linked, 'nowhere', 'lock'), join(linked, 'lock'));
  for (const place of [folder, linked])
    assert.throws(
      () => acquireLock(place),
      (error) => isJubjubError(error, 'STORE_IO') && error.facts.hint === 'move it away, then run again',
    );
});
