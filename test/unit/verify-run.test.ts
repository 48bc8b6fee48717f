/**
 * Goal: a verify covers what it says it covers: all of it, a part, the rest after an interruption, existence only; at the
 * rate that was asked for; and with its counts right. Clean mirrors of every configuration are clean.
 * Method: mirrors in memory, sound or damaged, verified with each option; interruptions at every finding.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, interrupted } from '../../src/clock.ts';
import { isJubjubError, JubjubError } from '../../src/errors.ts';
import { standingOf } from '../../src/mirror/verify/cursor.ts';
import { inOrder } from '../../src/mirror/verify/in-order.ts';
import { paceOf } from '../../src/mirror/verify/pace.ts';
import type { VerifyEvent } from '../../src/mirror/verify/report.ts';
import { isInPart, parsePart } from '../../src/mirror/verify/subset.ts';
import { LONG_MS, runTo, startWorld, upload, type World } from '../support/mirror-kit.ts';
import {
  assertClean,
  damage,
  docrootPath,
  EVERYTHING,
  fileOf,
  MemoryCursor,
  mirrored,
  PLAIN,
  sql,
  verify,
} from '../support/verify-kit.ts';

for (const [what, options] of [
  ['everything on', EVERYTHING],
  ['the defaults', {}],
  ['pages only', { settings: { mirrorFiles: false } }],
  ['a base URL', { settings: { baseUrl: 'https://mirror.example/pypi', mirrorMetadata: false } }],
  ['no attestations', { settings: { mirrorProvenance: false, jsonApi: true } }],
] as const) {
  test(`a sound mirror with ${what} is clean, before and after takedowns`, async (t) => {
    const world = await mirrored(t, options);
    assertClean(await verify(world));
    assertClean(await verify(world, { upstream: true }));
    world.sim.advance(LONG_MS);
    world.sim.state.removeProject('zebra');
    world.sim.state.quarantineProject('hatter');
    upload(world, 'snark', '3.0');
    assert.equal((await world.engine.run()).exitStatus, 0);
    assertClean(await verify(world));
    assertClean(await verify(world, { upstream: true, repair: true }));
  });
}

test('a mirror whose pending project lacks a file is not damaged by that', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark');
  upload(world, 'snark', '2.0');
  const lost = {
    match: /^GET \/packages\/.*snark-2\.0.*whl$/,
    fault: { kind: 'status', status: 404 },
    times: 50,
  };
  world.sim.faults.add(lost as never);
  await runTo(world, 3);
  assertClean(await verify(world));
});

test('the counts are those of what was looked at', async (t) => {
  const world = await mirrored(t);
  const { summary } = await verify(world);
  const { projects, pages, files, bytes } = summary.checked;
  // Two forms, a twin of each, and the document.
  assert.deepEqual([projects, pages, files], [3, 15, 4]);
  const looked = [...world.engine.store.tree()].filter(([path]) =>
    /^(packages|pypi|simple\/\w+)\//.test(path),
  );
  assert.equal(
    bytes,
    looked.reduce((sum, [, content]) => sum + content.length, 0),
  );
});

/** Damage of one thing in each project, and of what belongs to none. */
async function damageAll(world: World, names: readonly string[]): Promise<void> {
  for (const name of names) await damage(world, fileOf(world, name), () => null);
  for (let at = 0; at < 6; at++)
    world.engine.store.tamper(docrootPath(`packages/aa/nobody-${at}.whl`), Buffer.from(`${at}`));
  await damage(world, 'simple/index.html', () => 'wrong');
  await world.engine.store.stageBytes(docrootPath('packages/aa/half.whl'), Buffer.from('half'));
}

async function damagedMirror(t: Parameters<typeof mirrored>[0]): Promise<World> {
  const world = await mirrored(t, {});
  const names = Array.from({ length: 12 }, (_, at) => `project-${at}`);
  const modules = names.map((name) => name.replaceAll('-', '_'));
  for (const name of modules) upload(world, name);
  await runTo(world, 0);
  await damageAll(world, modules);
  return world;
}

test('the parts of a mirror are found damaged exactly as the whole is, each thing by one part', async (t) => {
  const world = await damagedMirror(t);
  const whole = (await verify(world)).found;
  assert.ok(whole.length > 18);
  for (const parts of [1, 2, 3, 7]) {
    const found: string[] = [];
    for (let part = 1; part <= parts; part++)
      found.push(...(await verify(world, { subset: { part, of: parts } })).found);
    assert.deepEqual(found.sort(), whole, `in ${parts} parts`);
  }
});

test('every name is in exactly one part, and the parts are of about the same size', () => {
  const sizes = [0, 0, 0, 0];
  for (let at = 0; at < 4000; at++) {
    const parts = [1, 2, 3, 4].filter((part) => isInPart(`name-${at}`, { part, of: 4 }));
    assert.equal(parts.length, 1);
    sizes[(parts[0] ?? 0) - 1] = (sizes[(parts[0] ?? 0) - 1] ?? 0) + 1;
  }
  assert.ok(
    sizes.every((size) => size > 900 && size < 1100),
    String(sizes),
  );
  for (const wrong of ['0/3', '4/3', '3', '3/0', '-1/3', '1/3/5', '1/10001', ' 1/2', ''])
    assert.equal(parsePart(wrong), null, wrong);
  assert.deepEqual(parsePart('3/3'), { part: 3, of: 3 });
});

test('interrupted anywhere, a verify that goes on finds what one run finds', async (t) => {
  const world = await damagedMirror(t);
  const whole = await verify(world);
  let interruptions = 0;
  for (let stopAt = 1; stopAt < whole.events.length; stopAt += 7) {
    const cursor = new MemoryCursor();
    const stop = new AbortController();
    let told = 0;
    const tell = () => {
      if (++told === stopAt) stop.abort();
    };
    const cut = await verify(world, {}, { cursor, tell }, stop.signal);
    if (cut.summary.exitStatus !== 130) continue;
    interruptions += 1;
    assert.ok(cursor.text, `stopped at event ${stopAt}: there is a cursor`);
    const resumed = await verify(world, { resume: true }, { cursor });
    assert.deepEqual(resumed.found, whole.found, `stopped at event ${stopAt}`);
    assert.deepEqual({ ...resumed.summary.damage }, { ...whole.summary.damage });
    const { bytes, ...counts } = resumed.summary.checked;
    const { bytes: _bytes, ...expected } = whole.summary.checked;
    assert.deepEqual(counts, expected, `stopped at event ${stopAt}`);
    assert.ok(bytes > 0);
    assert.match(resumed.summary.resumedAt ?? '', /step/);
    assert.equal(cursor.text, null, 'finished: nothing to resume');
  }
  assert.ok(interruptions > 5, String(interruptions));
});

test('an interrupted repair that goes on mends what one run mends', async (t) => {
  for (const stopAt of [2, 8, 20, 30, 40]) {
    const world = await damagedMirror(t);
    const cursor = new MemoryCursor();
    const stop = new AbortController();
    let told = 0;
    const tell = () => {
      if (++told === stopAt) stop.abort();
    };
    await verify(world, { repair: true }, { cursor, tell }, stop.signal);
    const { summary } = await verify(world, { repair: true, resume: true }, { cursor });
    assert.equal(summary.exitStatus, 0, `stopped at event ${stopAt}: ${JSON.stringify(summary)}`);
    assertClean(await verify(world));
  }
});

test('the cursor is written every few seconds, and goes when the verify is finished', async (t) => {
  const world = await damagedMirror(t);
  const cursor = new MemoryCursor();
  await verify(world, {}, { cursor });
  assert.equal(cursor.writes, 0);
  const tell = (event: VerifyEvent) => {
    if (event.type === 'progress' && event.step === 'pages') world.sim.advance(2_000);
  };
  await verify(world, {}, { cursor, tell });
  assert.ok(cursor.writes >= 4 && cursor.writes <= 6, String(cursor.writes));
  assert.equal(cursor.text, null);
});

test('a cursor that cannot be written ends nothing; one of other options, or none of ours, is refused', async (t) => {
  const world = await damagedMirror(t);
  const cursor = new MemoryCursor();
  cursor.write = async () => {
    throw new JubjubError('STORE_NOT_WRITABLE', 'could not write', { received: 'EACCES' });
  };
  const tell = (event: VerifyEvent) => {
    if (event.type === 'progress') world.sim.advance(10_000);
  };
  assert.equal((await verify(world, {}, { cursor, tell })).summary.exitStatus, 5);
  const usage = (error: unknown) => isJubjubError(error, 'USAGE_INVALID');
  for (const text of ['', '{}', 'null', '{"version":2}', '{"version":1,"step":"pages","after":"Not A Name"}'])
    assert.throws(() => standingOf(text, PLAIN, null), usage, text);
  const nothing = await verify(world, { resume: true });
  assert.equal(nothing.summary.exitStatus, 5, 'nothing to resume: it begins anew, and says so');
  assert.ok(nothing.events.some((event) => event.type === 'warning' && event.code === 'NOTHING_TO_RESUME'));
});

test('--quick sees what is missing or has another size, and reads no file', async (t) => {
  const world = await mirrored(t);
  await damage(world, fileOf(world, 'zebra'), () => null);
  await damage(world, fileOf(world, 'hatter'), () => 'short');
  await damage(world, fileOf(world, 'snark'), (bytes) => Buffer.alloc(bytes.length));
  await damage(world, 'simple/snark/index.html', (bytes) => bytes.subarray(1));
  await damage(world, 'simple/zebra/index.v1_json', () => null);
  await damage(world, `${fileOf(world, 'snark', '2.0')}.metadata`, () => null);
  const { kinds, summary } = await verify(world, { quick: true });
  assert.deepEqual(kinds, ['file-missing', 'file-size', 'page-missing', 'page-wrong', 'sidecar-missing']);
  assert.equal(summary.checked.bytes, 0);
  assert.equal((await verify(world, { quick: true, repair: true })).summary.exitStatus, 0);
  assert.deepEqual((await verify(world)).kinds, ['file-digest'], 'what --quick cannot see is still there');
});

/** Time passes only in sleep. */
function sleepyClock(): Clock & { nowMs: number } {
  const clock = {
    nowMs: 0,
    now: () => clock.nowMs,
    random: () => 0,
    sleep: async (durationMs: number, signal: AbortSignal) => {
      if (signal.aborted) throw interrupted();
      clock.nowMs += durationMs;
    },
  };
  return clock;
}

test('the rate is kept by all readers together, whatever the size of the pieces', async () => {
  const clock = sleepyClock();
  const { signal } = new AbortController();
  const pace = paceOf(1000, clock, signal) ?? assert.fail('there is a rate');
  for (let at = 0; at < 100; at++) await pace(100);
  assert.ok(clock.nowMs >= 9_500 && clock.nowMs <= 10_000, `10,000 bytes took ${clock.nowMs} ms`);
  clock.nowMs += 60_000;
  const idle = clock.nowMs;
  for (let at = 0; at < 10; at++) await pace(100);
  assert.ok(clock.nowMs - idle >= 700, 'an idle minute is not saved up');
  assert.equal(paceOf(null, clock, signal), undefined, 'without a rate nobody waits');
});

test('a verify at a rate takes the time that its bytes need', async (t) => {
  const world = await mirrored(t);
  const { summary } = await verify(world, { bytesPerS: 1000 });
  assert.equal(summary.exitStatus, 0);
  assert.ok(summary.durationMs > summary.checked.bytes * 0.9, `${summary.durationMs} ms`);
  assert.ok(summary.durationMs < summary.checked.bytes * 1.1, `${summary.durationMs} ms`);
});

test('results are taken in the order of the items; the first failure stops the rest', async () => {
  const { signal } = new AbortController();
  const taken: number[] = [];
  const running = { now: 0, most: 0 };
  const look = async (item: number) => {
    running.now += 1;
    running.most = Math.max(running.most, running.now);
    for (let turns = item % 5; turns >= 0; turns--) await Promise.resolve();
    running.now -= 1;
    return item * 2;
  };
  await inOrder([1, 2, 3, 4, 5, 6, 7], 3, signal, look, async (item, result) => {
    assert.equal(result, item * 2);
    taken.push(item);
  });
  assert.deepEqual(taken, [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(running.most, 3);
  taken.length = 0;
  const failing = async (item: number) => {
    if (item === 3) throw new Error('three');
    return look(item);
  };
  const all = inOrder([1, 2, 3, 4, 5], 2, signal, failing, async (item) => void taken.push(item));
  await assert.rejects(all, /three/);
  assert.deepEqual(taken, [1, 2]);
});

test('a project row with a name that is none stops no step: it is told, and so is the damage of others', async (t) => {
  const world = await mirrored(t, {});
  sql(world, `UPDATE project SET name = 'no/name' WHERE name = 'zebra'`);
  await damage(world, fileOf(world, 'snark'), (bytes) => bytes.subarray(1));
  for (const options of [{}, { repair: true }]) {
    const { summary, kinds } = await verify(world, options);
    assert.equal(summary.exitStatus, 5, JSON.stringify(summary));
    assert.ok(kinds.includes('catalogue') && kinds.includes('file-size'), kinds.join());
  }
});
