/** A small ext4 of its own for one test, in a file: a real disk that fills up, runs out of inodes, or is copied as it is. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface LoopDisk {
  /** Where it is mounted. */
  readonly directory: string;
  /** The file that it is kept in. */
  readonly image: string;
  /** Takes all that is free, to the last block; returns what sets it free again. */
  fill(): () => void;
}

export interface LoopDiskOptions {
  readonly sizeBytes: number;
  /** More arguments for mkfs.ext4. */
  readonly format?: readonly string[];
  /** Mount options. */
  readonly mount?: string;
}

const CHUNKS_BYTES = [1024 ** 2, 4096, 512];

function run(command: string, args: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) return error.message;
  return status === 0 ? null : `${command}: ${stderr.trim()}`;
}

/** Mounts an image at a directory; why not, or null. */
export function mountImage(image: string, directory: string, options: string): string | null {
  mkdirSync(directory, { recursive: true });
  return run('mount', ['-t', 'ext4', '-o', options, image, directory]);
}

/** Lazily: a process that is being killed may still have a file open. */
export function unmount(directory: string): void {
  run('umount', ['-l', directory]);
}

/** A file of that size with an empty ext4 in it; why not, or null. */
export function formatImage(image: string, { sizeBytes, format = [] }: LoopDiskOptions): string | null {
  const truncated = run('truncate', ['-s', String(sizeBytes), image]);
  if (truncated !== null) return truncated;
  // No reserve: tests run as root, too, and root could use it.
  return run('mkfs.ext4', ['-q', '-F', '-m', '0', '-b', '1024', ...format, image]);
}

/** Null, and the test skipped with the reason, where none can be made. */
export function withLoopDisk(t: TestContext, options: LoopDiskOptions): LoopDisk | null {
  const parent = mkdtempSync(join(tmpdir(), 'jubjub-test-'));
  const image = join(parent, 'image');
  const directory = join(parent, 'disk');
  t.after(() => {
    unmount(directory);
    rmSync(parent, { recursive: true });
  });
  const refused =
    formatImage(image, options) ?? mountImage(image, directory, `loop,${options.mount ?? 'noatime'}`);
  if (refused !== null) {
    t.skip(`a file system in a file cannot be mounted here: ${refused}`);
    return null;
  }
  return { directory, image, fill: () => fill(directory) };
}

function fill(directory: string): () => void {
  const ballast = join(directory, 'ballast');
  const file = openSync(ballast, 'w');
  for (const bytes of CHUNKS_BYTES) {
    const chunk = Buffer.alloc(bytes, 1);
    try {
      while (statfsSync(directory).bfree > 0) writeSync(file, chunk);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
  closeSync(file);
  return () => rmSync(ballast);
}
