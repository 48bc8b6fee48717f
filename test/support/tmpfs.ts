/** Small file systems of their own for tests that need a disk to be full or read-only. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface Tmpfs {
  readonly directory: string;
  /** Changes its options while it is in use: `size=64m`, `ro`. */
  remount(options: string): void;
  /** Makes a directory and mounts it there, too, until the test is over. */
  mountAlsoAt(directory: string): void;
}

function mount(...args: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
  if (error !== undefined) return error.message;
  return status === 0 ? null : stderr.trim();
}

function makeTmpfs(t: Pick<TestContext, 'after'>, options: string): Tmpfs | string {
  const directory = mkdtempSync(join(tmpdir(), 'jubjub-test-'));
  const failure = mount('-t', 'tmpfs', '-o', options, 'jubjub-test', directory);
  const mounted = failure === null ? [directory] : [];
  t.after(() => {
    // Lazily: a process that is being killed may still have a file open.
    for (const at of mounted) spawnSync('umount', ['-l', at]);
    rmdirSync(directory);
  });
  if (failure !== null) return `a tmpfs cannot be mounted here: ${failure}`;
  return {
    directory,
    remount: (changed) => {
      const refused = mount('-o', `remount,${changed}`, directory);
      if (refused !== null) throw new Error(`cannot remount ${directory}: ${refused}`);
    },
    mountAlsoAt: (place) => {
      mkdirSync(place);
      const refused = mount('--bind', directory, place);
      if (refused !== null) throw new Error(`cannot mount at ${place}: ${refused}`);
      mounted.push(place);
    },
  };
}

/** A fresh tmpfs for one test; null, and the test skipped with the reason, where none can be mounted. */
export function withTmpfs(t: TestContext, options: string): Tmpfs | null {
  const made = makeTmpfs(t, options);
  if (typeof made !== 'string') return made;
  t.skip(made);
  return null;
}
