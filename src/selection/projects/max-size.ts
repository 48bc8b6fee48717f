/** `[projects] max-size`: projects whose files together are larger are left out, but for those that `max-exempt` names. */
import { namePatterns } from '../patterns.ts';
import type { ProjectRule } from '../rule.ts';
import { shownSize } from '../shown-list.ts';

export const maxSize: ProjectRule = {
  key: 'max-size',
  prepare({ maxBytes, maxExempt }) {
    if (maxBytes === null) return [];
    const value = shownSize(maxBytes);
    const exempt = namePatterns(maxExempt);
    return [
      {
        key: 'max-size',
        looksAtInfo: false,
        judge({ name, files }) {
          const known = files.reduce((sum, { file }) => sum + (file.sizeBytes ?? 0), 0);
          const unknown = files.filter(({ file }) => file.sizeBytes === null).length;
          if ((known <= maxBytes && unknown === 0) || exempt.find(name) !== null) return null;
          if (known > maxBytes)
            return { value, why: `its files are ${known} bytes${unknown > 0 ? ' at least' : ''}` };
          return { unsure: `${unknown} of ${files.length} files have no size`, about: 'project' };
        },
      },
    ];
  },
  spell: ({ maxBytes, maxExempt }) =>
    maxBytes === null ? '' : [maxBytes, ...namePatterns(maxExempt).spelled].join(' '),
};
