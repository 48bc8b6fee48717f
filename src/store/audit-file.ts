/** The audit as a file: lines are only ever added at its end, and each of them is there whole or not at all. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushPaths } from './flush.ts';
import { foreign, orNull, storing } from './fs-errors.ts';
import { readAt } from './random-access.ts';

const NEWLINE = 0x0a;
const BLOCK_BYTES = 64 * 1024;
/** Far above any line of ours. */
const LINE_BYTES_MAX = 1024 * 1024;
/** Who may read the state folder may read what was done; nobody else. */
const MODE = 0o640;
/** A link is never followed, and a pipe never waited for. */
const CAREFULLY = constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class AuditFile {
  readonly #file: string;
  /** By this process: whoever made the file may not have lived to do it. */
  #nameIsFlushed = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** See `Store.appendAudit`. @throws STORE_* */
  append(lines: readonly string[]): Promise<void> {
    const file = this.#file;
    return storing('could not write', file, async () => {
      // Without lines: what another process has written, and perhaps did not live to flush.
      const handle = lines.length === 0 ? await openOld(file) : await openForAppending(file);
      if (handle === null) return;
      try {
        const sizeBytes = await sizeOf(handle, file);
        const wholeBytes = await endOfLastLine(handle, sizeBytes);
        if (wholeBytes < sizeBytes) await handle.truncate(wholeBytes);
        await handle.writeFile(lines.map((line) => `${line}\n`).join(''));
        await handle.datasync();
      } finally {
        await handle.close();
      }
      if (this.#nameIsFlushed) return;
      await flushPaths([dirname(file)], dirname(file));
      this.#nameIsFlushed = true;
    });
  }

  /** See `Store.lastAudit`. Reads the end of the file only. @throws STORE_* */
  last(): Promise<string | null> {
    const file = this.#file;
    return storing('could not read', file, async () => {
      const handle = await orNull(() => open(file, constants.O_RDONLY | CAREFULLY));
      if (handle === null) return null;
      try {
        const end = await endOfLastLine(handle, await sizeOf(handle, file));
        if (end === 0) return null;
        const start = await endOfLastLine(handle, end - 1);
        if (end - start > LINE_BYTES_MAX) throw foreign(file, 'lines of JSON');
        return (await readAt(handle, start, end - 1 - start)).toString('utf8');
      } finally {
        await handle.close();
      }
    });
  }
}

const APPENDING = constants.O_RDWR | constants.O_APPEND | CAREFULLY;

/** null when there is none yet. */
function openOld(file: string): Promise<FileHandle | null> {
  return orNull(() => open(file, APPENDING));
}

async function openForAppending(file: string): Promise<FileHandle> {
  return (await openOld(file)) ?? open(file, APPENDING | constants.O_CREAT | constants.O_EXCL, MODE);
}

async function sizeOf(handle: FileHandle, file: string): Promise<number> {
  const found = await handle.stat();
  if (!found.isFile()) throw foreign(file, 'a file');
  return found.size;
}

/** Where the last line that ends before `sizeBytes` ends: behind its newline; 0 when there is none. */
async function endOfLastLine(handle: FileHandle, sizeBytes: number): Promise<number> {
  for (let end = sizeBytes; end > 0; ) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const at = (await readAt(handle, start, end - start)).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
