/**
 * Goal: however a run ends, the next one holds what is needed and nothing else; and nothing leaves in numbers unseen.
 * Method: the engine on the simulated upstream, killed at some of its steps; the removal limit; upstreams that fail.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLinks } from '../support/check-promise.ts';
import { afterDeath } from '../support/engine.ts';
import type { World } from '../support/mirror-kit.ts';
import {
  held,
  needsOf,
  needsWarnings,
  release,
  sdist,
  settle,
  startNeeding,
  sync,
} from '../support/needs-kit.ts';
import { stride } from '../support/stride.ts';

/** Brings something new at each depth, and takes something away. */
function change(world: World): void {
  release(world, 'alice 2.0', ['rabbit>=2', 'hat']);
  release(world, 'rabbit 2.0', ['hole']);
  world.sim.state.removeRelease('alice', '1.0');
}

async function story(world: World): Promise<void> {
  release(world, 'alice 1.0', ['rabbit<2', 'tea']);
  release(world, 'rabbit 1.0', ['watch']);
  sdist(world, 'tea 1.0', ['cup']);
  for (const name of ['watch', 'cup', 'hat', 'hole']) release(world, name);
  await sync(world);
  await settle(world);
  change(world);
}

const AFTERWARDS = ['alice 2.0', 'hat 1.0', 'hole 1.0', 'rabbit 2.0'];

test('a run that is killed anywhere leaves what the next one finishes', async (t) => {
  const undisturbed = await startNeeding(t, ['alice']);
  await story(undisturbed);
  undisturbed.engine.lifeline.steps.length = 0;
  await sync(undisturbed);
  assert.deepEqual(held(undisturbed), AFTERWARDS);
  const steps = undisturbed.engine.lifeline.steps.length;
  for (let left = 0; left < steps; left += stride(14)) {
    const world = await startNeeding(t, ['alice']);
    await story(world);
    world.engine.lifeline.dieAfter(left);
    // The first steps are taken before a run can say how it ended.
    await world.engine.run().catch(() => {});
    assert.ok(world.engine.lifeline.isDead, `it died after ${left} of ${steps} steps`);
    afterDeath(world.engine, null);
    checkLinks(world.engine.store.tree());
    await sync(world);
    assert.deepEqual(held(world), AFTERWARDS, `killed after ${left} of ${steps} steps`);
    assert.deepEqual(needsOf(world, 'rabbit'), ['alice 2.0 needs rabbit >=2']);
  }
  await sync(undisturbed);
  assert.deepEqual(held(undisturbed), AFTERWARDS);
});

test('the removal limit counts what is not needed any more', async (t) => {
  const engine = { settings: { removalLimit: { projects: 2, share: null } } };
  const world = await startNeeding(t, ['alice'], { engine });
  const names = ['rabbit', 'hole', 'hat'];
  release(world, 'alice 1.0', names);
  for (const name of names) release(world, name);
  await sync(world);
  world.sim.state.removeRelease('alice', '1.0');
  release(world, 'alice 2.0');
  const summary = await sync(world, 3);
  assert.equal(summary.stoppedBy?.code, 'LIMIT_REMOVALS');
  assert.deepEqual(held(world), ['alice 2.0', 'hat 1.0', 'hole 1.0', 'rabbit 1.0']);
  const allowed = await world.engine.run({ allowRemovals: 3 });
  assert.equal(allowed.exitStatus, 0, JSON.stringify(allowed));
  assert.deepEqual(held(world), ['alice 2.0']);
});

test('an upstream that fails while needs are asked for ends the run, and takes nothing away', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['rabbit']);
  release(world, 'rabbit 1.0');
  await sync(world);
  await settle(world);
  world.sim.state.removeRelease('alice', '1.0');
  for (let minor = 0; minor < 12; minor++) sdist(world, `alice 2.${minor}`, ['hole']);
  release(world, 'hole 1.0');
  let isAsked = false;
  const match = ({ line }: { readonly line: string }) => {
    isAsked ||= line.endsWith('/json');
    return isAsked;
  };
  world.sim.faults.add({ match, fault: { kind: 'status', status: 503 } });
  const summary = await world.engine.run();
  assert.equal(summary.exitStatus, 4, JSON.stringify(summary));
  assert.ok(held(world).includes('rabbit 1.0'));
  world.sim.faults.clear();
  await sync(world);
  assert.ok(held(world).includes('hole 1.0') && !held(world).includes('rabbit 1.0'));
  assert.deepEqual(needsWarnings(world), []);
});

test('a needed project that cannot be had is pending, and comes when it can', async (t) => {
  const world = await startNeeding(t, ['alice']);
  release(world, 'alice 1.0', ['rabbit']);
  release(world, 'rabbit 1.0');
  world.sim.faults.add({ match: /simple\/rabbit/, fault: { kind: 'status', status: 500 } });
  await sync(world, 3);
  assert.deepEqual(world.engine.pending(), { rabbit: 'UPSTREAM_STATUS' });
  assert.match(needsWarnings(world).join(), /rabbit, needed by alice 1\.0 \(pending: /);
  world.sim.faults.clear();
  await sync(world);
  assert.deepEqual(held(world), ['alice 1.0', 'rabbit 1.0']);
});
