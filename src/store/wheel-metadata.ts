/**
 * METADATA out of a wheel, by the zip's central directory: a few reads, however large the wheel is.
 *
 * A wheel is whatever its uploader made of it. So nothing is read, kept or inflated beyond a limit with a name, and a zip
 * that is in any way unusual gives null: that costs one request to upstream, where a guess could cost the truth. Unusual
 * is what two tools could read in two ways: a name, two headers of one entry, bytes that two entries share.
 */
import { crc32, inflateRawSync } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, type LocalFileHeader, type ZipFile } from 'yauzl';
import { BlockReader } from './block-reader.ts';
import type { RandomAccess } from './random-access.ts';

/** Of METADATA, packed or not. PyPI's largest are long descriptions of some 100 KiB. */
export const WHEEL_METADATA_BYTES_MAX = 4 * 1024 * 1024;
/** The largest wheels have some ten thousand. */
export const WHEEL_ENTRIES_MAX = 100_000;
/** About 160 bytes for each of the most entries. */
export const WHEEL_DIRECTORY_BYTES_MAX = 16 * 1024 * 1024;

const END_RECORD_BYTES = 22;
/** What stands between the directory and the end record of a ZIP64 archive: its own end record, and the pointer to that. */
const ZIP64_END_BYTES = 56 + 20;
const LOCAL_HEADER_BYTES = 30;
const FLAG_ENCRYPTED = 1;
const METHOD_STORED = 0;
/** PEP 427: a directory of this form at the top; those further down belong to what is packed. */
const DIST_INFO = /^([^/]+\.dist-info)\//;

/**
 * METADATA of a wheel; null when it holds none, several, or one that only some tools would find. The bytes have the zip's
 * own CRC and nothing more: compare their digest.
 * @throws what `file.read` throws, and never anything because of what it reads
 */
export async function metadataInWheel(file: RandomAccess): Promise<Uint8Array | null> {
  const reader = new BlockReader(file);
  try {
    const zip = await fromRandomAccessReaderPromise(reader, file.sizeBytes, {
      autoClose: false,
      strictFileNames: true,
    });
    const found = await findMetadata(zip, file.sizeBytes);
    return found === null ? null : await readMetadata(zip, reader, found);
  } catch {
    if (reader.failure !== null) throw reader.failure;
    // yauzl or zlib: something is wrong with the zip, and it does not matter what.
    return null;
  }
}

interface Found {
  readonly entry: Entry;
  readonly directoryStart: number;
  /** Where the other entries begin, and the least byte at which each can end. */
  readonly others: readonly (readonly [start: number, end: number])[];
}

/** Walks through the whole central directory: only its end shows that nothing contradicts what was found. */
async function findMetadata(zip: ZipFile, sizeBytes: number): Promise<Found | null> {
  // The types of yauzl call this a boolean; it is the offset of the next entry.
  const cursor = () => Number(zip.readEntryCursor);
  const directoryStart = cursor();
  const endRecord = sizeBytes - END_RECORD_BYTES - zip.comment.length;
  if (zip.entryCount > WHEEL_ENTRIES_MAX) return null;
  if (endRecord - directoryStart > WHEEL_DIRECTORY_BYTES_MAX) return null;
  const others: [number, number][] = [];
  let directory: string | null = null;
  let metadata: Entry | null = null;
  for await (const entry of zip.eachEntry()) {
    // Python ends a name here.
    if (entry.fileName.includes('\0')) return null;
    const top = DIST_INFO.exec(entry.fileName)?.[1];
    if (top !== undefined && directory !== null && top !== directory) return null;
    directory = top ?? directory;
    if (top !== undefined && entry.fileName === `${top}/METADATA`) {
      if (metadata !== null) return null;
      metadata = entry;
    } else {
      const start = entry.relativeOffsetOfLocalHeader;
      others.push([start, start + LOCAL_HEADER_BYTES + entry.compressedSize]);
    }
  }
  const gapBytes = endRecord - cursor();
  if (metadata === null || (gapBytes !== 0 && gapBytes !== ZIP64_END_BYTES)) return null;
  return { entry: metadata, directoryStart, others };
}

async function readMetadata(zip: ZipFile, reader: BlockReader, found: Found): Promise<Uint8Array | null> {
  const { entry, directoryStart, others } = found;
  const { compressedSize, uncompressedSize } = entry;
  if (!entry.canDecodeFileData() || uncompressedSize === 0) return null;
  if (compressedSize > WHEEL_METADATA_BYTES_MAX || uncompressedSize > WHEEL_METADATA_BYTES_MAX) return null;
  const header = await zip.readLocalFileHeaderPromise(entry, { minimal: false });
  if (!agree(entry, header)) return null;
  const start = entry.relativeOffsetOfLocalHeader;
  const end = header.fileDataStart + compressedSize;
  if (end > directoryStart || others.some((other) => other[0] < end && other[1] > start)) return null;
  const packed = await reader.bytes(header.fileDataStart, compressedSize);
  // In one step, for it is small: zlib throws as soon as there is more than was declared.
  const bytes =
    entry.compressionMethod === METHOD_STORED
      ? packed
      : inflateRawSync(packed, { maxOutputLength: uncompressedSize });
  return bytes.length === uncompressedSize && crc32(bytes) === entry.crc32 ? bytes : null;
}

/** Whether both headers of an entry say the same: some tools believe the one, some the other. */
function agree(entry: Entry, header: LocalFileHeader): boolean {
  return (
    header.fileName.equals(entry.fileNameRaw) &&
    header.compressionMethod === entry.compressionMethod &&
    (header.generalPurposeBitFlag & FLAG_ENCRYPTED) === 0
  );
}
