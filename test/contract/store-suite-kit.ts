/** What the tests of the store contract share: paths, and short ways to stage, place and read. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths, parseDocrootPath } from '../../src/pypi/paths.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import type { Pace, Store } from '../../src/store/contract.ts';

/** One docroot: opened again it is the next process's store over the same bytes. */
export type OpenStore = (t: TestContext) => Promise<{ readonly store: Store; readonly again: () => Store }>;

/** Never aborts. */
export const SIGNAL = new AbortController().signal;
const NAME = 'Some_File-1!2+local.tar.gz';

export function path(raw: string): DocrootPath {
  const parsed = parseDocrootPath(raw);
  assert.ok(parsed);
  return parsed;
}

export const FILE = path(`packages/ab/cd/${'0'.repeat(60)}/${NAME}`);
export const OTHER = path(`packages/ab/ce/${'1'.repeat(60)}/other.whl`);
export const PAGE = detailPaths(normalizeName('snark'));

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export async function text(store: Store, at: DocrootPath): Promise<string | null> {
  const bytes = await store.read(at);
  return bytes === null ? null : Buffer.from(bytes).toString('utf8');
}

export async function staged(store: Store, at: DocrootPath, ...chunks: string[]) {
  const writer = await store.stage(at);
  for (const chunk of chunks) await writer.write(Buffer.from(chunk));
  return writer;
}

export async function put(store: Store, at: DocrootPath, body: string): Promise<void> {
  await store.stageBytes(at, Buffer.from(body));
  await flushAndPlace(store, at);
}

export async function flushAndPlace(store: Store, at: DocrootPath): Promise<void> {
  await store.flushStaged([at]);
  await store.place([at]);
}

/** A pace that never waits, and what it has heard of. */
export function counting(): { readonly pace: Pace; readonly bytes: () => number } {
  let heard = 0;
  const pace = async (bytes: number) => {
    heard += bytes;
  };
  return { pace, bytes: () => heard };
}
