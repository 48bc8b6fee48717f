/**
 * Goal: what `explain` says of a file is what the pages show, for every file of any catalogue; and what it says after a change of the
 * rules is what the next sync does.
 * Method: small random indexes, mirrored by random rules, which are then changed; each file is asked about before and after, and held
 * against the published page.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explanation, Standing } from '../../src/mirror/explain/report.ts';
import { explained, synced } from '../support/explain-kit.ts';
import { MINUTE_MS, shown, startWorld, type World } from '../support/mirror-kit.ts';
import fc from '../support/properties.ts';
import type { SomeSelection } from '../support/some-selection.ts';
import { makeSdist, makeWheel } from '../support/wheels.ts';

const RUNS = 12;
const DAY_MS = 24 * 60 * MINUTE_MS;
const NAMES = ['snark', 'boojum', 'jub-jub'];
const VERSIONS = ['1.0', '2.0rc1', '2.0', '2.1.dev3', '2004d'];
const TAGS = [
  'py3-none-any',
  'cp312-cp312-manylinux_2_17_x86_64',
  'cp39-cp39-win_amd64',
  'cp312-abi3-macosx_11_0_arm64',
];

const uploads = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom(...NAMES),
    version: fc.constantFrom(...VERSIONS),
    tag: fc.option(fc.constantFrom(...TAGS)),
    isYanked: fc.integer({ min: 0, max: 4 }).map((die) => die === 0),
    afterDays: fc.integer({ min: 0, max: 3 }),
  }),
  { selector: ({ name, version, tag }) => `${name} ${version} ${tag}`, minLength: 3, maxLength: 12 },
);
type Upload = Parameters<Parameters<typeof uploads.map>[0]>[0][number];

const some = <T>(...choices: readonly [T, ...T[]]) => fc.subarray(choices as unknown as T[]);
const rules: fc.Arbitrary<SomeSelection> = fc.record({
  projects: fc.record(
    {
      allow: some('snark', 'jub*', '/oo/'),
      block: some('boojum'),
      status: some('active', 'archived'),
      maxVersions: fc.constantFrom(null, 2),
    },
    { requiredKeys: [] },
  ),
  releases: fc.record(
    {
      allow: some('snark>=2', 'boojum==1.*'),
      block: some('*<2', 'jub-jub'),
      prereleases: fc.constantFrom<(boolean | 'if-needed')[]>(true, false, 'if-needed'),
      latest: fc.constantFrom(null, 1, 2),
      yanked: fc.boolean(),
      minAgeMs: fc.constantFrom(0, 2 * DAY_MS),
    },
    { requiredKeys: [] },
  ),
  files: fc.record(
    {
      types: some('wheel', '!sdist'),
      python: some('3.12'),
      platforms: some('linux_x86_64', 'any', '!windows'),
      abi: some('none', 'abi3'),
    },
    { requiredKeys: [] },
  ),
});

function uploadAll({ sim }: World, all: readonly Upload[]): void {
  for (const { name, version, tag, afterDays } of all) {
    sim.advance(afterDays * DAY_MS);
    const recipe = { name, version, modules: { 'module.py': `${name} ${version} ${tag}` } };
    if (tag === null) sim.state.uploadFile(makeSdist(recipe));
    else {
      const wheel = makeWheel(recipe);
      sim.state.uploadFile({ ...wheel, filename: wheel.filename.replace('py3-none-any', tag) });
    }
  }
  const yanked = new Set(
    all.flatMap(({ name, version, isYanked }) => (isYanked ? [`${name} ${version}`] : [])),
  );
  for (const one of yanked) sim.state.yankRelease(...(one.split(' ') as [string, string]));
}

/** What upstream has of a project. */
function upstreams({ sim }: World, name: string): string[] {
  const project = [...sim.state.projects].find(({ normalized }) => normalized === name);
  return [...(project?.releases.values() ?? [])].flatMap(({ files }) => [...files.keys()]);
}

interface Told {
  readonly standings: ReadonlyMap<string, Standing>;
  /** Upstream was asked for it before; of what it was not, only the name can be judged. */
  readonly isKnown: boolean;
}

/** Every file of upstream and where it stands; asked one by one and all at once. */
async function tell(world: World, name: string): Promise<Told> {
  const whole = await explained(world, name);
  const standings = new Map<string, Standing>();
  for (const filename of upstreams(world, name)) {
    const alone = await explained(world, name, filename);
    const among = whole.files.find((file) => file.filename === filename);
    if (among !== undefined) assert.deepEqual(alone.files, [among]);
    checkReason(alone);
    standings.set(filename, alone.standing);
  }
  return { standings, isKnown: whole.upstream !== null };
}

/** No answer without its reason. */
function checkReason({ asked, standing, drop, lag }: Explanation): void {
  const isDropped = standing === 'left-out' || standing === 'leaving';
  assert.equal(drop !== null, isDropped, `${asked?.name}: ${standing}`);
  if (standing === 'owed' || standing === 'leaving')
    assert.notEqual(lag, null, `${asked?.name}: ${standing}`);
}

const ON_PAGE: ReadonlySet<Standing> = new Set(['published', 'leaving']);
const KEPT: ReadonlySet<Standing> = new Set(['published', 'owed']);

/** Holds against the page which files explain means to be on it. */
function checkPage(world: World, name: string, { standings }: Told, meant: ReadonlySet<Standing>): void {
  const page = new Set(shown(world, name));
  for (const [filename, standing] of standings)
    assert.equal(page.has(filename), meant.has(standing), `${filename}: ${standing}`);
}

test('what explain says of every file is what its page shows, and what the next sync does', async (t) => {
  const property = fc.asyncProperty(uploads, rules, rules, async (all, first, second) => {
    const world = await startWorld(t, { cdn: false });
    uploadAll(world, all);
    world.engine.options.selection = first;
    await synced(world);
    for (const name of NAMES) {
      const told = await tell(world, name);
      checkPage(world, name, told, ON_PAGE);
      for (const [filename, standing] of told.standings)
        assert.match(standing, /^(?:published|left-out)$/, filename);
    }
    world.engine.options.selection = second;
    const told = new Map<string, Told>();
    for (const name of NAMES) {
      told.set(name, await tell(world, name));
      checkPage(world, name, await tell(world, name), ON_PAGE);
    }
    await synced(world);
    for (const [name, before] of told) if (before.isKnown) checkPage(world, name, before, KEPT);
  });
  await fc.assert(property, { numRuns: RUNS });
});
