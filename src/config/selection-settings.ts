/** From the words of the file to what the selection takes: names, and nothing else, change. */
import type { Ask } from '../selection/asks.ts';
import type { ExceptionRules, FileRules, ReleaseRules, SelectionSettings } from '../selection/settings.ts';
import type { Values } from './schema.ts';

/** What each key of `[releases]` is called in the settings. */
const RELEASE_NAMES = {
  allow: 'allow',
  block: 'block',
  versions: 'versions',
  prereleases: 'prereleases',
  latest: 'latest',
  'latest-of': 'latestOf',
  yanked: 'yanked',
  'not-before': 'notBeforeMs',
  'not-after': 'notAfterMs',
  'min-age': 'minAgeMs',
  'min-age-exempt': 'minAgeExempt',
} as const satisfies Record<keyof Values['releases'], keyof ReleaseRules>;

/** What each rule of `[files]` is called in the settings. */
const FILE_NAMES = {
  types: 'types',
  python: 'python',
  'requires-python': 'requiresPython',
  platforms: 'platforms',
  abi: 'abi',
  names: 'names',
  'max-size': 'maxBytes',
} as const satisfies Partial<Record<keyof Values['files'], keyof FileRules>>;

/** The selection that checked values stand for; @param requirements null: no requirement files are named */
export function toSelectionSettings(values: Values, requirements: readonly Ask[] | null): SelectionSettings {
  const { projects, releases, files } = values;
  return {
    projects: {
      allow: projects.allow,
      block: projects.block,
      reserved: projects.reserved,
      requirements,
      dependencies: projects.dependencies,
      status: projects.status,
      maxBytes: projects['max-size'],
      maxVersions: projects['max-versions'],
      maxExempt: projects['max-exempt'],
      minVersions: projects['min-versions'],
      minVersionsExempt: projects['min-versions-exempt'],
      metadata: projects.metadata,
    },
    releases: renamed(releases, RELEASE_NAMES) as unknown as ReleaseRules,
    files: renamed(files, FILE_NAMES) as unknown as FileRules,
    exceptions: values.exception.map(toException),
    environments: values.environment.map(({ python, platform }) => ({ python, platform })),
  };
}

function toException(values: Values['exception'][number]): ExceptionRules {
  return {
    projects: values.projects,
    releases: renamed(values, RELEASE_NAMES),
    files: renamed(values, FILE_NAMES),
  };
}

/** Those of the values that have a name, under it; what is not there stays away. */
function renamed(
  values: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
): Record<string, never> {
  const found = Object.entries(names).filter(([written]) => values[written] !== undefined);
  return Object.fromEntries(found.map(([written, name]) => [name, values[written] as never]));
}
