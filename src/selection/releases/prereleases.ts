/**
 * `[releases] prereleases`: false drops pre-releases and development releases (PEP 440). "if-needed" keeps them where upstream has
 * no final release that is not wholly yanked.
 */
import { shown } from '../../pypi/quote.ts';
import type { ProjectView } from '../facts.ts';
import { type FileJudge, type FileRule, NO_PEP_440, NO_RELEASE } from '../rule.ts';

export const prereleases: FileRule = {
  table: 'releases',
  key: 'prereleases',
  settings: ['prereleases'],
  prepare(values) {
    if (values.prereleases === true) return null;
    const value = String(values.prereleases);
    const judging: FileJudge = {
      untilMs: null,
      judge({ release }) {
        if (release === null) return NO_RELEASE;
        if (release.isPrerelease === null) return NO_PEP_440;
        return release.isPrerelease ? { value, why: `version ${shown(release.version)}` } : null;
      },
    };
    if (values.prereleases === false) return () => judging;
    return (project) => (hasFinal(project) ? judging : null);
  },
};

function hasFinal({ releases }: ProjectView): boolean {
  for (const { isPrerelease, files } of releases.byKey.values())
    if (isPrerelease === false && files.some(({ isYanked }) => !isYanked)) return true;
  return false;
}
