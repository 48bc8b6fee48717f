/** `[projects] min-versions`: projects with fewer releases are left out, but for those that `min-versions-exempt` names. */
import { namePatterns } from '../patterns.ts';
import type { ProjectRule } from '../rule.ts';
import { countVersions } from './versions-count.ts';

export const minVersions: ProjectRule = {
  key: 'min-versions',
  prepare({ minVersions: limit, minVersionsExempt }) {
    if (limit === null) return [];
    const exempt = namePatterns(minVersionsExempt);
    return [
      {
        key: 'min-versions',
        looksAtInfo: false,
        judge(project) {
          const { least, most, why, unsure } = countVersions(project);
          if (least >= limit || exempt.find(project.name) !== null) return null;
          return most < limit ? { value: String(limit), why } : unsure;
        },
      },
    ];
  },
  spell: ({ minVersions: limit, minVersionsExempt }) =>
    limit === null ? '' : [limit, ...namePatterns(minVersionsExempt).spelled].join(' '),
};
