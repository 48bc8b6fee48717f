/**
 * Goal: METADATA is taken out of every ordinary wheel, and a zip that is unusual in any way gives null.
 * Method: zips made byte by byte, each with one peculiarity or one lie; real wheels, read by Python as well.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { isWheel } from '../../src/pypi/wheel-name.ts';
import { metadataInWheel } from '../../src/store/wheel-metadata.ts';
import {
  type CraftedEntry,
  type CraftedZip,
  craftZip,
  inMemory,
  STORE,
  u64,
  zip64End,
} from '../support/crafted-zip.ts';
import { realWheels } from '../support/real-wheels.ts';
import { makeWheel } from '../support/wheels.ts';

const METADATA = Buffer.from(`Metadata-Version: 2.4\nName: snark\nVersion: 1.0\n\n${'boojum '.repeat(90)}\n`);
const NAME = 'snark-1.0.dist-info/METADATA';
const MODULE: CraftedEntry = { name: 'snark/__init__.py', data: Buffer.from('BOOJUM = True\n'.repeat(9)) };
const RECORD: CraftedEntry = { name: 'snark-1.0.dist-info/RECORD', data: Buffer.from('snark,,\n') };
const ENCRYPTED = 1;
const STRONGLY_ENCRYPTED = 0x41;
const BZIP2 = 12;

async function extracted(bytes: Buffer): Promise<string | null> {
  const found = await metadataInWheel(inMemory(bytes));
  return found === null ? null : Buffer.from(found).toString();
}

/** A wheel whose METADATA is as usual but for what is given. */
function wheelWith(metadata: Partial<CraftedEntry> = {}, zip: Partial<CraftedZip> = {}): Buffer {
  return craftZip({ entries: [MODULE, { name: NAME, data: METADATA, ...metadata }, RECORD], ...zip });
}

const holding = (...entries: CraftedEntry[]) => craftZip({ entries });
const file = (name: string): CraftedEntry => ({ name, data: METADATA });

/** What the ZIP64 extra field of an entry says: sizes, then the offset. */
function zip64Extra(...values: bigint[]): Buffer {
  const data = u64(...values);
  return Buffer.concat([Buffer.from([1, 0, data.length, 0]), data]);
}

/** METADATA stored last, with the bytes after it that belong to the directory: ten of them, whose CRC is known. */
function reachingIntoDirectory(): Buffer {
  const stored = { name: NAME, data: METADATA, method: STORE };
  const plain = holding(MODULE, stored);
  const from = plain.indexOf(METADATA);
  const reached = plain.subarray(from, from + METADATA.length + 10);
  const sizes = { sizeBytes: reached.length, packedBytes: reached.length };
  return holding(MODULE, { ...stored, ...sizes, crc: crc32(reached) });
}

const ORDINARY: Readonly<Record<string, Buffer>> = {
  'METADATA deflated': wheelWith(),
  'METADATA stored': wheelWith({ method: STORE }),
  'METADATA first': holding(file(NAME), MODULE, RECORD),
  'nothing else': holding(file(NAME)),
  'sizes behind the data': wheelWith({ descriptor: true }),
  'a local header that has more in it': wheelWith({ local: { extra: Buffer.alloc(20) } }),
  'an entry for the directory': holding({ name: 'snark-1.0.dist-info/', method: STORE }, file(NAME)),
  'files called METADATA elsewhere': holding(
    file('METADATA'),
    file('snark/METADATA'),
    file('snark/_vendor/foo-2.dist-info/METADATA'),
    file('snark-1.0.dist-info/licenses/METADATA'),
    file('snark.dist-info'),
    file(NAME),
  ),
  'names in any script': holding(
    { ...file('snark/naïve.py'), flags: 0x800 },
    file('snark/naïve'),
    file(NAME),
  ),
  'a comment': wheelWith({}, { comment: Buffer.from('made with care') }),
  'the longest comment': wheelWith({}, { comment: Buffer.alloc(0xffff, 'x') }),
  'a beginning that the offsets know of': wheelWith({}, { prefix: Buffer.from('#!/bin/sh\nexec\n') }),
  'a ZIP64 end': wheelWith({}, { gap: (start, bytes) => zip64End(3n, BigInt(start), BigInt(bytes)) }),
  'ZIP64 sizes': wheelWith({
    sizeBytes: 0xffffffff,
    packedBytes: 0xffffffff,
    extra: zip64Extra(BigInt(METADATA.length), BigInt(deflateRawSync(METADATA).length)),
  }),
};

suite('METADATA is found in a zip with', () => {
  for (const [what, bytes] of Object.entries(ORDINARY))
    test(what, async () => assert.equal(await extracted(bytes), METADATA.toString()));
});

const UNUSUAL: Readonly<Record<string, Buffer>> = {
  'nothing at all': Buffer.alloc(0),
  'no zip': Buffer.from('this is not a zip, and it is long enough to be one'),
  'no entries': holding(),
  'no dist-info': holding(MODULE),
  'dist-info without METADATA': holding(MODULE, RECORD),
  'METADATA in a nested dist-info only': holding(file(`snark/${NAME}`)),
  'a dist-info without a name': holding(file('.dist-info/METADATA')),
  'METADATA in other letters': holding(file(NAME.toLowerCase())),
  'METADATA that is a directory': holding(file(`${NAME}/`)),
  'METADATA below a file': holding(file(`${NAME}/x`)),
  'two dist-infos': holding(file(NAME), file('boojum-1.0.dist-info/METADATA')),
  'a second dist-info without METADATA': holding(file(NAME), file('boojum-1.0.dist-info/RECORD')),
  'METADATA twice': holding(file(NAME), MODULE, file(NAME)),
  'another CRC': wheelWith({ crc: crc32(METADATA) ^ 1 }),
  'no bytes in METADATA': wheelWith({ data: Buffer.alloc(0), method: STORE }),
  'a bomb that says it is small': wheelWith({
    packed: deflateRawSync(Buffer.concat([METADATA, Buffer.alloc(50_000_000)])),
  }),
  'less than it says': wheelWith({ sizeBytes: METADATA.length + 1 }),
  'a stored METADATA of two sizes': wheelWith({ method: STORE, sizeBytes: METADATA.length - 1 }),
  'bytes that are no deflate': wheelWith({ packed: Buffer.alloc(100, 0xff) }),
  'a deflate that has no end': wheelWith({ packed: deflateRawSync(METADATA).subarray(0, -1) }),
  'no packed bytes': wheelWith({ packed: Buffer.alloc(0) }),
  'a compression of another name': wheelWith({ method: BZIP2, packed: deflateRawSync(METADATA) }),
  'another compression in the local header': wheelWith({ local: { method: STORE } }),
  'another name in the local header': wheelWith({ local: { name: NAME.replace('1.0', '1.1') } }),
  'an encrypted METADATA': wheelWith({ flags: ENCRYPTED }),
  'an encryption that the central header alone knows of': wheelWith({
    flags: ENCRYPTED,
    local: { flags: 0 },
  }),
  'an encryption that the local header alone knows of': wheelWith({ local: { flags: ENCRYPTED } }),
  'strong encryption anywhere': holding({ ...MODULE, flags: STRONGLY_ENCRYPTED }, file(NAME)),
  'an entry fewer than there are': wheelWith({}, { count: 2 }),
  'an entry more than there are': wheelWith({}, { count: 4 }),
  'a directory that is elsewhere': wheelWith({}, { directoryStart: 7 }),
  'a directory behind the end': wheelWith({}, { directoryStart: 0xfffffff0 }),
  'bytes after the directory': wheelWith({}, { gap: () => Buffer.alloc(9) }),
  'bytes after the end': wheelWith({}, { suffix: Buffer.alloc(1) }),
  'a beginning that the offsets do not know of': wheelWith(
    {},
    { prefix: Buffer.from('#!/bin/sh\n'), prefixUnknown: true },
  ),
  'a second end in its comment': wheelWith({}, { comment: craftZip({ entries: [] }) }),
  'another wheel in its comment': wheelWith({}, { comment: wheelWith({ data: Buffer.from('forged') }) }),
  'METADATA that reaches into the directory': reachingIntoDirectory(),
  'an entry that begins where METADATA does': holding(file(NAME), { ...MODULE, headerOffset: 0 }),
  'an entry that reaches over METADATA': holding({ ...MODULE, packedBytes: 300 }, file(NAME)),
  'a local header outside the file': wheelWith({ headerOffset: 0xfffffff0 }),
  'a local header that is none': wheelWith({ headerOffset: 3 }),
  'data outside the file': wheelWith({ packedBytes: 100_000 }),
  'a backslash in a name': holding(file('snark\\evil.py'), file(NAME)),
  'a backslash in the name of METADATA': holding(file(NAME.replace('/', '\\'))),
  'an absolute name': holding(file('/etc/passwd'), file(NAME)),
  'a name with a drive': holding(file('C:/snark.py'), file(NAME)),
  'a name that climbs': holding(file('snark/../../evil.py'), file(NAME)),
  'a name with a NUL': holding(file(`${NAME}\0.txt`), file(NAME)),
  'a ZIP64 end that is nowhere': wheelWith({}, { gap: () => zip64End(3n, 0n, 0n, 2n ** 63n) }),
  'a ZIP64 end that is something else': wheelWith({}, { gap: () => zip64End(3n, 0n, 0n, 1n) }),
  'a ZIP64 number of entries': wheelWith(
    {},
    { gap: (start, bytes) => zip64End(2n ** 63n, BigInt(start), BigInt(bytes)) },
  ),
  'a ZIP64 directory that is nowhere': wheelWith(
    {},
    { gap: (start, bytes) => zip64End(3n, 2n ** 62n, BigInt(bytes), BigInt(start + bytes)) },
  ),
  'ZIP64 sizes that are not there': wheelWith({ sizeBytes: 0xffffffff, extra: zip64Extra() }),
  'ZIP64 sizes beyond measure': wheelWith({
    sizeBytes: 0xffffffff,
    packedBytes: 0xffffffff,
    extra: zip64Extra(2n ** 63n, 2n ** 63n),
  }),
  'an extra field that has no end': wheelWith({ extra: Buffer.from([1, 0, 200, 0]) }),
};

suite('there is null for a zip with', () => {
  for (const [what, bytes] of Object.entries(UNUSUAL))
    test(what, async () => assert.equal(await extracted(bytes), null));
});

test('there is null for every beginning of a wheel', async () => {
  const whole = wheelWith();
  for (let length = 0; length < whole.length; length++)
    assert.equal(await extracted(whole.subarray(0, length)), null, `the first ${length} bytes`);
});

test('the wheels that we make, and real ones, have the METADATA that Python reads', async (t) => {
  const made = makeWheel({ name: 'snark', version: '1.0', modules: { 'snark.py': 'BOOJUM = True\n' } });
  assert.equal(await extracted(made.bytes), made.metadata.toString());
  const { wheels, missing } = realWheels();
  for (const sentence of missing) t.diagnostic(sentence);
  for (const { filename, bytes, metadata } of wheels)
    assert.equal(await extracted(bytes), metadata.toString(), filename);
});

test('only a name that ends in .whl is that of a wheel', () => {
  assert.deepEqual(['packages/a.whl', 'a.tar.gz', 'a.whl.metadata', 'a.WHL', 'awhl'].map(isWheel), [
    true,
    false,
    false,
    false,
    false,
  ]);
});
