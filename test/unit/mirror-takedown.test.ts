/**
 * Goal: what upstream takes down leaves the pages in the run that learns of it (P6), whatever the CDN still serves.
 * Method: the engine on the simulated upstream with purges that are lost, so that the page of a takedown never shows it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootNames } from '../support/docroot-pages.ts';
import { asked, LONG_MS, runTo, shown, startWorld, upload, type World, warm } from '../support/mirror-kit.ts';

const V1 = 'snark-1.0-py3-none-any.whl';
const V2 = 'snark-2.0-py3-none-any.whl';

/** A mirror with two releases of snark, and a CDN that will go on serving just that. */
async function frozen(t: Parameters<typeof startWorld>[0]): Promise<World> {
  const world = await startWorld(t);
  for (const version of ['1.0', '2.0']) upload(world, 'snark', version);
  upload(world, 'vorpal');
  await warm(world, '/simple/snark/');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  world.sim.cdn.losePurges(['snark'], 100);
  return world;
}

test('a removed project leaves in the run that reads its row, while the CDN serves its old page', async (t) => {
  const world = await frozen(t);
  world.sim.state.removeProject('snark', { purges: false });
  const summary = await runTo(world, 0);
  assert.equal(shown(world, 'snark'), null);
  assert.deepEqual(rootNames(world.engine.store.tree()).json, ['vorpal']);
  assert.equal(summary.withdrawn, 1);
  assert.ok(
    asked(world, /simple\/snark/).some(({ status }) => status === 200),
    'the old page was there to be had',
  );
  // The row stands in the replay window: doing it again changes nothing.
  assert.equal((await runTo(world, 0)).withdrawn, 0);
});

test('a removed project leaves even while its page answers with errors', async (t) => {
  const world = await frozen(t);
  world.sim.state.removeProject('snark');
  world.sim.faults.add({ match: /simple\/snark/, fault: { kind: 'html-503' } });
  await runTo(world, 0);
  assert.equal(shown(world, 'snark'), null);
});

test('a page asked for again, because a file of it vanished, does not bring back what a row took down', async (t) => {
  const world = await startWorld(t);
  for (const version of ['1.0', '2.0']) upload(world, 'snark', version);
  const lost = (request: { path: string }) => request.path.endsWith('.whl');
  world.sim.faults.add({ match: lost, fault: { kind: 'missing' } });
  await runTo(world, 3);
  await warm(world, '/simple/snark/');
  world.sim.cdn.losePurges(['snark']);
  world.sim.state.removeFile(V2);
  // The page cannot be had, so that what is known of it stands in, less the file; then that of the cache comes.
  world.sim.faults.clear();
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, times: 1, fault: { kind: 'short', bytes: 0 } });
  world.sim.faults.add({ match: (request) => request.path.endsWith(V1), fault: { kind: 'missing' } });
  await runTo(world, 3);
  assert.deepEqual(shown(world, 'snark'), []);
});

test('a project that was removed and made again is what it is now, and nothing of before', async (t) => {
  const world = await frozen(t);
  world.sim.state.removeProject('snark');
  upload(world, 'snark', '3.0');
  world.sim.cdn.clear();
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), ['snark-3.0-py3-none-any.whl']);
  const withdrawn = world.engine.files('snark').filter(({ state }) => state === 'withdrawn');
  assert.deepEqual(withdrawn.map(({ filename }) => filename).sort(), [V1, V2]);
});

test('a project that was removed and made again leaves until its new page is to be had', async (t) => {
  const world = await frozen(t);
  world.sim.state.removeProject('snark');
  upload(world, 'snark', '3.0');
  await runTo(world, 3);
  assert.equal(shown(world, 'snark'), null);
  assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
  world.sim.cdn.clear();
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), ['snark-3.0-py3-none-any.whl']);
});

interface Takedown {
  readonly what: string;
  readonly act: (world: World) => void;
  readonly left: readonly string[];
}

const TAKEDOWNS: readonly Takedown[] = [
  { what: 'a removed file', act: ({ sim }) => sim.state.removeFile(V1), left: [V2] },
  { what: 'a removed release', act: ({ sim }) => sim.state.removeRelease('snark', '2.0'), left: [V1] },
  {
    what: 'a quarantined release',
    act: ({ sim }) => sim.state.quarantineRelease('snark', '1.0'),
    left: [V2],
  },
  { what: 'a quarantined project', act: ({ sim }) => sim.state.quarantineProject('snark'), left: [] },
];

for (const { what, act, left } of TAKEDOWNS) {
  test(`${what} is off our page in that run, although upstream's page still has it`, async (t) => {
    const world = await frozen(t);
    act(world);
    const summary = await runTo(world, 3);
    assert.deepEqual(shown(world, 'snark'), left);
    assert.deepEqual(world.engine.pending(), { snark: 'UPSTREAM_STALE_PAGE' });
    assert.equal(summary.serial, world.sim.state.lastSerial);
    world.sim.cdn.clear();
    await runTo(world, 0);
    assert.deepEqual(shown(world, 'snark'), left);
  });
}

test('a quarantined project has an empty page that says so, is not listed, and comes back without a download', async (t) => {
  const world = await frozen(t);
  world.sim.cdn.clear();
  world.sim.state.quarantineProject('snark');
  world.sim.cdn.clear();
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), []);
  const json = Buffer.from(world.engine.store.tree().get('simple/snark/index.v1_json') ?? []).toString();
  assert.match(json, /"project-status":\{"status":"quarantined"\}/);
  assert.deepEqual(rootNames(world.engine.store.tree()).html, ['vorpal']);
  world.sim.state.clearProjectQuarantine('snark');
  world.sim.cdn.clear();
  world.sim.requests.length = 0;
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), [V1, V2]);
  assert.deepEqual(asked(world, /packages/), []);
});

test('what no page links to any more is written down with its path, its project and why', async (t) => {
  const world = await frozen(t);
  world.sim.state.removeFile(V1);
  world.sim.cdn.clear();
  const summary = await runTo(world, 0);
  assert.equal(summary.filesWithdrawn, 1);
  const [file] = world.engine.files('snark').filter(({ state }) => state === 'withdrawn');
  assert.equal(file?.filename, V1);
  assert.ok(world.engine.store.tree().has(file.path), 'sync takes no file away');
  assert.equal(world.engine.catalogue.counts().withdrawnFiles, 1);
});

test('yanking changes the page and takes nothing away', async (t) => {
  const world = await frozen(t);
  world.sim.state.yankRelease('snark', '1.0', 'see <issue> & "notes"');
  world.sim.cdn.clear();
  await runTo(world, 0);
  assert.deepEqual(shown(world, 'snark'), [V1, V2]);
  const html = Buffer.from(world.engine.store.tree().get('simple/snark/index.html') ?? []).toString();
  assert.match(html, /data-yanked="see &lt;issue&gt; &amp; (&quot;|&#34;)notes/);
});
