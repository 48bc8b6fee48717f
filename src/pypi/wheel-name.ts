/** Names of distribution files taken apart: what kind of file it is, and the tags of a wheel (PEP 425, 427). */

/** `sdist` and `wheel`, and what old indexes have besides. */
export type FileKind =
  | 'wheel'
  | 'sdist'
  | 'egg'
  | 'wininst'
  | 'msi'
  | 'rpm'
  | 'dmg'
  | 'deb'
  | 'dumb'
  | 'unknown';

/** The tags of a wheel, compressed sets expanded; all lower case. */
export interface WheelTags {
  readonly pythons: readonly string[];
  readonly abis: readonly string[];
  readonly platforms: readonly string[];
}

const ARCHIVE = String.raw`\.(?:tar|tar\.(?:gz|bz2|xz|z|lzma|zst)|tgz|tbz2?|txz|tlz|zip)$`;

/** What distutils calls the platform that it builds for. It stands behind the version: a project may be named `foo.linux`. */
const BUILD_PLATFORM = [
  'linux(?:-[a-z0-9_]+)?',
  'macosx-[0-9.]+-[a-z0-9_]+',
  'darwin-[0-9][^/]*',
  'win32',
  'win-[a-z0-9]+',
  '(?:cygwin|solaris|sunos|freebsd|netbsd|openbsd|dragonfly|aix)-[0-9][^/]*',
].join('|');

/** The first that fits counts. */
const KINDS: readonly (readonly [FileKind, RegExp])[] = [
  ['wheel', /\.whl$/i],
  ['egg', /\.egg$/i],
  ['wininst', /\.exe$/i],
  ['msi', /\.msi$/i],
  ['rpm', /\.rpm$/i],
  ['dmg', /\.dmg$/i],
  ['deb', /\.deb$/i],
  ['dumb', new RegExp(String.raw`-v?[0-9][^-]*\.(?:${BUILD_PLATFORM})${ARCHIVE}`, 'i')],
  ['sdist', new RegExp(ARCHIVE, 'i')],
];

/** File names are shorter; no pattern is tried on what is longer. */
const FILENAME_CHARS_MAX = 1_000;

export function fileKindOf(filename: string): FileKind {
  if (filename.length > FILENAME_CHARS_MAX) return 'unknown';
  return KINDS.find(([, pattern]) => pattern.test(filename))?.[0] ?? 'unknown';
}

/** PEP 427: name, version, perhaps a build number, and three sets of tags; none of them has a hyphen. */
const WHEEL = /^[^-]+-[^-]+(?:-[0-9][^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl$/i;

/** Null for what is no wheel, or is not named as PEP 427 has it. */
export function wheelTagsOf(filename: string): WheelTags | null {
  if (filename.length > FILENAME_CHARS_MAX) return null;
  const [, ...sets] = WHEEL.exec(filename) ?? [];
  const [pythons, abis, platforms] = sets.map((set) => [...new Set(set.toLowerCase().split('.'))]);
  if (pythons === undefined || abis === undefined || platforms === undefined) return null;
  return [...pythons, ...abis, ...platforms].includes('') ? null : { pythons, abis, platforms };
}

/** Whether a path's name is that of a wheel. */
export function isWheel(path: string): boolean {
  return path.endsWith('.whl');
}
