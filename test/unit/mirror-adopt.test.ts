/**
 * Goal: an old tree becomes ours without downloading what it has, in each layout, in place and from elsewhere.
 * Method: trees as the old tools make them, on the disk; an index that went on since; the requests for files are counted,
 * and what comes out is compared with a mirror that never knew another tool.
 */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { checkConverged, filesAsked, moveIn, startAdopter, startPast, syncTo } from '../support/adopt-kit.ts';
import { checkLinks, checkPages } from '../support/check-promise.ts';
import { pageNames } from '../support/docroot-pages.ts';
import { LONG_MS } from '../support/mirror-kit.ts';
import { LAYOUTS } from '../support/old-trees.ts';

/** What the index has and the old tree does not. */
const NEW_FILES = ['jabberwock-1.0-py3-none-any.whl', 'snark-5.0-py3-none-any.whl'];

for (const layout of LAYOUTS) {
  for (const where of ['in place', 'from elsewhere'] as const) {
    test(`${layout}, ${where}: the first sync downloads only what was not there`, async (t) => {
      const past = await startPast(t, layout);
      const adopter = await startAdopter(t, past.sim);
      const before = past.old.contents();
      if (where === 'in place') moveIn(past, adopter);
      const summary = await adopter.adopt(where === 'in place' ? undefined : past.old.root);
      assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
      assert.deepEqual([summary.projects, summary.files], [4, 8], JSON.stringify(summary));
      assert.deepEqual(summary.leftOut, {});
      // P1 already now, without any network.
      checkLinks(adopter.tree());
      checkPages(adopter.tree(), adopter.engine.catalogue);
      assert.deepEqual(past.sim.requests, []);
      await syncTo(adopter, 0);
      assert.deepEqual(
        filesAsked(past.sim).filter((name) => !name.endsWith('.metadata')),
        NEW_FILES,
      );
      await checkConverged(t, adopter);
      assert.deepEqual(past.old.contents(), before, 'the old tree is as it was');
      assert.equal(adopter.engine.catalogue.isPublished(normalizeName('vorpal')), false);
    });
  }
}

test('what upstream no longer lists is withdrawn by the first sync, and later in the trash', async (t) => {
  const past = await startPast(t);
  const adopter = await startAdopter(t, past.sim);
  moveIn(past, adopter);
  await adopter.adopt();
  const gone = ['vorpal-1.0-py3-none-any.whl', 'boojum-1.0-py3-none-any.whl'];
  const paths = gone.map((filename) => past.old.pathOf(filename));
  const summary = await syncTo(adopter, 0);
  assert.equal(summary.withdrawn, 1);
  assert.equal(summary.filesWithdrawn, 2);
  for (const path of paths)
    assert.ok(existsSync(join(adopter.web, path)), 'in the docroot until its grace is over');
  past.sim.advance(LONG_MS);
  await syncTo(adopter, 0);
  for (const path of paths) assert.equal(existsSync(join(adopter.web, path)), false, path);
  assert.equal(adopter.engine.catalogue.counts().trashedFiles, 2);
});

for (const layout of [
  'bandersnatch-8',
  'bandersnatch-hash-index',
  'bandersnatch-versions',
  'shadowmire',
] as const) {
  test(`in place, the other pages of ${layout} leave with the adoption`, async (t) => {
    const past = await startPast(t, layout);
    const adopter = await startAdopter(t, past.sim);
    moveIn(past, adopter);
    await adopter.adopt();
    const pages = [...adopter.tree().keys()].filter((path) => path.startsWith('simple/'));
    const names = ['boojum', 'snark', 'vorpal', 'x'];
    const ours = names.flatMap((name) => [`simple/${name}/index.html`, `simple/${name}/index.v1_json`]);
    assert.deepEqual(pages.sort(), [...ours, 'simple/index.html', 'simple/index.v1_json'].sort());
    for (const path of pages) assert.ok(lstatSync(join(adopter.web, path)).isFile(), `${path} is no link`);
  });
}

test('hard links take no space, and a copy is one', async (t) => {
  const past = await startPast(t);
  const path = past.old.pathOf('snark-1.0-py3-none-any.whl');
  const inodes: bigint[] = [];
  for (const copy of [false, true]) {
    const adopter = await startAdopter(t, past.sim);
    await adopter.adopt(past.old.root, { copy });
    inodes.push(statSync(join(adopter.web, path), { bigint: true }).ino);
    assert.deepEqual(readdirSync(join(adopter.web, '..', 'state', 'staging')), [], 'nothing is left aside');
    await syncTo(adopter, 0);
    assert.deepEqual(
      filesAsked(past.sim).filter((name) => !name.endsWith('.metadata')),
      NEW_FILES,
    );
    await checkConverged(t, adopter);
    past.sim.requests.length = 0;
  }
  const old = statSync(join(past.old.root, path), { bigint: true }).ino;
  assert.equal(inodes[0], old);
  assert.notEqual(inodes[1], old);
});

test('sidecars that lie beside their files are taken, too', async (t) => {
  for (const where of ['in place', 'from elsewhere'] as const) {
    const past = await startPast(t, 'bandersnatch-8');
    const adopter = await startAdopter(t, past.sim);
    if (where === 'in place') moveIn(past, adopter);
    await adopter.adopt(where === 'in place' ? undefined : past.old.root);
    const file = adopter.engine.files('x')[0];
    assert.ok(file?.metadataSha256, 'the page advertises it, and its bytes agree');
    await syncTo(adopter, 0);
    assert.deepEqual(filesAsked(past.sim), NEW_FILES);
  }
});

test('a sidecar that is not what its page advertises is not advertised by ours, and mended by the first sync', async (t) => {
  for (const where of ['in place', 'from elsewhere', 'as copies'] as const) {
    const past = await startPast(t, 'bandersnatch-8');
    const adopter = await startAdopter(t, past.sim);
    past.old.damage('x-1.0-py3-none-any.whl.metadata');
    if (where === 'in place') moveIn(past, adopter);
    await adopter.adopt(where === 'in place' ? undefined : past.old.root, { copy: where === 'as copies' });
    assert.equal(adopter.engine.files('x')[0]?.metadataSha256, null);
    checkLinks(adopter.tree());
    await syncTo(adopter, 0);
    await checkConverged(t, adopter);
  }
});

test('an adopted tree can be read before the first sync: both forms of each page are there', async (t) => {
  const past = await startPast(t, 'shadowmire');
  const adopter = await startAdopter(t, past.sim);
  await adopter.adopt(past.old.root);
  const { whole, half } = pageNames(adopter.tree());
  assert.deepEqual([...whole].sort(), ['boojum', 'snark', 'vorpal', 'x']);
  assert.equal(half.size, 0);
});
