/** `[projects] max-versions`: projects with more releases are left out, but for those that `max-exempt` names. */
import { namePatterns } from '../patterns.ts';
import type { ProjectRule } from '../rule.ts';
import { countVersions } from './versions-count.ts';

export const maxVersions: ProjectRule = {
  key: 'max-versions',
  prepare({ maxVersions: limit, maxExempt }) {
    if (limit === null) return [];
    const exempt = namePatterns(maxExempt);
    return [
      {
        key: 'max-versions',
        looksAtInfo: false,
        judge(project) {
          const { least, most, why, unsure } = countVersions(project);
          if (most <= limit || exempt.find(project.name) !== null) return null;
          return least > limit ? { value: String(limit), why } : unsure;
        },
      },
    ];
  },
  spell: ({ maxVersions: limit, maxExempt }) =>
    limit === null ? '' : [limit, ...namePatterns(maxExempt).spelled].join(' '),
};
