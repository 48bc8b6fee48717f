/** What is needed and not there, and what cannot be known of needs; read from the catalogue alone. */
import type { Need } from '../../catalogue/contract.ts';
import { offeredFiles } from '../../pypi/detail.ts';
import { type Matches, specifierTest } from '../../pypi/specifiers.ts';
import type { ProjectName } from '../../pypi/types.ts';
import type { Ask } from '../../selection/asks.ts';
import { asksWith, specifiersOf } from './asks.ts';
import { ProjectReading } from './project-reading.ts';
import { keptDetail, type ReleasesDeps, speakingFiles, versionOf } from './releases.ts';
import { Requirements } from './requirements.ts';

/** Something asked for that nothing on the pages answers. */
export interface Unmet<A extends Ask> {
  readonly need: A;
  readonly why: string;
}

export type UnmetNeed = Unmet<Need>;

/** A file whose needs are not known, or not wholly. */
export interface UnknownNeeds {
  readonly project: ProjectName;
  /** Its filename. */
  readonly file: string;
  readonly why: string;
}

export interface NeedsReport {
  readonly unmet: readonly UnmetNeed[];
  readonly unknown: readonly UnknownNeeds[];
}

/** Those that a page has; null for one that its file does not tell. */
export type Versions = readonly (string | null)[];
export type VersionsOf = (name: ProjectName) => Versions;

/** Both; asks nothing of upstream. Empty when dependencies are not followed. */
export function needsReport(deps: ReleasesDeps): NeedsReport {
  return { unmet: unmetNeeds(deps), unknown: unknownNeeds(deps) };
}

/** Needs that nothing on the pages answers, by the name of what is needed; without those that are still to be worked off. */
export function unmetNeeds(
  deps: ReleasesDeps,
  versionsOf: VersionsOf = (name) => versionsOnPage(deps, name),
): readonly UnmetNeed[] {
  const { catalogue, selection } = deps;
  if (!selection.followsDependencies) return [];
  const tests = new Map<string, Matches | null>();
  return [...catalogue.neededNames()].flatMap((name) => {
    const needs = catalogue.needsOf(name);
    const why = troubleWith(deps, name, needs);
    if (why === PUBLISHED) return unanswered(versionsOf(name), needs, tests);
    return why === null ? [] : needs.map((need) => ({ need, why }));
  });
}

/**
 * What requirement and lock files ask for, and names that are allowed outright, that nothing on the pages answers: a rule that is
 * misspelt would be met with silence otherwise.
 */
export function unmetRequirements(deps: ReleasesDeps): readonly Unmet<Ask>[] {
  const tests = new Map<string, Matches | null>();
  return [...Map.groupBy(deps.selection.asked, ({ name }) => name)].flatMap(([name, asks]) => {
    const why = troubleWith(deps, name, asks);
    if (why === null) return [];
    if (why !== PUBLISHED) return asks.map((need) => ({ need, why }));
    const open = asks.filter(({ sha256s }) => sha256s.length === 0);
    return [...unanswered(versionsOnPage(deps, name), open, tests), ...withoutFiles(deps, name, asks)];
  });
}

/** Of those that name their files: who has none of them. */
function withoutFiles({ catalogue, settings }: ReleasesDeps, name: ProjectName, asks: readonly Ask[]) {
  const exact = asks.filter(({ sha256s }) => sha256s.length > 0);
  if (exact.length === 0 || !settings.mirrorFiles) return [];
  const rows = catalogue.filesOf(name).filter(({ state }) => state === 'published');
  const there = new Set(rows.map(({ sha256 }) => sha256));
  return exact
    .filter(({ sha256s }) => !sha256s.some((sha256) => there.has(sha256)))
    .map((need) => ({ need, why: 'none of the files that it names is on the page' }));
}

const PUBLISHED = Symbol('published');

/** Why the whole project is not there; null while nobody has asked for it. */
function troubleWith(
  { catalogue, selection }: ReleasesDeps,
  name: ProjectName,
  needs: readonly Ask[],
): string | typeof PUBLISHED | null {
  const drop = selection.judgeName(name, needs);
  if (drop !== null) return `${drop.rule} leaves it out: ${drop.value === '' ? drop.why : drop.value}`;
  if (catalogue.isPublished(name)) return PUBLISHED;
  const due = catalogue.due(name);
  if (due !== null) return due.pending === null ? null : `pending: ${due.pending.message}`;
  const leftOut = catalogue.project(name)?.leftOut ?? null;
  if (leftOut !== null) return `${leftOut.rule} ${leftOut.value} leaves it out: ${leftOut.why}`;
  return 'upstream has no such project';
}

function unanswered<A extends Ask>(
  versions: Versions,
  needs: readonly A[],
  tests: Map<string, Matches | null>,
): Unmet<A>[] {
  const answers = new Map<string, boolean>();
  const isAnswered = ({ specifier }: Ask) => {
    const known = answers.get(specifier);
    if (known !== undefined) return known;
    const answer = isLetThrough(specifier, versions, tests);
    answers.set(specifier, answer);
    return answer;
  };
  return needs
    .filter((need) => !isAnswered(need))
    .map((need) => ({
      need,
      why: versions.length === 0 ? 'its page has no files' : `no release on its page is ${need.specifier}`,
    }));
}

/** A version that cannot be compared may be the one. */
function isLetThrough(specifier: string, versions: Versions, tests: Map<string, Matches | null>): boolean {
  if (specifier === '') return versions.length > 0;
  const test = tests.get(specifier) ?? specifierTest(specifier);
  tests.set(specifier, test);
  return versions.some((version) => version === null || test === null || test(version) !== false);
}

function versionsOnPage(deps: ReleasesDeps, name: ProjectName): Versions {
  return [...new Set(filenamesOnPage(deps, name).map((filename) => versionOf(filename, name)))].reverse();
}

function filenamesOnPage(deps: ReleasesDeps, name: ProjectName): string[] {
  const { catalogue, settings } = deps;
  if (settings.mirrorFiles)
    return catalogue
      .filesOf(name)
      .filter(({ state }) => state === 'published')
      .map(({ filename }) => filename);
  const detail = catalogue.detail(name);
  const asks = asksWith(name, specifiersOf(catalogue.needsOf(name)));
  const kept = detail === null ? null : keptDetail(deps, detail, asks);
  return kept === null ? [] : offeredFiles(kept).map(({ filename }) => filename);
}

function unknownNeeds(deps: ReleasesDeps): UnknownNeeds[] {
  const { catalogue, selection } = deps;
  if (!selection.followsDependencies) return [];
  const requirements = new Requirements(selection.environments);
  return [...catalogue.publishedNames()].flatMap((project) => {
    const files = speakingFiles(deps, project, null);
    const known = catalogue.fileNeeds(files.flatMap(({ sha256 }) => sha256 ?? []));
    const reading = new ProjectReading<null>(requirements, project, [], () => {});
    return files.flatMap(({ filename: file, sha256 }): UnknownNeeds[] => {
      const needs = sha256 === null ? undefined : known.get(sha256);
      if (needs === undefined) return [{ project, file, why: 'not asked for yet' }];
      const why = needs.trouble ?? reading.follow(needs, null);
      return why === null ? [] : [{ project, file, why }];
    });
  });
}
