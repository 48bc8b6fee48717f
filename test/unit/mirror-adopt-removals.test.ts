/**
 * Goal: what an adopted tree has and upstream no longer lists goes the way of every takedown, whatever the kind of upstream,
 * and no misbehaviour of upstream takes any of it away (P6, P7).
 * Method: old trees with many dead projects; lists that are short, pages that answer 404; limits and what lifts them.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { adoptTree, filesAsked, startPast } from '../support/adopt-kit.ts';
import { checkLinks, checkPages } from '../support/check-promise.ts';
import { rootNames } from '../support/docroot-pages.ts';
import { type Engine, type EngineOptions, memoryEngine } from '../support/engine.ts';
import { MemoryOldTree } from '../support/memory-old-tree.ts';
import { LONG_MS, upload } from '../support/mirror-kit.ts';
import { OldDocroot } from '../support/old-trees.ts';
import { startSim } from '../support/sim/sim.ts';
import { withTempDir } from '../support/temp.ts';

const ALIVE = ['boojum', 'snark', 'tove'];
const DEAD = ['bandersnatch', 'borogove', 'rath', 'vorpal'];

/** A mirror that has adopted a tree in which so many projects are dead. */
async function startAdopted(t: TestContext, dead: readonly string[], options: Partial<EngineOptions> = {}) {
  const sim = await startSim({ cdn: false });
  t.after(() => sim.close());
  for (const name of [...ALIVE, ...dead]) upload({ sim }, name);
  const contents = new OldDocroot(withTempDir(t), 'bandersnatch-8').write(sim.state).contents();
  for (const name of dead) sim.state.removeProject(name);
  const engine = memoryEngine(t, sim, options);
  await adoptTree(engine, new MemoryOldTree(engine.store, contents));
  return { sim, engine };
}

function published(engine: Engine): string[] {
  return [...engine.catalogue.publishedNames()];
}

async function runTo(engine: Engine, exitStatus: number, ...args: Parameters<Engine['run']>) {
  const summary = await engine.run(...args);
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify(summary, null, 1));
  checkLinks(engine.store.tree());
  checkPages(engine.store.tree(), engine.catalogue);
  return summary;
}

for (const changes of ['changelog', 'list', 'poll'] as const) {
  test(`an upstream of the kind "${changes}": dead projects go, living ones cost no download`, async (t) => {
    const { sim, engine } = await startAdopted(t, DEAD.slice(0, 2), { upstream: { changes } });
    const summary = await runTo(engine, 0);
    assert.deepEqual(filesAsked(sim), []);
    assert.equal(summary.withdrawn, 2);
    assert.deepEqual(published(engine), ALIVE);
    if (changes !== 'poll') assert.deepEqual(summary.drift, { checked: 0, found: 0 }, 'no error of ours');
    assert.deepEqual(rootNames(engine.store.tree()), { html: ALIVE, json: ALIVE });
    sim.advance(LONG_MS);
    await runTo(engine, 0);
    const files = [...engine.store.tree().keys()].filter((path) => path.endsWith('.whl'));
    assert.equal(files.length, ALIVE.length, 'the others are in the trash');
    assert.equal(engine.catalogue.counts().trashedFiles, 2);
    // From here on it is a mirror like any other.
    upload({ sim }, 'snark', '2.0');
    sim.advance(LONG_MS);
    await runTo(engine, 0);
    assert.deepEqual(filesAsked(sim), ['snark-2.0-py3-none-any.whl']);
  });
}

test('the removal limit holds: nothing goes, everything else is done, and the operator lifts it', async (t) => {
  const settings = { removalLimit: { projects: 1, share: null } };
  const { sim, engine } = await startAdopted(t, DEAD.slice(0, 2), { settings });
  upload({ sim }, 'jabberwock');
  const held = await runTo(engine, 3);
  assert.equal(held.stoppedBy?.code, 'LIMIT_REMOVALS');
  assert.deepEqual(published(engine), [...ALIVE, ...DEAD.slice(0, 2), 'jabberwock'].sort());
  assert.equal(held.serial, sim.state.lastSerial, 'the serial goes on without them');
  await runTo(engine, 0, { allowRemovals: 2 });
  assert.deepEqual(published(engine), [...ALIVE, 'jabberwock'].sort());
});

for (const changes of ['changelog', 'list', 'poll'] as const) {
  test(`more dead than alive (${changes}): the list is not believed until the operator allows it`, async (t) => {
    const { engine } = await startAdopted(t, DEAD, { upstream: { changes } });
    const refused = await runTo(engine, 4);
    assert.equal(refused.stoppedBy?.code, 'UPSTREAM_LIST_IMPLAUSIBLE');
    assert.equal(published(engine).length, 7);
    const { error } = engine.events.find((event) => event.type === 'stopped') ?? assert.fail();
    assert.match(error.facts.hint ?? '', /--allow-removals 4$/);
    assert.equal((await runTo(engine, 4, { allowRemovals: 3 })).stoppedBy?.code, 'UPSTREAM_LIST_IMPLAUSIBLE');
    const summary = await runTo(engine, 0, { allowRemovals: 4 });
    assert.equal(summary.withdrawn, 4);
    assert.deepEqual(published(engine), ALIVE);
  });
}

test('an empty list, and half of one, take nothing away', async (t) => {
  for (const kept of [[], ['snark']]) {
    const { sim, engine } = await startAdopted(t, []);
    const projects = kept.map((name) => ({ name, '_last-serial': 1 }));
    const body = JSON.stringify({ meta: { '_last-serial': 38_000_002, 'api-version': '1.4' }, projects });
    sim.faults.add({ match: /^GET \/simple\/$/, fault: { kind: 'rewrite', rewrite: () => body } });
    await engine.run();
    assert.deepEqual(published(engine), ALIVE, `a list of ${kept.length}`);
    checkLinks(engine.store.tree());
    sim.faults.clear();
    await runTo(engine, 0);
    assert.deepEqual(published(engine), ALIVE);
  }
});

test('a storm of 404s takes nothing away', async (t) => {
  const { sim, engine } = await startAdopted(t, []);
  sim.faults.add({ match: /^GET \/simple\/.+/, fault: { kind: 'missing' } });
  const summary = await engine.run();
  assert.notEqual(summary.exitStatus, 0);
  assert.deepEqual(published(engine), ALIVE);
  checkLinks(engine.store.tree());
  checkPages(engine.store.tree(), engine.catalogue);
});

test('a project that is not listed and still there stays: quarantined, without its files', async (t) => {
  const { sim, engine } = await startAdopted(t, []);
  sim.state.quarantineProject('tove');
  await runTo(engine, 0);
  assert.equal(engine.catalogue.project(normalizeName('tove'))?.status, 'quarantined');
  const files = [...engine.store.tree().keys()].filter(
    (path) => path.includes('tove') && path.endsWith('.whl'),
  );
  assert.deepEqual(files, [], 'a quarantined file is hidden at once');
});

test('when dead projects leave before the first sync has ended, the root index does not list them any more', async (t) => {
  const { sim, engine } = await startAdopted(t, DEAD.slice(0, 2));
  sim.faults.add({ match: /^GET \/simple\/tove\/$/, fault: { kind: 'stall' } });
  const abort = new AbortController();
  let gone = 0;
  const summary = await engine.run({}, abort.signal, (event) => {
    if (event.type === 'detail' && event.outcome === 'gone') gone += 1;
    if (gone === 2) abort.abort();
  });
  assert.deepEqual([summary.exitStatus, summary.withdrawn], [130, 2]);
  assert.deepEqual(rootNames(engine.store.tree()), { html: ALIVE, json: ALIVE });
  sim.faults.clear();
  await runTo(engine, 0);
});

test('an adopted project whose page cannot be had stays as it is', async (t) => {
  const past = await startPast(t);
  const engine = memoryEngine(t, past.sim);
  await adoptTree(engine, new MemoryOldTree(engine.store, past.old.contents()));
  past.sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault: { kind: 'html-503' } });
  await runTo(engine, 3);
  assert.equal(engine.files('snark').filter(({ state }) => state === 'published').length, 4);
  past.sim.faults.clear();
  await runTo(engine, 0);
});
