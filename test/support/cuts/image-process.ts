/**
 * A process that is the disk: `node image-process.ts <image>`, with /dev/fuse, mounted, as descriptor 3.
 *
 * It shows one file, `image`, keeps it in memory, and remembers every write and flush. A loop device over that file is a disk
 * with a cache, of which every state that a power cut may leave can be made afterwards. Told `mark <text>` on stdin it writes that into
 * the log; told `dump <file>` it writes the log out and says `dumped`.
 */
import { closeSync, openSync, read, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type LogEntry, packEntry } from './block-log.ts';
import {
  attributesReply,
  bytesOf,
  ERRNO,
  entryReply,
  extentOf,
  FILE_NODE,
  type FuseRequest,
  initReply,
  OPCODE,
  openReply,
  parseRequest,
  REQUEST_BYTES_MAX,
  reply,
  writtenReply,
} from './fuse-words.ts';

const FUSE = 3;
const disk = readFileSync(process.argv[2] ?? '');
const log: LogEntry[] = [];

/** The body of the answer, an errno, or null when none is expected. */
function answer({ opcode, node, body }: FuseRequest): Buffer | number | null {
  switch (opcode) {
    case OPCODE.init:
      return initReply();
    case OPCODE.lookup:
      return body.toString('utf8').startsWith('image\0') ? entryReply(FILE_NODE, disk.length) : ERRNO.ENOENT;
    case OPCODE.getattr:
    case OPCODE.setattr:
      return attributesReply(node, disk.length);
    case OPCODE.open:
    case OPCODE.opendir:
      return openReply();
    case OPCODE.read: {
      const { offset, sizeBytes } = extentOf(body);
      return disk.subarray(offset, offset + sizeBytes);
    }
    case OPCODE.write: {
      const { offset, sizeBytes } = extentOf(body);
      const bytes = Buffer.from(bytesOf(body).subarray(0, sizeBytes));
      disk.set(bytes, offset);
      log.push({ kind: 'write', offset, bytes });
      return writtenReply(sizeBytes);
    }
    case OPCODE.fsync:
      log.push({ kind: 'flush' });
      return Buffer.alloc(0);
    case OPCODE.statfs:
      return Buffer.alloc(80);
    case OPCODE.flush:
    case OPCODE.release:
    case OPCODE.releasedir:
    case OPCODE.access:
      return Buffer.alloc(0);
    case OPCODE.forget:
    case OPCODE.batchForget:
    case OPCODE.interrupt:
      return null;
    default:
      return ERRNO.ENOSYS;
  }
}

const buffer = Buffer.alloc(REQUEST_BYTES_MAX);

function serve(): void {
  read(FUSE, buffer, 0, buffer.length, null, (error, sizeBytes) => {
    // ENODEV: it was unmounted.
    if (error !== null) process.exit(error.code === 'ENODEV' ? 0 : 1);
    const request = parseRequest(buffer.subarray(0, sizeBytes));
    const given = answer(request);
    if (typeof given === 'number') writeSync(FUSE, reply(request.unique, given));
    else if (given !== null) writeSync(FUSE, reply(request.unique, 0, given));
    serve();
  });
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [, word = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
  if (word === 'mark') log.push({ kind: 'mark', text: rest });
  if (word !== 'dump') return;
  const file = openSync(rest, 'w');
  for (const part of log.flatMap(packEntry)) writeSync(file, part);
  closeSync(file);
  process.stdout.write('dumped\n');
});
serve();
