/**
 * Goal: two mirrors are compared by reading only what differs, every project that differs is named, and no mirror that lies
 * is believed, or fills memory.
 * Method: engines that follow one simulated index, their trees behind web servers of the test; then servers that answer
 * otherwise than they should.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CatalogueProof } from '../../src/cli/own-proof.ts';
import { isJubjubError } from '../../src/errors.ts';
import { compareProofs, type Difference } from '../../src/inspect/compare.ts';
import type { ProofSource } from '../../src/inspect/proof.ts';
import { parseSite } from '../../src/inspect/site.ts';
import { sha256Of } from '../../src/pypi/digests.ts';
import { bucketOf, manifestOf, renderManifest } from '../../src/pypi/manifest.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { bucketPath } from '../../src/pypi/paths.ts';
import { readManifest } from '../support/check-manifest.ts';
import { type Engine, memoryEngine } from '../support/engine.ts';
import { proofOf, RUNNING } from '../support/inspect-kit.ts';
import { runTo, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { type SiteReply, startPlainSite, type TestSite } from '../support/sites.ts';

const NAMES = ['snark', 'vorpal', 'boojum', 'tove', 'borogove', 'rath'];

async function synced(t: Parameters<typeof startWorld>[0]): Promise<World & { site: TestSite }> {
  const world = await startWorld(t, { cdn: false });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  return { ...world, site: await startPlainSite(t, () => world.engine.store.tree()) };
}

/** Another mirror of the same index, as it is now. */
async function second(t: Parameters<typeof startWorld>[0], { sim }: World, options = {}) {
  const engine = memoryEngine(t, sim, options);
  assert.equal((await engine.run()).exitStatus, 0);
  return { engine, site: await startPlainSite(t, () => engine.store.tree()) };
}

async function compared(here: ProofSource, there: ProofSource) {
  const found: Difference[] = [];
  const comparison = await compareProofs(here, there, (difference) => found.push(difference), RUNNING);
  return { ...comparison, found: found.map(({ kind, name }) => `${kind} ${name}`).sort() };
}

const ownProof = (engine: Engine) => new CatalogueProof(engine.catalogue);

test('two mirrors of one index are the same, and two manifests are all that is read', async (t) => {
  const one = await synced(t);
  const other = await second(t, one);
  const result = await compared(proofOf(t, one.site.url), proofOf(t, other.site.url));
  assert.equal(result.same, true);
  assert.equal(result.bucketsRead, 0);
  assert.deepEqual([one.site.asked, other.site.asked], [['/manifest.json'], ['/manifest.json']]);
  assert.equal(result.here.projects, NAMES.length);
});

test('our own mirror is compared from its catalogue', async (t) => {
  const world = await synced(t);
  const result = await compared(ownProof(world.engine), proofOf(t, world.site.url));
  assert.equal(result.same, true);
  assert.equal(result.here.digest, readManifest(world.engine.store.tree()).digest);
});

test('each project that differs is named by how it does, and only its bucket is read', async (t) => {
  const one = await synced(t);
  const other = await second(t, one);
  upload(one, 'snark', '2.0');
  upload(one, 'jabberwock');
  one.sim.state.removeProject('vorpal');
  assert.equal((await one.engine.run()).exitStatus, 0);
  const result = await compared(ownProof(one.engine), proofOf(t, other.site.url));
  assert.deepEqual(result.found, ['different snark', 'only-here jabberwock', 'only-there vorpal']);
  assert.deepEqual(result.counts, { 'only-here': 1, 'only-there': 1, different: 1 });
  assert.ok((result.here.serial ?? 0) > (result.there.serial ?? 0));
  assert.equal(result.bucketsRead, 3);
  const buckets = ['snark', 'vorpal'].map((name) => `/${bucketPath(bucketOf(normalizeName(name)))}`);
  assert.deepEqual(other.site.asked.slice(1).sort(), buckets.sort());
});

test('projects that share a bucket are told apart', async (t) => {
  // The first two of these have one bucket; found by trying.
  const names = Array.from({ length: 400 }, (_, number) => normalizeName(`p${number}`));
  const pair = names.flatMap((name, at) => {
    const twin = names.slice(at + 1).find((later) => bucketOf(later) === bucketOf(name));
    return twin === undefined ? [] : [[name, twin] as const];
  })[0];
  assert.ok(pair);
  const world = await startWorld(t, { cdn: false });
  for (const name of pair) upload(world, name);
  await runTo(world, 0);
  const other = await second(t, world);
  upload(world, pair[1], '2.0');
  await runTo(world, 0);
  const result = await compared(ownProof(world.engine), proofOf(t, other.site.url));
  assert.deepEqual(result.found, [`different ${pair[1]}`]);
});

test('other settings make other pages: every project differs at the same serial', async (t) => {
  const one = await synced(t);
  const other = await second(t, one, { settings: { mirrorMetadata: false } });
  const result = await compared(proofOf(t, one.site.url), proofOf(t, other.site.url));
  assert.equal(result.counts.different, NAMES.length);
  assert.equal(result.here.serial, result.there.serial);
});

test('a mirror that moves on while it is read is no liar: its new state counts, and it is said', async (t) => {
  const one = await synced(t);
  const other = await second(t, one);
  upload(one, 'snark', '2.0');
  assert.equal((await one.engine.run()).exitStatus, 0);
  const old = one.engine.store.tree();
  upload(one, 'snark', '3.0');
  assert.equal((await one.engine.run()).exitStatus, 0);
  let asked = 0;
  one.site.twist = async ({ path }) =>
    path === '/manifest.json' && ++asked === 1 ? { body: old.get('manifest.json') ?? '' } : undefined;
  const result = await compared(proofOf(t, one.site.url), proofOf(t, other.site.url));
  assert.equal(result.moved, true);
  assert.deepEqual(result.found, ['different snark']);
  assert.equal(result.here.serial, one.sim.state.lastSerial);
});

/** What the site answers for the bucket of snark, or for the manifest, and what must come of it. */
const LIES: readonly (readonly [what: string, on: 'bucket' | 'manifest', reply: SiteReply, code: string])[] =
  [
    [
      'a bucket that is not the promised one',
      'bucket',
      { body: `${'0'.repeat(64)}  simple/snark/index.v1_json\n` },
      'INTEGRITY_DIGEST_MISMATCH',
    ],
    ['a bucket that is not there', 'bucket', { status: 404 }, 'INTEGRITY_DIGEST_MISMATCH'],
    [
      'a bucket that is somewhere else',
      'bucket',
      { status: 302, headers: { location: 'http://elsewhere.example/' } },
      'UPSTREAM_REDIRECT',
    ],
    [
      'a bucket larger than any',
      'bucket',
      { headers: { 'content-length': String(2 ** 40) } },
      'UPSTREAM_TOO_LARGE',
    ],
    ['a bucket without end', 'bucket', { body: Buffer.alloc(5 * 1024 ** 2) }, 'UPSTREAM_TOO_LARGE'],
    ['no manifest', 'manifest', { status: 404 }, 'UPSTREAM_ABSENT'],
    ['a manifest that is refused', 'manifest', { status: 403 }, 'UPSTREAM_STATUS'],
    [
      'a manifest that is somewhere else',
      'manifest',
      { status: 301, headers: { location: 'https://user:secret@elsewhere.example/x' } },
      'UPSTREAM_REDIRECT',
    ],
    [
      'a login page',
      'manifest',
      { headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' },
      'UPSTREAM_MALFORMED',
    ],
    ['a manifest without end', 'manifest', { body: Buffer.alloc(3 * 1024 ** 2, ' ') }, 'UPSTREAM_TOO_LARGE'],
    ['bytes that are no text', 'manifest', { body: Buffer.from([0xff, 0xfe]) }, 'UPSTREAM_MALFORMED'],
    ['a server that breaks', 'manifest', { status: 502 }, 'UPSTREAM_STATUS'],
    [
      'a little that unpacks to much',
      'manifest',
      { headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(3 * 1024 ** 2, ' ')) },
      'UPSTREAM_MALFORMED',
    ],
    [
      'no gzip though it says so',
      'manifest',
      { headers: { 'content-encoding': 'gzip' }, body: 'no gzip' },
      'UPSTREAM_MALFORMED',
    ],
  ];

for (const [what, on, reply, code] of LIES) {
  test(`nothing is concluded from ${what}`, async (t) => {
    const one = await synced(t);
    const other = await second(t, one);
    upload(one, 'snark', '2.0');
    assert.equal((await one.engine.run()).exitStatus, 0);
    const path = on === 'manifest' ? '/manifest.json' : `/${bucketPath(bucketOf(normalizeName('snark')))}`;
    other.site.twist = async (request) => (request.path === path ? reply : undefined);
    await assert.rejects(compared(ownProof(one.engine), proofOf(t, other.site.url)), (error) => {
      assert.ok(isJubjubError(error, code as 'UPSTREAM_STATUS'), String(error));
      assert.equal(error.exitStatus, 4);
      assert.ok(error.facts.url?.endsWith(path));
      assert.doesNotMatch(JSON.stringify(error.facts), /secret/);
      return true;
    });
  });
}

test('a bucket that keeps its promise and still lies about names is refused', async (t) => {
  const one = await synced(t);
  const id = bucketOf(normalizeName('snark'));
  const document = `${'0'.repeat(64)}  simple/Snark/index.v1_json\n`;
  const manifest = manifestOf({
    serial: 1,
    projects: 1,
    files: 0,
    bytes: 0,
    buckets: new Map([[id, sha256Of(document)]]),
  });
  const texts = new Map([
    ['/manifest.json', renderManifest(manifest)],
    [`/${bucketPath(id)}`, document],
  ]);
  one.site.twist = async ({ path }) => ({ body: texts.get(path) ?? '' });
  await assert.rejects(compared(ownProof(one.engine), proofOf(t, one.site.url)), {
    code: 'UPSTREAM_MALFORMED',
  });
});

test('nobody there is said as such, after a few tries', async (t) => {
  const { engine } = await synced(t);
  await assert.rejects(compared(ownProof(engine), proofOf(t, 'http://127.0.0.1:1')), {
    code: 'UPSTREAM_UNREACHABLE',
  });
});

test('addresses: what pip is told is taken for the site, credentials go to it and are never shown', async (t) => {
  assert.equal(parseSite('http://mirror.example/').url, 'http://mirror.example');
  assert.equal(parseSite('http://mirror.example/simple/').url, 'http://mirror.example');
  assert.equal(
    parseSite('https://mirror.example:8443/pypi-mirror/').url,
    'https://mirror.example:8443/pypi-mirror',
  );
  assert.equal(parseSite('http://mirror.example:80').url, 'http://mirror.example');
  for (const text of [
    '',
    'mirror.example',
    'ftp://mirror.example',
    'http://mirror.example/?x',
    'file:///etc',
  ])
    assert.throws(() => parseSite(text), { code: 'USAGE_INVALID' }, text);
  const { engine, site } = await synced(t);
  let seen: string | undefined;
  site.twist = async ({ headers }) => {
    seen = headers.authorization;
    return undefined;
  };
  const remote = proofOf(t, site.url.replace('//', '//us%40er:secret@'));
  assert.equal((await compared(ownProof(engine), remote)).same, true);
  assert.equal(Buffer.from(seen?.replace('Basic ', '') ?? '', 'base64').toString(), 'us@er:secret');
  assert.doesNotMatch(remote.title, /secret/);
});

test('an empty mirror is the same as another one', async (t) => {
  const world = await startWorld(t, { cdn: false });
  await world.engine.run();
  const site = await startPlainSite(t, () => world.engine.store.tree());
  const result = await compared(ownProof(world.engine), proofOf(t, site.url));
  assert.deepEqual([result.same, result.here.projects], [true, 0]);
});
