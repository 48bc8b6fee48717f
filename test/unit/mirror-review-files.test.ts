/**
 * Goal: what one page says of a file harms no other file: sizes, hosts, digests, and paths and sidecars that pages share.
 * Method: pages of the simulated upstream changed on the way, so that they claim what an honest index never would.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { planLinks } from '../../src/mirror/plan.ts';
import { parseDetailText } from '../../src/pypi/detail.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { checkLinks } from '../support/check-promise.ts';
import { allLinks, pageDetail, textOf } from '../support/docroot-pages.ts';
import {
  asked,
  failureOf,
  LONG_MS,
  pathOf,
  runTo,
  shown,
  startWorld,
  upload,
  type World,
} from '../support/mirror-kit.ts';
import { freezePage, type PageDocument, serveBytes } from '../support/tampering.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const digestPath = (digest: string, filename: string) =>
  `/packages/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest.slice(4)}/${filename}`;

/** Makes the only file of a page another one. */
function fileBecomes(world: World, fields: Record<string, unknown>): (page: PageDocument) => void {
  return ({ files }) => {
    for (const file of files) {
      Object.assign(file, { 'core-metadata': false, 'data-dist-info-metadata': false }, fields);
      file['url'] = `${world.sim.url}${String(fields['url'])}`;
    }
  };
}

/** A run of which the origin's truth says nothing, because its pages are not the origin's: P1 is checked all the same. */
async function runChecked(world: World, exitStatus: number): Promise<void> {
  const summary = await world.engine.run();
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify(summary, null, 1));
  checkLinks(world.engine.store.tree());
}

test('a page that once had a wrong digest: when it is right, the file lies where upstream has it', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  const wheel = upload(world, 'snark', '2.0');
  const page = await freezePage(world, '/simple/snark/', ({ files }) => {
    for (const file of files)
      if (file['filename'] === wheel.filename) file['hashes'] = { sha256: '0'.repeat(64) };
  });
  await runTo(world, 3);
  assert.equal(failureOf(world, 'snark').code, 'INTEGRITY_DIGEST_MISMATCH');
  page.remove();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 2);
  const places = [...world.engine.store.tree().keys()].filter((path) => path.endsWith(wheel.filename));
  assert.deepEqual(places, [pathOf(world, wheel.filename)]);
});

test('an advertised size beyond all limits refuses that file only, unasked', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const good = upload(world, 'snark', '1.0');
  const huge = upload(world, 'snark', '2.0');
  upload(world, 'vorpal');
  const page = await freezePage(world, '/simple/snark/', ({ files }) => {
    for (const file of files) if (file['filename'] === huge.filename) file['size'] = Number.MAX_SAFE_INTEGER;
  });
  await runTo(world, 3);
  assert.equal(failureOf(world, 'snark').code, 'UPSTREAM_TOO_LARGE');
  assert.deepEqual([shown(world, 'snark'), shown(world, 'vorpal')?.length], [[good.filename], 1]);
  assert.deepEqual(asked(world, /packages.*snark-2/), []);
  page.remove();
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), [good.filename, huge.filename]);
});

test('without files of our own, no page links to a foreign host, and its project is pending', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { mirrorFiles: false } });
  for (const name of ['snark', 'vorpal']) upload(world, name);
  const origin = 'http://elsewhere.example';
  world.sim.faults.add({ match: /simple\/snark/, fault: { kind: 'foreign-host', origin } });
  assert.equal((await world.engine.run()).exitStatus, 3);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_HOST_NOT_ALLOWED' });
  assert.deepEqual(shown(world, 'snark'), []);
  const tree = world.engine.store.tree();
  assert.equal(allLinks(tree).length, 2, "vorpal's, on both of its pages");
  for (const path of ['simple/snark/index.html', 'simple/snark/index.v1_json'])
    assert.ok(!textOf(tree, path).includes('elsewhere'), path);
  world.sim.faults.clear();
  assert.equal((await world.engine.run()).exitStatus, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
});

for (const mirrorFiles of [false, true]) {
  const now = mirrorFiles ? 'from now on' : 'not even now';
  test(`links that lead to upstream stay though the next page leads to a foreign host, files of our own ${now}`, async (t) => {
    const world = await startWorld(t, { cdn: false }, { settings: { mirrorFiles: false } });
    const { filename } = upload(world, 'snark');
    assert.equal((await world.engine.run()).exitStatus, 0);
    world.engine.options.settings = { mirrorFiles };
    upload(world, 'snark', '2.0');
    const origin = 'http://elsewhere.example';
    world.sim.faults.add({ match: /simple\/snark/, fault: { kind: 'foreign-host', origin } });
    assert.equal((await world.engine.run()).exitStatus, 3);
    assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_HOST_NOT_ALLOWED' });
    assert.deepEqual(shown(world, 'snark'), [filename]);
    world.sim.faults.clear();
    assert.equal((await world.engine.run()).exitStatus, 0);
    assert.equal(shown(world, 'snark')?.length, 2);
  });
}

for (const together of [true, false]) {
  const when = together ? 'in one wave' : 'one after the other';
  test(`a file whose own digest's path has other bytes already is refused, not put over them, ${when}`, async (t) => {
    const world = await startWorld(t, { cdn: false });
    const filename = upload(world, 'aaa').filename;
    const ours = 'what the digest stands for';
    const theirs = 'other bytes at that path';
    const taken = digestPath(sha256(ours), filename);
    const fields = { filename, url: taken, hashes: { sha256: sha256(theirs) }, size: theirs.length };
    await freezePage(world, '/simple/aaa/', fileBecomes(world, fields));
    serveBytes(world, taken, theirs);
    if (!together) await runChecked(world, 0);
    upload(world, 'bbb');
    const odd = { filename, url: `/odd/${filename}`, hashes: { sha256: sha256(ours) }, size: ours.length };
    await freezePage(world, '/simple/bbb/', fileBecomes(world, odd));
    serveBytes(world, odd.url, ours);
    for (const _run of [1, 2]) {
      await runChecked(world, 3);
      assert.deepEqual([shown(world, 'aaa'), shown(world, 'bbb')], [[filename], []]);
      assert.match(failureOf(world, 'bbb').message, /other bytes lie at the paths/);
    }
  });

  test(`two pages with other digests for the sidecar of one file never overwrite it, ${when}`, async (t) => {
    const world = await startWorld(t, { cdn: false });
    const wheel = upload(world, 'aaa');
    const path = `/${pathOf(world, wheel.filename)}`;
    const metadata = 'Metadata-Version: 2.1\nName: aaa\n';
    const sidecar = serveBytes(world, `${path}.metadata`, metadata);
    const advertising = (text: string) => (page: PageDocument) => {
      const [file] = page.files;
      Object.assign(file ?? {}, {
        filename: wheel.filename,
        url: `${world.sim.url}${path}`,
        hashes: { sha256: createHash('sha256').update(wheel.bytes).digest('hex') },
        size: wheel.bytes.length,
        'core-metadata': { sha256: sha256(text) },
        'data-dist-info-metadata': { sha256: sha256(text) },
      });
    };
    await freezePage(world, '/simple/aaa/', advertising(metadata));
    if (!together) await runChecked(world, 0);
    upload(world, 'bbb');
    const other = metadata.replace('aaa', 'bbb');
    await freezePage(world, '/simple/bbb/', advertising(other));
    if (!together) {
      sidecar.remove();
      serveBytes(world, `${path}.metadata`, other);
    }
    await runChecked(world, 0);
    const advertised = (name: string) =>
      pageDetail(world.engine.store.tree(), normalizeName(name))?.files.map(
        (file) => file.coreMetadata !== null,
      );
    assert.deepEqual([advertised('aaa'), advertised('bbb')], [[true], [false]]);
  });
}

test('a file that two pages have at two addresses, one of them dead, is brought in for both', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const bytes = 'the same bytes';
  const filename = upload(world, 'alive').filename;
  upload(world, 'dead');
  for (const name of ['alive', 'dead']) {
    const fields = {
      filename,
      url: `/${name}/${filename}`,
      hashes: { sha256: sha256(bytes) },
      size: bytes.length,
    };
    await freezePage(world, `/simple/${name}/`, fileBecomes(world, fields));
  }
  serveBytes(world, `/alive/${filename}`, bytes);
  await runChecked(world, 0);
  assert.deepEqual([shown(world, 'alive'), shown(world, 'dead')], [[filename], [filename]]);
});

test('all files of a page that are refused for one reason share one error, whose stack is kept once', () => {
  const name = normalizeName('snark');
  const files = Array.from({ length: 1_000 }, (_, at) => ({
    filename: `snark-${at}.tar.gz`,
    url: `http://elsewhere.example/snark-${at}.tar.gz`,
    hashes: { sha256: sha256(`${at}`) },
  }));
  const text = JSON.stringify({ meta: { 'api-version': '1.4', '_last-serial': 1 }, name, files });
  const detail = parseDetailText(text, {
    name,
    url: 'http://pypi.example/simple/snark/',
    headerSerial: null,
  });
  const { refused } = planLinks(detail, () => false);
  assert.deepEqual([refused.length, new Set(refused).size], [1_000, 1]);
  assert.match(refused[0]?.message ?? '', /snark-0/);
});
