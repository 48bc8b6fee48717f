/** `[projects] max-versions`: projects with more releases are left out, but for those that `max-exempt` names. */
import { namePatterns } from '../patterns.ts';
import type { ProjectRule } from '../rule.ts';

export const maxVersions: ProjectRule = {
  key: 'max-versions',
  prepare({ maxVersions: most, maxExempt }) {
    if (most === null) return [];
    const exempt = namePatterns(maxExempt);
    return [
      {
        key: 'max-versions',
        looksAtInfo: false,
        judge(project) {
          const { byKey, ofFile } = project.releases;
          const untold = project.files.length - ofFile.size;
          if (byKey.size + untold <= most || exempt.find(project.name) !== null) return null;
          if (byKey.size > most) return { value: String(most), why: `it has ${byKey.size} versions` };
          return {
            unsure: `the versions of ${untold} files cannot be told from their names`,
            about: 'project',
          };
        },
      },
    ];
  },
  spell: ({ maxVersions: most, maxExempt }) =>
    most === null ? '' : [most, ...namePatterns(maxExempt).spelled].join(' '),
};
