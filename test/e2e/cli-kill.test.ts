/**
 * Goal: whenever the program is killed, readers have a whole docroot at once (P1, P3), and a plain run afterwards makes
 * the docroot that an undisturbed mirror has, to the byte and to the file (P4).
 * Method: SIGKILL at gates of a simulated upstream, right before chosen steps on disk, and at seeded lines of output.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { checkLinks } from '../support/check-promise.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { seeded } from '../support/prng.ts';
import { told } from '../support/program.ts';
import type { Sim } from '../support/sim/sim.ts';
import { suiteHooks } from '../support/suite-hooks.ts';
import { withTempDir } from '../support/temp.ts';
import { firstAct, largeWheel, secondAct, startWorld, uploadSmall } from '../support/world.ts';

const SEED = 20_261_121;
/** What is smaller is held in memory until it is complete (src/store/at-once.ts). */
const LARGE_BYTES = 1_600_000;
const GATE_BYTES = 400_000;

/** What a reader finds now, and what one plain run makes of it. */
async function assertHeals(t: TestContext, place: MirrorPlace, undisturbed: MirrorPlace): Promise<void> {
  checkLinks(place.tree());
  await place.sync(t);
  checkLinks(place.tree());
  assert.deepEqual(place.shape(), undisturbed.shape());
}

/** A mirror that nothing happened to. */
async function undisturbedMirror(t: Pick<TestContext, 'after'>, sim: Sim): Promise<MirrorPlace> {
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
  await place.sync(t);
  return place;
}

test('killed while it asks for pages, a first sync starts again and ends as if nothing had been', async (t) => {
  const sim = await startWorld(t);
  firstAct(sim, SEED);
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
  const gate = sim.faults.gate(/^GET \/simple\/hatter\/$/);
  const running = place.start(t, ['sync']);
  await running.until(gate.reached);
  await running.kill();
  gate.release();
  await assertHeals(t, place, await undisturbedMirror(t, sim));
});

test('killed in the middle of a file, the next run asks for the rest of it only', async (t) => {
  const sim = await startWorld(t);
  uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
  const { path } = sim.state.uploadFile(largeWheel('queen', '1.0', LARGE_BYTES));
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
  const gate = sim.faults.gate((request) => request.path === path, { afterBytes: GATE_BYTES });
  const running = place.start(t, ['sync']);
  await running.until(gate.reached);
  await running.untilTrue(() => place.stagedBytesMax() >= GATE_BYTES);
  await running.kill();
  gate.release();
  checkLinks(place.tree());
  assert.deepEqual([...place.tree().keys()], [], 'nothing half-done is visible');
  sim.requests.length = 0;
  await place.sync(t);
  const asked = sim.requests.filter((request) => request.path === path);
  assert.deepEqual(
    asked.map(({ headers, status }) => ({ range: headers['range'], status })),
    [{ range: `bytes=${GATE_BYTES}-`, status: 206 }],
  );
  assert.deepEqual(place.shape(), (await undisturbedMirror(t, sim)).shape());
  assert.deepEqual(readdirSync(place.staging), [], 'and nothing is left aside');
});

/** Before which step on disk the second of two syncs is killed. */
const STEPS: readonly { readonly name: string; readonly step: RegExp; readonly nth?: number }[] = [
  { name: 'with all files aside and none in place', step: /^rename .*\/web\/packages\// },
  { name: 'with all files in place and no page', step: /^rename .*\/web\/simple\/[^/]+\/index/ },
  { name: 'between the two forms of a page', step: /^rename .*\/web\/simple\/[^/]+\/index/, nth: 2 },
  {
    name: 'between the two forms of a page that leaves',
    step: /^unlink .*\/web\/simple\/dormouse\/index/,
    nth: 2,
  },
  { name: 'with all pages in place and the old project list', step: /^rename .*\/web\/simple\/index/ },
  {
    name: 'between the two forms of the project list, before the commit',
    step: /^rename .*\/web\/simple\/index/,
    nth: 2,
  },
  { name: 'after the commit, before the reports', step: /^rename .*\/web\/status\.json$/ },
];

describe('a second sync that is killed at a step on disk', { concurrency: 2 }, () => {
  const t = suiteHooks();
  let first: MirrorPlace;
  let undisturbed: MirrorPlace;
  let directory: string;

  before(async () => {
    directory = withTempDir(t);
    const sim = await startWorld(t);
    firstAct(sim, SEED);
    first = new MirrorPlace(join(directory, 'first')).configure(sim.url);
    await first.sync(t);
    secondAct(sim, SEED);
    undisturbed = first.copyTo(join(directory, 'undisturbed'));
    await undisturbed.sync(t);
  });

  for (const [index, { name, step, nth = 1 }] of STEPS.entries()) {
    test(name, async (t) => {
      const place = first.copyTo(join(directory, String(index)));
      const killed = await place.run(t, ['sync'], { trouble: { deed: 'die', step, nth } });
      assert.equal(killed.signal, 'SIGKILL', `it never came to that step: ${told(killed)}`);
      await assertHeals(t, place, undisturbed);
    });
  }
});

const SEEDS = [1];

describe('a first sync that is killed twice, at lines of its output that a seed picks', {
  concurrency: 2,
}, () => {
  const t = suiteHooks();
  let undisturbed: MirrorPlace;
  let sim: Sim;
  let linesTold: number;

  before(async () => {
    sim = await startWorld(t);
    firstAct(sim, SEED);
    undisturbed = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const { stdout } = await undisturbed.expect(t, 0, ['sync', '--json']);
    linesTold = stdout.trimEnd().split('\n').length;
    assert.ok(linesTold > 50, 'there are enough moments to pick from');
  });

  for (const seed of SEEDS) {
    test(`seed ${seed}`, async (t) => {
      const prng = seeded(seed).fork('kill');
      const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
      for (const kill of ['first', 'second']) {
        const line = 1 + prng.int(linesTold);
        t.diagnostic(`${kill} kill: as soon as line ${line} of ${linesTold} is told`);
        const running = place.start(t, ['sync', '--json']);
        // A run that has less to tell ends by itself; that too is a moment to go on from.
        await running.lines(line, /^/).catch(() => null);
        await running.kill();
        checkLinks(place.tree());
      }
      await assertHeals(t, place, undisturbed);
    });
  }
});
