/**
 * Measures what durability costs: the store's part of a first sync (stage, flush, place, flush) for waves of files of 20 KB.
 *
 *     node bench/flush.ts [--rounds 5] [--sizes 1,10,50,100,1000,10000] [--busy] [--threads] [--data]
 *
 * Each way of flushing takes its turn in every round, on the temporary directory's disk; medians, and the ratio to the first way.
 * --busy     another writer fills the same file system meanwhile
 * --threads  fsync by so many at a time instead
 * --data     fdatasync of files against fsync
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { syncFileSystem } from '../src/store/sync-command.ts';

const FILE_BYTES = 20_000;
/** What a busy neighbour writes at a time; it never flushes. */
const BUSY_BYTES = 4 * 1024 ** 2;
const BUSY_FILE_BYTES = 1024 ** 3;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '1,10,50,100,1000,10000' },
    busy: { type: 'boolean', default: false },
    threads: { type: 'boolean', default: false },
    data: { type: 'boolean', default: false },
  },
});

type FlushOne = (handle: FileHandle) => Promise<void>;
const fsync: FlushOne = (handle) => handle.sync();
const fdatasync: FlushOne = (handle) => handle.datasync();

async function flushed(path: string, flush: FlushOne): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await flush(handle);
  } finally {
    await handle.close();
  }
}

async function each(paths: readonly string[], parallel: number, flush: FlushOne): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) await flushed(path, flush);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

interface Way {
  readonly name: string;
  /** As soon as a file is written. */
  finished(file: string): Promise<void>;
  /** All files are written; all names are given. */
  staged(files: readonly string[], staging: string): Promise<void>;
  placed(directories: readonly string[], root: string): Promise<void>;
}

const nothing = async () => {};

async function syncfs(directory: string): Promise<void> {
  const outcome = await syncFileSystem(directory);
  if (outcome !== 'flushed') throw new Error(`there is no sync here: ${outcome}`);
}

function eachAtTheEnd(name: string, parallel: number, flush: FlushOne): Way {
  return {
    name,
    finished: nothing,
    staged: (files, staging) => each([...files, staging], parallel, flush),
    placed: (directories) => each(directories, parallel, fsync),
  };
}

const OFF: Way = { name: 'off', finished: nothing, staged: nothing, placed: nothing };
const EACH = eachAtTheEnd('each at the end', 8, fsync);
const FILE: Way = {
  name: 'file',
  finished: (file) => flushed(file, fsync),
  staged: (_files, staging) => flushed(staging, fsync),
  placed: (directories) => each(directories, 8, fsync),
};
const SYNCFS: Way = {
  name: 'syncfs',
  finished: nothing,
  staged: (_files, staging) => syncfs(staging),
  placed: (_directories, root) => syncfs(root),
};

function waysAsked(): readonly Way[] {
  if (values.threads) return [1, 2, 4, 8, 16, 32].map((n) => eachAtTheEnd(`${n} at a time`, n, fsync));
  if (values.data) return [EACH, eachAtTheEnd('fdatasync', 8, fdatasync)];
  return [SYNCFS, EACH, FILE, OFF];
}

/** As the store does it, four files at a time, each in three new directories; returns the milliseconds. */
async function wave(way: Way, count: number, root: string): Promise<number> {
  const staging = join(root, 'staging');
  await mkdir(staging, { recursive: true });
  await syncfs(root);
  const bytes = randomBytes(FILE_BYTES);
  const startedMs = performance.now();
  const files = Array.from({ length: count }, (_, number) => join(staging, String(number)));
  let next = 0;
  const write = async () => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      await writeFile(file, bytes);
      await way.finished(file);
    }
  };
  await Promise.all([write(), write(), write(), write()]);
  await way.staged(files, staging);
  const touched = new Set([staging, root]);
  for (const [number, file] of files.entries()) {
    const parts = [String(number % 256), String(number % 65_536), `rest-${number}`];
    for (let deep = 1; deep <= parts.length; deep++) {
      const directory = join(root, 'web', ...parts.slice(0, deep));
      touched.add(directory).add(dirname(directory));
    }
    const directory = join(root, 'web', ...parts);
    await mkdir(directory, { recursive: true });
    await rename(file, join(directory, 'file.whl'));
  }
  await way.placed([...touched], root);
  return performance.now() - startedMs;
}

/** A neighbour that writes as fast as the kernel takes it; returns how to end it. */
function busyWriter(directory: string): () => Promise<void> {
  const bytes = randomBytes(BUSY_BYTES);
  let isOver = false;
  const work = (async () => {
    const handle = await open(join(directory, 'neighbour'), 'w');
    for (let at = 0; !isOver; at = (at + BUSY_BYTES) % BUSY_FILE_BYTES)
      await handle.write(bytes, 0, BUSY_BYTES, at);
    await handle.close();
  })();
  return async () => {
    isOver = true;
    await work;
  };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const ways = waysAsked();
const directory = mkdtempSync(join(tmpdir(), 'jubjub-bench-'));
const endBusy = values.busy ? busyWriter(directory) : nothing;
try {
  const head = ways.map(({ name }) => name.padStart(24)).join('');
  process.stdout.write(`${'files'.padStart(6)}${head}\n`);
  for (const count of values.sizes.split(',').map(Number)) {
    const tookMs = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round++)
      for (const way of ways) {
        const root = mkdtempSync(join(directory, 'wave-'));
        tookMs.get(way.name)?.push(await wave(way, count, root));
        rmSync(root, { recursive: true });
      }
    const [first = Number.NaN, ...others] = ways.map(({ name }) => median(tookMs.get(name) ?? []));
    const cells = [first, ...others].map((ms) =>
      `${ms.toFixed(1)} ms (${(ms / first).toFixed(2)})`.padStart(24),
    );
    process.stdout.write(`${String(count).padStart(6)}${cells.join('')}\n`);
  }
} finally {
  await endBusy();
  rmSync(directory, { recursive: true, force: true });
}
