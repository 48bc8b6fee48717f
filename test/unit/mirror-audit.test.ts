/**
 * Goal: the audit has each record exactly once, whenever a process dies, and says what the contract says.
 * Method: the outbox and the file brought apart at every step, torn lines, another catalogue's lines, a disk that fails.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeAudit } from '../../src/mirror/audit.ts';
import { afterDeath, type Engine } from '../support/engine.ts';
import { having } from '../support/having.ts';
import { LONG_MS, runTo, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { seeded } from '../support/prng.ts';
import { auditOf, storyOf } from '../support/takedown-kit.ts';

const V1 = 'snark-1.0-py3-none-any.whl';

async function withdrawn(t: Parameters<typeof startWorld>[0]): Promise<World> {
  const world = await startWorld(t, { cdn: false });
  for (const version of ['1.0', '2.0', '3.0']) upload(world, 'snark', version);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  return world;
}

test('a line says what, which file, where, why, which serial and when, and nothing else', async (t) => {
  const world = await withdrawn(t);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  const [line, ...more] = auditOf(world);
  assert.ok(line);
  const { seq, at, path, sha256, ...rest } = line;
  assert.deepEqual(rest, {
    action: 'withdraw',
    project: 'snark',
    file: V1,
    why: 'no longer on the page',
    serial: world.sim.state.lastSerial,
  });
  assert.ok(seq > 0 && /^packages\//.test(path ?? '') && /^[0-9a-f]{64}$/.test(sha256 ?? ''));
  assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(more, []);
});

test('a removed project is a line of its own, before those of its files', async (t) => {
  const world = await withdrawn(t);
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  assert.deepEqual(
    auditOf(world).map(({ action, project, file }) => [action, project, file === null]),
    [
      ['withdraw', 'snark', true],
      ['withdraw', 'snark', false],
      ['withdraw', 'snark', false],
      ['withdraw', 'snark', false],
    ],
  );
});

/** Writes what the outbox holds with a process that dies after so many steps. Returns whether it died. */
async function writeKilled({ lifeline, act }: BoundEngine, steps: number): Promise<boolean> {
  lifeline.dieAfter(steps);
  await act((deps) => writeAudit(deps)).catch(() => {});
  return lifeline.isDead;
}

interface BoundEngine {
  readonly lifeline: Engine['lifeline'];
  readonly act: (work: Parameters<Engine['act']>[1]) => Promise<unknown>;
}

for (const powerCut of [false, true]) {
  test(`killed between any two steps${powerCut ? ', and the power goes' : ''}: each record stands there once`, async (t) => {
    for (let steps = 0; ; steps++) {
      const world = await withdrawn(t);
      const { engine } = world;
      world.sim.state.removeProject('snark');
      // The outbox is filled, and the file is not there yet.
      const failing = having(engine.store, {
        appendAudit: async () => {
          throw new Error('not now');
        },
      });
      engine.options.wrap = (deps) => ({ ...deps, store: failing });
      await engine.run();
      engine.options.wrap = (deps) => deps;
      assert.deepEqual(auditOf(world), []);
      const bound = { lifeline: engine.lifeline, act: engine.act.bind(engine, false) };
      const died = await writeKilled(bound, steps);
      if (died) afterDeath(engine, powerCut ? seeded(steps) : null);
      engine.lifeline.revive();
      await engine.act(false, (deps) => writeAudit(deps));
      const seqs = auditOf(world).map(({ seq }) => seq);
      assert.equal(seqs.length, 4);
      assert.deepEqual(
        seqs,
        [...new Set(seqs)].sort((a, b) => a - b),
      );
      assert.deepEqual(storyOf(world, V1), ['withdraw']);
      if (!died) return t.diagnostic(`${steps} steps`);
    }
  });
}

test('part of a line at the end is cut off, and the record written whole', async (t) => {
  const world = await withdrawn(t);
  world.engine.store.tearAudit('{"seq":1,"at":"2026-');
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  assert.deepEqual(storyOf(world, V1), ['withdraw']);
});

test('lines of a lost catalogue, whatever their numbers, keep nothing of ours back', async (t) => {
  const world = await withdrawn(t);
  const old = { seq: 1, at: '2020-01-01T00:00:00Z', action: 'hide', project: 'boojum', file: null };
  const line = JSON.stringify({ ...old, path: null, sha256: null, why: '', serial: 7 });
  await world.engine.store.appendAudit([line, line.replace('"seq":1', '"seq":999')]);
  world.sim.state.removeFile(V1);
  await runTo(world, 0);
  assert.deepEqual(storyOf(world, V1), ['withdraw']);
  assert.equal(auditOf(world).length, 3);
});

test('an audit that cannot be written ends the run with 6; the next one writes what is missing', async (t) => {
  const world = await withdrawn(t);
  const { engine } = world;
  world.sim.state.removeFile(V1);
  engine.options.wrap = (deps) => {
    const appendAudit = async () => {
      const { JubjubError } = await import('../../src/errors.ts');
      throw new JubjubError('STORE_FULL', 'no room for the audit');
    };
    return { ...deps, store: having(deps.store, { appendAudit }) };
  };
  assert.equal((await runTo(world, 6)).stoppedBy?.code, 'STORE_FULL');
  engine.options.wrap = (deps) => deps;
  await runTo(world, 0);
  assert.deepEqual(storyOf(world, V1), ['withdraw']);
});

test('lines that a process wrote and could not flush are flushed before one is added to them', async (t) => {
  const world = await withdrawn(t);
  const { engine } = world;
  world.sim.state.removeProject('snark');
  engine.options.wrap = (deps) => {
    // The first two lines get there, and nobody is told so.
    const appendAudit = async (lines: readonly string[]) => {
      await deps.store.appendAudit(lines.slice(0, 2));
      throw new Error('EIO');
    };
    return { ...deps, store: having(deps.store, { appendAudit }) };
  };
  await engine.run();
  const appended: number[] = [];
  engine.options.wrap = (deps) => {
    const appendAudit = (lines: readonly string[]) => {
      appended.push(lines.length);
      return deps.store.appendAudit(lines);
    };
    return { ...deps, store: having(deps.store, { appendAudit }) };
  };
  await engine.act(false, (deps) => writeAudit(deps));
  assert.deepEqual(appended, [0, 2]);
  assert.deepEqual(
    auditOf(world).map(({ seq }) => seq),
    [1, 2, 3, 4],
  );
});

test('without the lock nothing is written: another run may be doing it', async (t) => {
  const world = await withdrawn(t);
  world.sim.state.removeFile(V1);
  world.engine.options.wrap = (deps) => {
    let isHeld = true;
    // It is lost between the publishing and the end.
    const commit: typeof deps.catalogue.commit = async (...args) => {
      const result = await deps.catalogue.commit(...args);
      isHeld = false;
      return result;
    };
    return { ...deps, catalogue: having(deps.catalogue, { commit }), holdsLock: () => isHeld };
  };
  assert.equal((await world.engine.run()).exitStatus, 7);
  assert.deepEqual(auditOf(world), []);
  world.engine.options.wrap = (deps) => deps;
  await runTo(world, 0);
  assert.deepEqual(storyOf(world, V1), ['withdraw']);
});
