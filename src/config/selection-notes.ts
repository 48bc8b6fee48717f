/** Rules that are right and most likely not meant: each said in a line. */
import { tryNormalizeName } from '../pypi/names.ts';
import { splitEntry } from '../selection/entries.ts';
import { namePatterns } from '../selection/patterns.ts';
import { entriesByName } from '../selection/releases/entries.ts';
import type { ExceptionRules, FileRules, SelectionSettings } from '../selection/settings.ts';
import { keepsNoPureWheel, servesNoEnvironment } from './environment-notes.ts';

/** Names that are told for one list. */
const NAMES_TOLD_MAX = 5;

export function ruleNotes(selection: SelectionSettings): string[] {
  return [
    ...exemptNotes(selection),
    ...ageNotes(selection),
    ...blockedNotes(selection),
    ...listNotes(selection),
    ...selection.exceptions.flatMap(strangerNotes),
  ];
}

/** Exempt from rules that there are not. */
function exemptNotes({ projects, releases, exceptions }: SelectionSettings): string[] {
  const { maxExempt, maxBytes, maxVersions, minVersionsExempt, minVersions } = projects;
  const hasAge = releases.minAgeMs > 0 || exceptions.some((one) => (one.releases.minAgeMs ?? 0) > 0);
  const idle: [key: string, isIdle: boolean, without: string][] = [
    [
      '[projects] max-exempt',
      maxExempt.length > 0 && maxBytes === null && maxVersions === null,
      'max-size or max-versions',
    ],
    ['[projects] min-versions-exempt', minVersionsExempt.length > 0 && minVersions === null, 'min-versions'],
    ['[releases] min-age-exempt', releases.minAgeExempt.length > 0 && !hasAge, 'min-age'],
  ];
  return idle.flatMap(([key, isIdle, without]) =>
    isIdle ? [`${key} changes nothing without ${without}`] : [],
  );
}

function ageNotes({ releases: { prereleases, minAgeMs } }: SelectionSettings): string[] {
  return prereleases === 'if-needed' && minAgeMs > 0
    ? [
        '[releases] prereleases = "if-needed" counts final releases that min-age still hides: the first one of a project hides its pre-releases, and for so long nothing of it is shown',
      ]
    : [];
}

/** Asked for, and blocked all the same. */
function blockedNotes({ projects, releases }: SelectionSettings): string[] {
  const block = namePatterns(projects.block);
  const spelled = new Set(block.spelled);
  const names = projects.allow.filter((pattern) => {
    const name = tryNormalizeName(pattern);
    return name === null ? spelled.has(namePatterns([pattern]).spelled[0] ?? '') : block.find(name) !== null;
  });
  const blocked = new Set(releases.block.map(plain));
  const entries = releases.allow.filter((entry) => blocked.has(plain(entry)));
  return [
    ...(names.length === 0 ? [] : [`[projects] allow and block both have ${some(names)}: block wins`]),
    ...(entries.length === 0 ? [] : [`[releases] allow and block both have ${some(entries)}: block wins`]),
  ];
}

const plain = (text: string) => text.replace(/\s+/g, '').toLowerCase();

function some(names: readonly string[]): string {
  const more = names.length - NAMES_TOLD_MAX;
  return `${names.slice(0, NAMES_TOLD_MAX).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

const FILE_LISTS: Readonly<Record<Exclude<keyof FileRules, 'maxBytes'>, string>> = {
  types: 'types',
  python: 'python',
  requiresPython: 'requires-python',
  platforms: 'platforms',
  abi: 'abi',
  names: 'names',
};

/** Of each list with `!` entries, wherever it stands. */
function listNotes({ projects, releases, files, exceptions, environments }: SelectionSettings): string[] {
  const ofTable = (where: string, rules: Partial<FileRules>, versions: readonly string[] = []): string[] => [
    ...contradictions(`${where} versions`, versions),
    ...Object.entries(FILE_LISTS).flatMap(([key, name]) =>
      contradictions(`${where} ${name}`, rules[key as keyof typeof FILE_LISTS] ?? []),
    ),
    ...keepsNoPureWheel(`${where} platforms`, rules.platforms ?? []),
    ...servesNoEnvironment(where, rules, environments),
  ];
  const ofReleases = contradictions('[releases] versions', releases.versions);
  return [
    ...Object.entries(projects.metadata).flatMap(([field, list]) =>
      contradictions(`[projects] metadata ${field}`, list),
    ),
    ...ofReleases,
    ...ofTable('[files]', files),
    ...exceptions.flatMap((one, at) => ofTable(`[[exception]] ${at + 1}`, one.files, one.releases.versions)),
  ];
}

function contradictions(where: string, entries: readonly string[]): string[] {
  const parts = entries.map(splitEntry);
  const blocked = new Set(parts.flatMap(({ blocks, text }) => (blocks ? [plain(text)] : [])));
  const both = parts.flatMap(({ blocks, text }) => (!blocks && blocked.has(plain(text)) ? [text] : []));
  return both.length === 0 ? [] : [`${where} has ${some(both)} with and without "!": it is blocked`];
}

/** Entries of releases that name none of the projects for which they are to hold. */
function strangerNotes({ projects, releases }: ExceptionRules, at: number): string[] {
  return (['allow', 'block'] as const).flatMap((key) => {
    const entries = releases[key] ?? [];
    if (entries.length === 0 || projects.some((pattern) => isNamed(pattern, entries))) return [];
    return [`[[exception]] ${at + 1} ${key} changes nothing: ${some(entries)} names none of its projects`];
  });
}

/** Of two patterns nobody can tell. */
function isNamed(pattern: string, entries: readonly string[]): boolean {
  const name = tryNormalizeName(pattern);
  if (name !== null) return entriesByName(entries)(name).length > 0;
  const { find } = namePatterns([pattern]);
  return entries.some((entry) => {
    const named = tryNormalizeName(/^[^\s<>=!~()]+/.exec(entry.trim())?.[0] ?? '');
    return named === null || find(named) !== null;
  });
}
