/**
 * Goal: adoptions may be interrupted, repeated, counted beforehand and made of several trees, and are refused where they
 * would do harm.
 * Method: the engine in memory, with an old tree in memory that tells whose bytes were read.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { adoptTree, filesAsked, type Past, startPast, undisturbed } from '../support/adopt-kit.ts';
import { checkLinks, checkPages, checkSameTree, linkedPaths } from '../support/check-promise.ts';
import { type Engine, type EngineOptions, memoryEngine, type Tree } from '../support/engine.ts';
import { MemoryOldTree } from '../support/memory-old-tree.ts';
import { startSim } from '../support/sim/sim.ts';

const NEW_FILES = ['jabberwock-1.0-py3-none-any.whl', 'snark-5.0-py3-none-any.whl'];

interface Played extends Past {
  readonly engine: Engine;
  readonly contents: Map<string, Buffer>;
  tree(contents?: Tree): MemoryOldTree;
}

async function start(t: TestContext, options: Partial<EngineOptions> = {}): Promise<Played> {
  const past = await startPast(t);
  const engine = memoryEngine(t, past.sim, options);
  const contents = past.old.contents();
  return { ...past, engine, contents, tree: (files = contents) => new MemoryOldTree(engine.store, files) };
}

async function converges(t: TestContext, { engine, sim }: Played): Promise<void> {
  sim.requests.length = 0;
  assert.equal((await engine.run()).exitStatus, 0);
  assert.deepEqual(filesAsked(sim), NEW_FILES);
  checkLinks(engine.store.tree());
  checkPages(engine.store.tree(), engine.catalogue);
  checkSameTree(engine.store.tree(), await undisturbed(t, sim));
}

test('an interruption keeps what is complete; the next run reads none of that again', async (t) => {
  const played = await start(t);
  const abort = new AbortController();
  const tree = played.tree();
  const digest = tree.digest.bind(tree);
  tree.digest = async (path, signal) => {
    // The last file of snark: boojum before it is complete, snark itself is not.
    if (path.includes('snark-4.0')) abort.abort();
    return digest(path, signal);
  };
  const first = await adoptTree(played.engine, tree, {}, abort.signal);
  assert.deepEqual([first.exitStatus, first.projects, first.files], [130, 1, 2]);
  checkLinks(played.engine.store.tree());
  const again = played.tree();
  const second = await adoptTree(played.engine, again);
  assert.deepEqual([second.exitStatus, second.files, second.filesBefore], [0, 6, 2]);
  assert.deepEqual(
    again.bytesRead.filter((path) => path.includes('boojum')),
    [],
  );
  await converges(t, played);
});

test('adopting again changes nothing', async (t) => {
  const played = await start(t);
  await adoptTree(played.engine, played.tree());
  const before = played.engine.store.tree();
  const tree = played.tree();
  const steps = played.engine.lifeline.steps.length;
  const summary = await adoptTree(played.engine, tree);
  assert.deepEqual([summary.projects, summary.files, summary.filesBefore], [0, 0, 8]);
  assert.deepEqual(tree.bytesRead, []);
  assert.deepEqual(played.engine.store.tree(), before);
  const placed = played.engine.lifeline.steps.slice(steps).filter((step) => /^(place|remove) /.test(step));
  assert.deepEqual(placed, []);
});

test('a dry run counts what would be taken, reads nothing and changes nothing', async (t) => {
  const played = await start(t);
  const tree = played.tree();
  const summary = await adoptTree(played.engine, tree, { dryRun: true });
  assert.deepEqual([summary.exitStatus, summary.dryRun, summary.projects, summary.files], [0, true, 4, 8]);
  assert.deepEqual(tree.bytesRead, []);
  assert.equal(played.engine.store.tree().size, 0);
  assert.equal(played.engine.catalogue.publishedCount(), 0);
  assert.deepEqual(
    played.engine.lifeline.steps.filter((step) => !step.startsWith('catalogue')),
    [],
  );
});

test('two trees become one mirror, each with what the other lacks', async (t) => {
  const played = await start(t);
  const without = (pattern: RegExp) => new Map([...played.contents].filter(([path]) => !pattern.test(path)));
  const first = await adoptTree(played.engine, played.tree(without(/snark-[34]|simple\/(x|vorpal)\//)));
  assert.deepEqual([first.projects, first.files, first.leftOut.missing?.count], [2, 4, 2]);
  const second = await adoptTree(played.engine, played.tree(without(/snark-[12]/)));
  assert.deepEqual([second.projects, second.files, second.filesBefore], [3, 4, 4]);
  const links = linkedPaths(played.engine.store.tree()).filter((path) => path.includes('/snark-'));
  assert.equal(links.length, 4, 'what the first tree had is still on the page');
  checkLinks(played.engine.store.tree());
  checkPages(played.engine.store.tree(), played.engine.catalogue);
  await converges(t, played);
});

test('a tree of our own whose catalogue is lost is adopted in place, and nothing is downloaded', async (t) => {
  const past = await startPast(t);
  const lost = memoryEngine(t, past.sim);
  await lost.run();
  const engine = memoryEngine(t, past.sim);
  for (const [path, bytes] of lost.store.tree()) engine.store.tamper(path as never, bytes);
  const summary = await adoptTree(engine, new MemoryOldTree(engine.store, null));
  assert.deepEqual([summary.projects, summary.leftOut], [4, {}]);
  past.sim.requests.length = 0;
  assert.equal((await engine.run()).exitStatus, 0);
  assert.deepEqual(filesAsked(past.sim), []);
  checkSameTree(engine.store.tree(), lost.store.tree());
});

test('a mirror that has synced is left alone', async (t) => {
  const played = await start(t);
  await played.engine.run();
  const before = played.engine.store.tree();
  await assert.rejects(adoptTree(played.engine, played.tree()), (error) => {
    assert.ok(isJubjubError(error, 'USAGE_INVALID'));
    assert.match(error.facts.hint ?? '', /--full/);
    return true;
  });
  assert.deepEqual(played.engine.store.tree(), before);
});

test('a mirror without files has nothing to adopt', async (t) => {
  const played = await start(t, { settings: { mirrorFiles: false } });
  await assert.rejects(adoptTree(played.engine, played.tree()), (error) =>
    isJubjubError(error, 'USAGE_INVALID'),
  );
});

test('what `sync --project` has published stays what upstream says', async (t) => {
  const played = await start(t);
  await played.engine.run({ projects: ['boojum'] });
  const summary = await adoptTree(played.engine, played.tree());
  assert.deepEqual(summary.leftOut.synced, { count: 1, names: ['boojum'] });
  assert.deepEqual(
    played.engine.files('boojum').map(({ filename }) => filename),
    ['boojum-2.0-py3-none-any.whl'],
  );
});

test('the mirror belongs to its upstream from the adoption on', async (t) => {
  const played = await start(t);
  await played.engine.act(false, async ({ catalogue, upstream }) => catalogue.bind(upstream.identity));
  await adoptTree(played.engine, played.tree());
  const other = await startSim({ cdn: false, name: 'other' });
  t.after(() => other.close());
  played.engine.options.upstream = { url: other.url };
  played.engine.options.connections = other.connections;
  await assert.rejects(played.engine.run(), (error) => isJubjubError(error, 'DIRECTORY_OTHER_UPSTREAM'));
});

test('a full disk ends the adoption, and what was committed stays', async (t) => {
  const played = await start(t);
  played.engine.store.failWritesAfter(3);
  await assert.rejects(adoptTree(played.engine, played.tree()), (error) =>
    isJubjubError(error, 'STORE_FULL'),
  );
  played.engine.store.healWrites();
  checkLinks(played.engine.store.tree());
  assert.equal((await adoptTree(played.engine, played.tree())).exitStatus, 0);
  await converges(t, played);
});

test('a lock that was taken away stops the adoption before it publishes', async (t) => {
  const played = await start(t, { wrap: (deps) => ({ ...deps, holdsLock: () => false }) });
  await assert.rejects(adoptTree(played.engine, played.tree()), (error) => isJubjubError(error, 'LOCK_HELD'));
  assert.equal(played.engine.store.tree().size, 0);
});

test('pages of an adopted tree promise no serial', async (t) => {
  const played = await start(t);
  await adoptTree(played.engine, played.tree());
  const known = played.engine.catalogue.project(normalizeName('snark'));
  assert.deepEqual([known?.published, known?.serial, known?.validator], [true, null, null]);
  assert.deepEqual(played.engine.catalogue.progress(), { serial: null, discovered: null });
  for (const [path, bytes] of played.engine.store.tree())
    if (path.startsWith('simple/'))
      assert.doesNotMatch(Buffer.from(bytes).toString(), /_last-serial|SERIAL/, path);
});
