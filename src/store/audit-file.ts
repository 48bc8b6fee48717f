/** The audit as a file: lines are only ever added at its end, and each of them is there whole or not at all. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushEach } from './flush.ts';
import { foreign, orNull, storing } from './fs-errors.ts';
import { CAREFULLY, readAt } from './random-access.ts';

const NEWLINE = 0x0a;
/** `{`: each line is an object. */
const LINE_BEGINS = 0x7b;
/** No disk has smaller blocks. */
const DISK_BLOCK_BYTES = 512;
/** More zeros in one place than this are no forgotten bytes but a write that did not come to its end. */
const FORGOTTEN_BYTES_MAX = 64;
const BLOCK_BYTES = 64 * 1024;
/** Far above any line of ours. */
const LINE_BYTES_MAX = 1024 * 1024;
/** Far above what is appended at once, and not flushed before the end of it. */
const APPEND_BYTES_MAX = 4 * 1024 * 1024;
/** Who may read the state folder may read what was done; nobody else. */
const MODE = 0o640;

export class AuditFile {
  readonly #file: string;
  /** By this process: whoever made the file may not have lived to do it. */
  #nameIsFlushed = false;
  /** How long it was when this process had looked through its end and flushed it. */
  #soundBytes: number | null = null;

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
        const wholeBytes =
          sizeBytes === this.#soundBytes ? sizeBytes : await endOfSoundLines(handle, sizeBytes);
        if (wholeBytes < sizeBytes) await handle.truncate(wholeBytes);
        const text = lines.map((line) => `${line}\n`).join('');
        // What that process did not flush it may have tried to: a flush that follows one that failed proves nothing.
        if (lines.length === 0 && wholeBytes !== this.#soundBytes) await writeEndAgain(file);
        await handle.writeFile(text);
        await handle.datasync();
        this.#soundBytes = wholeBytes + Buffer.byteLength(text);
      } catch (error) {
        this.#soundBytes = null;
        await writeEndAgain(file).catch(() => {});
        throw error;
      } finally {
        await handle.close();
      }
      if (this.#nameIsFlushed) return;
      await flushEach([dirname(file)]);
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
        const end = await endOfSoundLines(handle, await sizeOf(handle, file));
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

/**
 * After a failed flush the kernel takes for written what it could not write, and the next flush would say that all is well. Written once
 * more, over itself, it is what the next flush is about again.
 */
async function writeEndAgain(file: string): Promise<void> {
  const handle = await open(file, constants.O_RDWR | CAREFULLY);
  try {
    const sizeBytes = await sizeOf(handle, file);
    const start = Math.max(0, sizeBytes - APPEND_BYTES_MAX);
    const end = await readAt(handle, start, sizeBytes - start);
    for (let done = 0; done < end.length; )
      done += (await handle.write(end, done, end.length - done, start + done)).bytesWritten;
  } finally {
    await handle.close();
  }
}

async function sizeOf(handle: FileHandle, file: string): Promise<number> {
  const found = await handle.stat();
  if (!found.isFile()) throw foreign(file, 'a file');
  return found.size;
}

/**
 * Where the last line ends up to which all are there. Blocks that a power cut took from the last append read as zeros, and blocks after
 * them may have survived. Lines behind such a hole are told again: nobody was told yet that they are there.
 */
async function endOfSoundLines(handle: FileHandle, sizeBytes: number): Promise<number> {
  const start = Math.max(0, sizeBytes - APPEND_BYTES_MAX);
  const tail = await readAt(handle, start, sizeBytes - start);
  const hole = lostFrom(tail, start);
  const at = hole < 0 ? -1 : tail.subarray(0, hole).lastIndexOf(NEWLINE);
  // Zeros from the beginning of what was looked at are older than the last append, and somebody else's.
  const isOfLastAppend = hole >= 0 && (at >= 0 || start === 0);
  return isOfLastAppend ? start + at + 1 : endOfLastLine(handle, sizeBytes);
}

/**
 * The first zero of what was written and did not reach the disk, or -1. A few zeros inside a line are bytes that the disk has forgotten
 * since: what was told behind them is not to go.
 */
function lostFrom(tail: Buffer, start: number): number {
  for (let from = tail.indexOf(0); from >= 0; ) {
    let end = from;
    while (tail[end] === 0) end += 1;
    // Lost is what lies up to the end of a block or of the file, or up to where another append begins.
    const isBlock =
      end === tail.length || (start + end) % DISK_BLOCK_BYTES === 0 || tail[end] === LINE_BEGINS;
    if (isBlock || end - from > FORGOTTEN_BYTES_MAX) return from;
    from = tail.indexOf(0, end);
  }
  return -1;
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
