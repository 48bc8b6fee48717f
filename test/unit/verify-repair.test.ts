/**
 * Goal: a repair loses nothing, whatever goes wrong: an upstream that is down or denies everything, things that cannot be
 * read, a process that dies, a catalogue that knows nothing. What it cannot mend stays damaged, and is told.
 * Method: a mirror in memory is damaged, and repaired under trouble; then the trouble goes and a second repair must mend it.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { JubjubError } from '../../src/errors.ts';
import type { MirrorDeps } from '../../src/mirror/deps.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import type { Store } from '../../src/store/contract.ts';
import { afterDeath } from '../support/engine.ts';
import { asked, upload, type World } from '../support/mirror-kit.ts';
import { stride } from '../support/stride.ts';
import {
  allBytes,
  assertClean,
  bytesAt,
  contents,
  damage,
  docrootPath,
  fileOf,
  mirrored,
  sql,
  verify,
} from '../support/verify-kit.ts';

const PAGE = 'simple/snark/index.v1_json';
const put = (world: World, path: string, text: string | Buffer) =>
  world.engine.store.tamper(docrootPath(path), Buffer.from(text));

/** Damage of every kind that needs upstream, and one that does not. */
async function damageMuch(world: World): Promise<void> {
  await damage(world, fileOf(world, 'snark'), () => 'damaged');
  await damage(world, fileOf(world, 'hatter'), () => null);
  await damage(world, PAGE, () => '{}');
  sql(world, `DELETE FROM file WHERE filename LIKE 'zebra%'`);
  put(world, 'packages/aa/nobody.whl', 'nobody');
}

function denyAll(world: World, status: number): void {
  world.sim.faults.add({ match: /./, fault: { kind: 'status', status }, times: 1_000 } as never);
}

for (const [what, status] of [
  ['is down', 503],
  ['answers 404 to everything', 404],
] as const) {
  test(`an upstream that ${what}: the repair leaves the damage, ends with 5, and nothing is lost or withdrawn`, async (t) => {
    const world = await mirrored(t);
    const tree = contents(world);
    await damageMuch(world);
    const [before, bytes] = [contents(world), allBytes(world)];
    denyAll(world, status);
    const { summary } = await verify(world, { repair: true });
    assert.equal(summary.exitStatus, 5);
    assert.ok(summary.unrepaired > 0);
    const after = contents(world);
    for (const [path, content] of Object.entries(before)) {
      if (path === 'packages/aa/nobody.whl' || path === PAGE) continue;
      assert.equal(after[path], content, `${path} is as it was`);
    }
    // What the repaired page or proof replaced was wrong at its place, and made by this test.
    const lost = [...bytes].filter((content) => !allBytes(world).has(content));
    assert.deepEqual(
      lost.filter((content) => Object.values(tree).includes(content)),
      [],
    );
    assert.equal(world.engine.catalogue.publishedCount(), 3);
    world.sim.faults.clear();
    assert.equal((await verify(world, { repair: true })).summary.exitStatus, 0);
    assert.deepEqual(contents(world), tree);
    assertClean(await verify(world));
  });
}

test('pages alone are mended from the catalogue though upstream is down; the project is owed to the next sync', async (t) => {
  const world = await mirrored(t);
  const tree = contents(world);
  await damage(world, PAGE, () => '{}');
  world.sim.faults.add({
    match: /^GET \/simple\//,
    fault: { kind: 'status', status: 503 },
    times: 50,
  } as never);
  const { summary } = await verify(world, { repair: true });
  assert.equal(summary.exitStatus, 3, 'repaired, and something is pending');
  assert.equal(summary.unrepaired, 0);
  assert.deepEqual(contents(world), tree);
  world.sim.faults.clear();
  assert.equal((await world.engine.run()).exitStatus, 0);
});

test('a file that upstream does not have any more follows the rules of every wave: its page goes without, it is owed', async (t) => {
  const world = await mirrored(t);
  const file = fileOf(world, 'snark');
  await damage(world, file, () => 'damaged');
  world.sim.faults.add({
    match: (request: { readonly path: string }) => request.path === `/${file}`,
    fault: { kind: 'status', status: 404 },
    times: 50,
  } as never);
  const { summary } = await verify(world, { repair: true });
  assert.equal(summary.exitStatus, 3);
  assert.equal(world.engine.catalogue.pendingOf('snark' as never)?.code, 'UPSTREAM_ABSENT');
  assert.equal(bytesAt(world, file).toString(), 'damaged', 'nothing is deleted');
});

/** The store fails for these paths, in the words of a disk. */
function failing(world: World, broken: ReadonlySet<string>, t: TestContext): void {
  const { wrap } = world.engine.options;
  const refuse = (path: string) => {
    if (!broken.has(path) || !world.engine.store.tree().has(path)) return;
    throw new JubjubError('STORE_IO', `could not read: ${path}`, { received: 'EIO: i/o error, read' });
  };
  const readers = new Set(['read', 'digest']);
  world.engine.options.wrap = (deps: MirrorDeps) => ({
    ...deps,
    store: new Proxy(deps.store as Store, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        if (!readers.has(String(key))) return value.bind(target);
        return async (...args: unknown[]) => {
          refuse(String(args[0]));
          return Reflect.apply(value, target, args);
        };
      },
    }),
  });
  t.after(() => {
    world.engine.options.wrap = wrap;
  });
}

test('pages and files that cannot be read are findings with the reason; they are moved away and brought in anew', async (t) => {
  const world = await mirrored(t);
  const tree = contents(world);
  const bytes = allBytes(world);
  const broken = new Set<string>([fileOf(world, 'snark'), PAGE, `${fileOf(world, 'zebra')}.metadata`]);
  failing(world, broken, t);
  const looked = await verify(world);
  assert.deepEqual(looked.kinds, ['unreadable']);
  assert.equal(looked.found.length, 3);
  assert.equal(looked.summary.checked.projects, 3, 'the rest was looked at');
  const [first] = looked.events.filter((event) => event.type === 'finding');
  assert.match(first?.type === 'finding' ? first.received : '', /EIO/);
  // A new file at the same path lies on sound blocks.
  const store = world.engine.store;
  const { hide } = store;
  store.hide = async (moves) => {
    const moved = await hide.call(store, moves);
    for (const { from } of moved) broken.delete(from);
    return moved;
  };
  assert.equal((await verify(world, { repair: true })).summary.exitStatus, 0);
  assert.deepEqual(contents(world), tree);
  assert.deepEqual(
    [...bytes].filter((content) => !allBytes(world).has(content)),
    [],
  );
});

test('one thing that can neither be read nor moved keeps nothing else from being mended', async (t) => {
  const world = await mirrored(t);
  const stuck = fileOf(world, 'zebra');
  failing(world, new Set([stuck]), t);
  const { store } = world.engine;
  const { hide } = store;
  store.hide = async (moves) => {
    if (moves.some(({ from }) => from === stuck))
      throw new JubjubError('STORE_NOT_WRITABLE', 'could not move', { received: 'EPERM' });
    return hide.call(store, moves);
  };
  await damage(world, fileOf(world, 'snark'), () => null);
  put(world, 'packages/aa/nobody.whl', 'nobody');
  const { summary, events } = await verify(world, { repair: true });
  assert.equal(summary.exitStatus, 5);
  assert.equal(summary.unrepaired, 1);
  assert.equal(summary.repaired['file-missing'], 1);
  assert.equal(summary.repaired.orphan, 1);
  assert.ok(events.some((event) => event.type === 'warning' && event.code === 'NOT_MOVED'));
});

test('what went into the trash before one that cannot go is counted as mended, and is in the audit', async (t) => {
  const world = await mirrored(t);
  const [first, stuck, last] = ['aa', 'mm', 'zz'].map((at) => `packages/${at}/nobody.whl`);
  for (const path of [first, stuck, last]) put(world, path ?? '', 'nobody');
  const { store } = world.engine;
  store.nailDown(stuck as DocrootPath);
  const { summary } = await verify(world, { repair: true });
  assert.deepEqual([summary.damage.orphan, summary.repaired.orphan], [3, 2]);
  const story = (path = '') =>
    store.auditLines().flatMap((line) => (line.includes(path) ? [JSON.parse(line).action] : []));
  assert.deepEqual([story(first), story(stuck), story(last)], [['hide'], ['hide', 'restore'], ['hide']]);
});

test('one row that cannot be mended keeps nothing else from being mended', async (t) => {
  const world = await mirrored(t);
  sql(world, `UPDATE project SET detail = x'00' WHERE name = 'zebra'`);
  await damage(world, fileOf(world, 'snark'), () => null);
  // Upstream's answer is too old to be believed, so that there is nothing to mend the row with.
  sql(world, `UPDATE project SET serial = serial + 1000000 WHERE name = 'zebra'`);
  const { summary } = await verify(world, { repair: true });
  assert.equal(summary.exitStatus, 5);
  assert.equal(summary.repaired['file-missing'], 1);
  assert.equal(summary.repaired['row-unreadable'], 0);
});

test('a repair that dies anywhere loses nothing, and the next one mends the rest', async (t) => {
  const sound = await mirrored(t);
  const tree = contents(sound);
  await damageMuch(sound);
  sound.engine.lifeline.steps.length = 0;
  assert.equal((await verify(sound, { repair: true })).summary.exitStatus, 0);
  const steps = sound.engine.lifeline.steps.length;
  for (let at = 0; at < steps; at += stride(Math.max(1, Math.floor(steps / 8)))) {
    const world = await mirrored(t);
    const [good, paths] = [contents(world), Object.keys(tree).sort()];
    await damageMuch(world);
    world.engine.lifeline.dieAfter(at);
    await verify(world, { repair: true }).catch(() => {});
    afterDeath(world.engine, null);
    const left = allBytes(world);
    const published = Object.entries(good).filter(([path]) => path.startsWith('packages/'));
    const damaged = [fileOf(world, 'snark'), fileOf(world, 'hatter')] as string[];
    for (const [path, content] of published)
      if (!damaged.includes(path)) assert.ok(left.has(content), `${path} is lost after step ${at}`);
    assert.equal((await verify(world, { repair: true })).summary.exitStatus, 0, `died after step ${at}`);
    assert.deepEqual(contents(world), good, `died after step ${at}`);
    assert.deepEqual(Object.keys(contents(world)).sort(), paths);
    assert.equal((await world.engine.run()).exitStatus, 0);
    assertClean(await verify(world));
  }
});

test('a catalogue that knows nothing, or too little, sweeps nothing away', async (t) => {
  const world = await mirrored(t);
  sql(world, `UPDATE project SET state = 'withdrawn'`);
  const before = contents(world);
  const empty = await verify(world, { repair: true });
  assert.equal(empty.summary.exitStatus, 5);
  for (const path of Object.keys(before).filter((one) => /^packages|^simple\/\w+\//.test(one)))
    assert.equal(contents(world)[path], before[path]);
  const other = await mirrored(t);
  for (let at = 0; at < 60; at++) put(other, `packages/aa/${at}.whl`, `${at}`);
  const flooded = await verify(other, { repair: true });
  assert.equal(flooded.summary.exitStatus, 5);
  assert.ok(flooded.events.some((event) => event.type === 'warning' && /prune --sweep/.test(event.message)));
  assert.ok(other.engine.store.tree().has('packages/aa/0.whl'));
});

test('projects that are to leave, or are not selected any more, are left to the sync and its limits', async (t) => {
  const world = await mirrored(t, { settings: { removalLimit: { projects: 0, share: null } } });
  world.sim.state.removeProject('zebra');
  assert.equal((await world.engine.run()).exitStatus, 3);
  await damage(world, 'simple/zebra/index.html', () => 'damaged');
  const { summary } = await verify(world, { repair: true });
  assert.equal(summary.exitStatus, 5);
  assert.equal(world.engine.catalogue.isPublished('zebra' as never), true, 'the limit is not passed by');
});

test('what is right is not asked for, and a sound mirror is repaired without a trace', async (t) => {
  const world = await mirrored(t);
  world.sim.requests.length = 0;
  const runs = world.engine.catalogue.lastRun();
  assertClean(await verify(world, { repair: true }));
  assert.deepEqual(asked(world, /./), []);
  assert.deepEqual(world.engine.catalogue.lastRun(), runs);
  await damage(world, fileOf(world, 'snark'), () => null);
  await verify(world, { repair: true });
  assert.equal(asked(world, /GET \/packages\/.*\.whl/).length, 1, 'only the file that was missing');
  assert.equal(world.engine.catalogue.lastRun()?.exitStatus, 0);
});

test('two projects that list one file: the damage of one is not the other’s', async (t) => {
  const world = await mirrored(t);
  const wheel = upload(world, 'boojum');
  await world.engine.run();
  const tree = contents(world);
  const path = fileOf(world, 'boojum') as DocrootPath;
  sql(
    world,
    `INSERT INTO file (project_id, path, path_key, filename, sha256, size, state, since_ms)
     SELECT (SELECT id FROM project WHERE name = 'zebra'), path, path_key, filename, sha256, size, 'withdrawn', 0
     FROM file WHERE filename = '${wheel.filename}'`,
  );
  await damage(world, path, () => 'damaged');
  assert.equal((await verify(world, { repair: true })).summary.exitStatus, 0);
  assert.deepEqual(contents(world), tree);
});
