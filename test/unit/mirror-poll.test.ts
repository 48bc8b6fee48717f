/**
 * Goal: an index without serials (devpi, a PEP 503 directory) is mirrored truly, files without digests included.
 * Method: small servers of those kinds; the engine with `changes = "poll"` or `"auto"` against them.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Catalogue } from '../../src/catalogue/contract.ts';
import { statusReport } from '../../src/mirror/report.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { startDevpi } from '../support/dialects/devpi.ts';
import { type PlainIndexOptions, startPlainIndex } from '../support/dialects/plain-index.ts';
import { pageDetail, rootNames } from '../support/docroot-pages.ts';
import { afterDeath, type Engine, memoryEngine } from '../support/engine.ts';
import { startSim } from '../support/sim/sim.ts';
import { makeWheel, type Wheel } from '../support/wheels.ts';

const EXPIRY_MS = 30 * 60_000;

/** An engine whose upstream is that address; the simulation lends its clock. */
async function engineFor(t: TestContext, url: string, changes: 'poll' | 'auto', fileHosts: string[] = []) {
  const sim = await startSim();
  t.after(() => sim.close());
  return memoryEngine(t, sim, { upstream: { url, changes, fileHosts, expiryMs: EXPIRY_MS } });
}

async function plain(t: TestContext, options: PlainIndexOptions = {}, changes: 'poll' | 'auto' = 'poll') {
  const index = await startPlainIndex(options);
  t.after(() => index.close());
  const engine = await engineFor(t, index.url, changes, [new URL(index.filesUrl).host]);
  return { index, engine };
}

const wheel = (name: string, version = '1.0', text = ''): Wheel =>
  makeWheel({ name, version, modules: { 'm.py': `${name} ${version} ${text}` } });

async function runs(engine: Engine, exitStatus = 0) {
  const summary = await engine.run();
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify(summary, null, 1));
  return summary;
}

const page = (engine: Engine, name: string) => pageDetail(engine.store.tree(), normalizeName(name));
const names = (engine: Engine, name: string) =>
  page(engine, name)?.files.map(({ filename }) => filename) ?? null;

test('a PEP 503 directory is mirrored, and what changes is found when its page is no longer fresh', async (t) => {
  const { index, engine } = await plain(t);
  index.shelf.put(wheel('snark'));
  index.shelf.put(wheel('boojum'));
  const first = await runs(engine);
  assert.equal(first.serial, null, 'there is no serial to tell');
  assert.deepEqual(names(engine, 'snark'), [wheel('snark').filename]);
  index.shelf.put(wheel('snark', '2.0'));
  await runs(engine);
  assert.equal(names(engine, 'snark')?.length, 1, 'still fresh');
  engine.sim.advance(EXPIRY_MS);
  index.requests.length = 0;
  await runs(engine);
  assert.equal(names(engine, 'snark')?.length, 2);
  const statuses = index.requests.filter(({ line }) => /boojum\/$/.test(line)).map(({ status }) => status);
  assert.deepEqual(statuses, [304], 'asked for conditionally');
});

test('a new project comes with the list, and one that went goes', async (t) => {
  const { index, engine } = await plain(t);
  for (const name of ['snark', 'boojum', 'tove']) index.shelf.put(wheel(name));
  await runs(engine);
  index.shelf.put(wheel('rath'));
  index.shelf.removeProject('tove');
  await runs(engine);
  assert.equal(names(engine, 'rath')?.length, 1);
  assert.equal(page(engine, 'tove'), null);
});

test('a file without a digest gets one, and is replaced when its bytes are, though no page changes', async (t) => {
  const { index, engine } = await plain(t, { fragments: 'none' });
  index.shelf.put(wheel('snark'));
  await runs(engine);
  const before = page(engine, 'snark')?.files[0]?.sha256;
  assert.ok(before);
  engine.sim.advance(EXPIRY_MS);
  index.requests.length = 0;
  await runs(engine);
  assert.deepEqual(
    index.requests.filter(({ line }) => line.includes('.whl')).map(({ status }) => status),
    [304],
  );
  index.shelf.replaceBytes(wheel('snark').filename, wheel('snark', '1.0', 'other').bytes);
  engine.sim.advance(EXPIRY_MS);
  await runs(engine);
  const after = page(engine, 'snark')?.files[0]?.sha256;
  assert.ok(after && after !== before);
});

test('a file without a digest that vanished leaves its project pending and the page without it', async (t) => {
  const { index, engine } = await plain(t, { fragments: 'none' });
  index.shelf.put(wheel('snark'));
  index.shelf.put(wheel('snark', '2.0'));
  index.notFoundStorm(/snark-2\.0/);
  const summary = await engine.run();
  assert.equal(summary.exitStatus, 3);
  assert.deepEqual(names(engine, 'snark'), [wheel('snark').filename]);
});

test('a storm of 404s and an empty list remove nothing', async (t) => {
  const { index, engine } = await plain(t);
  for (const name of ['snark', 'boojum', 'tove']) index.shelf.put(wheel(name));
  await runs(engine);
  engine.sim.advance(EXPIRY_MS);
  index.notFoundStorm(/simple\/.+/);
  const summary = await engine.run();
  assert.notEqual(summary.exitStatus, 0);
  for (const name of ['snark', 'boojum', 'tove']) assert.equal(names(engine, name)?.length, 1, name);
});

test('devpi is recognized, remembered, and left alone while its counter stands', async (t) => {
  const devpi = await startDevpi();
  t.after(() => devpi.close());
  const engine = await engineFor(t, devpi.url, 'auto');
  devpi.shelf.put(wheel('snark'));
  await runs(engine);
  assert.deepEqual(engine.catalogue.dialect(), { kind: 'poll', index: '/+simple/' });
  assert.equal(statusReport(engine.catalogue).changes, 'poll');
  engine.sim.advance(EXPIRY_MS);
  devpi.requests.length = 0;
  await runs(engine);
  assert.deepEqual(
    devpi.requests.map(({ line }) => line),
    ['GET /root/dev/+simple/'],
  );
  devpi.shelf.put(wheel('snark', '2.0'));
  await runs(engine);
  assert.equal(names(engine, 'snark')?.length, 2);
});

test("devpi's counter says nothing of what it copies from elsewhere", async (t) => {
  const devpi = await startDevpi({ type: 'mirror' });
  t.after(() => devpi.close());
  const engine = await engineFor(t, devpi.url, 'poll');
  devpi.shelf.put(wheel('snark'));
  devpi.pypiSerials.set('snark', 77);
  await runs(engine);
  engine.sim.advance(EXPIRY_MS);
  devpi.requests.length = 0;
  await runs(engine);
  assert.ok(devpi.requests.some(({ line }) => line === 'GET /root/dev/+simple/snark/'));
});

test('a root index that a killed run wrote before its commit is put right, although the project is then not to be had', async (t) => {
  const { index, engine } = await plain(t);
  index.shelf.put(wheel('boojum'));
  await runs(engine);
  index.shelf.put(wheel('snark'));
  // Everything lies in its place, and nothing is written down.
  engine.options.wrap = (deps) => ({
    ...deps,
    catalogue: new Proxy(deps.catalogue, {
      get: (target, key) => (key === 'commit' ? lastStep : Reflect.get(target, key)),
    }),
  });
  const lastStep: Catalogue['commit'] = (wave, publishRoot) =>
    engine.catalogue.commit(wave, async (result) => {
      await publishRoot(result);
      engine.lifeline.dieAfter(0);
      engine.lifeline.step('catalogue commits');
    });
  await engine.run();
  assert.ok(engine.lifeline.isDead);
  engine.options.wrap = (deps) => deps;
  afterDeath(engine, null);
  assert.deepEqual(rootNames(engine.store.tree()).json, ['boojum', 'snark']);
  index.faults.add({ match: /snark/, fault: { kind: 'html-503' } });
  await runs(engine, 3);
  assert.deepEqual(rootNames(engine.store.tree()).json, ['boojum'], 'P1: its page is not there');
});
