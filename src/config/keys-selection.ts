/** The keys that say what of the upstream is kept: of projects, releases and files, exceptions and environments. */
import { DAY, key, needed } from './key.ts';
import * as kinds from './kinds.ts';
import * as kept from './kinds-selection.ts';

export const PROJECT_KEYS = {
  allow: key(
    kinds.patterns,
    [],
    'Only these projects, by name, glob such as "acme-*" or "/regular expression/"; empty means all.',
  ),
  block: key(kinds.patterns, [], 'Never these projects, even if they are allowed.'),
  reserved: key(
    kinds.patterns,
    [],
    'Names of your own, never mirrored; a run says so and ends with 3 when upstream gets one of them.',
  ),
  requirements: key(
    kept.requirementFiles,
    [],
    'Only what these files ask for: requirements.txt, uv.lock, pylock.toml, poetry.lock, Pipfile.lock.',
  ),
  dependencies: key(
    kinds.flag,
    false,
    'And all that the releases kept of these projects need, for each [[environment]].',
  ),
  status: key(
    kept.statuses,
    [],
    'Only projects in these states (PEP 792), such as "active"; empty means all.',
  ),
  'max-size': key(kept.size, '', 'No project whose files take more than this together, such as "50GB".'),
  'max-versions': key(kept.limit(1_000_000), 0, 'No project with more releases than this; 0 means no limit.'),
  'max-exempt': key(kinds.patterns, [], 'Projects that max-size and max-versions do not touch.'),
  'min-versions': key(
    kept.limit(1_000_000),
    0,
    'No project with fewer releases than this; 0 means no limit.',
  ),
  'min-versions-exempt': key(kinds.patterns, [], 'Projects that min-versions does not touch.'),
  metadata: key(
    kept.metadata,
    {},
    'Only projects whose metadata match, by field: { license = ["MIT*"], classifiers = ["!*Beta*"] }.',
  ),
} as const;

export const RELEASE_KEYS = {
  allow: key(
    kept.releases,
    [],
    'Of the projects named here only these releases, such as "django>=4,<6"; the others are not touched.',
  ),
  block: key(kept.releases, [], 'Never these releases, even if they are allowed.'),
  versions: key(
    kept.versions,
    [],
    'Only releases whose versions match as they are spelled, such as "2.*"; "!*.post*" all others.',
  ),
  prereleases: key(
    kept.prereleases,
    true,
    'Keep pre-releases; "if-needed" keeps them where there is no final release.',
  ),
  latest: key(kept.limit(1_000_000), 0, 'Keep this many releases of each project, the newest; 0 means all.'),
  'latest-of': key(
    kept.latestOf,
    'final',
    'What latest counts: "final" releases, and keeps what is newer; "all" by version, or as "uploaded".',
  ),
  yanked: key(kinds.flag, true, 'Keep yanked files (PEP 592).'),
  'not-before': key(
    kept.notBefore,
    '',
    'Only files that were uploaded then or later: 2024-01-31, its midnight in UTC, or 2024-01-31T12:00:00Z.',
  ),
  'not-after': key(kept.notAfter, '', 'Only files that were uploaded then, on that day, or earlier.'),
  'min-age': key(
    kinds.duration(0, 3650 * DAY),
    '0s',
    'Keep back files that are younger than this, such as "3d", until others had time to look at them.',
  ),
  'min-age-exempt': key(kinds.patterns, [], 'Projects whose files min-age does not keep back.'),
} as const;

export const FILE_RULE_KEYS = {
  types: key(kept.types, [], 'Only these types, "wheel" and "sdist" among them; "!egg" keeps all but eggs.'),
  python: key(kept.pythons, [], 'Only files that one of these Pythons can use, such as "3.12".'),
  'requires-python': key(
    kept.requiredPythons,
    [],
    'Only files whose Requires-Python lets one of these in, "3.12" or exactly "3.12.4"; tags do not count.',
  ),
  platforms: key(
    kept.platforms,
    [],
    'Only wheels for these platforms, such as "linux_x86_64" or "any"; "!windows" keeps all others.',
  ),
  abi: key(
    kept.abis,
    [],
    'Only wheels of these ABIs, such as "abi3", "cp312" or "none"; "!cp27*" all others.',
  ),
  names: key(kept.fileNames, [], 'Only files whose names match, such as "*.whl"; "!*-nightly-*" all others.'),
  'max-size': key(kept.size, '', 'No file larger than this, such as "2GB".'),
} as const;

export const EXCEPTION_KEYS = {
  projects: needed(
    kept.somePatterns,
    ['tensorflow*'],
    'The projects for which the other keys of this table count.',
  ),
  ...RELEASE_KEYS,
  ...FILE_RULE_KEYS,
} as const;

export const ENVIRONMENT_KEYS = {
  python: needed(kept.environmentPython, '3.12', 'The version of its CPython, such as "3.12" or "3.12.4".'),
  platform: needed(kept.environmentPlatform, 'linux_x86_64', 'Where it runs, as wheels have it.'),
} as const;
