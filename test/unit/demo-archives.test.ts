/**
 * Goal: the made wheels and sdists are the real thing, and the same every time.
 * Method: Python's zipfile and tarfile read them, real pip installs them without a network.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTar, makeTarGz } from '../../src/demo/tar.ts';
import { makeZip } from '../../src/demo/zip.ts';
import { JubjubError } from '../../src/errors.ts';
import { pip, python } from '../support/python.ts';
import { withTempDir } from '../support/temp.ts';
import { type Distribution, makeSdist, makeWheel, type Recipe } from '../support/wheels.ts';

const RECIPE: Recipe = {
  name: 'Tulgey_Wood',
  version: '1.0.post1',
  requires: ['snark>=1.0'],
  requiresPython: '>=3.8',
  modules: { 'tulgey_wood/__init__.py': "LINE = 'whiffling'\n", 'tulgey_wood/eyes.py': 'FLAME = True\n' },
};

const MAKERS: readonly [kind: string, make: (recipe: Recipe) => Distribution][] = [
  ['wheel', makeWheel],
  ['sdist', makeSdist],
];

for (const [kind, make] of MAKERS) {
  test(`real pip installs a ${kind} without a network`, async (t) => {
    const directory = withTempDir(t);
    const dist = make(RECIPE);
    const path = join(directory, dist.filename);
    writeFileSync(path, dist.bytes);
    const target = join(directory, 'target');
    await pip('install', '--no-index', '--no-deps', '--target', target, path);
    const program = [
      'import sys, importlib.metadata as m',
      `sys.path.insert(0, ${JSON.stringify(target)})`,
      'import tulgey_wood, tulgey_wood.eyes',
      'd = m.distribution("tulgey-wood")',
      'print(tulgey_wood.LINE, d.metadata["Name"], d.version, d.requires, d.metadata["Requires-Python"])',
    ].join('\n');
    assert.equal(
      (await python('-c', program)).trim(),
      "whiffling Tulgey_Wood 1.0.post1 ['snark>=1.0'] >=3.8",
    );
  });

  test(`the same recipe gives the same ${kind}, another recipe another`, () => {
    assert.deepEqual(make(RECIPE).bytes, make({ ...RECIPE }).bytes);
    assert.notDeepEqual(make(RECIPE).bytes, make({ ...RECIPE, version: '1.1' }).bytes);
  });
}

test('filenames spell the name as PEP 427 and PEP 625 want it', () => {
  assert.equal(makeWheel(RECIPE).filename, 'tulgey_wood-1.0.post1-py3-none-any.whl');
  assert.equal(makeSdist(RECIPE).filename, 'tulgey_wood-1.0.post1.tar.gz');
});

test("a wheel's metadata is the METADATA inside it, byte for byte", async (t) => {
  const path = join(withTempDir(t), 'x.whl');
  const wheel = makeWheel(RECIPE);
  writeFileSync(path, wheel.bytes);
  const program =
    'import sys, zipfile\n' +
    'z = zipfile.ZipFile(sys.argv[1])\n' +
    'assert z.testzip() is None\n' +
    'sys.stdout.write(z.read("tulgey_wood-1.0.post1.dist-info/METADATA").decode())';
  assert.equal(await python('-c', program, path), wheel.metadata.toString());
  assert.match(
    wheel.metadata.toString(),
    /^Metadata-Version: 2\.1\nName: Tulgey_Wood\nVersion: 1\.0\.post1\n/,
  );
});

test('a zip keeps long and short entries, and says no time but its own', async (t) => {
  const path = join(withTempDir(t), 'x.zip');
  const long = Buffer.from('snark '.repeat(1000));
  writeFileSync(
    path,
    makeZip([
      { name: 'long.txt', data: long },
      { name: 'ünï.txt', data: Buffer.from('x') },
      { name: 'empty', data: Buffer.alloc(0) },
    ]),
  );
  const program =
    'import sys, zipfile\n' +
    'z = zipfile.ZipFile(sys.argv[1])\n' +
    'assert z.testzip() is None\n' +
    'print([(i.filename, i.file_size, i.compress_type, i.date_time[:3]) for i in z.infolist()])';
  assert.equal(
    (await python('-c', program, path)).trim(),
    "[('long.txt', 6000, 8, (1980, 1, 1)), ('ünï.txt', 1, 0, (1980, 1, 1)), ('empty', 0, 0, (1980, 1, 1))]",
  );
});

test('a tar holds paths over 100 bytes, and refuses what ustar cannot hold', async (t) => {
  const path = join(withTempDir(t), 'x.tar.gz');
  const deep = `${'d'.repeat(90)}/${'f'.repeat(60)}`;
  writeFileSync(path, makeTarGz([{ name: deep, data: Buffer.from('deep') }]));
  const program =
    'import sys, tarfile\n' +
    't = tarfile.open(sys.argv[1])\n' +
    'm = t.getmembers()[0]\n' +
    'print(m.name, t.extractfile(m).read().decode(), oct(m.mode))';
  assert.equal((await python('-c', program, path)).trim(), `${deep} deep 0o644`);
  assert.throws(() => makeTar([{ name: 'f'.repeat(101), data: Buffer.alloc(0) }]), JubjubError);
});
