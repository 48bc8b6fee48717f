/** Reading here and there in a file: what a zip reader needs of a store. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { orNull, storing } from './fs-errors.ts';

/** Read at once of what tells no size, and at the end of what does. */
const PIECE_BYTES = 16 * 1024;

/** A link is never followed, and a pipe never waited for. */
export const CAREFULLY = constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface RandomAccess {
  readonly sizeBytes: number;
  /** Bytes from an offset; fewer than asked for only where the file ends. */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>;
}

export interface OpenFile extends RandomAccess {
  /** Into a buffer of the caller's, which is filled but where the file ends. Returns how many bytes were read. */
  readInto(buffer: Buffer, offsetBytes: number): Promise<number>;
  close(): Promise<void>;
}

/** Bytes that are at hand already. */
export function inMemory(bytes: Buffer): RandomAccess {
  return {
    sizeBytes: bytes.length,
    read: async (offsetBytes, lengthBytes) => bytes.subarray(offsetBytes, offsetBytes + lengthBytes),
  };
}

/** Opens a regular file for reading; null when there is none at the path. */
export async function openForReading(path: string): Promise<OpenFile | null> {
  // Without O_NONBLOCK the opening of a pipe would wait for somebody to write into it.
  const handle = await orNull(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    if (found.isFile())
      return {
        sizeBytes: found.size,
        read: (offsetBytes, lengthBytes) => readAt(handle, offsetBytes, lengthBytes),
        readInto: (buffer, offsetBytes) => readInto(handle, buffer, offsetBytes),
        close: () => storing('could not close', path, () => handle.close()),
      };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

/** What lies there, up to so many bytes; null when nothing does. Whatever it is: a device has no end, and a pipe no size. */
export async function readUpTo(path: string, bytesMax: number): Promise<Buffer | null> {
  const handle = await orNull(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    const pieces: Buffer[] = [];
    for (let done = 0; done < bytesMax; ) {
      const piece = Buffer.allocUnsafe(Math.min(bytesMax - done, Math.max(size + 1 - done, PIECE_BYTES)));
      const { bytesRead } = await handle.read(piece, 0, piece.length, null);
      if (bytesRead === 0) break;
      pieces.push(piece.subarray(0, bytesRead));
      done += bytesRead;
    }
    return Buffer.concat(pieces);
  } finally {
    await handle.close();
  }
}

/** Bytes from an offset; fewer than asked for only where the file ends. */
export async function readAt(handle: FileHandle, offsetBytes: number, lengthBytes: number): Promise<Buffer> {
  // Only what was read of it is given out.
  const buffer = Buffer.allocUnsafe(lengthBytes);
  return buffer.subarray(0, await readInto(handle, buffer, offsetBytes));
}

async function readInto(handle: FileHandle, buffer: Buffer, offsetBytes: number): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, offsetBytes + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
