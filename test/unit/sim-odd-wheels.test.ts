/**
 * Goal: made wheels keep what pages say of their metadata, and each odd wheel is odd in its own way and no other.
 * Method: Python's zipfile reads them from disk, as a judge that shares no code with us; digests are taken anew.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { IndexState } from '../../src/demo/index-state.ts';
import { python } from '../support/python.ts';
import { ODD_KINDS, type OddKind, oddWheel } from '../support/sim/odd-wheels.ts';
import { withTempDir } from '../support/temp.ts';
import { makeWheel } from '../support/wheels.ts';

const RECIPE = {
  name: 'Tulgey_Wood',
  version: '1.0',
  requires: ['snark>=1.0'],
  modules: { 'tulgey_wood.py': 'LINE = "whiffling"\n' },
};
const METADATA = 'tulgey_wood-1.0.dist-info/METADATA';

/** Prints whether it is a zip, its METADATA entries with sizes, what the first holds, and how many offsets there are. */
const LOOK = `
import sys, zipfile, json, hashlib
try:
    z = zipfile.ZipFile(sys.argv[1])
except zipfile.BadZipFile:
    print(json.dumps({"zip": False})); sys.exit()
infos = [i for i in z.infolist() if i.filename.endswith("/METADATA")]
digests = []
for i in infos:
    try:
        digests.append(hashlib.sha256(z.read(i)).hexdigest())
    except Exception as error:
        digests.append(type(error).__name__)
print(json.dumps({"zip": True, "names": [i.filename for i in infos], "sizes": [i.file_size for i in infos],
    "digests": digests, "offsets": len({i.header_offset for i in z.infolist()}), "entries": len(z.infolist())}))
`;

interface Look {
  readonly zip: boolean;
  readonly names: readonly string[];
  readonly sizes: readonly number[];
  readonly digests: readonly string[];
  readonly offsets: number;
  readonly entries: number;
}

async function look(t: TestContext, bytes: Buffer): Promise<Look> {
  const path = join(withTempDir(t), 'x.whl');
  writeFileSync(path, bytes);
  return JSON.parse(await python('-c', LOOK, path));
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('the page, the sidecar and the METADATA inside a wheel agree', async (t) => {
  const wheel = makeWheel(RECIPE);
  const state = new IndexState({ now: () => 0 });
  const file = state.uploadFile(wheel);
  const seen = await look(t, state.blob(file.path) ?? Buffer.alloc(0));
  assert.deepEqual([seen.names, seen.digests], [[METADATA], [file.metadataSha256]]);
  assert.equal(sha256(state.blob(`${file.path}.metadata`) ?? Buffer.alloc(0)), file.metadataSha256);
});

const EXPECTED: Readonly<Record<OddKind, (seen: Look, advertised: string) => void>> = {
  'other-metadata': ({ names, digests }, advertised) => {
    assert.deepEqual(names, [METADATA]);
    assert.notEqual(digests[0], advertised);
  },
  'no-zip': ({ zip }) => assert.equal(zip, false),
  'cut-zip': ({ zip }) => assert.equal(zip, false),
  'no-metadata': ({ zip, names }) => assert.deepEqual([zip, names], [true, []]),
  'two-dist-infos': ({ names, digests }, advertised) => {
    assert.deepEqual(names, ['boojum-9.dist-info/METADATA', METADATA]);
    assert.equal(digests[1], advertised);
  },
  'metadata-twice': ({ names, digests }, advertised) => {
    assert.deepEqual(names, [METADATA, METADATA]);
    assert.notEqual(digests[0], advertised);
  },
  bomb: ({ sizes }) => assert.deepEqual(sizes, [64 * 1024 * 1024]),
  'lying-bomb': ({ sizes, digests }) => assert.deepEqual([sizes, digests], [[100], ['BadZipFile']]),
  overlapping: ({ zip, offsets, entries }) => assert.deepEqual([zip, offsets, entries], [true, 1, 4]),
};

for (const kind of ODD_KINDS) {
  test(`an odd wheel: ${kind}`, async (t) => {
    const wheel = oddWheel(RECIPE, kind);
    assert.deepEqual(wheel.metadata, makeWheel(RECIPE).metadata, 'the sidecar is sound');
    assert.ok(wheel.bytes.length < 128 * 1024, 'small on the wire');
    EXPECTED[kind](await look(t, wheel.bytes), sha256(wheel.metadata));
  });
}
