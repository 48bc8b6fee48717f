/** Mutants of durability: a flush left out, in the engine or in the store, and a disk that is believed too much. */

import type { Mutant } from './mutant.ts';
import { FILES_THEN_PAGES } from './order.ts';

const LOCAL = 'src/store/local.ts';
const PUBLISH = 'src/mirror/publish.ts';
const TRASH = 'src/store/trash.ts';

export const FLUSHES: readonly Mutant[] = [
  {
    id: 'engine-flushes-no-file',
    what: 'a wave does not flush what it has staged',
    promise: 'P1',
    seenBy: 'exhaustive',
    edits: [{ file: PUBLISH, find: `  await deps.store.flushStaged([...files, ...pages]);\n`, replace: '' }],
  },
  {
    id: 'engine-flushes-files-only',
    what: 'a wave does not flush its pages',
    promise: 'P3',
    seenBy: 'exhaustive',
    edits: [{ file: PUBLISH, find: `flushStaged([...files, ...pages]);`, replace: `flushStaged(files);` }],
  },
  {
    id: 'engine-flushes-no-root-index',
    what: 'the root index is placed without having been flushed',
    promise: 'P3',
    seenBy: 'exhaustive',
    edits: [
      { file: 'src/mirror/root-index.ts', find: `  await deps.store.flushStaged(changed);\n`, replace: '' },
    ],
  },
  {
    id: 'engine-flushes-no-bucket',
    what: 'the documents of the completeness proof are placed without having been flushed',
    promise: 'P3',
    seenBy: 'exhaustive',
    edits: [
      {
        file: 'src/mirror/manifest.ts',
        find: `    await store.flushStaged(changed);\n    refuseLostLock(deps);\n    await store.place(changed);\n    catalogue`,
        replace: `    refuseLostLock(deps);\n    await store.place(changed);\n    catalogue`,
      },
    ],
  },
  {
    id: 'no-flush-between-files-and-pages',
    what: 'files and pages are placed together, with one flush after both',
    promise: 'P1',
    seenBy: 'exhaustive',
    edits: [
      {
        file: PUBLISH,
        find: FILES_THEN_PAGES,
        replace: `  await deps.store.place([...files, ...pages]);\n`,
      },
    ],
  },
  {
    id: 'no-flush-of-files',
    what: 'the store does not flush the bytes of what is staged',
    promise: 'P1',
    seenBy: 'exhaustive',
    edits: [
      {
        file: 'src/store/flush.ts',
        find: `this.#mode === 'file' ? [this.#staging] : [...files, this.#staging], this.#staging)`,
        replace: `[this.#staging], this.#staging)`,
      },
    ],
  },
  {
    id: 'finished-files-not-flushed',
    what: 'where each file is flushed by itself, it is not',
    promise: 'P1',
    edits: [
      {
        file: 'src/store/flush.ts',
        find: `    if (this.#mode === 'file') await this.#orForget(() => flushOne(file));\n`,
        replace: '',
      },
    ],
  },
  {
    id: 'no-flush-of-directories',
    what: 'the store does not flush the directories into which it has moved something',
    promise: 'P2',
    seenBy: 'exhaustive',
    edits: [
      {
        file: LOCAL,
        find: `    await this.#docroot.flush(touched.add(this.#staging));\n`,
        replace: '',
      },
    ],
  },
  {
    id: 'no-flush-of-new-directories',
    what: 'the store does not flush the names of directories that it has made',
    promise: 'P2',
    equivalent:
      'a journal keeps the making of a directory with the first name in it that was flushed; POSIX promises less',
    edits: [
      {
        file: 'src/store/tree.ts',
        find: `    for (const path of made) touched.add(path).add(dirname(path));\n`,
        replace: '',
      },
    ],
  },
  {
    id: 'no-flush-after-removal',
    what: 'the store does not flush the directories out of which it has taken pages',
    promise: 'P6',
    edits: [
      {
        file: LOCAL,
        find: `    await this.#docroot.removeEmptyAbove(files, touched);\n    await this.#docroot.flush(touched);\n`,
        replace: `    await this.#docroot.removeEmptyAbove(files, touched);\n`,
      },
    ],
  },
  {
    id: 'no-flush-of-the-docroot',
    what: 'where no sync flushes all at once, the store does not flush the docroot when a run begins after a kill',
    promise: 'P6',
    seenBy: 'kills without sync',
    edits: [
      {
        file: LOCAL,
        find: `      this.#flush.trees([this.#web, this.#trashFolder, this.#staging]),\n`,
        replace: `      this.#flush.trees([this.#staging]),\n`,
      },
    ],
  },
  {
    id: 'no-flush-of-the-trash',
    what: 'what has been moved into the trash, or out of it, is not flushed',
    promise: 'trash',
    seenBy: 'exhaustive',
    edits: [
      {
        file: TRASH,
        find: `    await toTree.flush(arrived);\n    await fromTree.removeEmptyAbove(gone, left);\n    await fromTree.flush(left);\n`,
        replace: `    await fromTree.removeEmptyAbove(gone, left);\n`,
      },
    ],
  },
  {
    id: 'old-name-flushed-first',
    what: 'the directory that a file left is flushed, and goes, before the one that it came to is flushed',
    promise: 'trash',
    equivalent:
      'a rename survives as a whole wherever we know of; the order is for a file system where its two halves may part',
    edits: [
      {
        file: TRASH,
        find: `    await toTree.flush(arrived);\n    await fromTree.removeEmptyAbove(gone, left);\n    await fromTree.flush(left);\n`,
        replace: `    await fromTree.removeEmptyAbove(gone, left);\n    await fromTree.flush(left);\n    await toTree.flush(arrived);\n`,
      },
    ],
  },
  {
    id: 'no-flush-of-deletions',
    what: 'deletions from the trash are not flushed',
    promise: 'trash',
    seenBy: 'exhaustive',
    edits: [{ file: TRASH, find: `    await this.#trash.flush(touched);\n`, replace: '' }],
  },
  {
    id: 'no-flush-of-the-audit',
    what: 'lines of the audit are acknowledged without having been flushed',
    promise: 'audit',
    seenBy: 'every cut',
    edits: [{ file: 'src/store/audit-file.ts', find: `        await handle.datasync();\n`, replace: '' }],
  },
  {
    id: 'no-flush-of-the-name-of-the-audit',
    what: 'the name of a new audit file is not flushed',
    promise: 'audit',
    edits: [
      { file: 'src/store/audit-file.ts', find: `      await flushEach([dirname(file)]);\n`, replace: '' },
    ],
  },
  {
    id: 'torn-audit-line-kept',
    what: 'part of a line that a power cut left stays in the audit',
    promise: 'audit',
    seenBy: 'every cut',
    edits: [
      {
        file: 'src/store/audit-file.ts',
        find: `        if (wholeBytes < sizeBytes) await handle.truncate(wholeBytes);\n`,
        replace: '',
      },
    ],
  },
  {
    id: 'failed-flush-ignored',
    what: 'a flush that failed counts as done',
    promise: 'P1',
    seenBy: 'every cut',
    edits: [
      {
        file: 'src/store/flush.ts',
        find: `    await handle.sync();\n`,
        replace: `    await handle.sync().catch(() => {});\n`,
      },
    ],
  },
  {
    id: 'failed-flush-ahead-ignored',
    what: 'a flush that failed while more of a large file came counts as done',
    promise: 'P1',
    beyond: 'no file of the simulated index is 64 MiB large',
    edits: [
      {
        file: 'src/store/staging.ts',
        find: `        this.#failure = { error };\n`,
        replace: '',
      },
    ],
    unit: ['test/unit/store-staging.test.ts'],
  },
  {
    id: 'staged-kept-after-failed-flush',
    what: 'what is staged when a flush fails stays there for the next run',
    promise: 'P1',
    equivalent:
      'kept by two checks: what an earlier run left is written once more where it lies; without both it is `staged-believed-after-failed-flush`',
    edits: [
      {
        file: 'src/store/flush.ts',
        find: `        await rm(join(this.#staging, name), { recursive: true, force: true }).catch(() => {});\n`,
        replace: `        if (name === '') await rm(join(this.#staging, name), { recursive: true, force: true }).catch(() => {});\n`,
      },
    ],
  },
  {
    id: 'staged-believed-after-failed-flush',
    what: 'what is staged when a flush fails stays there, and is believed by the next run',
    promise: 'P1',
    seenBy: 'every cut',
    edits: [
      {
        file: 'src/store/flush.ts',
        find: `        await rm(join(this.#staging, name), { recursive: true, force: true }).catch(() => {});\n`,
        replace: `        if (name === '') await rm(join(this.#staging, name), { recursive: true, force: true }).catch(() => {});\n`,
      },
      {
        file: 'src/store/staging.ts',
        find: `          await writer.write(chunk);\n`,
        replace: `          writer.believe(chunk);\n`,
      },
      {
        file: 'src/store/staging.ts',
        find: `  async restart(): Promise<void> {\n    await storing(`,
        replace: `  believe(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.length;
  }

  async restart(): Promise<void> {\n    await storing(`,
      },
    ],
  },
  {
    id: 'short-write-counted-as-whole',
    what: 'a write that took only part of a small file counts as all of it',
    promise: 'P3',
    seenBy: 'exhaustive',
    edits: [
      {
        file: 'src/store/at-once.ts',
        find: `      done += writeSync(descriptor, bytes, done, bytes.length - done, null);\n`,
        replace: `      done += Math.max(writeSync(descriptor, bytes, done, bytes.length - done, null), bytes.length - done);\n`,
      },
    ],
    unit: ['test/unit/store-staging.test.ts'],
  },
  {
    id: 'short-write-of-large-counted-as-whole',
    what: 'a write that took only part of a piece of a large file counts as all of it',
    promise: 'P3',
    beyond: 'files of the simulated index are small, and written in one piece',
    unit: ['test/unit/store-staging.test.ts'],
    edits: [
      {
        file: 'src/store/staging.ts',
        find: `        done += writeSync(this.#handle.fd, chunk, done, chunk.length - done, this.#sizeBytes + done);\n`,
        replace: `        done += Math.max(
          writeSync(this.#handle.fd, chunk, done, chunk.length - done, this.#sizeBytes + done),
          chunk.length - done,
        );\n`,
      },
    ],
  },
  {
    id: 'copied-into-place',
    what: 'files are copied into place instead of being renamed',
    promise: 'P3',
    seenBy: 'exhaustive',
    edits: [
      {
        file: LOCAL,
        find: `import { renameSync } from 'node:fs';\n`,
        replace: `import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';\n`,
      },
      {
        file: LOCAL,
        find: `() => renameSync(this.#staged(path), target));\n`,
        replace: `() => {
        writeFileSync(target, readFileSync(this.#staged(path)));
        unlinkSync(this.#staged(path));
      });\n`,
      },
    ],
  },
];
