/**
 * Random histories of an index: the same seed and the same state give the same events.
 *
 * It does whatever an index may do to its projects: uploads, yanks, removals of files, releases and projects, names that
 * come back, quarantines, archives without a row, roles that move serials and change nothing, deletions without a purge,
 * and rows of historic or unknown kinds. A mirror must survive every order of these.
 */
import type { Recipe } from '../../../src/demo/distribution.ts';
import type { IndexProject, IndexRelease } from '../../../src/demo/index-model.ts';
import type { IndexState } from '../../../src/demo/index-state.ts';
import { type Prng, seeded } from '../prng.ts';
import { makeSdist, makeWheel } from '../wheels.ts';
import { type Happening, QUIET_STEPS, type QuietWeights } from './quiet-history.ts';

/** Spelled as uploaders spell: what is listed and what is linked to differ. */
const DISPLAY_NAMES = [
  'Tulgey_Wood',
  'jabberwock',
  'Bandersnatch.Toys',
  'tumtum-tree',
  'vorpal',
  'Borogove',
  'mome__rath',
  'slithy.tove',
  'snark',
  'Boojum',
  'a',
  'beamish-boy',
] as const;

/** Ascending and not: finals, pre-releases, epochs, local versions that filenames spell with `+` and `!`. */
const VERSIONS = [
  '0.9',
  '1.0',
  '1.0.post1',
  '1.1a1',
  '1.1rc2',
  '1.1',
  '2.0.dev3',
  '2.0',
  '1!0.1',
  '2.0+local.1',
];
const YANK_REASONS = ['', 'broken', 'see <issue> & "notes"', "it was a Boojum's"];
const RAW_ACTIONS = [
  'update home_page',
  'docupdate',
  'change Owner alice to Maintainer',
  'somersault twice',
  null,
];

/** The share of all projects that have one owner. */
const OWNED_SHARE = 0.15;

interface Step {
  readonly weight: number;
  readonly run: Happening;
}

function projectsWhere(state: IndexState, accept: (project: IndexProject) => boolean): IndexProject[] {
  return [...state.projects].filter(accept);
}

function somePick<T>(prng: Prng, items: readonly T[]): T | null {
  return items.length === 0 ? null : prng.pick(items);
}

function someProject(state: IndexState, prng: Prng, accept: (project: IndexProject) => boolean = () => true) {
  return somePick(prng, projectsWhere(state, accept));
}

function someRelease(
  state: IndexState,
  prng: Prng,
  accept: (release: IndexRelease) => boolean,
): { name: string; release: IndexRelease } | null {
  const found = [...state.projects].flatMap((project) =>
    [...project.releases.values()].filter(accept).map((release) => ({ name: project.displayName, release })),
  );
  return somePick(prng, found);
}

/** What a new file of a new or a known project and release is made of. */
export function randomRecipe(state: IndexState, prng: Prng): Recipe {
  const wanted = prng.pick(DISPLAY_NAMES);
  const name = state.project(wanted)?.displayName ?? wanted;
  const version = prng.chance(0.5) ? prng.pick(VERSIONS) : `${prng.int(30)}.${prng.int(100)}`;
  return {
    name,
    version,
    ...(prng.chance(0.3) ? { requiresPython: '>=3.8, <4' } : {}),
    modules: { [`module_${prng.int(1_000_000)}.py`]: `SALT = ${prng.int(2 ** 31)}\n` },
  };
}

/** A file that was never there before. */
function upload(state: IndexState, prng: Prng): string | null {
  const recipe = randomRecipe(state, prng);
  const dist = prng.chance(0.6) ? makeWheel(recipe) : makeSdist(recipe);
  const provenance = prng.chance(0.2) ? { version: 1, attestation_bundles: [] } : null;
  if (state.filenameUsed(dist.filename)) return null;
  state.uploadFile(dist, provenance);
  return `upload ${dist.filename}`;
}

function onProject(
  verb: string,
  accept: (project: IndexProject) => boolean,
  act: (state: IndexState, name: string, prng: Prng) => void,
): Step['run'] {
  return (state, prng) => {
    const project = someProject(state, prng, accept);
    if (project === null) return null;
    act(state, project.displayName, prng);
    return `${verb} ${project.displayName}`;
  };
}

function onRelease(
  verb: string,
  accept: (release: IndexRelease) => boolean,
  act: (state: IndexState, name: string, version: string, prng: Prng) => void,
): Step['run'] {
  return (state, prng) => {
    const found = someRelease(state, prng, accept);
    if (found === null) return null;
    act(state, found.name, found.release.version, prng);
    return `${verb} ${found.name} ${found.release.version}`;
  };
}

function removeFile(state: IndexState, prng: Prng): string | null {
  const found = someRelease(state, prng, (release) => release.files.size > 0);
  if (found === null) return null;
  const filename = prng.pick([...found.release.files.keys()]);
  state.removeFile(filename);
  return `remove file ${filename}`;
}

/** A deleted user takes along what he alone has, all at once and without a purge (protocol §1.7). */
function deleteOwner(state: IndexState, prng: Prng): string | null {
  const owned = [...state.projects]
    .filter(() => prng.chance(OWNED_SHARE))
    .map(({ displayName }) => displayName);
  if (owned.length === 0) return null;
  for (const name of owned) state.removeProject(name, { purges: false });
  return `delete the owner of ${owned.join(', ')}`;
}

function createProject(state: IndexState, prng: Prng): string | null {
  const name = prng.pick(DISPLAY_NAMES);
  if (state.project(name) !== undefined) return null;
  state.createProject(name);
  return `create ${name}`;
}

function rawRow(state: IndexState, prng: Prng): string {
  const name = prng.chance(0.1) ? null : prng.pick(DISPLAY_NAMES);
  const action = prng.pick(RAW_ACTIONS);
  state.journal({ name, action, purges: prng.chance(0.5) });
  return `row "${action}" of ${name}`;
}

const always = () => true;

/** Weights make indexes grow: uploads outnumber what takes away. */
const STEPS: readonly Step[] = [
  { weight: 40, run: upload },
  { weight: 3, run: createProject },
  {
    weight: 6,
    run: onRelease('yank', always, (state, name, version, prng) =>
      state.yankRelease(name, version, prng.pick(YANK_REASONS)),
    ),
  },
  {
    weight: 3,
    run: onRelease(
      'unyank',
      ({ yanked }) => yanked !== false,
      (state, name, version) => state.unyankRelease(name, version),
    ),
  },
  { weight: 5, run: removeFile },
  {
    weight: 3,
    run: onRelease('remove', always, (state, name, version) => state.removeRelease(name, version)),
  },
  { weight: 3, run: onProject('remove', always, (state, name) => state.removeProject(name)) },
  { weight: 1, run: deleteOwner },
  {
    weight: 2,
    run: onProject(
      'quarantine',
      ({ status }) => status === 'active',
      (state, name) => state.quarantineProject(name),
    ),
  },
  {
    weight: 3,
    run: onProject(
      'clear',
      ({ status }) => status === 'quarantined',
      (state, name) => state.clearProjectQuarantine(name),
    ),
  },
  {
    weight: 2,
    run: onRelease(
      'quarantine',
      ({ quarantined }) => !quarantined,
      (state, name, version) => state.quarantineRelease(name, version),
    ),
  },
  {
    weight: 3,
    run: onRelease(
      'clear',
      ({ quarantined }) => quarantined,
      (state, name, version) => state.clearReleaseQuarantine(name, version),
    ),
  },
  {
    weight: 2,
    run: onProject(
      'archive',
      ({ status }) => status === 'active',
      (state, name) => state.archiveProject(name),
    ),
  },
  {
    weight: 2,
    run: onProject(
      'unarchive',
      ({ status }) => status === 'archived',
      (state, name) => state.unarchiveProject(name),
    ),
  },
  {
    weight: 3,
    run: onProject('role on', always, (state, name) => state.addRole(name, 'Maintainer', 'alice')),
  },
  { weight: 3, run: onProject('invite to', always, (state, name) => state.invite(name, 'Owner', 'dodo')) },
  {
    weight: 2,
    run: onProject('team on', always, (state, name) => state.teamRole(name, 'Maintainer', 'mad tea party')),
  },
  { weight: 2, run: rawRow },
];

export interface HistoryOptions {
  /** What else happens, and how often: an upload weighs 40, a role 3. @default nothing of it */
  readonly quiet?: QuietWeights;
}

/** Each step as often as its weight. */
function drawsFor({ quiet = {} }: HistoryOptions): readonly Step[] {
  const more = Object.entries(QUIET_STEPS).map(([kind, run]) => ({
    weight: quiet[kind as keyof QuietWeights] ?? 0,
    run: (state: IndexState, prng: Prng) => run(state, prng, randomRecipe),
  }));
  return [...STEPS, ...more].flatMap((step) => Array<Step>(step.weight).fill(step));
}

/** Applies `steps` events and tells them in words, one each; an event that finds nothing to happen to is drawn again. */
export function randomHistory(
  seed: number,
  state: IndexState,
  steps: number,
  options: HistoryOptions = {},
): string[] {
  const prng = seeded(seed).fork('history');
  const draws = drawsFor(options);
  const told: string[] = [];
  // Raw rows are always possible, so that this ends.
  while (told.length < steps) {
    const sentence = prng.pick(draws).run(state, prng);
    if (sentence !== null) told.push(sentence);
  }
  return told;
}
