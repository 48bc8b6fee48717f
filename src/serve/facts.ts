/**
 * What must be known of a document before its first header: its digest and its serial, remembered by file identity.
 *
 * An ETag must change with the bytes and with nothing else, so it is made of their SHA-256: a page that a replay or a
 * repair wrote again, or that came to another machine by rsync, keeps its ETag, and two pages never share one.
 * Reading a document for that is done once for each (device, inode, size, mtime, ctime). Can those be equal for other
 * bytes? Pages are only ever replaced by rename. The successor exists before its predecessor's inode is freed, so the
 * same inode can come back no earlier than two publishes later, and each publish flushes between its write and its
 * rename: the rename moves ctime, and two of those do not fit into one tick of the clock that stamps files.
 */
import { createHash, hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import type { Serial } from '../pypi/types.ts';
import { errnoOf } from '../store/fs-errors.ts';
import type { SerialPlace } from './answer.ts';
import type { OpenDocument } from './docroot.ts';
import { serialFinder, serialIn } from './serial.ts';

export interface DocumentFacts {
  /** SHA-256 of the bytes as they lie there, base64url, its first 32 characters (192 bits). */
  readonly digest: string;
  readonly serial: Serial | null;
}

/** Some 300 bytes each: at most about 6 MB. */
const DOCUMENTS_REMEMBERED_MAX = 20_000;

const READ_BYTES = 256 * 1024;
/** A twin that holds more than this takes too long for everybody else: it is read as a stream, however small it is. */
const PLAIN_BYTES_MAX = 512 * 1024;

/** How the bytes of a document are stored; what they say is the same. */
export type StoredAs = 'plain' | 'gzip';

/** All bytes, read through the handle by position, so that the handle's own position stays where it was. */
async function* bytesOf({ handle, stat }: OpenDocument): AsyncGenerator<Buffer> {
  const lengthMax = Math.min(READ_BYTES, Number(stat.size) + 1);
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(lengthMax), 0, lengthMax, position);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

/** The facts of a document that is in memory; null when it holds too much. Throws when it cannot be decompressed. */
export function factsOfBytes(bytes: Buffer, place: SerialPlace, as: StoredAs): DocumentFacts | null {
  const plain = as === 'gzip' ? unpacked(bytes) : bytes;
  if (plain === null) return null;
  return { digest: shortDigest(hash('sha256', bytes, 'base64url')), serial: serialIn(plain, place) };
}

function unpacked(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: PLAIN_BYTES_MAX });
  } catch (error) {
    if (errnoOf(error) === 'ERR_BUFFER_TOO_LARGE') return null;
    throw error;
  }
}

function shortDigest(base64url: string): string {
  return base64url.slice(0, 32);
}

/** Reads all chunks; rejects when they are gzip and cannot be decompressed. */
async function readFacts(
  chunks: AsyncIterable<Buffer>,
  place: SerialPlace,
  as: StoredAs,
): Promise<DocumentFacts> {
  const digest = createHash('sha256');
  const finder = serialFinder(place);
  const hashed = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      digest.update(chunk);
      yield chunk;
    }
  };
  const fed = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) finder.feed(chunk);
  };
  if (as === 'gzip') await pipeline(chunks, hashed, createGunzip(), fed);
  else await fed(hashed(chunks));
  return { digest: shortDigest(digest.digest('base64url')), serial: finder.serial() };
}

/** The facts of documents read lately; the least recently asked for is forgotten first. */
export class FactsMemory {
  readonly #byIdentity = new Map<string, Promise<DocumentFacts>>();
  readonly #entriesMax: number;

  constructor(entriesMax = DOCUMENTS_REMEMBERED_MAX) {
    this.#entriesMax = entriesMax;
  }

  /** Reads the document unless this very file was read before. Rejects with the file system's error. */
  async of(document: OpenDocument, place: SerialPlace, as: StoredAs = 'plain'): Promise<DocumentFacts> {
    const { dev, ino, size, mtimeNs, ctimeNs } = document.stat;
    const identity = [dev, ino, size, mtimeNs, ctimeNs].join(':');
    const known = this.#byIdentity.get(identity);
    // Those who ask while it is being read wait for the same reading.
    const facts = known ?? readFacts(bytesOf(document), place, as);
    this.#byIdentity.delete(identity);
    this.#byIdentity.set(identity, facts);
    if (known === undefined) this.#forgetOldest();
    try {
      return await facts;
    } catch (error) {
      this.#byIdentity.delete(identity);
      throw error;
    }
  }

  #forgetOldest(): void {
    if (this.#byIdentity.size <= this.#entriesMax) return;
    const oldest = this.#byIdentity.keys().next();
    if (oldest.done !== true) this.#byIdentity.delete(oldest.value);
  }
}
