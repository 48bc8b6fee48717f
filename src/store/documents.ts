/** Whole documents into new files: text that comes in pieces, encoded and written without holding it in memory. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Digest } from './contract.ts';
import { storing } from './fs-errors.ts';
import { gzipChunks, gzipWhole } from './gzip.ts';
import { replacing, sha256Of } from './staging.ts';

const CHUNK_CHARS = 256 * 1024;

/** Fewer and larger pieces, in UTF-8. A character that two pieces share stays whole. */
export function* utf8Chunks(pieces: Iterable<string>): Generator<Uint8Array> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK_CHARS) continue;
    const whole = endsInsideCharacter(text) ? text.length - 1 : text.length;
    yield Buffer.from(text.slice(0, whole), 'utf8');
    text = text.slice(whole);
  }
  if (text !== '') yield Buffer.from(text, 'utf8');
}

/** The last unit is the first of a surrogate pair. */
function endsInsideCharacter(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

/** The pieces as gzip. Most pages are one chunk, and packing that takes less time than setting up a stream. */
export async function* gzipOf(pieces: Iterable<string>): AsyncGenerator<Uint8Array> {
  const chunks = utf8Chunks(pieces);
  const first = chunks.next().value ?? Buffer.alloc(0);
  const second = chunks.next();
  if (second.done === true) {
    yield gzipWhole(first);
    return;
  }
  yield* gzipChunks(
    (function* () {
      yield first;
      yield second.value;
      yield* chunks;
    })(),
  );
}

/**
 * Writes a new file over whatever has its name; returns its digest.
 * @throws STORE_*; what `chunks` throws, as it is
 */
export async function writeDocument(
  file: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<Digest> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle = await storing('could not open', file, () => replacing(file, () => open(file, 'wx')));
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await storing('could not write', file, () => handle.writeFile(chunk));
    }
  } finally {
    await storing('could not close', file, () => handle.close());
  }
  return { sha256: sha256Of(hash), sizeBytes };
}
