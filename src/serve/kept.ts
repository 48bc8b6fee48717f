/**
 * Small documents as they were read last, answered from memory while what lies at their path is the very file that they were read from.
 *
 * Each request looks at the path: a page that was replaced is another file (device, inode, size, mtime, ctime; facts.ts says why that is
 * enough), and is read again before it is answered. So a reader never gets an older page than the one that lies there. A link that
 * leads elsewhere now leads to another file, too: what is answered was inside the docroot when it was read.
 */
import { type BigIntStats, statSync } from 'node:fs';
import path from 'node:path';
import type { DocrootPath } from '../pypi/types.ts';
import type { DocumentFacts } from './facts.ts';

/** Larger ones are read from their file each time: half of PyPI's pages have less than 3 KB. */
const DOCUMENT_BYTES_MAX = 64 * 1024;
/** Of all of them, with what knowing of one costs besides. */
const TOTAL_BYTES_MAX = 32 * 1024 * 1024;
const ENTRY_BYTES = 1024;

export interface KeptDocument {
  readonly facts: DocumentFacts;
  readonly bytes: Buffer;
}

interface Entry extends KeptDocument {
  readonly stat: BigIntStats;
}

/** What a look at a path tells: the document, that nothing lies there, or that it has to be opened. */
export type Look = KeptDocument | 'absent' | 'unknown';

export class KeptDocuments {
  /** Larger ones are not to be kept. */
  readonly documentBytesMax: number;
  readonly #totalBytesMax: number;
  readonly #byPath = new Map<string, Entry>();
  #totalBytes = 0;

  constructor(documentBytesMax = DOCUMENT_BYTES_MAX, totalBytesMax = TOTAL_BYTES_MAX) {
    this.documentBytesMax = documentBytesMax;
    this.#totalBytesMax = totalBytesMax;
  }

  look(docroot: string, docrootPath: DocrootPath): Look {
    const file = path.join(docroot, docrootPath);
    let stat: BigIntStats | undefined;
    try {
      stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    } catch {
      return 'unknown'; // Whoever opens it has the words for that.
    }
    if (stat === undefined) return 'absent';
    const entry = this.#byPath.get(file);
    if (entry === undefined) return 'unknown';
    this.#forget(file, entry);
    if (!isSameFile(entry.stat, stat)) return 'unknown';
    this.#add(file, entry);
    return entry;
  }

  /** `stat` is of the open file that these bytes were read from. */
  keep(docroot: string, docrootPath: DocrootPath, stat: BigIntStats, document: KeptDocument): void {
    const file = path.join(docroot, docrootPath);
    const before = this.#byPath.get(file);
    if (before !== undefined) this.#forget(file, before);
    this.#add(file, { ...document, stat });
    for (const [oldest, entry] of this.#byPath) {
      if (this.#totalBytes <= this.#totalBytesMax) return;
      this.#forget(oldest, entry);
    }
  }

  #add(file: string, entry: Entry): void {
    this.#byPath.set(file, entry);
    this.#totalBytes += entry.bytes.length + ENTRY_BYTES;
  }

  #forget(file: string, entry: Entry): void {
    this.#byPath.delete(file);
    this.#totalBytes -= entry.bytes.length + ENTRY_BYTES;
  }
}

function isSameFile(one: BigIntStats, other: BigIntStats): boolean {
  return (
    one.ino === other.ino &&
    one.ctimeNs === other.ctimeNs &&
    one.mtimeNs === other.mtimeNs &&
    one.size === other.size &&
    one.dev === other.dev
  );
}
