/** Rows of a catalogue of any size, written as a sync would have left them, but in one transaction and without a sync. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type CatalogueDatabase, openDatabase } from '../../src/catalogue/database.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { type Prng, seeded } from '../../test/support/prng.ts';
import { projectNames } from './project-names.ts';

export interface Scale {
  readonly projects: number;
  /** Files a project on average; a few have hundreds times that, and almost half have none when it is 1. */
  readonly filesMean: number;
  readonly seed: number;
}

/** The serial up to which such a catalogue is complete. */
export const FILLED_SERIAL = 38_000_000;
/** 2026-01-01; projects were validated in the 30 days before. */
const FILLED_MS = 1_767_225_600_000;
const VALIDATED_WITHIN_MS = 30 * 86_400_000;
/** The exponent of the tail: a project in a thousand has a hundred times the least. */
const TAIL = 2 / 3;
const FILES_MAX = 5_000;
/** Long-tailed like the counts: most files are some kilobytes, a few are hundreds of megabytes. */
const SIZE_LEAST = 20_000;
const SIZE_MAX = 1_000_000_000;

const PROJECT_SQL = `INSERT INTO project (id, name, display_name, state, serial, etag, encoding, detail, files, bytes, changed_ms,
  validated_ms, page_sha256, bucket) VALUES (?, ?, ?, 'published', ?, ?, 'gzip', ?, ?, ?, ?, ?, ?, ?)`;
const FILE_SQL = `INSERT INTO file (project_id, path, path_key, filename, sha256, size, state, since_ms)
  VALUES (?, ?, ?, ?, ?, ?, 'published', ?)`;

export function catalogueFile(directory: string): string {
  return join(directory, 'state', 'catalogue.db');
}

/** Makes the catalogue, which must not be there yet. Returns how many files it has. */
export function fillCatalogue(file: string, { projects, filesMean, seed }: Scale): number {
  const db = openDatabase(file);
  const random = seeded(seed);
  let files = 0;
  try {
    // Nothing of it is worth anything before it is finished.
    db.exec('PRAGMA journal_mode = OFF');
    db.exec('PRAGMA synchronous = OFF');
    db.exec('PRAGMA cache_size = -400000');
    db.atomically(() => {
      let id = 0;
      for (const displayName of projectNames(projects, seed)) {
        const count = tailed(random, filesMean / 3, FILES_MAX);
        writeProject(db, random, ++id, displayName, count);
        files += count;
      }
      for (let bucket = 0; bucket < 4096; bucket++)
        db.run('INSERT INTO bucket (id, changed) VALUES (?, 1)', bucket.toString(16).padStart(3, '0'));
      writeMeta(db);
    });
    db.exec('PRAGMA journal_mode = WAL');
  } finally {
    db.close();
  }
  return files;
}

/** A whole number with a long tail: its mean is three times the `least`. */
function tailed(random: Prng, least: number, max: number): number {
  return Math.min(max, Math.round(least * (1 - random.float()) ** -TAIL));
}

function writeMeta(db: CatalogueDatabase): void {
  const values = {
    serial: BigInt(FILLED_SERIAL),
    discovered: BigInt(FILLED_SERIAL),
    dialect: JSON.stringify({ kind: 'changelog', index: '/simple/' }),
  };
  for (const [key, value] of Object.entries(values)) db.run('INSERT INTO meta VALUES (?, ?)', key, value);
}

function writeProject(
  db: CatalogueDatabase,
  random: Prng,
  id: number,
  displayName: string,
  count: number,
): void {
  const name = normalizeName(displayName);
  const serial = 1 + random.int(FILLED_SERIAL);
  const digest = sha256(name);
  const files = Array.from({ length: count }, (_, number) => fileOf(random, name, number));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const detail = storedGzip(detailText(name, serial, files));
  const validatedMs = FILLED_MS - random.int(VALIDATED_WITHIN_MS);
  const etag = `"${digest.toString('hex', 0, 16)}"`;
  const bucket = digest.toString('hex', 0, 2).slice(0, 3);
  db.run(
    PROJECT_SQL,
    id,
    name,
    displayName === name ? null : displayName,
    serial,
    etag,
    detail,
    count,
    bytes,
    FILLED_MS,
    validatedMs,
    digest,
    bucket,
  );
  for (const file of files) {
    const key = createHash('sha256').update(file.path).digest().readUIntBE(0, 6);
    db.run(FILE_SQL, id, file.path, key, file.filename, file.digest, file.size, FILLED_MS);
  }
}

interface FileRow {
  readonly filename: string;
  readonly path: string;
  readonly digest: Buffer;
  readonly size: number;
}

function fileOf(random: Prng, name: string, number: number): FileRow {
  const filename = `${name.replaceAll('-', '_')}-1.${number}-py3-none-any.whl`;
  const digest = sha256(filename);
  const hex = digest.toString('hex');
  const path = `packages/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4)}/${filename}`;
  return { filename, path, digest, size: tailed(random, SIZE_LEAST, SIZE_MAX) };
}

/** As upstream said it; what a sync keeps of a page. */
function detailText(name: string, serial: number, files: readonly FileRow[]): string {
  return JSON.stringify({
    meta: { 'api-version': '1.4', '_last-serial': serial },
    name,
    versions: files.map((_, number) => `1.${number}`),
    files: files.map(({ filename, path, digest, size }) => ({
      filename,
      url: `https://files.example/${path}`,
      hashes: { sha256: digest.toString('hex') },
      size,
      'upload-time': '2026-01-01T00:00:00.000000Z',
      'requires-python': '>=3.9',
      yanked: false,
    })),
  });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const STORED_MAX = 0xffff;

/** Gzip without packing: real compression would take most of the minute. */
function storedGzip(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const parts: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])];
  for (let at = 0; at < bytes.length || at === 0; at += STORED_MAX) {
    const block = bytes.subarray(at, at + STORED_MAX);
    const head = Buffer.alloc(5);
    head[0] = at + STORED_MAX >= bytes.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(head, block);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([...parts, trailer]);
}
