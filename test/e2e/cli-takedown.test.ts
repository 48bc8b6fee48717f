/**
 * Goal: an operator's takedown, restore and sweep with the real program: what stands on stdout, on disk and in the exit status.
 * Method: the built program against a simulated upstream; the trash is broken, the docroot littered, the upstream gone. It
 * runs as a process once for each way to end, elsewhere by its main().
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { MirrorPlace } from '../support/mirror-place.ts';
import type { Sim } from '../support/sim/sim.ts';
import { withTempDir } from '../support/temp.ts';
import { smallWheel, startWorld, uploadSmall } from '../support/world.ts';

const HATTER = smallWheel('hatter').filename;

/** Three projects, of which hatter was removed; with `hideAfter` of 0 its file is in the trash. */
async function takenDown(t: TestContext, hideAfter = '0s'): Promise<{ sim: Sim; place: MirrorPlace }> {
  const sim = await startWorld(t);
  uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
  const more = `[prune]\nhide-after = "${hideAfter}"\n`;
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url, { more });
  await place.sync(t);
  sim.state.removeProject('hatter');
  const { withdrawn, hidden } = await place.sync(t);
  assert.deepEqual([withdrawn, hidden.files], [1, hideAfter === '0s' ? 1 : 0]);
  return { sim, place };
}

const files = (directory: string) =>
  existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort() : [];
const has = (directory: string, name: string) => files(directory).some((path) => path.endsWith(name));
const audit = (place: MirrorPlace) =>
  readFileSync(join(place.mirror, 'state', 'audit.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { action: string; file: string | null });

describe('takedowns', { concurrency: 2 }, () => {
  test('a removed project is restored, held, let go and hidden again, without the upstream', async (t) => {
    const { sim, place } = await takenDown(t);
    await sim.close();
    const trash = join(place.mirror, 'state', 'trash');
    assert.ok(has(trash, HATTER) && !has(place.web, HATTER));
    const near = await place.call(t, 2, ['restore', 'hatter', HATTER.replace('py3', 'py2')]);
    assert.match(near.stderr, new RegExp(`did you mean ${HATTER.replaceAll('.', '\\.')}`));
    const { stdout } = await place.expect(t, 0, ['restore', 'Hatter', HATTER]);
    assert.match(
      stdout,
      /back out of the trash\n {4}it had left its page: removed upstream.*\n1 file not on upstream's page.*\nheld by the operator until/,
    );
    assert.ok(has(place.web, HATTER) && has(place.web, `${HATTER}.metadata`));
    assert.match((await place.call(t, 0, ['status'])).stdout, /held +1 file kept by jubjub restore/);
    assert.match((await place.call(t, 0, ['prune'])).stdout, /hidden +nothing\n/);
    await place.call(t, 0, ['restore', 'hatter', '--undo']);
    const last = (await place.expect(t, 0, ['prune', '--json'])).stdout.trimEnd().split('\n');
    const [hidden, summary] = last.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual([hidden?.['type'], hidden?.['filename']], ['hidden', HATTER]);
    assert.deepEqual([summary?.['type'], summary?.['exitStatus']], ['summary', 0]);
    const story = audit(place).flatMap(({ action, file }) => (file === HATTER ? [action] : []));
    assert.deepEqual(story, ['withdraw', 'hide', 'restore', 'release', 'hide']);
  });

  test('in the directory of another upstream prune and restore touch nothing', async (t) => {
    const { place } = await takenDown(t, '15m');
    place.configure('http://127.0.0.1:1', { more: '[prune]\nhide-after = "0s"\n' });
    for (const argv of [['prune'], ['restore', 'hatter']]) await place.call(t, 2, argv);
    assert.ok(has(place.web, HATTER));
  });

  test('a trash that cannot be used: the page is published, the sync ends with 6, and the next one heals', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, ['cheshire', 'hatter']);
    const place = new MirrorPlace(withTempDir(t)).configure(sim.url, {
      more: '[prune]\nhide-after = "0s"\n',
    });
    await place.sync(t);
    const trash = join(place.mirror, 'state', 'trash');
    rmSync(trash, { recursive: true });
    writeFileSync(trash, 'not a folder');
    sim.state.removeProject('hatter');
    const summary = await place.sync(t, 6);
    assert.equal(summary.serial, sim.state.lastSerial);
    assert.ok(!existsSync(join(place.web, 'simple', 'hatter')) && has(place.web, HATTER));
    rmSync(trash);
    const { stdout } = await place.call(t, 0, ['prune', '--dry-run']);
    assert.match(stdout, new RegExp(`^hide    ${HATTER} .*hatter: removed upstream`));
    assert.ok(has(place.web, HATTER));
    assert.equal((await place.sync(t)).hidden.files, 1);
  });

  test('a sweep lists orphans and foreign files, moves them with --apply, and refuses most of a docroot', async (t) => {
    const { place } = await takenDown(t);
    assert.match((await place.call(t, 2, ['prune', '--apply'])).stderr, /--apply belongs to --sweep/);
    mkdirSync(join(place.web, 'packages', 'old'));
    writeFileSync(join(place.web, 'packages', 'old', 'stray.whl'), 'stray');
    writeFileSync(join(place.web, 'robots.txt'), 'User-agent: *\n');
    const before = place.webSnapshot();
    const { stdout } = await place.call(t, 0, ['prune', '--sweep']);
    assert.match(stdout, /^orphan {2}packages\/old\/stray\.whl \(5 B\)$/m);
    assert.match(stdout, /^foreign robots\.txt \(14 B\)$/m);
    assert.deepEqual(place.webSnapshot(), before);
    await place.call(t, 0, ['prune', '--sweep', '--apply']);
    assert.ok(!has(place.web, 'stray.whl') && !existsSync(join(place.web, 'robots.txt')));
    const moved = files(join(place.mirror, 'state', 'trash', 'swept'));
    assert.ok(
      moved.some((path) => /^\d{8}T\d{6}Z\/packages\/old\/stray\.whl$/.test(path)),
      String(moved),
    );
    for (let at = 0; at < 100; at++) writeFileSync(join(place.web, `stray-${at}`), '');
    const refused = await place.expect(t, 3, ['prune', '--sweep', '--apply']);
    assert.match(refused.stderr, /LIMIT_SWEEP/);
    assert.ok(existsSync(join(place.web, 'stray-0')));
  });

  test('where there is no mirror yet, neither command makes one', async (t) => {
    const place = new MirrorPlace(withTempDir(t)).configure('http://127.0.0.1:1');
    for (const argv of [['prune'], ['prune', '--sweep'], ['restore', 'snark']]) {
      const { stderr } = await place.call(t, 2, argv);
      assert.match(stderr, /there is no mirror here yet/);
    }
    assert.ok(!existsSync(place.mirror));
  });
});
