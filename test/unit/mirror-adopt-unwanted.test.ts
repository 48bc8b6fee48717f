/**
 * Goal: what the configuration leaves out by name is not served from an adopted docroot: in place its pages leave, reserved
 * names first, and its files stay; no page of ours is among them.
 * Method: old trees in the mirror's own docroot, under rules of names; the removals of the store in their order.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DocrootPath } from '../../src/pypi/types.ts';
import { adoptTree, moveIn, startAdopter, startPast, syncTo } from '../support/adopt-kit.ts';
import { checkLinks } from '../support/check-promise.ts';
import { rootNames } from '../support/docroot-pages.ts';
import { memoryEngine } from '../support/engine.ts';
import { MemoryOldTree } from '../support/memory-old-tree.ts';
import type { Layout } from '../support/old-trees.ts';

/** Pages that a layout has of boojum and x. */
const PAGES: readonly (readonly [Layout, number])[] = [
  ['bandersnatch-8', 6],
  ['bandersnatch-hash-index', 6],
  ['bandersnatch-versions', 7],
];

for (const [layout, pages] of PAGES) {
  test(`in place (${layout}), pages of what is not selected leave, reserved ones too, and files stay`, async (t) => {
    const past = await startPast(t, layout);
    const rules = { projects: { block: ['boojum'], reserved: ['x'] } };
    const adopter = await startAdopter(t, past.sim, { selection: rules });
    moveIn(past, adopter);
    const before = adopter.tree();
    const dry = await adopter.adopt(undefined, { dryRun: true });
    assert.deepEqual(dry.unwanted, { projects: 2, pages });
    assert.deepEqual(dry.leftOut['not-selected'], { count: 2, names: ['x', 'boojum'] });
    assert.deepEqual(adopter.tree(), before, 'a dry run changes nothing');

    const summary = await adopter.adopt();
    assert.deepEqual(summary.unwanted, { projects: 2, pages });
    assert.deepEqual(summary.leftOut['not-selected'], { count: 2, names: ['x', 'boojum'] });
    const pagesLeft = [...adopter.tree().keys()].filter((path) => /^simple\/.*(?:x|boojum)\//.test(path));
    assert.deepEqual(pagesLeft, []);
    assert.deepEqual(rootNames(adopter.tree()).json, ['snark', 'vorpal']);
    for (const name of ['x-1.0', 'boojum-1.0', 'boojum-2.0'])
      assert.ok(existsSync(join(adopter.web, past.old.pathOf(`${name}-py3-none-any.whl`))), name);
    checkLinks(adopter.tree());
    // Nothing is left to do, and the first sync brings nothing of it back.
    assert.deepEqual((await adopter.adopt()).unwanted, { projects: 0, pages: 0 });
    await adopter.engine.run();
    assert.deepEqual(rootNames(adopter.tree()).json, ['jabberwock', 'snark']);
  });
}

test('reserved names leave before any file is read, the others after the list that no longer has them', async (t) => {
  const past = await startPast(t);
  const rules = { projects: { block: ['boojum'], reserved: ['x'] } };
  const engine = memoryEngine(t, past.sim, { selection: rules });
  const docroot = new MemoryOldTree(engine.store, past.old.contents());
  await docroot.link([...past.old.contents().keys()] as DocrootPath[]);
  const tree = new MemoryOldTree(engine.store, null);
  const order: string[] = [];
  const digest = tree.digest.bind(tree);
  tree.digest = (...args) => {
    order.push('read');
    return digest(...args);
  };
  const remove = engine.store.remove.bind(engine.store);
  engine.store.remove = (paths) => {
    for (const path of paths) {
      const [, name] = /^simple\/(x|boojum)\//.exec(path) ?? [];
      const listed = rootNames(engine.store.tree()).json.includes(name ?? '');
      if (name !== undefined) order.push(`${name}${listed ? ', listed' : ''}`);
    }
    return remove(paths);
  };
  await adoptTree(engine, tree);
  const steps = order.filter((step, index) => step !== order[index - 1]);
  assert.deepEqual(steps, ['x, listed', 'read', 'boojum']);
});

test('when nothing at all is selected, no page is left, and the list is empty', async (t) => {
  const past = await startPast(t);
  const adopter = await startAdopter(t, past.sim, { block: ['*'] });
  moveIn(past, adopter);
  assert.deepEqual((await adopter.adopt()).unwanted.projects, 4);
  const pages = [...adopter.tree().keys()].filter((path) => path.startsWith('simple/'));
  assert.deepEqual(pages.sort(), ['simple/index.html', 'simple/index.v1_json']);
  assert.deepEqual(rootNames(adopter.tree()).json, []);
});

test('what an earlier run has published, and rules leave out since, is left to the first sync', async (t) => {
  const past = await startPast(t);
  const adopter = await startAdopter(t, past.sim);
  moveIn(past, adopter);
  await adopter.adopt();
  adopter.engine.options.block = ['boojum'];
  const summary = await adopter.adopt();
  assert.deepEqual(summary.unwanted, { projects: 0, pages: 0 });
  assert.ok(existsSync(join(adopter.web, 'simple/boojum/index.html')));
  checkLinks(adopter.tree());
  await syncTo(adopter, 0);
  assert.equal(existsSync(join(adopter.web, 'simple/boojum')), false);
});

test('with dependencies, only what is blocked or reserved leaves: the rest may be needed', async (t) => {
  const past = await startPast(t);
  const rules = { projects: { allow: ['snark'], block: ['boojum'], dependencies: true } };
  const adopter = await startAdopter(t, past.sim, { selection: rules });
  moveIn(past, adopter);
  const summary = await adopter.adopt();
  assert.deepEqual(summary.unwanted.projects, 1);
  assert.deepEqual(summary.leftOut['not-selected']?.names, ['boojum', 'vorpal', 'x']);
  assert.ok(existsSync(join(adopter.web, 'simple/x/index.html')));
});
