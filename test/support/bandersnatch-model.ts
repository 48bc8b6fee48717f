/**
 * What bandersnatch 8 mirrors of a project, as its documentation has it and, where that is silent, as it behaves.
 *
 * Written without a look at our selection, over metadata as the JSON API has it: filters of names and of whole projects first, then of
 * files, then of releases, which see what is left. Expressions are JavaScript's here; tests use those that Python reads alike.
 */
import { compare, satisfies, valid } from '@renovatebot/pep440';
import {
  type Conf,
  confKey,
  entriesOf,
  keysOfSection,
  parseConf,
  textOf,
} from '../../src/bandersnatch/conf.ts';

export interface ModelFile {
  readonly filename: string;
  readonly packagetype: string;
  readonly size: number;
  readonly requires_python: string | null;
  readonly upload_time_iso_8601: string;
  readonly yanked: boolean;
}

export interface ModelProject {
  /** With `name` and `version`, the current one. */
  readonly info: Readonly<Record<string, unknown>>;
  readonly releases: Readonly<Record<string, readonly ModelFile[]>>;
}

interface Wanted {
  readonly name: string;
  readonly specifier: string;
}

interface Mirror {
  readonly conf: Conf;
  readonly has: (plugin: string) => boolean;
  readonly required: readonly Wanted[];
}

type Releases = Map<string, ModelFile[]>;

/** The names of the files that are mirrored. */
export function bandersnatchKeeps(conf: string, project: ModelProject, requirements = ''): readonly string[] {
  const parsed = parseConf(conf);
  const enabled = list(parsed, 'plugins', 'enabled');
  const mirror: Mirror = {
    conf: parsed,
    has: (plugin) => {
      const before = plugin.replace(/^(?:allow|block)list(?=_)/, (section) => BEFORE[section] ?? section);
      return enabled.includes('all') || enabled.includes(plugin) || enabled.includes(before);
    },
    required: wantedIn(requirements.split('\n')),
  };
  if (!passesByName(mirror, nameOf(project)) || !passesByMetadata(mirror, project)) return [];
  const releases: Releases = new Map(
    Object.entries(project.releases).map(([version, files]) => [
      version,
      files.filter((file) => passesAsFile(mirror, project, version, file)),
    ]),
  );
  for (const [version, files] of releases) if (files.length === 0) releases.delete(version);
  filterReleases(mirror, project, releases);
  return [...releases.values()].flat().map(({ filename }) => filename);
}

/** Sections and plugins that had other names before version 5. */
const BEFORE: Readonly<Record<string, string>> = { allowlist: 'whitelist', blocklist: 'blacklist' };

function list(conf: Conf, section: string, name: string): readonly string[] {
  const key = confKey(conf, section, name) ?? confKey(conf, BEFORE[section] ?? section, name);
  return key === null ? [] : entriesOf(key).map(({ text }) => text);
}

function text(conf: Conf, section: string, name: string): string | null {
  const key = confKey(conf, section, name);
  return key === null ? null : textOf(key);
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function nameOf({ info }: ModelProject): string {
  return canonical(String(info['name']));
}

function wantedIn(lines: readonly string[]): readonly Wanted[] {
  return lines.flatMap((line) => {
    const written = line.replace(/#.*/, '').trim();
    const match = /^([\w.-]+)(?:\[.*?\])?\s*([^;]*)/.exec(written);
    if (match === null || written.startsWith('-')) return [];
    return [{ name: canonical(match[1] ?? ''), specifier: (match[2] ?? '').replaceAll(' ', '') }];
  });
}

/** Python's `re.match`. */
function begins(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern})`).test(value);
}

function passesByName({ conf, has, required }: Mirror, name: string): boolean {
  const allowed = wantedIn(list(conf, 'allowlist', 'packages')).map((one) => one.name);
  if (has('allowlist_project') && allowed.length > 0 && !allowed.includes(name)) return false;
  if (has('project_requirements') && required.length > 0 && !required.some((one) => one.name === name))
    return false;
  const blocked = wantedIn(list(conf, 'blocklist', 'packages')).filter(({ specifier }) => specifier === '');
  if (has('blocklist_project') && blocked.some((one) => one.name === name)) return false;
  return !has('regex_project') || !list(conf, 'filter_regex', 'packages').some((one) => begins(one, name));
}

function passesByMetadata({ conf, has }: Mirror, project: ModelProject): boolean {
  if (has('regex_project_metadata') && !passesConditions(conf, 'regex_project_metadata', project))
    return false;
  const exempt = wantedIn(list(conf, 'allowlist', 'packages')).some(({ name }) => name === nameOf(project));
  if (exempt) return true;
  const versions = Object.keys(project.releases).length;
  const limit = (name: string) => Number(text(conf, 'versions_count_project_metadata', name) ?? 0);
  if (has('versions_count_project_metadata')) {
    const [most, least] = [limit('max_versions'), limit('min_versions')];
    // Limits that do not go together switch it off.
    const isOff = most > 0 && least > most;
    if (!isOff && ((most > 0 && versions > most) || versions < least)) return false;
  }
  if (!has('size_project_metadata')) return true;
  const [, number = '0', unit = ''] =
    /^([\d.]+)\s*([KMG]?)/i.exec(text(conf, 'size_project_metadata', 'max_package_size') ?? '') ?? [];
  const most = Number(number) * 1024 ** ' KMG'.indexOf(unit === '' ? ' ' : unit.toUpperCase());
  const total = Object.values(project.releases)
    .flat()
    .reduce((sum, { size }) => sum + size, 0);
  return most === 0 || total <= most;
}

/** `tags:path` keys: every one of them must hold. */
function passesConditions(conf: Conf, section: string, root: object): boolean {
  const searches = text(conf, section, 'search') === 'true';
  return keysOfSection(conf, section).every((key) => {
    if (key.name === 'search') return true;
    const tags = key.name.split(':');
    const found = at(root, tags.pop() ?? '');
    const values: readonly unknown[] = Array.isArray(found) ? found : found === null ? [] : [found];
    const fits = (pattern: string, value: unknown) =>
      searches ? new RegExp(pattern).test(String(value)) : begins(pattern, String(value));
    const patterns = entriesOf(key).map((line) => line.text);
    const any = (takesNull: boolean) =>
      (takesNull && values.length === 0) || patterns.some((one) => values.some((value) => fits(one, value)));
    if (tags.includes('none')) return !any(true);
    const takesNull = !tags.includes('not-null');
    if (!tags.includes('all')) return any(takesNull);
    return patterns.every(
      (one) => (takesNull && values.length === 0) || values.some((value) => fits(one, value)),
    );
  });
}

function at(root: object, path: string): unknown {
  let node: unknown = root;
  for (const part of path.split('.')) node = (node as Record<string, unknown> | null)?.[part] ?? null;
  return node;
}

function passesAsFile(
  { conf, has }: Mirror,
  project: ModelProject,
  version: string,
  file: ModelFile,
): boolean {
  const root = { info: project.info, release: version, release_file: file };
  if (has('regex_release_file_metadata') && !passesConditions(conf, 'regex_release_file_metadata', root))
    return false;
  if (has('exclude_platform') && isOfPlatform(list(conf, 'blocklist', 'platforms'), file)) return false;
  if (!has('version_range_release_file_metadata')) return true;
  return keysOfSection(conf, 'version_range_release_file_metadata').every((key) => {
    const range = at(root, key.name.split(':').pop() ?? '');
    if (range === null) return !key.name.includes('not-null');
    // Whatever the tags say, the empty set of specifiers lets everything in.
    if (range === '') return entriesOf(key).length > 0 || !key.name.includes('not-null');
    return entriesOf(key).some((line) => satisfies(line.text, String(range), { prereleases: true }));
  });
}

function isOfPlatform(words: readonly string[], { packagetype, filename }: ModelFile): boolean {
  if (packagetype === 'sdist') return false;
  return words
    .flatMap((line) => line.split(/\s+/))
    .some((word) => {
      const [parts, types] = platformParts(word.toLowerCase());
      return types.includes(packagetype) || parts.some((part) => filename.includes(part));
    });
}

function platformParts(word: string): readonly [parts: readonly string[], types: readonly string[]] {
  if (word === 'windows' || word === 'win')
    return [
      ['.win32', '-win32', 'win_amd64', 'win-amd64'],
      ['bdist_msi', 'bdist_wininst'],
    ];
  if (word === 'macos' || word === 'macosx') return [['macosx_', 'macosx-'], ['bdist_dmg']];
  if (word === 'freebsd') return [['.freebsd', '-freebsd'], []];
  if (word === 'linux') {
    const machines = ['x86_64', 'i686', 'aarch64', 'armv7l', 'ppc64', 'ppc64le', 's390x'];
    const old = [
      'linux-i686',
      'linux-x86_64',
      'linux_armv7l',
      'linux_armv6l',
      'manylinux1_i686',
      'manylinux1_x86_64',
    ];
    const newer = ['manylinux2010_i686', 'manylinux2010_x86_64', 'manylinux_2_', 'musllinux_'];
    return [[...old, ...newer, ...machines.map((one) => `manylinux2014_${one}`)], ['bdist_rpm']];
  }
  const python = /^py(\d(?:\.\d+)?)$/.exec(word)?.[1];
  if (python === undefined) return [[word], []];
  const digits = python.replace('.', '');
  return [
    [`-cp${digits}-`, `-pp${digits}-`, `-ip${digits}-`, `-jy${digits}-`, `-py${python}-`, `-py${python}.`],
    [],
  ];
}

/** One release after another is looked at, and what is gone is not counted any more. */
function filterReleases(mirror: Mirror, project: ModelProject, releases: Releases): void {
  const name = nameOf(project);
  const pinned = mirror.has('project_requirements_pinned')
    ? mirror.required.filter((one) => one.name === name)
    : [];
  const isPinned = pinned.some(({ specifier }) => specifier !== '');
  // PyPI sends the keys of its documents in the order of their letters.
  for (const version of [...releases.keys()].sort()) {
    const passes = isPinned ? matchesAny(pinned, version) : passesRelease(mirror, project, releases, version);
    if (!passes) releases.delete(version);
  }
}

function passesRelease(mirror: Mirror, project: ModelProject, releases: Releases, version: string): boolean {
  const { conf, has, required } = mirror;
  const named = (wanted: readonly Wanted[]) => wanted.filter(({ name }) => name === nameOf(project));
  const allowed = wantedIn(list(conf, 'allowlist', 'packages'));
  if (has('allowlist_release') && !matchesAny(named(allowed), version)) return false;
  if (has('project_requirements_pinned') && !matchesAny(named(required), version)) return false;
  const blocked = wantedIn(list(conf, 'blocklist', 'packages'));
  if (has('blocklist_release') && matchesAny(named(blocked), version)) return false;
  if (has('regex_release') && list(conf, 'filter_regex', 'releases').some((one) => begins(one, version)))
    return false;
  if (has('prerelease_release') && isEarly(conf, nameOf(project), version)) return false;
  return !has('latest_release') || isLatest(conf, project, releases, version);
}

/** A version that is not PEP 440 matches nothing. */
function matchesAny(wanted: readonly Wanted[], version: string): boolean {
  if (valid(version) === null) return false;
  return wanted.some(
    ({ specifier }) => specifier === '' || satisfies(version, specifier, { prereleases: true }),
  );
}

function isEarly(conf: Conf, name: string, version: string): boolean {
  const only = list(conf, 'filter_prerelease', 'packages').map(canonical);
  if (only.length > 0 && !only.includes(name)) return false;
  return ['.+rc\\d+$', '.+a(lpha)?\\d+$', '.+b(eta)?\\d+$', '.+dev\\d+$'].some((one) => begins(one, version));
}

function isLatest(conf: Conf, { info }: ModelProject, releases: Releases, version: string): boolean {
  const keep = Number(text(conf, 'latest_release', 'keep') ?? 0);
  if (keep === 0 || keep > releases.size) return true;
  const time = (one: string) => releases.get(one)?.[0]?.upload_time_iso_8601 ?? '';
  const byTime = text(conf, 'latest_release', 'sort_by') === 'time';
  const counted = [...releases.keys()].filter((one) => byTime || valid(one) !== null);
  const newest = counted.sort((a, b) => (byTime ? (time(a) < time(b) ? 1 : -1) : compare(b, a)));
  const kept = newest.slice(0, keep);
  if (!kept.includes(String(info['version']))) kept[keep - 1] = String(info['version']);
  return kept.includes(version);
}
