/** Writes gzipped ustar archives whose bytes depend on their entries alone. */
import { gzipSync } from 'node:zlib';
import { JubjubError } from '../errors.ts';
import type { ArchiveEntry } from './zip.ts';

const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;
const PREFIX_BYTES_MAX = 155;
/** 1980-01-01T00:00:00Z, as in the ZIP archives beside it. */
const MODIFIED_S = 315_532_800;
/** gzip's "operating system" byte: unknown. zlib would write the machine's own. */
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

/** POSIX ustar: a path over 100 bytes is cut at a `/` into prefix and name. */
function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= NAME_BYTES_MAX) return { name: path, prefix: '' };
  for (let cut = path.indexOf('/'); cut !== -1; cut = path.indexOf('/', cut + 1)) {
    const prefix = path.slice(0, cut);
    const name = path.slice(cut + 1);
    if (Buffer.byteLength(prefix) <= PREFIX_BYTES_MAX && Buffer.byteLength(name) <= NAME_BYTES_MAX)
      return { name, prefix };
  }
  throw new JubjubError('INTERNAL', `the path does not fit into a ustar header: ${path}`, {
    expected: `a name of at most ${NAME_BYTES_MAX} bytes after a directory of at most ${PREFIX_BYTES_MAX}`,
  });
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

function header(entry: ArchiveEntry): Buffer {
  const { name, prefix } = splitPath(entry.name);
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(entry.data.length, 12), 124);
  block.write(octal(MODIFIED_S, 12), 136);
  // The checksum is summed over the header with its own field as spaces.
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.write(octal(0, 8), 329);
  block.write(octal(0, 8), 337);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A ustar archive of the entries, in their order. A path that ustar cannot hold is an error (INTERNAL). */
export function makeTar(entries: readonly ArchiveEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    const padding = (BLOCK_BYTES - (entry.data.length % BLOCK_BYTES)) % BLOCK_BYTES;
    blocks.push(header(entry), entry.data, Buffer.alloc(padding));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]);
}

/** The same, gzipped without a time or a machine in it. */
export function makeTarGz(entries: readonly ArchiveEntry[]): Buffer {
  const zipped = gzipSync(makeTar(entries), { level: 9 });
  zipped[GZIP_OS_OFFSET] = GZIP_OS_UNKNOWN;
  return zipped;
}
