/**
 * Goal: a mirror of a mirror of a mirror lists what the first one lists, after a first sync and after changes of all kinds.
 * Method: the built program three times in a row, with real nginx between the first two and `jubjub serve` between the
 * last two; their trees are read from the disk and compared as a whole, and with the pages of the simulated upstream.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  anHourPasses,
  type ListedTree,
  listedTree,
  mirroredPage,
  nginxOver,
  serveOver,
  upstreamPage,
} from '../support/chain.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { NGINX_MISSING } from '../support/nginx.ts';
import type { Sim } from '../support/sim/sim.ts';
import { withTempDir } from '../support/temp.ts';
import { firstAct, secondAct, smallWheel, startWorld, uploadSmall } from '../support/world.ts';

const SEED = 20_261_127;
const REASON = 'beware the <Jabberwock> & "its" jaws';

/** Neither replay nor sweep: each step finds what its kind of upstream tells, and nothing besides. */
const NOTHING_BY_CHANCE = { more: '[sync]\nreplay = "0s"\nreconcile = "off"\n' };

/** A place whose mirror learns of changes in this way. */
function placeFor(directory: string, url: string, changes: string): MirrorPlace {
  const upstream = `changes = "${changes}"`;
  return new MirrorPlace(directory).configure(url, { upstream, ...NOTHING_BY_CHANCE });
}

/** Syncs each mirror of a chain, from its upstream end. */
async function syncAll(t: TestContext, chain: readonly MirrorPlace[], ...options: string[]): Promise<void> {
  for (const place of chain) await place.sync(t, 0, ...options);
}

/** All of them list the same; answers what that is. */
function theSame([first, ...others]: readonly [MirrorPlace, ...MirrorPlace[]], when: string): ListedTree {
  const tree = listedTree(first);
  for (const place of others) assert.deepEqual(listedTree(place), tree, `${when}: ${place.directory}`);
  return tree;
}

/** The tree is what upstream says now: project list, serials and pages. */
async function assertAsUpstream(sim: Sim, tree: ListedTree): Promise<void> {
  const listed = [...sim.state.projects].filter(({ status }) => status !== 'quarantined');
  assert.deepEqual(Object.keys(tree.pages), listed.map(({ normalized }) => normalized).sort());
  assert.deepEqual(
    tree.list.projects.map(({ name }) => name).sort(),
    listed.map(({ displayName }) => displayName).sort(),
  );
  for (const [name, page] of Object.entries(tree.pages))
    assert.deepEqual(page, await upstreamPage(sim.url, name), name);
}

function pageOf(tree: ListedTree | undefined, name: string) {
  return tree?.pages[name] as
    | { 'project-status'?: { status: string }; files: { filename: string; yanked: unknown }[] }
    | undefined;
}

/** What random events may leave out: each kind of change that a mirror of a mirror must not miss. */
function changesOfAllKinds(sim: Sim): void {
  secondAct(sim, SEED);
  sim.state.yankRelease('jubjub-bird', '1.0', REASON);
  uploadSmall(sim, ['jubjub-bird'], '2.0');
  sim.state.quarantineProject('tweedledee');
}

describe('mirrors of mirrors', { concurrency: 2 }, () => {
  test('three mirrors in a row list the same', { skip: NGINX_MISSING }, async (t) => {
    const sim = await startWorld(t);
    firstAct(sim, SEED);
    uploadSmall(sim, ['jubjub-bird', 'tweedledee', 'tweedledum']);
    const directory = withTempDir(t);

    const first = placeFor(join(directory, 'first'), sim.url, 'changelog');
    await first.sync(t);
    anHourPasses(first);
    const second = placeFor(join(directory, 'second'), await nginxOver(t, first), 'list');
    await second.sync(t);
    const third = placeFor(join(directory, 'third'), await serveOver(t, second), 'list');
    await third.sync(t);
    const chain = [first, second, third] as const;
    const before = theSame(chain, 'after the first sync');
    await assertAsUpstream(sim, before);
    assert.equal(pageOf(before, 'jubjub-bird')?.files[0]?.yanked, false);
    assert.equal(pageOf(before, 'hatter')?.files.length, 1);
    assert.ok(pageOf(before, 'dormouse'));

    changesOfAllKinds(sim);
    await syncAll(t, chain);
    const changed = theSame(chain, 'after the changes');
    assert.equal(pageOf(changed, 'jubjub-bird')?.files[0]?.yanked, REASON);
    assert.deepEqual(pageOf(changed, 'hatter')?.files, []);
    assert.equal(pageOf(changed, 'dormouse'), undefined);
    assert.ok(Object.hasOwn(changed.files, `march-hare/${smallWheel('march-hare', '2.0').filename}`));
    const quarantined = await upstreamPage(sim.url, 'tweedledee');
    for (const place of chain) assert.deepEqual(mirroredPage(place, 'tweedledee'), quarantined);

    sim.state.archiveProject('tweedledum');
    await syncAll(t, chain);
    assert.deepEqual(
      theSame(chain, 'after sync'),
      changed,
      'no row and no serial tells of an archived project',
    );
    await syncAll(t, chain, '--full');
    const full = theSame(chain, 'after sync --full');
    assert.equal(pageOf(full, 'tweedledum')?.['project-status']?.status, 'archived');
    await assertAsUpstream(sim, full);
    for (const [place, kind] of [
      [first, 'changelog'],
      [second, 'list'],
      [third, 'list'],
    ] as const) {
      const { changes, serial } = await place.status(t);
      assert.deepEqual({ changes, serial }, { changes: kind, serial: sim.state.lastSerial });
    }
  });

  test('"auto" finds the changelog of jubjub serve, and behind nginx the list', {
    skip: NGINX_MISSING,
  }, async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
    const directory = withTempDir(t);
    const source = placeFor(join(directory, 'source'), sim.url, 'auto');
    await source.sync(t);
    anHourPasses(source);
    const served = placeFor(join(directory, 'served'), await serveOver(t, source), 'auto');
    const behind = placeFor(join(directory, 'behind'), await nginxOver(t, source), 'auto');
    const chain = [source, served, behind] as const;
    await syncAll(t, chain);
    theSame(chain, 'after the first sync');
    uploadSmall(sim, ['cheshire', 'march-hare'], '2.0');
    sim.state.removeProject('dormouse');
    await syncAll(t, chain);
    await assertAsUpstream(sim, theSame(chain, 'after the changes'));
    const kinds = await Promise.all(chain.map(async (place) => (await place.status(t)).changes));
    assert.deepEqual(kinds, ['changelog', 'changelog', 'list']);
  });
});
