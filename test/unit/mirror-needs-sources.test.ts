/**
 * Goal: what a release needs is learnt from whatever tells it, asked for once, and said to be unknown where nothing tells.
 * Method: the engine on the simulated upstream; sdists, files that stay upstream, documents that fail.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadataPath } from '../../src/pypi/paths.ts';
import { asked, LONG_MS } from '../support/mirror-kit.ts';
import {
  held,
  needsWarnings,
  release,
  reportOf,
  sdist,
  settle,
  startNeeding,
  sync,
} from '../support/needs-kit.ts';
import { sql } from '../support/verify-kit.ts';

const DAY_MS = 24 * 3_600_000;

test('what a wheel needs is read from the mirror itself: without its sidecar from the wheel', async (t) => {
  for (const mirrorMetadata of [true, false]) {
    const world = await startNeeding(t, ['alice'], { engine: { settings: { mirrorMetadata } } });
    release(world, 'alice 1.0', ['rabbit']);
    release(world, 'rabbit 1.0');
    await sync(world);
    assert.deepEqual(held(world), ['alice 1.0', 'rabbit 1.0']);
    assert.deepEqual(asked(world, /^GET (?:\/pypi|.*metadata)/), []);
  }
});

test('where files stay upstream, their sidecars are looked at there, once', async (t) => {
  const world = await startNeeding(t, ['alice'], { engine: { settings: { mirrorFiles: false } } });
  const wheel = release(world, 'alice 1.0', ['rabbit<2']);
  for (const what of ['rabbit 1.0', 'rabbit 2.0']) release(world, what);
  await sync(world);
  const names = [...world.engine.catalogue.publishedNames()];
  assert.deepEqual(names, ['alice', 'rabbit']);
  assert.equal(asked(world, new RegExp(`${wheel.filename}.metadata`)).length, 1);
  await settle(world);
  release(world, 'alice 2.0', ['rabbit<2']);
  await sync(world);
  assert.deepEqual(asked(world, new RegExp(`${wheel.filename}.metadata`)), []);
  assert.deepEqual(asked(world, /GET \/pypi/), []);
});

test('what only an sdist could tell is asked of the JSON API, once for each release', async (t) => {
  const world = await startNeeding(t, ['alice']);
  sdist(world, 'alice 1.0', ['rabbit']);
  sdist(world, 'alice 2.0', ['rabbit', 'hole']);
  release(world, 'alice 2.0', ['rabbit', 'hole']);
  for (const name of ['rabbit', 'hole']) release(world, name);
  await sync(world);
  assert.deepEqual(held(world).slice(2), ['hole 1.0', 'rabbit 1.0']);
  assert.deepEqual(
    asked(world, /GET \/pypi/).map(({ path }) => path),
    ['/pypi/alice/1.0/json'],
    'the wheel speaks for its release',
  );
  assert.deepEqual(needsWarnings(world), []);
  await settle(world);
  sdist(world, 'alice 3.0', ['rabbit']);
  await sync(world);
  assert.deepEqual(
    asked(world, /GET \/pypi/).map(({ path }) => path),
    ['/pypi/alice/3.0/json'],
  );
});

test('what an sdist needs is not known when upstream states nothing, and that is said', async (t) => {
  const world = await startNeeding(t, ['alice']);
  sdist(world, 'alice 1.0');
  await sync(world);
  assert.match(
    needsWarnings(world).join(),
    /^NEEDS_UNKNOWN .*\(1\): alice-1\.0\.tar\.gz \(upstream states no/,
  );
  const { unknown } = await reportOf(world);
  assert.deepEqual(
    unknown.map(({ project, file }) => `${project} ${file}`),
    ['alice alice-1.0.tar.gz'],
  );
  world.sim.advance(2 * DAY_MS);
  release(world, 'alice 2.0');
  world.sim.requests.length = 0;
  await sync(world);
  assert.deepEqual(asked(world, /GET \/pypi/), [], 'upstream has said all that it knows');
  assert.equal(needsWarnings(world).length, 1);
});

test('a document that is not there is asked for again, but not more than once a day', async (t) => {
  const world = await startNeeding(t, ['alice']);
  sdist(world, 'alice 1.0', ['rabbit']);
  release(world, 'rabbit 1.0');
  const missing = world.sim.faults.add({ match: /GET \/pypi/, fault: { kind: 'missing' } });
  await sync(world);
  assert.match(needsWarnings(world).join(), /alice-1\.0\.tar\.gz \(upstream has no JSON API document/);
  await settle(world);
  release(world, 'alice 2.0');
  await sync(world);
  assert.deepEqual(asked(world, /GET \/pypi/), []);
  assert.deepEqual(held(world), ['alice 1.0', 'alice 2.0']);
  missing.remove();
  world.sim.advance(DAY_MS);
  release(world, 'alice 3.0');
  await sync(world);
  assert.deepEqual(held(world).at(-1), 'rabbit 1.0');
  assert.deepEqual(needsWarnings(world), []);
});

test('a document that fails just now takes nothing away, and is asked for by the next run', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['hat']);
  const other = release(world, 'alice 1.1', ['rabbit']);
  for (const name of ['rabbit', 'hole', 'hat']) release(world, name);
  await sync(world);
  await settle(world);
  world.sim.state.removeFile(other.filename);
  sdist(world, 'alice 2.0', ['hole']);
  world.sim.faults.add({ match: /GET \/pypi/, fault: { kind: 'status', status: 503 } });
  await sync(world, 3);
  assert.deepEqual(world.engine.pending(), { alice: 'UPSTREAM_STATUS' });
  assert.deepEqual(held(world), ['alice 1.0', 'alice 2.0', 'hat 1.0', 'rabbit 1.0']);
  assert.match(needsWarnings(world).join(), /NEEDS_UNKNOWN .*the next run.*alice-2\.0\.tar\.gz/);
  world.sim.faults.clear();
  world.sim.advance(LONG_MS);
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'alice 2.0', 'hat 1.0', 'hole 1.0']);
  assert.deepEqual(needsWarnings(world), []);
});

test('a document that is another release’s, or is none, tells nothing', async (t) => {
  for (const info of ['{"name":"alice","version":"9"}', '{"name":"bob","version":"1.0"}', '[]']) {
    const world = await startNeeding(t, ['alice']);
    sdist(world, 'alice 1.0', ['rabbit']);
    release(world, 'rabbit 1.0');
    const fault = { kind: 'replace', body: `{"info":${info}}`, contentType: 'application/json' } as const;
    world.sim.faults.add({ match: /GET \/pypi/, fault });
    await sync(world);
    assert.deepEqual(held(world), ['alice 1.0']);
    assert.match(needsWarnings(world).join(), /alice-1\.0\.tar\.gz \(.*malformed: info/);
  }
});

test('a sidecar that was damaged in the docroot is not believed', async (t) => {
  const world = await startNeeding(t, ['alice', 'cat']);
  release(world, 'alice 1.0', ['rabbit']);
  release(world, 'rabbit 1.0');
  await sync(world);
  const [file] = world.engine.files('alice');
  assert.ok(file);
  world.engine.store.tamper(metadataPath(file.path), Buffer.from('Requires-Dist: hole\n'));
  sql(world, `DELETE FROM file_needs WHERE sha256 = x'${file.sha256}'`);
  release(world, 'cat 1.0');
  release(world, 'hole 1.0');
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'cat 1.0', 'rabbit 1.0']);
});
