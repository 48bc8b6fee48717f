/**
 * Goal: a run with nothing new writes nothing (P5) and asks next to nothing.
 * Method: real runs of the built program; every byte and modification time of web/ is compared, every request counted.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { MirrorPlace } from '../support/mirror-place.ts';
import { withTempDir } from '../support/temp.ts';
import { firstAct, secondAct, startWorld, uploadSmall } from '../support/world.ts';

const SEED = 20_261_121;

describe('nothing new', { concurrency: 2 }, () => {
  test('a second and a third run with nothing new change no byte and no modification time', async (t) => {
    const sim = await startWorld(t, { cdn: {} });
    firstAct(sim, SEED);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    const first = await place.sync(t);
    const before = place.webSnapshot();
    for (const run of ['second', 'third', '--full']) {
      const { serial, files, withdrawn } = await place.sync(t, 0, ...(run === '--full' ? ['--full'] : []));
      assert.deepEqual({ serial, files, withdrawn }, { serial: first.serial, files: 0, withdrawn: 0 }, run);
      assert.deepEqual(place.webSnapshot(), before, `the ${run} run`);
    }
  });

  test('the same after changes and withdrawals', async (t) => {
    const sim = await startWorld(t);
    firstAct(sim, SEED);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
    await place.sync(t);
    secondAct(sim, SEED);
    await place.sync(t);
    const before = place.webSnapshot();
    await place.sync(t);
    assert.deepEqual(place.webSnapshot(), before);
  });

  const quiet = async (t: TestContext, more: string) => {
    const sim = await startWorld(t);
    uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
    // The last row is an hour younger than all uploads, and changes no page.
    sim.advance(3_600_000);
    sim.state.addRole('hatter', 'Maintainer', 'alice');
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url, { more });
    await place.sync(t);
    return { sim, place };
  };

  test('the sweep adds its share of pages and the list, all of them conditional', async (t) => {
    const { sim, place } = await quiet(t, '');
    await place.sync(t);
    sim.requests.length = 0;
    await place.sync(t);
    const pages = sim.requests.filter(({ request }) => request.rpc === null);
    assert.deepEqual(
      pages.map(({ status }) => status),
      [304, 304],
      pages.map(({ line }) => line).join(),
    );
  });

  test('a run with nothing new outside the replay window makes two requests at most', async (t) => {
    const { sim, place } = await quiet(t, '[sync]\nreconcile = "off"\n');
    const before = place.webSnapshot();
    sim.requests.length = 0;
    const { requests } = await place.sync(t);
    const lines = sim.requests.map(({ line, request }) => request.rpc ?? line);
    assert.ok(lines.length <= 2, lines.join('\n'));
    assert.equal(requests, lines.length, 'the summary counts them too');
    assert.ok(
      lines.every((line) => line.startsWith('changelog_')),
      lines.join('\n'),
    );
    assert.deepEqual(place.webSnapshot(), before);
  });
});
