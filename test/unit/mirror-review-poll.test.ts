/**
 * Goal: an index without a changelog that lies, lags or breaks takes nothing away, hides nothing, and leaves nothing owed for ever.
 * Method: small servers of those kinds and the simulated index with `changes = "list"`; one fault each, and what follows it.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { startDevpi } from '../support/dialects/devpi.ts';
import { type PlainIndexOptions, startPlainIndex } from '../support/dialects/plain-index.ts';
import { pageDetail } from '../support/docroot-pages.ts';
import { type Engine, memoryEngine } from '../support/engine.ts';
import { LONG_MS, runTo, shown, startWorld, upload } from '../support/mirror-kit.ts';
import { startSim } from '../support/sim/sim.ts';
import { makeWheel, type Wheel } from '../support/wheels.ts';

const EXPIRY_MS = 30 * 60_000;
const NAMES = ['snark', 'boojum', 'tove'];
const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const TOVE_PAGE = /^GET \/simple\/tove\/$/;

async function engineFor(t: TestContext, url: string): Promise<Engine> {
  const sim = await startSim();
  t.after(() => sim.close());
  return memoryEngine(t, sim, { upstream: { url, changes: 'poll' }, settings: { expiryMs: EXPIRY_MS } });
}

async function plain(t: TestContext, options: PlainIndexOptions = {}) {
  const index = await startPlainIndex(options);
  t.after(() => index.close());
  return { index, engine: await engineFor(t, index.url) };
}

const wheel = (name: string, version = '1.0'): Wheel =>
  makeWheel({ name, version, modules: { 'm.py': `${name} ${version}` } });

async function runs(engine: Engine, exitStatus = 0, options: Parameters<Engine['run']>[0] = {}) {
  const summary = await engine.run(options);
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify(summary, null, 1));
  return summary;
}

const names = (engine: Engine, name: string) =>
  pageDetail(engine.store.tree(), normalizeName(name))?.files.map(({ filename }) => filename) ?? null;

test("a page that was fresh when devpi's counter moved is asked for when it is not fresh any more", async (t) => {
  const devpi = await startDevpi();
  t.after(() => devpi.close());
  const engine = await engineFor(t, devpi.url);
  devpi.shelf.put(wheel('snark'));
  await runs(engine);
  devpi.shelf.put(wheel('snark', '2.0'));
  engine.sim.advance(60_000);
  await runs(engine);
  assert.equal(names(engine, 'snark')?.length, 1, 'still fresh');
  engine.sim.advance(EXPIRY_MS);
  await runs(engine);
  assert.equal(names(engine, 'snark')?.length, 2);
  engine.sim.advance(EXPIRY_MS);
  devpi.requests.length = 0;
  await runs(engine);
  assert.equal(devpi.requests.length, 1, 'asked for since the counter moved: only the list is');
});

test('a project that an earlier list lacked and this one has is not removed by a 404', async (t) => {
  const { index, engine } = await plain(t);
  for (const name of NAMES) index.shelf.put(wheel(name));
  await runs(engine);
  index.shelf.removeProject('tove');
  index.faults.add({ match: TOVE_PAGE, fault: { kind: 'html-503' } });
  await runs(engine, 3);
  index.shelf.put(wheel('tove'));
  index.faults.clear();
  index.notFoundStorm(TOVE_PAGE);
  await runs(engine, 3);
  assert.equal(names(engine, 'tove')?.length, 1);
});

for (const changes of ['changelog', 'list'] as const)
  test(`the same where there are serials (${changes})`, async (t) => {
    const world = await startWorld(
      t,
      { cdn: false },
      { upstream: { changes }, settings: { reconcileShare: 1 } },
    );
    for (const name of NAMES) upload(world, name);
    await runTo(world, 0);
    world.sim.advance(LONG_MS);
    upload(world, 'zebra');
    await runTo(world, 0);
    world.sim.advance(LONG_MS);
    const rewrite = (text: string) => text.replace(/\{[^{}]*"name":"tove"[^{}]*\},?/, '').replace(',]', ']');
    world.sim.faults.add({ match: /^GET \/simple\/$/, fault: { kind: 'rewrite', rewrite } });
    world.sim.faults.add({ match: TOVE_PAGE, fault: { kind: 'html-503' } });
    upload(world, 'zebra', '2.0');
    await runTo(world, 3);
    world.sim.faults.clear();
    world.sim.advance(LONG_MS);
    upload(world, 'zebra', '3.0');
    world.sim.faults.add({ match: TOVE_PAGE, fault: { kind: 'missing' } });
    await runTo(world, 3);
    assert.equal(shown(world, 'tove')?.length, 1);
  });

for (const fault of [{ kind: 'missing' }, { kind: 'html-503' }] as const)
  test(`a file without a digest that we have stays when it is asked for again in vain (${fault.kind}), and is owed`, async (t) => {
    const { index, engine } = await plain(t, { fragments: 'none' });
    index.shelf.put(wheel('snark'));
    await runs(engine);
    engine.sim.advance(EXPIRY_MS);
    index.faults.add({ match: /\.whl/, fault });
    await runs(engine, 3);
    assert.deepEqual(names(engine, 'snark'), [wheel('snark').filename]);
    index.faults.clear();
    await runs(engine);
  });

test('a file without a digest and without a validator is brought in again by a full run only', async (t) => {
  const { index, engine } = await plain(t, { fragments: 'none', validators: 'none' });
  index.shelf.put(wheel('snark'));
  await runs(engine);
  const digest = () => engine.files('snark').find(({ state }) => state === 'published')?.sha256;
  const before = digest();
  index.shelf.replaceBytes(wheel('snark').filename, wheel('snark', '1.1').bytes);
  engine.sim.advance(EXPIRY_MS);
  index.requests.length = 0;
  await runs(engine);
  assert.deepEqual(
    index.requests.filter(({ line }) => line.includes('.whl')),
    [],
  );
  assert.equal(digest(), before);
  await runs(engine, 0, { full: true });
  assert.notEqual(digest(), before);
});

test('a notice of maintenance in place of a page is no project without files', async (t) => {
  const { index, engine } = await plain(t);
  index.shelf.put(wheel('snark'));
  await runs(engine);
  engine.sim.advance(EXPIRY_MS);
  index.shelf.put(wheel('snark', '2.0'));
  const body =
    '<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>';
  index.faults.add({ match: /snark\/$/, fault: { kind: 'replace', body, contentType: 'text/html' } });
  await runs(engine, 3);
  assert.deepEqual(names(engine, 'snark'), [wheel('snark').filename]);
});

test('a page without a serial does not take the place of one with a serial', async (t) => {
  const world = await startWorld(
    t,
    { cdn: false },
    { upstream: { changes: 'list' }, settings: { reconcileShare: 1 } },
  );
  upload(world, 'snark');
  await runTo(world, 0);
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  const body = JSON.stringify({ meta: { 'api-version': '1.0' }, name: 'snark', files: [] });
  const match = /^GET \/simple\/snark\/$/;
  // Sent as something new: no 304 comes before it.
  world.sim.state.archiveProject('snark');
  world.sim.faults.add({ match, fault: { kind: 'replace', body, contentType: JSON_TYPE } });
  const summary = await world.engine.run();
  assert.equal(summary.exitStatus, 3, JSON.stringify(summary));
  assert.match(summary.pending[0]?.message ?? '', /a page with its serial, received a page without a serial/);
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('a project that left the list before its page went is let go, though the list does not change any more', async (t) => {
  const { index, engine } = await plain(t);
  for (const name of NAMES) index.shelf.put(wheel(name));
  await runs(engine);
  const body = await (await fetch(`${index.url}/simple/tove/`)).text();
  index.shelf.removeProject('tove');
  const page = { kind: 'replace', body, contentType: 'text/html' } as const;
  index.faults.add({ match: TOVE_PAGE, fault: page });
  index.faults.add({ match: TOVE_PAGE, fault: { kind: 'status', status: 200 } });
  await runs(engine);
  index.faults.clear();
  engine.sim.advance(EXPIRY_MS);
  await runs(engine, 3);
  await runs(engine);
  assert.equal(names(engine, 'tove'), null);
});

test('a new project that was listed before a kill and is not any more is nobody’s debt', async (t) => {
  const { index, engine } = await plain(t);
  for (const name of NAMES) index.shelf.put(wheel(name));
  const abort = new AbortController();
  await engine.run({}, abort.signal, (event) => {
    if (event.type === 'discovered') abort.abort();
  });
  index.shelf.removeProject('tove');
  await runs(engine);
  assert.equal(names(engine, 'tove'), null);
});

test('ordinary changes are no drift where nothing announces them', async (t) => {
  const { index, engine } = await plain(t);
  index.shelf.put(wheel('snark'));
  await runs(engine);
  engine.sim.advance(EXPIRY_MS);
  index.shelf.put(wheel('snark', '2.0'));
  index.shelf.put(wheel('boojum'));
  assert.deepEqual((await runs(engine)).drift, { checked: 0, found: 0 });
  const world = await startWorld(t, { cdn: false }, { upstream: { changes: 'list' } });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  world.sim.state.removeProject('tove');
  const removed = await runTo(world, 0);
  assert.equal(removed.withdrawn, 1);
  assert.deepEqual(removed.drift, { checked: 0, found: 0 });
});

test('attestations that we have stay when they answer 404, and are owed; not where the index refuses all', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { reconcileShare: 1 } });
  const file = makeWheel({ name: 'snark', version: '1.0', modules: { 'm.py': '' } });
  world.sim.state.uploadFile(file, { version: 1, attestation_bundles: [] });
  await runTo(world, 0);
  // Something later moves the replay window on.
  world.sim.advance(LONG_MS);
  upload(world, 'zebra');
  await runTo(world, 0);
  const held = () => world.engine.files('snark')[0]?.provenance?.sha256 ?? null;
  const before = held();
  assert.ok(before);
  world.sim.advance(LONG_MS);
  world.sim.faults.add({ match: /\/integrity\//, fault: { kind: 'missing' } });
  await runTo(world, 3);
  assert.equal(held(), before);
  world.sim.faults.clear();
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  world.sim.faults.add({ match: /\/integrity\//, fault: { kind: 'status', status: 403 } });
  await runTo(world, 0);
  assert.equal(held(), before);
});
