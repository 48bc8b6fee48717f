/**
 * Goal: an operator takes over an old tree with the program itself: in place, from elsewhere, from another file system,
 * killed in the middle; and is told clearly what was done, what was not, and what cannot be done.
 * Method: docroots as bandersnatch and shadowmire leave them; requests for files are counted at the simulated upstream. The
 * program is a process where it adopts or is killed, and runs by its main() around that.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { AdoptSummary } from '../../src/mirror/adopt-report.ts';
import { filesAsked } from '../support/adopt-kit.ts';
import { checkLinks } from '../support/check-promise.ts';
import { MirrorPlace } from '../support/mirror-place.ts';
import { type Layout, OldDocroot } from '../support/old-trees.ts';
import { told } from '../support/program.ts';
import type { Sim } from '../support/sim/sim.ts';
import { withTempDir } from '../support/temp.ts';
import { withTmpfs } from '../support/tmpfs.ts';
import { smallWheel, startWorld, uploadSmall } from '../support/world.ts';

const HATTER = smallWheel('hatter').filename;

/** An index that went on since the old tool ran, its old docroot, and a mirror that has never run. */
async function start(t: TestContext, layout: Layout, directory = withTempDir(t)) {
  const sim = await startWorld(t);
  uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
  const old = new OldDocroot(directory, layout).write(sim.state);
  sim.state.removeProject('dormouse');
  uploadSmall(sim, ['cheshire'], '2.0');
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
  return { sim, old, place };
}

function wheels(sim: Sim): string[] {
  return filesAsked(sim).filter((name) => name.endsWith('.whl'));
}

/** After the first sync the docroot is that of a mirror that never knew another tool, files of the dead aside. */
async function assertConverged(t: TestContext, sim: Sim, place: MirrorPlace): Promise<void> {
  const undisturbed = new MirrorPlace(withTempDir(t)).configure(sim.url);
  await undisturbed.sync(t);
  const pages = (one: MirrorPlace) =>
    Object.fromEntries(Object.entries(one.shape()).filter(([path]) => path.startsWith('simple/')));
  assert.deepEqual(pages(place), pages(undisturbed));
}

for (const [layout, where] of [
  ['shadowmire', 'in place'],
  ['bandersnatch-8', 'from elsewhere'],
] as const) {
  test(`a ${layout} docroot is adopted ${where}, and the first sync downloads only what is new`, async (t) => {
    const { sim, old, place } = await start(t, layout);
    if (where === 'in place') {
      mkdirSync(place.mirror);
      cpSync(old.root, place.web, { recursive: true, verbatimSymlinks: true });
    }
    const root = where === 'in place' ? place.web : old.root;
    const dry = await place.call(t, 0, ['adopt', root, '--dry-run']);
    assert.match(dry.stdout, /^dry run: this would be taken over.*\n[\s\S]*projects +3\n +files +3 /);
    if (where === 'from elsewhere')
      assert.equal(existsSync(place.mirror), false, 'a dry run leaves no trace');
    const ended = await place.expect(t, 0, ['adopt', root]);
    assert.match(ended.stdout, /^adopt: done \(exit status 0\)\n[\s\S]*next +jubjub sync/);
    checkLinks(place.tree());
    assert.deepEqual(sim.requests, [], 'no network');
    const status = await place.status(t);
    assert.deepEqual([status.serial, status.projects, status.files], [null, 3, 3]);
    assert.equal((await place.sync(t)).withdrawn, 1);
    assert.deepEqual(wheels(sim), [smallWheel('cheshire', '2.0').filename]);
    checkLinks(place.tree());
    await assertConverged(t, sim, place);
  });
}

test('killed while it moves pages, in place: readers have whole pages, and the next adoption goes on', async (t) => {
  const { sim, old, place } = await start(t, 'bandersnatch-8');
  mkdirSync(place.mirror);
  cpSync(old.root, place.web, { recursive: true });
  for (const nth of [1, 3]) {
    const trouble = { deed: 'die', step: /^rename .*web\/simple\//, nth } as const;
    const ended = await place.run(t, ['adopt', place.web], { trouble });
    assert.equal(ended.signal, 'SIGKILL', told(ended));
    checkLinks(place.tree());
  }
  await place.call(t, 0, ['adopt', place.web]);
  checkLinks(place.tree());
  await place.sync(t);
  assert.deepEqual(wheels(sim), [smallWheel('cheshire', '2.0').filename]);
  await assertConverged(t, sim, place);
});

test('another file system: refused with what to do, and copied with --copy', async (t) => {
  const elsewhere = withTmpfs(t, 'size=16m');
  if (elsewhere === null) return;
  const { sim, old, place } = await start(t, 'bandersnatch-6', elsewhere.directory);
  const refused = await place.call(t, 2, ['adopt', old.root]);
  assert.match(refused.stderr, /another file system[\s\S]*--copy/);
  assert.equal(existsSync(place.mirror), false, 'nothing was touched');
  await place.call(t, 0, ['adopt', old.root, '--copy']);
  rmSync(old.root, { recursive: true });
  checkLinks(place.tree());
  await place.sync(t);
  assert.deepEqual(wheels(sim), [smallWheel('cheshire', '2.0').filename]);
  await assertConverged(t, sim, place);
});

test('the events are JSON lines, and tell of each thing that is left out', async (t) => {
  const { old, place } = await start(t, 'bandersnatch-8');
  old.damage(HATTER).litter(smallWheel('cheshire').filename, 'cheshire');
  const { stdout, stderr } = await place.expect(t, 0, ['adopt', old.root, '--json']);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; reason?: string; filename?: string });
  const types = events.map(({ type }) => type);
  assert.deepEqual([types[0], types.at(-1)], ['started', 'summary']);
  const [left] = events.filter(({ type }) => type === 'left-out');
  assert.deepEqual([left?.reason, left?.filename], ['damaged', HATTER]);
  const summary = events.at(-1) as unknown as AdoptSummary;
  assert.deepEqual([summary.exitStatus, summary.mode, summary.files], [0, 'link', 2]);
  assert.deepEqual(summary.leftOut, { damaged: { count: 1, names: [HATTER] } });
  assert.match(stderr, /left out/, 'what is damaged is a warning');
  const quiet = await place.call(t, 0, ['adopt', old.root, '--quiet']);
  assert.equal(quiet.stdout, '');
});

test('a wrong command line, a synced mirror and no docroot end with 2 and touch nothing', async (t) => {
  const { old, place } = await start(t, 'bandersnatch-8');
  await place.call(t, 2, ['adopt']);
  const both = await place.call(t, 2, ['adopt', old.root, '--copy', '--trust-size']);
  assert.match(both.stderr, /cannot be used with/);
  const none = await place.expect(t, 2, ['adopt', place.directory]);
  assert.match(none.stderr, /no docroot of a mirror[\s\S]*expected[\s\S]*received/);
  assert.equal(existsSync(place.mirror), false);
  await place.sync(t);
  const before = place.webSnapshot();
  const synced = await place.call(t, 2, ['adopt', old.root]);
  assert.match(synced.stderr, /has synced already[\s\S]*sync --full/);
  assert.deepEqual(place.webSnapshot(), before);
  assert.match(readFileSync(join(old.root, 'simple/hatter/index.html'), 'utf8'), /Links for hatter/);
});
