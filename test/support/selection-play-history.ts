/**
 * Random histories of a small index for the selection's play: the same seed and the same state give the same events.
 *
 * Few projects with many kinds of files, so that every rule finds something to keep and something to leave out: tagged wheels, sdists,
 * pre-releases, releases that need others, authors and classifiers that come and go. Every event has its row and its purge, unless
 * `quiet` asks for those that have none.
 */

import type { IndexProject, IndexRelease } from '../../src/demo/index-model.ts';
import type { IndexState } from '../../src/demo/index-state.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { ProjectName } from '../../src/pypi/types.ts';
import type { Prng } from './prng.ts';
import { type Distribution, makeSdist, makeWheel } from './wheels.ts';

/** As uploaders spell them. */
const DISPLAY_NAMES = ['snark', 'Boojum', 'slithy.tove', 'mome__rath', 'vorpal', 'Tulgey_Wood', 'acme-core'];
export const NAMES: readonly ProjectName[] = DISPLAY_NAMES.map(normalizeName);
const VERSIONS = ['0.9', '1.0', '1.0.post1', '1.1a1', '1.1rc2', '1.1', '2.0.dev3', '2.0', '3.0rc1'];
const TAGS = [
  'py3-none-any',
  'py3-none-any',
  'cp311-cp311-manylinux_2_17_x86_64',
  'cp310-cp310-win_amd64',
  'cp39-abi3-macosx_11_0_arm64',
  'py2-none-any',
];
const PYTHONS = [undefined, undefined, '>=3.8', '<3'];
const FORMS = [
  'Author: Carroll\nClassifier: Topic :: Nonsense\n',
  'Author: Dodgson\nClassifier: Topic :: Logic\nClassifier: Private :: Do Not Upload\n',
  'Classifier: Topic :: Nonsense\n',
];

/** Does one thing and tells it; null when there was nothing to do it to. */
type Happening = (state: IndexState, prng: Prng) => string | null;

function somePick<T>(prng: Prng, items: readonly T[]): T | null {
  return items.length === 0 ? null : prng.pick(items);
}

function requirement(prng: Prng): string {
  const name = prng.pick(DISPLAY_NAMES);
  return prng.pick([
    name,
    `${name}>=1.0`,
    `${name}<2; python_version < "3.12"`,
    `${name}; extra == "toys"`,
    `${name}[toys]`,
  ]);
}

function someDistribution(state: IndexState, prng: Prng): Distribution {
  const wanted = prng.pick(DISPLAY_NAMES);
  const name = state.project(wanted)?.displayName ?? wanted;
  const version = prng.chance(0.7) ? prng.pick(VERSIONS) : `${prng.int(4)}.${prng.int(5)}`;
  const requires = prng.chance(0.3) ? [requirement(prng)] : [];
  const requiresPython = prng.pick(PYTHONS);
  const text = 'x'.repeat(prng.pick([0, 0, 700, 3000]));
  const modules = { 'module.py': `SALT = ${prng.int(2 ** 31)}\n# ${text}\n` };
  const recipe = {
    name,
    version,
    requires,
    modules,
    ...(requiresPython === undefined ? {} : { requiresPython }),
  };
  const made = prng.chance(0.6) ? makeWheel(recipe) : makeSdist(recipe);
  const filename = made.filename.replace('py3-none-any', prng.pick(TAGS));
  const said = made.metadata ?? made.formMetadata ?? Buffer.from('');
  return { ...made, filename, formMetadata: Buffer.concat([said, Buffer.from(prng.pick(FORMS))]) };
}

const upload: Happening = (state, prng) => {
  const dist = someDistribution(state, prng);
  if (state.filenameUsed(dist.filename)) return null;
  const provenance = prng.chance(0.1) ? { version: 1, attestation_bundles: [] } : null;
  state.uploadFile(dist, provenance);
  return `upload ${dist.filename}`;
};

function onProject(
  verb: string,
  accept: (project: IndexProject) => boolean,
  act: (state: IndexState, name: string) => void,
): Happening {
  return (state, prng) => {
    const project = somePick(prng, [...state.projects].filter(accept));
    if (project === null) return null;
    act(state, project.displayName);
    return `${verb} ${project.displayName}`;
  };
}

function onRelease(
  verb: string,
  accept: (release: IndexRelease) => boolean,
  act: (state: IndexState, name: string, version: string) => void,
): Happening {
  return (state, prng) => {
    const found = [...state.projects].flatMap(({ displayName, releases }) =>
      [...releases.values()].filter(accept).map(({ version }) => [displayName, version] as const),
    );
    const one = somePick(prng, found);
    if (one === null) return null;
    act(state, ...one);
    return `${verb} ${one.join(' ')}`;
  };
}

const removeFile: Happening = (state, prng) => {
  const files = [...state.projects].flatMap(({ releases }) =>
    [...releases.values()].flatMap((release) => [...release.files.keys()]),
  );
  const filename = somePick(prng, files);
  if (filename === null) return null;
  state.removeFile(filename);
  return `remove file ${filename}`;
};

/** No row of the changelog says it; this one, of a kind that nobody knows, says that something is new. */
function announced(state: IndexState, name: string): void {
  state.journal({ name, action: 'change of status' });
}

const always = () => true;
const isActive = ({ status }: IndexProject) => status === 'active';

const STEPS: readonly (readonly [weight: number, run: Happening])[] = [
  [40, upload],
  [6, onRelease('yank', always, (state, name, version) => state.yankRelease(name, version))],
  [
    3,
    onRelease(
      'unyank',
      ({ yanked }) => yanked !== false,
      (state, name, version) => state.unyankRelease(name, version),
    ),
  ],
  [4, removeFile],
  [3, onRelease('remove', always, (state, name, version) => state.removeRelease(name, version))],
  [3, onProject('remove', always, (state, name) => state.removeProject(name))],
  [3, onProject('quarantine', isActive, (state, name) => state.quarantineProject(name))],
  [
    4,
    onProject(
      'clear',
      ({ status }) => status === 'quarantined',
      (state, name) => state.clearProjectQuarantine(name),
    ),
  ],
  [
    2,
    onRelease(
      'quarantine',
      ({ quarantined }) => !quarantined,
      (state, name, version) => state.quarantineRelease(name, version),
    ),
  ],
  [
    2,
    onRelease(
      'clear',
      ({ quarantined }) => quarantined,
      (state, name, version) => state.clearReleaseQuarantine(name, version),
    ),
  ],
  [
    4,
    onProject('archive', isActive, (state, name) => {
      state.archiveProject(name);
      announced(state, name);
    }),
  ],
  [
    4,
    onProject(
      'unarchive',
      ({ status }) => status === 'archived',
      (state, name) => {
        state.unarchiveProject(name);
        announced(state, name);
      },
    ),
  ],
];

const QUIET_STEPS: typeof STEPS = [
  [4, onProject('quietly archive', isActive, (state, name) => state.archiveProject(name))],
  [
    4,
    onProject(
      'quietly unarchive',
      ({ status }) => status === 'archived',
      (state, name) => state.unarchiveProject(name),
    ),
  ],
  [2, onProject('vanish', always, (state, name) => state.removeProject(name, { journal: false }))],
];

/** Applies so many events and tells them in words, one each. */
export function selectionHistory(prng: Prng, state: IndexState, steps: number, quiet: boolean): string[] {
  const draws = [...STEPS, ...(quiet ? QUIET_STEPS : [])].flatMap(([weight, run]) =>
    Array<Happening>(weight).fill(run),
  );
  const told: string[] = [];
  // Uploads of new versions are always possible, so that this ends.
  for (let draw = 0; told.length < steps && draw < 100 * (steps + 1); draw++) {
    const sentence = prng.pick(draws)(state, prng);
    if (sentence !== null) told.push(sentence);
  }
  return told;
}

/** Nothing of the index is withheld any more: a mirror that begins now sees what every other has. */
export function clearQuarantines(state: IndexState): void {
  for (const { displayName, status } of [...state.projects])
    if (status === 'quarantined') state.clearProjectQuarantine(displayName);
}
