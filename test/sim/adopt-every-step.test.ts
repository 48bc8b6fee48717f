/**
 * Goal: an adoption that is killed, or loses its power, after any step costs nothing: no page that links to what is not
 * there, nothing downloaded again, and the next adoption and sync end where an undisturbed mirror does.
 * Method: the engine and the old tree in memory; the adoption dies after its first step, its second, and so on.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TakingMode } from '../../src/mirror/adopt-report.ts';
import { parseDocrootPath } from '../../src/pypi/paths.ts';
import { adoptTree, filesAsked, type Past, startShortPast, undisturbed } from '../support/adopt-kit.ts';
import { checkKnown, checkLinks, checkPages, checkSameTree } from '../support/check-promise.ts';
import { afterDeath, type Engine, memoryEngine, type Tree } from '../support/engine.ts';
import { MemoryOldTree } from '../support/memory-old-tree.ts';
import { seeded } from '../support/prng.ts';
import { stride } from '../support/stride.ts';

const SEED = Number(process.env['JUBJUB_SEED'] ?? 1);
const STEPS_MAX = 300;
/** What the index has and the old tree does not. */
const NEW_FILES = ['snark-2.0-py3-none-any.whl'];

/** In place the docroot has the old tree's files from the beginning. */
function openTree(engine: Engine, mode: TakingMode, contents: Tree): () => MemoryOldTree {
  for (const [raw, bytes] of mode === 'in-place' ? contents : []) {
    const path = parseDocrootPath(raw);
    if (path !== null) engine.store.tamper(path, bytes);
  }
  return () => new MemoryOldTree(engine.store, mode === 'in-place' ? null : contents);
}

/** Answers whether the adoption died; when it did not, it had no more steps than that. */
async function playKilled(
  t: TestContext,
  { sim }: Past,
  contents: Tree,
  mode: TakingMode,
  steps: number,
  expected: Tree,
): Promise<boolean> {
  const engine = memoryEngine(t, sim);
  const open = openTree(engine, mode, contents);
  engine.lifeline.dieAfter(steps);
  const options = { copy: mode === 'copy' };
  await adoptTree(engine, open(), options).catch((error: unknown) =>
    assert.ok(engine.lifeline.isDead, String(error)),
  );
  const { isDead } = engine.lifeline;
  if (isDead) afterDeath(engine, steps % 2 === 0 ? null : seeded(SEED * 1000 + steps));
  engine.lifeline.revive();
  checkLinks(engine.store.tree());
  // P4: what came into the docroot is remembered; in place it was there before anybody could.
  if (mode !== 'in-place') checkKnown(engine.store.tree(), engine.catalogue);
  const tree = open();
  const again = await adoptTree(engine, tree, options);
  assert.equal(again.exitStatus, 0);
  const ours = engine.catalogue.counts().files;
  assert.equal(again.files + again.filesBefore >= ours, true);
  // Nothing is read again that was committed; each file has a sidecar.
  assert.ok(tree.bytesRead.length <= 2 * again.files, `${tree.bytesRead}`);
  checkLinks(engine.store.tree());
  checkPages(engine.store.tree(), engine.catalogue);
  sim.requests.length = 0;
  assert.equal((await engine.run()).exitStatus, 0);
  assert.deepEqual(filesAsked(sim), NEW_FILES);
  checkSameTree(engine.store.tree(), expected);
  engine.store.crash(seeded(SEED * 2000 + steps));
  checkSameTree(engine.store.tree(), expected);
  checkLinks(engine.store.tree());
  return isDead;
}

for (const mode of ['in-place', 'link', 'copy'] as const) {
  test(`an adoption (${mode}) that dies after any step is finished by the next`, async (t) => {
    const past = await startShortPast(t);
    const expected = await undisturbed(t, past.sim);
    const contents = past.old.contents();
    // The same project twice, as old versions of bandersnatch spelled it: two batches.
    contents.set('simple/Snark/index.html', contents.get('simple/snark/index.html') ?? Buffer.alloc(0));
    for (let steps = 0; steps < STEPS_MAX; steps += stride(9)) {
      try {
        if (await playKilled(t, past, contents, mode, steps, expected)) continue;
      } catch (error) {
        throw new Error(`killed after ${steps} steps (JUBJUB_SEED=${SEED}): ${error}`, { cause: error });
      }
      t.diagnostic(`${steps} steps`);
      return;
    }
    assert.fail('the adoption has more steps than it may have');
  });
}
