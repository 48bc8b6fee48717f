/**
 * Goal: no single misbehaviour of an upstream takes anything away (P7), not off a page, not out of the docroot, not for ever.
 * Method: prune without any grace, so that whatever a run withdraws is gone at its end; then each thing an upstream can do
 * wrong, to runs that ask for everything. What is taken away on purpose in between shows that it would be.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contents, LONG_MS, runTo, shown, startWorld, upload, type World } from '../support/mirror-kit.ts';
import { auditOf, trashNames } from '../support/takedown-kit.ts';

const NAMES = Array.from({ length: 20 }, (_, at) => `project-${String(at).padStart(2, '0')}`);
const NO_GRACE = { hideAfterMs: 0, deleteAfterMs: 0 };
const LIST = /^GET \/simple\/$/;
const PAGES = /^GET \/simple\/[^/]+\/$/;
const KINDS = ['changelog', 'list'] as const;

type Hooks = Parameters<typeof startWorld>[0];

async function mirrored(t: Hooks, changes: (typeof KINDS)[number]): Promise<World> {
  const world = await startWorld(t, { cdn: false }, { upstream: { changes }, settings: NO_GRACE });
  for (const name of NAMES) upload(world, name);
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  return world;
}

/** The list without its first so many projects. */
function listLacking(world: World, count: number): void {
  const rewrite = (text: string) => {
    const list = JSON.parse(text) as { projects: unknown[] };
    return JSON.stringify({ ...list, projects: list.projects.slice(count) });
  };
  world.sim.faults.add({ match: LIST, fault: { kind: 'rewrite', rewrite } });
}

const MISBEHAVIOURS: readonly {
  readonly what: string;
  readonly statuses: readonly number[];
  readonly begin: (world: World) => void;
}[] = [
  {
    what: 'a storm of 404s',
    statuses: [3, 4],
    begin: ({ sim }) => sim.faults.add({ match: PAGES, fault: { kind: 'missing' } }),
  },
  { what: 'an empty list', statuses: [4], begin: (world) => listLacking(world, NAMES.length) },
  { what: 'a list of less than half', statuses: [4], begin: (world) => listLacking(world, 11) },
  // Nobody can know that it is a fault; their pages speak for them.
  // Where the list is all that tells of a removal, a page that it contradicts is owed.
  { what: 'a list that lacks some', statuses: [0, 3], begin: (world) => listLacking(world, 8) },
  {
    what: 'a list that lacks more than the removal limit, and 404s',
    statuses: [3],
    begin: (world) => {
      world.engine.options.settings = { ...NO_GRACE, removalLimit: { projects: 5, share: 0.01 } };
      listLacking(world, 8);
      world.sim.faults.add({ match: PAGES, fault: { kind: 'missing' } });
    },
  },
  {
    what: 'a list that breaks off',
    statuses: [4],
    begin: ({ sim }) => sim.faults.add({ match: LIST, fault: { kind: 'truncate', afterBytes: 80 } }),
  },
  {
    what: 'a list that ends early and says that this is all',
    statuses: [4],
    begin: ({ sim }) => sim.faults.add({ match: LIST, fault: { kind: 'short', bytes: 80 } }),
  },
  {
    what: 'a list of errors',
    statuses: [4],
    begin: ({ sim }) => sim.faults.add({ match: LIST, fault: { kind: 'html-503' } }),
  },
];

for (const changes of KINDS) {
  for (const { what, statuses, begin } of MISBEHAVIOURS) {
    test(`${what}, of an upstream by ${changes}, removes nothing`, async (t) => {
      const world = await mirrored(t, changes);
      const before = contents(world);
      begin(world);
      for (let run = 0; run < 2; run++) {
        const { exitStatus, hidden, deleted } = await world.engine.run({ full: true });
        assert.ok(statuses.includes(exitStatus), `exit status ${exitStatus}`);
        assert.deepEqual([hidden.files, deleted.files], [0, 0]);
        world.sim.advance(LONG_MS);
      }
      assert.deepEqual(contents(world), before);
      assert.deepEqual([trashNames(world), auditOf(world)], [[], []]);
      // The fault over, all is well; and a real removal goes at once, so that the above proves something.
      world.sim.faults.clear();
      world.engine.options.settings = NO_GRACE;
      world.sim.state.removeProject('project-00');
      const { hidden, deleted } = await runTo(world, 0, { full: true });
      assert.deepEqual([hidden.files, deleted.files], [1, 1]);
    });
  }
}

test('a serial that goes backwards removes nothing, and stops the run', async (t) => {
  const world = await mirrored(t, 'changelog');
  const before = contents(world);
  world.sim.faults.add({
    match: /changelog_last_serial$/,
    fault: { kind: 'rewrite', rewrite: (text) => text.replace(/<int>\d+<\/int>/, '<int>7</int>') },
  });
  world.sim.faults.add({
    match: /changelog_since_serial/,
    fault: { kind: 'rewrite', rewrite: (text) => text.replace(/<data>[\s\S]*<\/data>/, '<data></data>') },
  });
  assert.equal((await runTo(world, 4, { full: true })).stoppedBy?.code, 'UPSTREAM_SERIAL_BACKWARDS');
  assert.deepEqual([contents(world), trashNames(world)], [before, []]);
});

test('5 % of all projects at once: none goes; the message says how many, which, and the command that lets them', async (t) => {
  const world = await mirrored(t, 'changelog');
  for (let at = 0; at < 100; at++) upload(world, `more-${String(at).padStart(3, '0')}`);
  await runTo(world, 0);
  world.engine.options.settings = { ...NO_GRACE, removalLimit: { projects: 2, share: 0.01 } };
  const doomed = NAMES.slice(0, 6);
  for (const name of doomed) world.sim.state.removeProject(name);
  upload(world, 'project-19', '2.0');
  const errors: string[] = [];
  const held = await world.engine.run({}, undefined, (event) => {
    if (event.type === 'stopped') errors.push(event.error.message, event.error.facts.hint ?? '');
  });
  assert.deepEqual([held.exitStatus, held.withdrawn, held.hidden.files, held.deleted.files], [3, 0, 0, 0]);
  assert.deepEqual(errors, [
    `this run would withdraw 6 projects: ${doomed.slice(0, 5).join(', ')}, …`,
    'if they are meant to go: jubjub sync --allow-removals 6',
  ]);
  for (const name of doomed) assert.equal(shown(world, name)?.length, 1, name);
  assert.equal(shown(world, 'project-19')?.length, 2, 'the rest of the run is done');
  const allowed = await runTo(world, 0, { allowRemovals: 6 });
  assert.deepEqual([allowed.withdrawn, allowed.deleted.files], [6, 6]);
});
