/** Random configurations for the selection's play: rules of every key, and the settings that decide how pages look. */
import type { MirrorSettings } from '../../src/mirror/deps.ts';
import type { ProjectName } from '../../src/pypi/types.ts';
import type { Ask } from '../../src/selection/asks.ts';
import type { ExceptionRules, FileRules, ProjectRules, ReleaseRules } from '../../src/selection/settings.ts';
import type { Prng } from './prng.ts';
import { NAMES } from './selection-play-history.ts';
import { SIM_START_MS } from './sim/clock.ts';
import type { SomeSelection } from './some-selection.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type Choice<T> = readonly [chance: number, value: (prng: Prng) => T];
type Choices<R> = { readonly [Key in keyof R]?: Choice<R[Key]> };

const oneOf =
  <T>(...values: readonly T[]) =>
  (prng: Prng): T =>
    prng.pick(values);

function someOf<T>(prng: Prng, items: readonly T[], most: number): T[] {
  return Array.from({ length: 1 + prng.int(most) }, () => prng.pick(items));
}

function ask(prng: Prng): Ask {
  const specifier = prng.pick(['', '>=1', '<2', '==1.0']);
  const extras = prng.chance(0.3) ? ['toys'] : [];
  return { name: prng.pick(NAMES), specifier, extras, sha256s: [], by: 'requirements.txt:1' };
}

const PROJECT_KEYS: Choices<ProjectRules> = {
  allow: [0.25, (prng) => someOf(prng, [...NAMES, 's*', '/^[a-n]/', '*o*'], 4)],
  block: [0.25, (prng) => someOf(prng, [...NAMES, 'm*'], 2)],
  reserved: [0.15, oneOf(['acme-*'], ['vorpal'])],
  requirements: [0.15, (prng) => Array.from({ length: prng.int(4) }, () => ask(prng))],
  dependencies: [0.5, oneOf(true)],
  status: [0.25, oneOf(['active'], ['archived', 'active'], ['archived'])],
  maxBytes: [0.12, oneOf(2_000, 6_000)],
  maxVersions: [0.12, oneOf(1, 2, 4)],
  maxExempt: [0.1, (prng) => someOf(prng, NAMES, 2)],
  metadata: [
    0.2,
    oneOf<ProjectRules['metadata']>(
      { author: ['Carroll'] },
      { classifiers: ['!Private*'] },
      { classifiers: ['Topic :: Nonsense'], author: ['!Dodg*'] },
    ),
  ],
};

const ENTRIES = [...NAMES.map((name) => `${name}>=1.1`), ...NAMES.map((name) => `${name}<2`), '*==1.0'];

const RELEASE_KEYS: Choices<ReleaseRules> = {
  allow: [0.1, (prng) => someOf(prng, ENTRIES, 3)],
  block: [0.2, (prng) => someOf(prng, ENTRIES, 3)],
  prereleases: [0.25, oneOf<ReleaseRules['prereleases']>(false, 'if-needed')],
  latest: [0.2, oneOf(1, 2, 3)],
  latestOf: [0.5, oneOf<ReleaseRules['latestOf']>('final', 'all', 'uploaded')],
  yanked: [0.15, oneOf(false)],
  notBeforeMs: [0.08, oneOf(SIM_START_MS + HOUR_MS)],
  notAfterMs: [0.08, oneOf(SIM_START_MS + DAY_MS)],
  minAgeMs: [0.4, oneOf(HOUR_MS / 2, 3 * HOUR_MS, 2 * DAY_MS)],
  minAgeExempt: [0.15, (prng) => someOf(prng, NAMES, 2)],
};

const FILE_KEYS: Choices<FileRules> = {
  types: [0.2, oneOf(['wheel'], ['sdist'], ['!sdist'])],
  python: [0.12, oneOf(['3.11'], ['!2.7'], ['3'])],
  platforms: [0.12, oneOf(['linux_x86_64', 'any'], ['!win_amd64'], ['any'])],
  abi: [0.08, oneOf(['none'], ['!abi3'])],
  names: [0.1, oneOf(['!*rc*'], ['*1.*'])],
  maxBytes: [0.1, oneOf(1_000, 2_500)],
};

function drawn<R extends object>(prng: Prng, choices: Choices<R>, density: number): Partial<R> {
  const keys = Object.entries(choices as Record<string, Choice<unknown>>);
  // Every key draws, so that a change of one chance does not shift the others.
  return Object.fromEntries(
    keys.flatMap(([key, [chance, value]]) => {
      const from = prng.fork(key);
      return from.chance(chance * density) ? [[key, value(from)]] : [];
    }),
  ) as Partial<R>;
}

function exception(prng: Prng): ExceptionRules {
  return {
    projects: someOf(prng, [...NAMES, '*o*'], 2),
    releases: {
      ...drawn(prng.fork('releases'), RELEASE_KEYS, 1),
      ...(prng.chance(0.3) ? { minAgeMs: 0 } : {}),
    },
    files: { ...drawn(prng.fork('files'), FILE_KEYS, 1), ...(prng.chance(0.3) ? { types: [] } : {}) },
  };
}

/** What an operator may come to think of. `seed`: a number of its own for each. */
export function randomSelection(prng: Prng): SomeSelection {
  const density = prng.pick([0, 0.5, 1, 1, 1.5]);
  const environments = prng.pick([[], [{ python: '3.11', platform: 'linux_x86_64' }]]);
  return {
    projects: drawn(prng.fork('projects'), PROJECT_KEYS, density),
    releases: drawn(prng.fork('releases'), RELEASE_KEYS, density),
    files: drawn(prng.fork('files'), FILE_KEYS, density),
    exceptions:
      density === 0
        ? []
        : Array.from({ length: prng.pick([0, 0, 1, 2]) }, (_, at) => exception(prng.fork(`exception ${at}`))),
    environments,
  };
}

/** What else decides how the docroot looks. */
export function randomSettings(prng: Prng): Partial<MirrorSettings> {
  return {
    mirrorFiles: !prng.chance(0.15),
    mirrorMetadata: !prng.chance(0.1),
    mirrorProvenance: !prng.chance(0.2),
    jsonApi: prng.chance(0.4),
    precompress: prng.chance(0.2),
    baseUrl: prng.pick([null, null, null, 'http://mirror.example']),
  };
}

export function named(prng: Prng): ProjectName[] {
  return someOf(prng, NAMES, 2);
}
