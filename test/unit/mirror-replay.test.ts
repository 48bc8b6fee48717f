/**
 * Goal: doing the same again changes nothing on disk, neither bytes nor modification times (P5), and costs little.
 * Method: the engine on a real directory; the tree is compared with its times in nanoseconds.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { bucketOf } from '../../src/pypi/manifest.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { bucketPath } from '../../src/pypi/paths.ts';
import { linkedPaths } from '../support/check-promise.ts';
import { localEngine, treeOnDisk } from '../support/engine.ts';
import { randomHistory } from '../support/sim/history.ts';
import { startSim } from '../support/sim/sim.ts';

const REPORTS = new Set(['status.json', 'last-modified']);

function shownTree(web: string) {
  return Object.fromEntries([...treeOnDisk(web)].filter(([path]) => !REPORTS.has(path)));
}

async function mirrored(t: Parameters<typeof localEngine>[0]) {
  const sim = await startSim({ cdn: false });
  t.after(() => sim.close());
  randomHistory(3, sim.state, 40);
  const { engine, web } = await localEngine(t, sim);
  await engine.run();
  return { sim, engine, web };
}

test('a replayed run leaves bytes and modification times as they are, and no file of its own', async (t) => {
  const { sim, engine, web } = await mirrored(t);
  const before = shownTree(web);
  assert.ok(Object.keys(before).length > 10);
  sim.requests.length = 0;
  const replayed = await engine.run();
  assert.equal(replayed.projects, 0);
  assert.ok(replayed.unchanged > 0, 'the window was replayed');
  assert.deepEqual(shownTree(web), before);
  assert.deepEqual(readdirSync(join(web, '../state/staging')), []);
  assert.ok(sim.requests.every(({ path }) => !path.startsWith('/packages/')));
});

test('looking at every project again leaves bytes and modification times as they are', async (t) => {
  const { engine, web } = await mirrored(t);
  const before = shownTree(web);
  await engine.run({ full: true });
  assert.deepEqual(shownTree(web), before);
});

test('a change touches its own pages, the root index and its part of the proof, and nothing else', async (t) => {
  const { sim, engine, web } = await mirrored(t);
  const before = shownTree(web);
  const [project] = [...sim.state.projects].filter(({ status }) => status === 'active');
  assert.ok(project);
  sim.state.journal({ name: project.displayName, action: 'update home_page' });
  await engine.run();
  const after = shownTree(web);
  const touched = Object.keys(after).filter((path) => after[path]?.mtimeNs !== before[path]?.mtimeNs);
  const own = `simple/${project.normalized}`;
  const root = ['simple/index.html', 'simple/index.v1_json', 'manifest.json'];
  const bucket = bucketPath(bucketOf(normalizeName(project.normalized)));
  assert.deepEqual(touched, [...root, bucket, `${own}/index.html`, `${own}/index.v1_json`].sort());
});

test('files that lie where they belong are hashed and taken over, and a wrong one is replaced', async (t) => {
  const { sim, web } = await mirrored(t);
  const files = [...treeOnDisk(web)].filter(([path]) => path.startsWith('packages/'));
  const [wrong, ...right] = files.filter(([path]) => !path.endsWith('.metadata'));
  assert.ok(wrong && right.length > 2);
  // A docroot without its catalogue, in which one file went bad without changing its size.
  const again = await localEngine(t, sim);
  for (const [path, { bytes }] of files) {
    mkdirSync(dirname(join(again.web, path)), { recursive: true });
    writeFileSync(join(again.web, path), path === wrong[0] ? Buffer.alloc(bytes.length) : bytes);
  }
  sim.requests.length = 0;
  assert.equal((await again.engine.run()).stoppedBy, null);
  const fetched = sim.requests
    .map(({ path }) => path.slice(1))
    .filter((path) => path.startsWith('packages/'));
  const linked = new Set(
    linkedPaths(new Map([...treeOnDisk(again.web)].map(([path, { bytes }]) => [path, bytes]))),
  );
  assert.deepEqual(fetched, linked.has(wrong[0]) ? [wrong[0]] : []);
  for (const [path, { bytes }] of right) assert.deepEqual(treeOnDisk(again.web).get(path)?.bytes, bytes);
});
