/**
 * Goal: `explain` says of every project, release and file where it stands and why, as the docroot and the rules have it.
 * Method: small worlds, mirrored with rules that the test writes itself; what upstream, the operator or time then does is asked about.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import { drop, explained, onlyFile, setRules, standings, synced } from '../support/explain-kit.ts';
import { MINUTE_MS, pathOf, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { SIM_START_MS } from '../support/sim/clock.ts';
import { prune } from '../support/takedown-kit.ts';

const SNARK_1 = 'snark-1.0-py3-none-any.whl';
const SNARK_2 = 'snark-2.0-py3-none-any.whl';
const SNARK_3RC = 'snark-3.0rc1-py3-none-any.whl';
const NO_PRERELEASES = drop('[releases] prereleases', 'false', 'version 3.0rc1');

/** Snark with three releases, without a CDN: what the edge does is tested elsewhere. */
async function snark(t: TestContext): Promise<World> {
  const world = await startWorld(t, { cdn: false });
  for (const version of ['1.0', '2.0', '3.0rc1']) upload(world, 'snark', version);
  return world;
}

function withoutPrereleases(world: World): void {
  setRules(world, { file: ({ filename }) => (filename === SNARK_3RC ? NO_PRERELEASES : null) });
}

test('a project that is kept whole is on the page with all that upstream has', async (t) => {
  const world = await snark(t);
  await synced(world);
  const whole = await explained(world, 'snark');
  assert.deepEqual([whole.standing, whole.drop, whole.lag, whole.current], ['published', null, null, true]);
  assert.deepEqual(new Set(Object.values(standings(whole))), new Set(['published']));
  assert.deepEqual([whole.page?.files, whole.page?.releases, whole.leftOut], [3, 3, []]);
  const { files, releases, newest, status, serial } = whole.upstream ?? {};
  assert.deepEqual([files, releases, newest, status], [3, 3, '3.0rc1', 'active']);
  assert.deepEqual([serial, whole.serial], [world.sim.state.lastSerial, world.sim.state.lastSerial]);
  assert.equal(whole.wanted.byName, true);
});

test('a file that a rule leaves out is told with the rule, its value and what was looked at', async (t) => {
  const world = await snark(t);
  withoutPrereleases(world);
  await synced(world);
  const whole = await explained(world, 'snark');
  assert.deepEqual([whole.standing, whole.page?.files], ['published', 2]);
  assert.deepEqual(standings(whole), {
    [SNARK_1]: 'published',
    [SNARK_2]: 'published',
    [SNARK_3RC]: 'left-out',
  });
  assert.deepEqual(
    whole.leftOut.map(({ rule, value, files, versions }) => ({ rule, value, files, versions })),
    [{ rule: NO_PRERELEASES.rule, value: 'false', files: 1, versions: ['3.0rc1'] }],
  );
  const file = await explained(world, 'snark', SNARK_3RC);
  assert.deepEqual([file.standing, file.drop, onlyFile(file).withdrawn], ['left-out', NO_PRERELEASES, null]);
});

test('a release is found in any spelling of its version, and stands where its files do', async (t) => {
  const world = await snark(t);
  withoutPrereleases(world);
  await synced(world);
  for (const [what, name, standing] of [
    ['1.0', '1.0', 'published'],
    ['1', '1.0', 'published'],
    ['v1.0.0', '1.0', 'published'],
    ['3.0-RC.1', '3.0rc1', 'left-out'],
  ] as const) {
    const release = await explained(world, 'Snark', what);
    assert.deepEqual([release.asked, release.standing], [{ kind: 'release', name }, standing], what);
    assert.equal(onlyFile(release).version, name);
  }
});

test('what is not on upstream’s page is unknown, and what is near is named', async (t) => {
  const world = await snark(t);
  await synced(world);
  for (const [what, kind, near] of [
    ['2.1', 'release', '2.0'],
    ['3.1rc2', 'release', null],
    ['snark-2.0-py2-none-any.whl', 'file', SNARK_2],
    ['no version', 'release', null],
  ] as const) {
    const { asked, standing, near: told, files } = await explained(world, 'snark', what);
    assert.deepEqual([asked, standing, told, files], [{ kind, name: what }, 'unknown', near, []], what);
  }
});

test('a project that its name leaves out is told by its rule, and nothing more is known of it', async (t) => {
  const world = await snark(t);
  const blocked = drop('[projects] block', 'sn*', 'snark');
  setRules(world, { name: (name) => (name === 'snark' ? blocked : null) });
  await synced(world);
  for (const what of [null, '1.0', SNARK_1]) {
    const { standing, drop: told, upstream, page, files } = await explained(world, 'snark', what);
    assert.deepEqual([standing, told, upstream, page, files], ['left-out', blocked, null, null, []]);
  }
});

test('files of a project that was blocked later are left out like the project, and lie in the trash', async (t) => {
  const world = await snark(t);
  await synced(world);
  const blocked = drop('[projects] block', 'snark', 'snark');
  setRules(world, { name: () => blocked, fingerprint: 'other' });
  assert.deepEqual((await explained(world, 'snark')).standing, 'leaving');
  await synced(world);
  const file = await explained(world, 'snark', SNARK_2);
  assert.deepEqual(
    [file.standing, file.drop, onlyFile(file).withdrawn?.place],
    ['left-out', blocked, 'docroot'],
  );
  setRules(world, { fingerprint: 'a third one' });
  const again = await explained(world, 'snark', SNARK_2);
  assert.deepEqual([again.standing, again.lag], ['owed', 'configuration']);
});

test('a project that its detail leaves out is known all the same, file by file', async (t) => {
  const world = await snark(t);
  const archived = drop('[projects] status', 'active', 'archived');
  setRules(world, { project: () => archived });
  await synced(world);
  const whole = await explained(world, 'snark');
  assert.deepEqual([whole.standing, whole.drop, whole.page], ['left-out', archived, null]);
  assert.deepEqual([whole.upstream?.files, whole.leftOut], [3, []]);
  assert.deepEqual((await explained(world, 'snark', SNARK_1)).drop, archived);
});

test('a name that nobody has heard of is unknown, up to the committed serial', async (t) => {
  const world = await snark(t);
  assert.deepEqual((await explained(world, 'snark')).lag, 'first-sync');
  await synced(world);
  const { standing, lag, serial } = await explained(world, 'boojum');
  assert.deepEqual([standing, lag, serial], ['unknown', null, world.sim.state.lastSerial]);
});

test('after a change of the rules, what is to come and to go is told before the sync that does it', async (t) => {
  const world = await snark(t);
  withoutPrereleases(world);
  await synced(world);
  const old = drop('[releases] allow', 'snark>2', 'version 1.0');
  setRules(world, { file: ({ filename }) => (filename === SNARK_1 ? old : null), fingerprint: 'other' });
  const before = await explained(world, 'snark');
  assert.equal(before.current, false);
  assert.deepEqual(standings(before), { [SNARK_1]: 'leaving', [SNARK_2]: 'published', [SNARK_3RC]: 'owed' });
  assert.deepEqual(
    before.files.map(({ lag }) => lag),
    ['configuration', null, 'configuration'],
  );
  await synced(world);
  const after = await explained(world, 'snark');
  assert.deepEqual(standings(after), {
    [SNARK_1]: 'left-out',
    [SNARK_2]: 'published',
    [SNARK_3RC]: 'published',
  });
  assert.deepEqual(
    [after.current, onlyFile(await explained(world, 'snark', '1')).withdrawn?.place],
    [true, 'docroot'],
  );
});

test('a file that waits for its time is told with the time from which it is kept', async (t) => {
  const world = await snark(t);
  const dueMs = SIM_START_MS + 3 * 24 * 60 * MINUTE_MS;
  const young = drop('[releases] min-age', '3d', 'uploaded a moment ago');
  const laterMs = dueMs + 60 * MINUTE_MS;
  const keptFromMs: Record<string, number> = { [SNARK_2]: dueMs, [SNARK_3RC]: laterMs };
  const file = ({ filename }: { filename: string }, nowMs: number) =>
    nowMs < (keptFromMs[filename] ?? 0) ? young : null;
  setRules(world, { file, moments: [dueMs, laterMs] });
  await synced(world);
  const at = '2026-11-24T09:30:00Z';
  const waiting = await explained(world, 'snark');
  assert.deepEqual(waiting.nextChange, { at, files: [SNARK_2], leaving: [] });
  assert.deepEqual(
    waiting.files.map(({ keptFrom }) => keptFrom),
    [null, at, '2026-11-24T10:30:00Z'],
  );
  world.sim.advance(dueMs - world.sim.clock.now());
  const ripe = onlyFile(await explained(world, 'snark', SNARK_2));
  assert.deepEqual([ripe.standing, ripe.lag, ripe.keptFrom], ['owed', 'time', null]);
  await synced(world);
  assert.equal((await explained(world, 'snark', SNARK_2)).standing, 'published');
});

test('what upstream took down is gone, with when, why and where it lies now', async (t) => {
  const world = await snark(t);
  await synced(world);
  world.sim.state.removeFile(SNARK_2);
  const { lastSerial } = world.sim.state;
  await synced(world);
  const removed = await explained(world, 'snark', '2.0');
  assert.deepEqual([removed.standing, onlyFile(removed).withdrawn?.place], ['gone', 'docroot']);
  assert.equal(onlyFile(removed).withdrawn?.serial, lastSerial);
  world.sim.advance(60 * MINUTE_MS);
  await prune(world);
  const hidden = onlyFile(await explained(world, 'snark', SNARK_2)).withdrawn;
  assert.equal(hidden?.place, 'trash');
  assert.equal(hidden?.why, 'no longer on the page');
});

test('a project that upstream removed is gone, and its files say so', async (t) => {
  const world = await snark(t);
  await synced(world);
  world.sim.state.removeProject('snark');
  const { lastSerial } = world.sim.state;
  await synced(world);
  const whole = await explained(world, 'snark');
  assert.deepEqual(
    [whole.standing, whole.removed, whole.page, whole.upstream],
    ['gone', lastSerial, null, null],
  );
  assert.deepEqual(new Set(Object.values(standings(whole))), new Set(['gone']));
  assert.equal((await explained(world, 'snark', '1.0')).standing, 'gone');
  assert.match(whole.removedBy ?? '', /^2026-11-21T09:3/);
  for (const what of ['7.7', 'nonsense.whl']) {
    const { standing, removed, files } = await explained(world, 'snark', what);
    assert.deepEqual([standing, removed, files], ['unknown', lastSerial, []], what);
  }
});

test('what the removal limit holds leaves, and is no failure, whoever wants it gone', async (t) => {
  for (const byRules of [true, false]) {
    const world = await snark(t);
    await synced(world);
    world.engine.options.settings = { removalLimit: { projects: 0, share: null } };
    if (byRules) setRules(world, { name: () => drop('[projects] block', 'snark'), fingerprint: 'other' });
    else world.sim.state.removeProject('snark');
    await synced(world, 3);
    for (const what of [null, SNARK_1]) {
      const { standing, lag, pending } = await explained(world, 'snark', what);
      assert.deepEqual([standing, lag, pending?.code], ['leaving', 'pending', 'LIMIT_REMOVALS']);
    }
    setRules(world, { fingerprint: 'a third one' });
    assert.equal((await explained(world, 'snark')).standing, byRules ? 'published' : 'leaving');
  }
});

test('a moment that changes nothing is not told, and one that takes something away is', async (t) => {
  const world = await snark(t);
  const [firstMs, secondMs] = [SIM_START_MS + 60 * MINUTE_MS, SIM_START_MS + 120 * MINUTE_MS];
  const old = drop('[releases] not-after', 'then', 'too old');
  setRules(world, {
    file: ({ filename }, nowMs) => (filename === SNARK_1 && nowMs >= secondMs ? old : null),
    moments: [firstMs, secondMs],
  });
  await synced(world);
  const { nextChange } = await explained(world, 'snark');
  assert.deepEqual(nextChange, { at: '2026-11-21T11:30:00Z', files: [], leaving: [SNARK_1] });
});

test('yanked files are marked, with their reason', async (t) => {
  const world = await snark(t);
  world.sim.state.yankRelease('snark', '1.0');
  await synced(world);
  const { files } = await explained(world, 'snark');
  assert.deepEqual(
    files.map(({ yanked }) => yanked !== false),
    [true, false, false],
  );
});

test('a project that nobody has heard of is told with the name that it is near to', async (t) => {
  const world = await snark(t);
  upload(world, 'boojum', '1.0');
  upload(world, 'jabberwock', '1.0');
  const ask = { name: normalizeName('bandersnatch'), specifier: '', extras: [], sha256s: [], by: 'allow' };
  const left = drop('[projects] status', 'active', 'archived');
  setRules(world, { project: ({ name }) => (name === 'jabberwock' ? left : null), asked: [ask] });
  await synced(world);
  for (const [name, near] of [
    ['snrak', null],
    ['snarc', 'snark'],
    ['jaberwok', 'jabberwock'],
    ['bandersnatsh', 'bandersnatch'],
    ['hatter', null],
    ['boojum', null],
  ] as const)
    assert.equal((await explained(world, name)).near, near, name);
});

test('nothing of a quarantined project is offered', async (t) => {
  const world = await snark(t);
  await synced(world);
  world.sim.state.quarantineProject('snark');
  await synced(world);
  const whole = await explained(world, 'snark');
  assert.deepEqual(
    [whole.standing, whole.upstream?.status, whole.page?.files],
    ['published', 'quarantined', 0],
  );
  assert.equal((await explained(world, 'snark', SNARK_1)).standing, 'gone');
});

test('a file that could not be had is owed, and the failure says why', async (t) => {
  const world = await snark(t);
  const path = `/${pathOf(world, SNARK_2)}`;
  world.sim.faults.add({ match: (request) => request.path === path, fault: { kind: 'corrupt' } });
  await synced(world, 3);
  const file = await explained(world, 'snark', SNARK_2);
  assert.deepEqual([file.standing, file.lag], ['owed', 'pending']);
  assert.match(`${file.pending?.code} ${file.pending?.message}`, /^INTEGRITY_\w+ .*snark-2\.0/);
  assert.equal(shown(world, 'snark')?.includes(SNARK_2), false);
});

test('a new file that could not be had is owed from its first try on, and was never anywhere', async (t) => {
  const world = await snark(t);
  await synced(world);
  upload(world, 'snark', '4.0');
  const filename = 'snark-4.0-py3-none-any.whl';
  const path = `/${pathOf(world, filename)}`;
  world.sim.faults.add({ match: (request) => request.path === path, fault: { kind: 'corrupt' } });
  // Its page waits for it three times, and then comes without it.
  for (let attempts = 1; attempts <= 4; attempts++) {
    await synced(world, 3);
    const { standing, lag, pending, files } = await explained(world, 'snark', '4.0');
    assert.deepEqual([standing, lag, pending?.attempts], ['owed', 'pending', attempts]);
    const [file] = files;
    assert.deepEqual([file?.filename, file?.standing, file?.withdrawn], [filename, 'owed', null]);
  }
});

test('a project whose page cannot be had is owed, with attempts and the next try', async (t) => {
  const world = await snark(t);
  const fault = { kind: 'status', status: 500 } as const;
  world.sim.faults.add({ match: ({ path }) => path === '/simple/snark/', fault });
  await synced(world, 3);
  const { standing, lag, pending } = await explained(world, 'snark');
  assert.deepEqual([standing, lag, pending?.attempts], ['owed', 'pending', 1]);
  assert.ok((pending?.nextTry ?? '') > (pending?.since ?? ''));
});

test('a reserved name is told with when upstream was seen to have it', async (t) => {
  const world = await snark(t);
  setRules(world, { reserved: ['snark'] });
  await synced(world, 3);
  const { standing, drop: by, reserved } = await explained(world, 'snark');
  assert.deepEqual([standing, by?.rule], ['left-out', '[projects] reserved']);
  assert.match(reserved?.seen ?? '', /^2026-11-21T09:3\d:\d\dZ$/);
});

test('lines of requirement files that ask for it are told', async (t) => {
  const world = await snark(t);
  const ask = {
    name: normalizeName('snark'),
    specifier: '>=1',
    extras: [],
    sha256s: [],
    by: 'requirements.txt:3',
  };
  setRules(world, { asks: [ask, { ...ask, name: normalizeName('boojum') }] });
  await synced(world);
  assert.deepEqual((await explained(world, 'snark')).wanted.requirements, [ask]);
});

test('doubts are told with what they are about', async (t) => {
  const world = await snark(t);
  const doubt = { rule: '[releases] min-age', subject: SNARK_1, why: 'no upload time' };
  setRules(world, { doubts: [doubt, { ...doubt, subject: '2.0' }] });
  await synced(world);
  assert.equal((await explained(world, 'snark')).doubts.length, 2);
  assert.deepEqual((await explained(world, 'snark', SNARK_1)).doubts, [doubt]);
  assert.deepEqual((await explained(world, 'snark', '2')).doubts, [{ ...doubt, subject: '2.0' }]);
});

test('where files stay upstream, the page is what the rules kept when it was made', async (t) => {
  const world = await snark(t);
  world.engine.options.settings = { mirrorFiles: false };
  withoutPrereleases(world);
  await synced(world);
  const whole = await explained(world, 'snark');
  assert.deepEqual(standings(whole), {
    [SNARK_1]: 'published',
    [SNARK_2]: 'published',
    [SNARK_3RC]: 'left-out',
  });
  assert.equal(whole.page?.files, 2);
});
