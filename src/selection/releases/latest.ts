/**
 * `[releases] latest`: how many of the releases that upstream has files of. Which, says `latest-of`:
 *
 * - `final`: the newest final ones, and whatever is newer than the oldest of these. A release that is wholly yanked counts only where
 *   all are; a project without final releases keeps its newest.
 * - `all`: the newest by version; `uploaded`: by the time when the first file of each came. What pip would install is always among
 *   them, in place of the oldest: the newest release, not yanked rather than yanked, then final rather than not.
 */
import { compareCodePoints } from '../../pypi/json.ts';
import { shown } from '../../pypi/quote.ts';
import type { ProjectView, Release } from '../facts.ts';
import { type FileRule, NO_PEP_440, NO_RELEASE } from '../rule.ts';
import type { ReleaseRules } from '../settings.ts';

export const latest: FileRule = {
  table: 'releases',
  key: 'latest',
  settings: ['latest', 'latestOf'],
  prepare({ latest: most, latestOf }) {
    if (most === null || most < 1) return null;
    const value = latestOf === 'final' ? String(most) : `${most} (of ${latestOf})`;
    return (project) => {
      if (project.files.length <= 1) return null;
      const kept = keptReleases(project, most, latestOf);
      return {
        untilMs: null,
        judge({ release }) {
          if (release === null) return NO_RELEASE;
          if (kept.has(release)) return null;
          if (latestOf === 'uploaded' && uploadedMs(release) === null)
            return { unsure: 'no upload time', about: 'release' };
          if (!release.isPep440 && latestOf !== 'uploaded') return NO_PEP_440;
          return { value, why: `version ${shown(release.version)} is older` };
        },
      };
    };
  },
};

function keptReleases(
  { releases }: ProjectView,
  most: number,
  latestOf: ReleaseRules['latestOf'],
): ReadonlySet<Release> {
  const there = [...releases.byKey.values()].filter(({ files }) => files.length > 0);
  if (latestOf === 'uploaded') {
    const timed = there.filter((release) => uploadedMs(release) !== null);
    const newest = timed.sort((a, b) => (uploadedMs(b) ?? 0) - (uploadedMs(a) ?? 0) || byNewest(a, b));
    return withPreferred(newest, most);
  }
  const newest = there.filter(({ isPep440 }) => isPep440).sort(byNewest);
  return latestOf === 'all' ? withPreferred(newest, most) : newestFinal(newest, most);
}

function newestFinal(newest: readonly Release[], most: number): ReadonlySet<Release> {
  const finals = newest.filter(({ isPrerelease }) => isPrerelease === false);
  const installable = finals.filter((release) => !isWhollyYanked(release));
  const counted = installable.length > 0 ? installable : finals.length > 0 ? finals : newest;
  const oldest = counted[Math.min(most, counted.length) - 1];
  return new Set(oldest === undefined ? [] : newest.slice(0, newest.indexOf(oldest) + 1));
}

function withPreferred(newest: readonly Release[], most: number): ReadonlySet<Release> {
  const kept = newest.slice(0, most);
  const preferred = preferredOf(newest);
  if (preferred !== undefined && !kept.includes(preferred)) kept[kept.length - 1] = preferred;
  return new Set(kept);
}

/** What PyPI takes for a project's latest release (protocol §3). */
function preferredOf(releases: readonly Release[]): Release | undefined {
  const rank = (release: Release) =>
    (isWhollyYanked(release) ? 0 : 2) + (release.isPrerelease === false ? 1 : 0);
  return [...releases].sort((a, b) => rank(b) - rank(a) || byNewest(a, b))[0];
}

function byNewest(a: Release, b: Release): number {
  return compareCodePoints(b.key, a.key);
}

function isWhollyYanked({ files }: Release): boolean {
  return files.every(({ isYanked }) => isYanked);
}

/** Of the file that came first; null when no file says. */
function uploadedMs({ files }: Release): number | null {
  let first: number | null = null;
  for (const { uploadedMs: at } of files) if (at !== null && (first === null || at < first)) first = at;
  return first;
}
