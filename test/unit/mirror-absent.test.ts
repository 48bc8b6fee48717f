/**
 * Goal: a 404 proves nothing (P7): a new project's is waited out, a storm of them removes nothing, a lost file is owed.
 * Method: the engine on the simulated upstream with 404s that the edge remembers and 404s that are faults.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asked,
  contents,
  failureOf,
  LONG_MS,
  pathOf,
  runTo,
  shown,
  startWorld,
  upload,
  warm,
} from '../support/mirror-kit.ts';
import { oddWheel } from '../support/sim/odd-wheels.ts';

test('the cached 404 of a new project is waited out, however late it was cached', async (t) => {
  const world = await startWorld(t);
  upload(world, 'vorpal');
  await runTo(world, 0);
  // Somebody asked for the name just before it came to be: the edge remembers for a minute.
  await warm(world, '/simple/snark/');
  upload(world, 'snark');
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
  assert.ok(asked(world, /simple\/snark/).some(({ status }) => status === 404));
});

test('a storm of 404s removes nothing and never ends with 0', async (t) => {
  const world = await startWorld(t);
  for (const name of ['snark', 'vorpal', 'boojum']) upload(world, name);
  await runTo(world, 0);
  const before = contents(world);
  world.sim.faults.add({ match: /^GET \/simple\/[^/]+\/$/, fault: { kind: 'missing' } });
  await runTo(world, 3, { full: true });
  assert.deepEqual(Object.keys(world.engine.pending()), ['boojum', 'snark', 'vorpal']);
  assert.deepEqual(contents(world), before);
  world.sim.faults.clear();
  await runTo(world, 0);
  assert.deepEqual(contents(world), before);
});

test('404s for pages and an empty list together remove nothing either', async (t) => {
  const world = await startWorld(t);
  for (const name of ['snark', 'vorpal', 'boojum']) upload(world, name);
  await runTo(world, 0);
  const before = contents(world);
  world.sim.faults.add({ match: /^GET \/simple\/[^/]+\/$/, fault: { kind: 'missing' } });
  world.sim.faults.add({
    match: /^GET \/simple\/$/,
    fault: { kind: 'rewrite', rewrite: (text) => text.replace(/"projects":\[.*\]/s, '"projects":[]') },
  });
  const summary = await runTo(world, 4, { full: true });
  assert.equal(summary.stoppedBy?.code, 'UPSTREAM_LIST_IMPLAUSIBLE');
  assert.deepEqual(contents(world), before);
});

test('who is on a list that is not believed is no suspect of an earlier one any more', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { reconcileShare: 0.01 } });
  for (const name of ['snark', 'vorpal', 'boojum', 'tove']) upload(world, name);
  await runTo(world, 0);
  const listWith = (kept: readonly string[]) => (text: string) => {
    const list = JSON.parse(text) as { projects: { name: string }[] };
    return JSON.stringify({ ...list, projects: list.projects.filter(({ name }) => kept.includes(name)) });
  };
  const pages = /^GET \/simple\/[^/]+\/$/;
  const runWith = async (kept: readonly string[], allowRemovals: number | null) => {
    world.sim.advance(LONG_MS);
    world.sim.state.addRole('tove', 'Owner', `the bellman ${kept.length}`);
    world.sim.faults.clear();
    world.sim.faults.add({ match: /^GET \/simple\/$/, fault: { kind: 'rewrite', rewrite: listWith(kept) } });
    world.sim.faults.add({ match: pages, fault: { kind: 'missing' } });
    return world.engine.run({ allowRemovals });
  };
  assert.equal((await runWith(['vorpal', 'boojum', 'tove'], 0)).stoppedBy?.code, 'LIMIT_REMOVALS');
  assert.equal((await runWith(['snark'], null)).stoppedBy?.code, 'UPSTREAM_LIST_IMPLAUSIBLE');
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('a page from before a removal is no 404 of a project that was made again', async (t) => {
  const world = await startWorld(t, { cdn: false });
  for (const name of ['snark', 'vorpal', 'boojum']) upload(world, name);
  await runTo(world, 0);
  world.sim.state.removeProject('snark');
  await runTo(world, 0);
  upload(world, 'snark', '2.0');
  await runTo(world, 0);
  // The rows of snark leave the replay window.
  world.sim.advance(LONG_MS);
  upload(world, 'vorpal', '2.0');
  await runTo(world, 0);
  const without = (text: string) => text.replace(/\{[^{}]*"snark"[^{}]*\},?/, '');
  world.sim.faults.add({ match: /^GET \/simple\/$/, fault: { kind: 'rewrite', rewrite: without } });
  const old = (text: string) => text.replace(/("_last-serial": ?)\d+/g, '$11');
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault: { kind: 'rewrite', rewrite: old } });
  const { withdrawn } = await world.engine.run({ full: true });
  assert.equal(withdrawn, 0);
  assert.equal(shown(world, 'snark')?.length, 1);
});

test('a list that is 404 ends a first sync with 4, and nothing is published', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark');
  world.sim.faults.add({ match: /^GET \/simple\/$/, fault: { kind: 'missing' } });
  await runTo(world, 4);
  assert.deepEqual(contents(world), {});
});

test('a file that vanished between page and download is fine when the page has forgotten it too', async (t) => {
  const world = await startWorld(t, { cdn: false });
  upload(world, 'snark', '1.0');
  const doomed = upload(world, 'snark', '2.0');
  const path = pathOf(world, doomed.filename);
  let removed = false;
  world.sim.faults.add({
    match: (request) => {
      if (request.path !== `/${path}`) return false;
      if (!removed) world.sim.state.removeFile(doomed.filename);
      removed = true;
      return true;
    },
    fault: { kind: 'missing' },
  });
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl']);
});

test('a file that vanished and is still listed is left out and owed, until it is there', async (t) => {
  const world = await startWorld(t);
  upload(world, 'snark', '1.0');
  const lost = upload(world, 'snark', '2.0');
  const path = pathOf(world, lost.filename);
  world.sim.faults.add({ match: (request) => request.path === `/${path}`, fault: { kind: 'missing' } });
  await runTo(world, 3);
  assert.deepEqual(shown(world, 'snark'), ['snark-1.0-py3-none-any.whl']);
  const { code, message } = failureOf(world, 'snark');
  assert.equal(code, 'UPSTREAM_ABSENT');
  assert.match(message, /snark-2\.0/);
  assert.ok(asked(world, /simple\/snark/).length > 1, 'the page was asked again');
  world.sim.faults.clear();
  await runTo(world, 0);
  assert.equal(shown(world, 'snark')?.length, 2);
});

test('a sidecar that is not there is not advertised, and nothing is owed', async (t) => {
  const world = await startWorld(t);
  // One that is not in its wheel either.
  const wheel = oddWheel({ name: 'snark', version: '1.0', modules: {} }, 'other-metadata');
  world.sim.state.uploadFile(wheel);
  world.sim.faults.add({ match: /\.metadata$/, fault: { kind: 'missing' } });
  await runTo(world, 0);
  const html = Buffer.from(world.engine.store.tree().get('simple/snark/index.html') ?? []).toString();
  assert.match(html, new RegExp(wheel.filename));
  assert.doesNotMatch(html, /metadata/);
  world.sim.faults.clear();
  world.sim.advance(LONG_MS);
  await runTo(world, 0, { full: true });
  assert.match(
    Buffer.from(world.engine.store.tree().get('simple/snark/index.html') ?? []).toString(),
    /metadata/,
  );
});
