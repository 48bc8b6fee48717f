/**
 * Goal: taking METADATA out of a wheel costs little, whatever the wheel is, and an error of the disk stays one.
 * Method: wheels at and beyond each limit, whose reads are counted; bytes changed at random; a file that fails.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import type { RandomAccess } from '../../src/store/random-access.ts';
import {
  metadataInWheel,
  WHEEL_DIRECTORY_BYTES_MAX,
  WHEEL_ENTRIES_MAX,
  WHEEL_METADATA_BYTES_MAX,
} from '../../src/store/wheel-metadata.ts';
import { type CraftedEntry, craftZip, inMemory, STORE, zip64End } from '../support/crafted-zip.ts';
import fc from '../support/properties.ts';

const METADATA = Buffer.from(`Metadata-Version: 2.4\nName: snark\nVersion: 1.0\n\n${'boojum '.repeat(90)}\n`);
const METADATA_ENTRY: CraftedEntry = { name: 'snark-1.0.dist-info/METADATA', data: METADATA };
const KIB = 1024;
/** The end record, and all that yauzl looks for it in. */
const END_BYTES = 256 * KIB;

function modules(count: number, entry: Partial<CraftedEntry> = {}): CraftedEntry[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `snark/generated/module_${at}.py`,
    method: STORE,
    ...entry,
  }));
}

/** With a ZIP64 end, as more than 65,535 entries need it. */
function wheelOf(entries: readonly CraftedEntry[]): Buffer {
  const count = BigInt(entries.length);
  const gap = (start: number, bytes: number) => zip64End(count, BigInt(start), BigInt(bytes));
  return craftZip({ entries, count: 0xffff, gap });
}

/** The size of what is found: the bytes themselves would make a long failure. */
async function foundBytes(file: RandomAccess): Promise<number | null> {
  return (await metadataInWheel(file))?.length ?? null;
}

function total(readBytes: readonly number[]): number {
  return readBytes.reduce((sum, bytes) => sum + bytes, 0);
}

test('a small wheel is read once', async () => {
  const file = inMemory(craftZip({ entries: [...modules(20), METADATA_ENTRY] }));
  assert.deepEqual(await metadataInWheel(file), METADATA);
  assert.deepEqual(file.readBytes, [file.sizeBytes]);
});

test('of a large wheel little more than its directory is read, in a few reads', async () => {
  const large = { name: 'snark/data.bin', data: Buffer.alloc(30_000_000), method: STORE };
  for (const entries of [
    [METADATA_ENTRY, large, ...modules(10_000)],
    [large, ...modules(10_000), METADATA_ENTRY],
  ]) {
    const file = inMemory(craftZip({ entries }));
    assert.deepEqual(await metadataInWheel(file), METADATA);
    assert.ok(file.readBytes.length <= 7, `${file.readBytes.length} reads`);
    assert.ok(total(file.readBytes) < 1_500 * KIB, `${total(file.readBytes)} bytes`);
  }
});

test('METADATA may be as large as its limit, and no larger', async () => {
  for (const method of [STORE, 8]) {
    const data = Buffer.alloc(WHEEL_METADATA_BYTES_MAX + 1, 'x');
    const most = { ...METADATA_ENTRY, method, data: data.subarray(1) };
    assert.equal(await foundBytes(inMemory(wheelOf([most]))), WHEEL_METADATA_BYTES_MAX);
    const file = inMemory(wheelOf([{ ...most, data }]));
    assert.equal(await foundBytes(file), null);
    assert.ok(total(file.readBytes) <= END_BYTES);
  }
});

test('a bomb is not inflated beyond the size that it declares', async () => {
  const mebibyte = deflateRawSync(Buffer.alloc(KIB * KIB), { finishFlush: constants.Z_SYNC_FLUSH });
  const packed = Buffer.concat([...Array.from({ length: 600 }, () => mebibyte), deflateRawSync('')]);
  const file = inMemory(wheelOf([{ ...METADATA_ENTRY, packed }]));
  const beforeKib = process.resourceUsage().maxRSS;
  assert.equal(await foundBytes(file), null);
  assert.ok(process.resourceUsage().maxRSS - beforeKib < 100 * KIB);
});

test('METADATA that is packed beyond its limit is not read', async () => {
  const packed = Buffer.alloc(WHEEL_METADATA_BYTES_MAX + 1);
  const file = inMemory(wheelOf([{ ...METADATA_ENTRY, packed }]));
  assert.equal(await metadataInWheel(file), null);
  assert.ok(total(file.readBytes) <= END_BYTES);
});

test('a wheel may have as many entries as their limit, and no more', async () => {
  const others = modules(WHEEL_ENTRIES_MAX - 1);
  assert.deepEqual(await metadataInWheel(inMemory(wheelOf([...others, METADATA_ENTRY]))), METADATA);
  const file = inMemory(wheelOf([...others, ...modules(1), METADATA_ENTRY]));
  assert.equal(await metadataInWheel(file), null);
  assert.ok(total(file.readBytes) <= END_BYTES);
});

test('a directory may be as large as its limit, and no larger', async () => {
  const comment = Buffer.alloc(60_000, 'x');
  const entryBytes = 46 + 'snark/generated/module_100.py'.length + comment.length;
  const count = Math.floor(WHEEL_DIRECTORY_BYTES_MAX / entryBytes) - 1;
  const most = wheelOf([...modules(count, { comment }), METADATA_ENTRY]);
  assert.deepEqual(await metadataInWheel(inMemory(most)), METADATA);
  const file = inMemory(wheelOf([...modules(count + 2, { comment }), METADATA_ENTRY]));
  assert.equal(await metadataInWheel(file), null);
  assert.ok(total(file.readBytes) <= END_BYTES);
});

test('whatever bytes are changed, there is the true METADATA or null', async () => {
  const wheel = craftZip({ entries: [...modules(2), METADATA_ENTRY], comment: Buffer.from('PK\x05\x06') });
  const change = fc.record({
    at: fc.nat(wheel.length - 1),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constantFrom(...[0, 0xff].map((value) => new Uint8Array(8).fill(value))),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = Buffer.from(wheel);
      for (const { at, bytes: patch } of changes) bytes.set(patch.subarray(0, bytes.length - at), at);
      const found = await metadataInWheel(inMemory(bytes));
      assert.ok(found === null || METADATA.equals(found));
    }),
    { numRuns: 3_000 },
  );
});

test('whatever the bytes are, nothing is thrown', async () => {
  const signature = fc.constantFrom('PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'PK\x06\x06', 'PK\x06\x07');
  const piece = fc.oneof(
    signature.map((text) => Buffer.from(text, 'latin1')),
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(60).map((length) => new Uint8Array(length)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      assert.equal(await metadataInWheel(inMemory(Buffer.concat(pieces))), null);
    }),
    { numRuns: 2_000 },
  );
});

test('an error of the file is passed on, whichever read it meets', async () => {
  const wheel = craftZip({ entries: [METADATA_ENTRY, ...modules(10_000)] });
  const reads = inMemory(wheel);
  await metadataInWheel(reads);
  const trouble = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  for (let failing = 0; failing < reads.readBytes.length; failing++) {
    const file = inMemory(wheel);
    const read = async (offsetBytes: number, lengthBytes: number) => {
      if (file.readBytes.length === failing) throw trouble;
      return file.read(offsetBytes, lengthBytes);
    };
    await assert.rejects(
      metadataInWheel({ sizeBytes: wheel.length, read }),
      (error) => error === trouble,
      `read ${failing}`,
    );
  }
});

test('a file that is shorter than it was when it was opened gives null', async () => {
  const wheel = craftZip({ entries: [METADATA_ENTRY, ...modules(10)] });
  const { read } = inMemory(wheel.subarray(0, -1));
  assert.equal(await metadataInWheel({ sizeBytes: wheel.length, read }), null);
});
