/**
 * Goal: nothing of an old tree is believed that is not proven, one bad thing never stops the rest, and each is told.
 * Method: trees with damage done to them; what is left out is read from the summary, and the first sync mends it.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { AdoptSummary, LeftOutReason } from '../../src/mirror/adopt-report.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { OldTree } from '../../src/store/contract.ts';
import {
  adoptTree,
  checkConverged,
  filesAsked,
  moveIn,
  startAdopter,
  startPast,
  syncTo,
} from '../support/adopt-kit.ts';
import { checkLinks } from '../support/check-promise.ts';
import { memoryEngine } from '../support/engine.ts';
import { MemoryOldTree } from '../support/memory-old-tree.ts';
import { upload } from '../support/mirror-kit.ts';

const NEW_FILES = ['jabberwock-1.0-py3-none-any.whl', 'snark-5.0-py3-none-any.whl'];
const wheel = (name: string, version = '1.0') => `${name}-${version}-py3-none-any.whl`;

function countsOf({ leftOut }: AdoptSummary): Partial<Record<LeftOutReason, number>> {
  return Object.fromEntries(Object.entries(leftOut).map(([reason, { count }]) => [reason, count]));
}

for (const where of ['in place', 'from elsewhere', 'as copies'] as const) {
  test(`what is damaged, lost or a link is left out and fetched, ${where}; litter is counted and stays`, async (t) => {
    const past = await startPast(t);
    const adopter = await startAdopter(t, past.sim);
    past.old
      .damage(wheel('snark'))
      .lengthen(wheel('snark', '2.0'))
      .lose(wheel('snark', '3.0'))
      .linkAway(wheel('boojum', '2.0'))
      .litter(wheel('x'), 'snark');
    if (where === 'in place') moveIn(past, adopter);
    const root = where === 'in place' ? undefined : past.old.root;
    const summary = await adopter.adopt(root, { copy: where === 'as copies' });
    assert.equal(summary.exitStatus, 0);
    assert.deepEqual(countsOf(summary), { damaged: 2, missing: 1, 'not-a-file': 1 });
    assert.deepEqual(summary.leftOut.damaged?.names, [wheel('snark'), wheel('snark', '2.0')]);
    // Beside the file two, beside the page one, last-modified and local.db.
    assert.equal(summary.others, 5, JSON.stringify(summary));
    checkLinks(adopter.tree());
    await syncTo(adopter, 0);
    const lost = [wheel('snark'), wheel('snark', '2.0'), wheel('snark', '3.0')];
    // A link in our own docroot is somebody's will: what it leads to is served, and hashed by the first sync.
    if (where !== 'in place') lost.push(wheel('boojum', '2.0'));
    const asked = filesAsked(past.sim).filter((name) => name.endsWith('.whl'));
    assert.deepEqual(asked, [...lost, ...NEW_FILES].sort());
    await checkConverged(t, adopter);
    const litter = join(past.old.root, dirname(past.old.pathOf(wheel('x'))), `.${wheel('x')}.x7k2`);
    assert.equal(readFileSync(litter, 'utf8'), 'half a fi');
  });
}

test('with sizes trusted no bytes of a file are read, where its page tells a size', async (t) => {
  for (const layout of ['bandersnatch-8', 'bandersnatch-html'] as const) {
    const past = await startPast(t, layout);
    past.old.lengthen(wheel('snark', '2.0'));
    const contents = past.old.contents();
    const engine = memoryEngine(t, past.sim);
    const tree = new MemoryOldTree(engine.store, contents);
    const summary = await adoptTree(engine, tree, { trustSize: true });
    assert.deepEqual(countsOf(summary), { damaged: 1 });
    assert.equal(summary.files, 7);
    if (layout === 'bandersnatch-8') assert.deepEqual(tree.bytesRead, []);
    else assert.equal(tree.bytesRead.length, 8, 'HTML tells no sizes, so that the bytes must');
    assert.equal((await engine.run()).exitStatus, 0);
    const asked = filesAsked(past.sim).filter((name) => name.endsWith('.whl'));
    assert.deepEqual(asked, [wheel('jabberwock'), wheel('snark', '2.0'), wheel('snark', '5.0')]);
    checkLinks(engine.store.tree());
  }
});

test('a file without a sha256 on its page is hashed, and taken with that digest', async (t) => {
  const past = await startPast(t, 'bandersnatch-html');
  const page = past.old.page('snark');
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(/#sha256=[0-9a-f]{64}/g, '#md5=00000000000000000000000000000000'),
  );
  const adopter = await startAdopter(t, past.sim);
  const summary = await adopter.adopt(past.old.root, { trustSize: true });
  assert.deepEqual([summary.files, summary.leftOut], [8, {}]);
  checkLinks(adopter.tree());
  await syncTo(adopter, 0);
  assert.deepEqual(
    filesAsked(past.sim).filter((name) => name.endsWith('.whl')),
    NEW_FILES,
  );
  await checkConverged(t, adopter);
});

test('a page that cannot be read leaves its project to the first sync, which downloads nothing for it either', async (t) => {
  const past = await startPast(t, 'bandersnatch-8');
  const adopter = await startAdopter(t, past.sim);
  for (const form of ['index.html', 'index.v1_html', 'index.v1_json'])
    writeFileSync(join(dirname(past.old.page('snark')), form), '<html><a href="half');
  moveIn(past, adopter);
  const summary = await adopter.adopt();
  assert.deepEqual(countsOf(summary), { 'bad-page': 1 });
  assert.deepEqual(summary.leftOut['bad-page']?.names, ['snark']);
  await adopter.engine.run();
  assert.deepEqual(
    filesAsked(past.sim).filter((name) => name.endsWith('.whl')),
    NEW_FILES,
  );
});

test('where the JSON page is damaged, the HTML page counts', async (t) => {
  const past = await startPast(t, 'bandersnatch-8');
  writeFileSync(join(dirname(past.old.page('snark')), 'index.v1_json'), '{"files": [');
  const adopter = await startAdopter(t, past.sim);
  assert.deepEqual((await adopter.adopt(past.old.root)).leftOut, {});
});

test('names that are none, directories without a page, and links to projects are left out', async (t) => {
  const past = await startPast(t, 'bandersnatch-8');
  const simple = join(past.old.root, 'simple');
  mkdirSync(join(simple, 'empty'));
  cpSync(join(simple, 'snark'), join(simple, '_no_name_'), { recursive: true });
  symlinkSync('snark', join(simple, 'tove'));
  const adopter = await startAdopter(t, past.sim);
  const summary = await adopter.adopt(past.old.root);
  assert.deepEqual(countsOf(summary), { 'no-project': 2 });
  assert.equal(summary.projects, 4);
});

test('a project under two spellings becomes one, with the files of both', async (t) => {
  const past = await startPast(t, 'bandersnatch-html');
  const adopter = await startAdopter(t, past.sim);
  const html = readFileSync(past.old.page('snark'), 'utf8');
  const line = html.split('\n').find((one) => one.includes('snark-2.0')) ?? '';
  mkdirSync(join(past.old.root, 'simple', 'Snark'));
  writeFileSync(join(past.old.root, 'simple', 'Snark', 'index.html'), html);
  writeFileSync(past.old.page('snark'), html.replace(line, ''));
  moveIn(past, adopter);
  const summary = await adopter.adopt();
  assert.equal(summary.files, 8);
  assert.equal(adopter.engine.files('snark').length, 4);
  assert.equal(existsSync(join(adopter.web, 'simple', 'Snark')), false, 'its pages are no longer kept up');
  checkLinks(adopter.tree());
  await syncTo(adopter, 0);
  await checkConverged(t, adopter);
});

test('a file that lies where PyPI keeps none is left out', async (t) => {
  const past = await startPast(t, 'bandersnatch-html');
  const page = past.old.page('snark');
  const path = past.old.pathOf(wheel('snark'));
  const legacy = join(past.old.root, 'packages', 'py3', 's', 'snark', wheel('snark'));
  mkdirSync(dirname(legacy), { recursive: true });
  renameSync(join(past.old.root, path), legacy);
  writeFileSync(page, readFileSync(page, 'utf8').replace(path, `packages/py3/s/snark/${wheel('snark')}`));
  const adopter = await startAdopter(t, past.sim);
  assert.deepEqual(countsOf(await adopter.adopt(past.old.root)), { elsewhere: 1 });
});

test('a file that cannot be read is left out, and the rest is taken', async (t) => {
  const past = await startPast(t);
  const engine = memoryEngine(t, past.sim);
  const tree = new MemoryOldTree(engine.store, past.old.contents());
  const { JubjubError } = await import('../../src/errors.ts');
  const digest: OldTree['digest'] = async (path, signal) => {
    if (path.endsWith(wheel('snark'))) throw new JubjubError('STORE_IO', 'could not read: a bad sector');
    return MemoryOldTree.prototype.digest.call(tree, path, signal);
  };
  tree.digest = digest;
  const summary = await adoptTree(engine, tree);
  assert.deepEqual([countsOf(summary), summary.files], [{ unreadable: 1 }, 7]);
});

test('a project that is not selected is not taken, nor touched, elsewhere; one that is deselected later goes', async (t) => {
  const past = await startPast(t);
  const options = { block: ['boojum'] };
  const adopter = await startAdopter(t, past.sim, options);
  const before = past.old.contents();
  const summary = await adopter.adopt(past.old.root);
  assert.deepEqual(countsOf(summary), { 'not-selected': 1 });
  assert.deepEqual(summary.unwanted, { projects: 0, pages: 0 });
  assert.deepEqual(past.old.contents(), before);
  adopter.engine.options.block = ['boojum', 'x'];
  await syncTo(adopter, 0);
  assert.equal(adopter.engine.catalogue.isPublished(normalizeName('x')), false);
  assert.equal(existsSync(join(adopter.web, 'simple/x')), false);
});

test('other bytes of another project at the same path are not taken by their size', async (t) => {
  const past = await startPast(t);
  // The page of a second project claims the address of the first one's file, with the digest of nothing.
  const page = past.old.page('x');
  const folder = join(dirname(dirname(page)), 'y');
  cpSync(dirname(page), folder, { recursive: true });
  const json = join(folder, 'index.v1_json');
  const text = readFileSync(json, 'utf8').replace(/"sha256":"[0-9a-f]{64}"/g, `"sha256":"${'0'.repeat(64)}"`);
  writeFileSync(json, text.replace('"name":"x"', '"name":"y"'));
  const adopter = await startAdopter(t, past.sim);
  await adopter.adopt(past.old.root, { trustSize: true });
  upload(past, 'y');
  checkLinks(adopter.tree());
  await syncTo(adopter, 0);
});
